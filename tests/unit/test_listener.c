/*
 * Tests of common/listener.h. From the second lab on every server begins with open_listener():
 * a port that cannot be taken again, or somebody else's file removed, would look like the
 * student's mistake.
 *
 * The program has a socket() of its own, which open_listener() calls in the C library's place:
 * it can act as the kernel of another machine does.
 */
#define _GNU_SOURCE
#include "common/listener.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/address.h"

enum { CLIENTS_IN_QUEUE = 5 };

/* What the machine that is acted is like; reset before each test. */
static struct {
    int lacks_family;   /* AF_INET or AF_INET6 where it does not know that, otherwise 0 */
    int keeps_v6_apart; /* /proc/sys/net/ipv6/bindv6only is 1 */
} machine;

int socket(int family, int type, int protocol)
{
    if (family == machine.lacks_family) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    int fd = (int)syscall(SYS_socket, family, type, protocol);
    if (fd != -1 && family == AF_INET6 && machine.keeps_v6_apart)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int));
    return fd;
}

static int be_this_machine(void **state)
{
    (void)state;
    memset(&machine, 0, sizeof machine);
    return 0;
}

static int listen_on(const char *address)
{
    struct failure failure;
    int listener = open_listener(address, &failure);
    if (listener == -1)
        fail_msg("%s: %s failed with code %d", address, failure.call, failure.code);
    assert_blocking_and_closed_on_exec(listener);
    return listener;
}

static void assert_refused(const char *address, const char *call, int code)
{
    struct failure failure = {.call = "none", .source = FAILURE_GAI, .code = 0};
    int before = count_descriptors();
    assert_int_equal(open_listener(address, &failure), -1);
    assert_int_equal(count_descriptors(), before);
    assert_string_equal(failure.call, call);
    assert_int_equal(failure.source, FAILURE_ERRNO);
    assert_int_equal(failure.code, code);
}

static int dial(const union unit_address *address, socklen_t length)
{
    int client = socket(address->any.sa_family, SOCK_STREAM, 0);
    assert_int_not_equal(client, -1);
    assert_int_equal(connect(client, &address->any, length), 0);
    return client;
}

/* A client of the family reaches the listener by the loopback interface. */
static void assert_serves(int listener, int family)
{
    union unit_address address = loopback(family, port_of(listener));
    int client = dial(&address, sizeof address);
    int served = accept_client(listener);
    assert_connected(client, served);
    assert_connected(served, client);
    close(client);
    close(served);
}

static int family_of(int listener)
{
    union unit_address address;
    socklen_t length = sizeof address;
    assert_int_equal(getsockname(listener, &address.any, &length), 0);
    return address.any.sa_family;
}

static void assert_listens(const char *address)
{
    int before = count_descriptors();
    int listener = listen_on(address);
    assert_int_equal(count_descriptors(), before + 1);
    assert_int_not_equal(port_of(listener), 0);
    assert_serves(listener, family_of(listener));
    close(listener);
}

static void test_ipv4(void **state)
{
    (void)state;
    assert_listens("127.0.0.1:0");
}

static void test_ipv6(void **state)
{
    (void)state;
    need_ipv6();
    assert_listens("[::1]:0");
}

static void test_name(void **state)
{
    (void)state;
    assert_listens("localhost:0");
}

static void test_every_interface_serves_ipv4(void **state)
{
    (void)state;
    int listener = listen_on(":0");
    char text[ADDRESS_SIZE];
    assert_int_equal(address_of_socket(listener, text, sizeof text), 0);
    assert_true(strncmp(text, "0.0.0.0:", 8) == 0 || strncmp(text, "[::]:", 5) == 0);
    assert_serves(listener, AF_INET);
    close(listener);
}

static void assert_wildcard_serves_both(void)
{
    int listener = listen_on("[::]:0");
    assert_serves(listener, AF_INET6);
    assert_serves(listener, AF_INET);
    close(listener);
}

static void test_ipv6_wildcard_serves_ipv4(void **state)
{
    (void)state;
    need_ipv6();
    assert_wildcard_serves_both();
}

static void test_ipv6_wildcard_serves_ipv4_where_that_is_not_the_default(void **state)
{
    (void)state;
    need_ipv6();
    machine.keeps_v6_apart = 1;
    assert_wildcard_serves_both();
}

/* Of two addresses one fails: whichever comes first, one of the two tests has it fail. */
static void test_without_ipv6_the_other_address_is_taken(void **state)
{
    (void)state;
    int before = count_descriptors();
    machine.lacks_family = AF_INET6;
    int listener = listen_on(":0");
    assert_int_equal(count_descriptors(), before + 1);
    assert_int_equal(family_of(listener), AF_INET);
    assert_serves(listener, AF_INET);
    close(listener);
}

static void test_without_ipv4_the_other_address_is_taken(void **state)
{
    (void)state;
    need_ipv6();
    int before = count_descriptors();
    machine.lacks_family = AF_INET;
    int listener = listen_on(":0");
    assert_int_equal(count_descriptors(), before + 1);
    assert_int_equal(family_of(listener), AF_INET6);
    assert_serves(listener, AF_INET6);
    close(listener);
}

static void test_no_such_family(void **state)
{
    (void)state;
    machine.lacks_family = AF_INET;
    assert_refused("127.0.0.1:0", "socket", EAFNOSUPPORT);
}

static void test_port_in_use(void **state)
{
    (void)state;
    int listener = listen_on("127.0.0.1:0");
    char address[ADDRESS_SIZE];
    assert_int_equal(address_of_socket(listener, address, sizeof address), 0);
    assert_refused(address, "bind", EADDRINUSE);
    assert_serves(listener, AF_INET);
    close(listener);
}

/* 192.0.2.0/24 is set aside for examples: no machine's own address. */
static void test_address_of_another_machine(void **state)
{
    (void)state;
    assert_refused("192.0.2.1:0", "bind", EADDRNOTAVAIL);
}

static void test_unresolvable(void **state)
{
    (void)state;
    struct failure failure = {.call = "none", .source = FAILURE_ERRNO, .code = 0};
    int before = count_descriptors();
    assert_int_equal(open_listener("127.0.0.1", &failure), -1);
    assert_string_equal(failure.call, "resolve");
    assert_int_equal(failure.source, FAILURE_GAI);
    assert_int_equal(failure.code, ADDRESS_NO_PORT);

    assert_int_equal(open_listener("no-such-host.invalid:0", &failure), -1);
    assert_string_equal(failure.call, "resolve");
    assert_int_equal(failure.source, FAILURE_GAI);
    assert_true(failure.code == EAI_NONAME || failure.code == EAI_AGAIN);
    assert_int_equal(count_descriptors(), before);
}

/* The side that closes first keeps the connection, and with it the port, in TIME_WAIT. */
static void test_port_can_be_taken_again_at_once(void **state)
{
    (void)state;
    int listener = listen_on("127.0.0.1:0");
    unsigned port = port_of(listener);
    char text[ADDRESS_SIZE], byte;
    assert_int_equal(address_of_socket(listener, text, sizeof text), 0);
    union unit_address address = loopback(AF_INET, port);
    int client = dial(&address, sizeof address);
    int served = accept_client(listener);
    close(served);
    assert_int_equal(read(client, &byte, 1), 0);
    close(client);
    close(listener);

    assert_int_equal(bind_loopback(AF_INET, port), -1); /* the port is indeed held */
    assert_int_equal(errno, EADDRINUSE);
    listener = listen_on(text);
    assert_serves(listener, AF_INET);
    close(listener);
}

/* Nothing that is written waits for an acknowledgement of what was written before. */
static void test_connections_send_at_once(void **state)
{
    (void)state;
    int listener = listen_on("127.0.0.1:0"), on = 0;
    socklen_t length = sizeof on;
    union unit_address address = loopback(AF_INET, port_of(listener));
    int client = dial(&address, sizeof address);
    int served = accept_client(listener);
    assert_int_equal(getsockopt(served, IPPROTO_TCP, TCP_NODELAY, &on, &length), 0);
    assert_int_not_equal(on, 0);
    close(client);
    close(served);
    close(listener);
}

static union unit_address local(const char *path)
{
    union unit_address address = {.local = {.sun_family = AF_UNIX}};
    strncpy(address.local.sun_path, path, sizeof address.local.sun_path - 1);
    return address;
}

static int bind_local(const char *path, int type)
{
    union unit_address address = local(path);
    int bound = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    assert_int_not_equal(bound, -1);
    assert_int_equal(bind(bound, &address.any, sizeof address.local), 0);
    return bound;
}

/* Takes connections until it has this client's: others may have come and gone before it. */
static void assert_serves_local(int listener, const char *path)
{
    union unit_address address = local(path);
    int client = dial(&address, sizeof address.local);
    assert_int_equal(send(client, "x", 1, 0), 1);
    ssize_t length = 0;
    while (length == 0) {
        char byte;
        int served = accept_client(listener);
        length = read(served, &byte, 1);
        close(served);
    }
    assert_int_equal(length, 1);
    close(client);
}

static void test_unix(void **state)
{
    (void)state;
    int before = count_descriptors();
    int listener = listen_on("unix:new");
    assert_int_equal(count_descriptors(), before + 1);
    assert_serves_local(listener, "new");
    close(listener);
}

static void test_clients_wait_in_the_queue(void **state)
{
    (void)state;
    int listener = listen_on("unix:queue");
    union unit_address address = local("queue");
    int clients[CLIENTS_IN_QUEUE];
    for (int i = 0; i < CLIENTS_IN_QUEUE; i++) {
        clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        assert_int_equal(connect(clients[i], &address.any, sizeof address.local), 0);
    }
    for (int i = 0; i < CLIENTS_IN_QUEUE; i++) {
        int served = accept_client(listener);
        assert_connected(served, clients[i]);
        close(served);
        close(clients[i]);
    }
    close(listener);
}

static void test_stale_unix_socket_is_replaced(void **state)
{
    (void)state;
    close(listen_on("unix:stale"));
    assert_int_equal(access("stale", F_OK), 0);
    int before = count_descriptors();
    int listener = listen_on("unix:stale");
    assert_int_equal(count_descriptors(), before + 1);
    assert_serves_local(listener, "stale");
    close(listener);
}

static void test_live_unix_socket_is_left_alone(void **state)
{
    (void)state;
    int listener = listen_on("unix:live");
    assert_refused("unix:live", "bind", EADDRINUSE);
    assert_serves_local(listener, "live");
    close(listener);
}

/* A server that is behind with accepting is live too, and asking it must not take for ever. */
static void test_busy_unix_socket_is_left_alone(void **state)
{
    (void)state;
    int listener = bind_local("busy", SOCK_STREAM), clients[8], count = 0;
    assert_int_equal(listen(listener, 0), 0);
    union unit_address address = local("busy");
    for (int full = 0; !full; count++) {
        assert_in_range(count, 0, 7);
        clients[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        full = connect(clients[count], &address.any, sizeof address.local) == -1;
    }
    assert_int_equal(errno, EAGAIN);
    assert_refused("unix:busy", "bind", EADDRINUSE);
    assert_int_equal(access("busy", F_OK), 0);
    while (count > 0)
        close(clients[--count]);
    close(listener);
}

static void test_datagram_socket_is_left_alone(void **state)
{
    (void)state;
    int bound = bind_local("datagram", SOCK_DGRAM);
    assert_refused("unix:datagram", "bind", EADDRINUSE);
    assert_int_equal(access("datagram", F_OK), 0);
    close(bound);
}

static void test_regular_file_is_left_alone(void **state)
{
    (void)state;
    char text[16] = "";
    int file = open("file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_int_not_equal(file, -1);
    assert_int_equal(write(file, "precious", 8), 8);
    close(file);
    assert_refused("unix:file", "bind", EADDRINUSE);
    file = open("file", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(file, text, sizeof text), 8);
    assert_string_equal(text, "precious");
    close(file);
}

/* A link to what may be removed may not. */
static void test_link_to_a_stale_socket_is_left_alone(void **state)
{
    (void)state;
    struct stat status;
    close(listen_on("unix:target"));
    assert_int_equal(symlink("target", "link"), 0);
    assert_refused("unix:link", "bind", EADDRINUSE);
    assert_int_equal(lstat("link", &status), 0);
    assert_int_equal(lstat("target", &status), 0);
}

static void test_unix_path_in_no_directory(void **state)
{
    (void)state;
    assert_refused("unix:no-such-directory/socket", "bind", ENOENT);
}

#define TEST(function) cmocka_unit_test_setup(function, be_this_machine)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ipv4),
        TEST(test_ipv6),
        TEST(test_name),
        TEST(test_every_interface_serves_ipv4),
        TEST(test_ipv6_wildcard_serves_ipv4),
        TEST(test_ipv6_wildcard_serves_ipv4_where_that_is_not_the_default),
        TEST(test_without_ipv6_the_other_address_is_taken),
        TEST(test_without_ipv4_the_other_address_is_taken),
        TEST(test_no_such_family),
        TEST(test_port_in_use),
        TEST(test_address_of_another_machine),
        TEST(test_unresolvable),
        TEST(test_port_can_be_taken_again_at_once),
        TEST(test_connections_send_at_once),
        TEST(test_unix),
        TEST(test_clients_wait_in_the_queue),
        TEST(test_stale_unix_socket_is_replaced),
        TEST(test_live_unix_socket_is_left_alone),
        TEST(test_busy_unix_socket_is_left_alone),
        TEST(test_datagram_socket_is_left_alone),
        TEST(test_regular_file_is_left_alone),
        TEST(test_link_to_a_stale_socket_is_left_alone),
        TEST(test_unix_path_in_no_directory),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
