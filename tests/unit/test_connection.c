/*
 * Tests of common/connection.h. A name often has two addresses of which one answers, and a
 * client that stops at the first works on its author's machine only.
 *
 * A socket that is bound and does not listen holds a port at which connections are refused. A
 * port that was free a moment ago would not do: another program can take it.
 */
#include "common/connection.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <netdb.h>
#include <sys/resource.h>

#include "common/address.h"

static int start_listening(int family)
{
    int listener = bind_loopback(family, 0);
    assert_int_not_equal(listener, -1);
    assert_int_equal(listen(listener, 5), 0);
    return listener;
}

static int listen_locally(const char *path)
{
    union unit_address address = {.local = {.sun_family = AF_UNIX}};
    strncpy(address.local.sun_path, path, sizeof address.local.sun_path - 1);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_not_equal(listener, -1);
    assert_int_equal(bind(listener, &address.any, sizeof address.local), 0);
    assert_int_equal(listen(listener, 5), 0);
    return listener;
}

static void assert_connects(const char *address, int listener)
{
    struct failure failure;
    int before = count_descriptors();
    int connection = open_connection(address, &failure);
    if (connection == -1)
        fail_msg("%s: %s failed with code %d", address, failure.call, failure.code);
    assert_int_equal(count_descriptors(), before + 1);
    assert_blocking_and_closed_on_exec(connection);
    int served = accept_client(listener);
    assert_connected(connection, served);
    assert_connected(served, connection);
    close(served);
    close(connection);
}

static void assert_fails(const char *address, const char *call, int code)
{
    struct failure failure = {.call = "none", .source = FAILURE_GAI, .code = 0};
    int before = count_descriptors();
    assert_int_equal(open_connection(address, &failure), -1);
    assert_int_equal(count_descriptors(), before);
    assert_string_equal(failure.call, call);
    assert_int_equal(failure.source, FAILURE_ERRNO);
    assert_int_equal(failure.code, code);
}

static void with_port(char address[ADDRESS_SIZE], const char *host, int fd)
{
    snprintf(address, ADDRESS_SIZE, "%s:%u", host, port_of(fd));
}

static void test_ipv4(void **state)
{
    (void)state;
    char address[ADDRESS_SIZE];
    int listener = start_listening(AF_INET);
    with_port(address, "127.0.0.1", listener);
    assert_connects(address, listener);
    close(listener);
}

static void test_ipv6(void **state)
{
    (void)state;
    need_ipv6();
    char address[ADDRESS_SIZE];
    int listener = start_listening(AF_INET6);
    with_port(address, "[::1]", listener);
    assert_connects(address, listener);
    close(listener);
}

static void test_unix(void **state)
{
    (void)state;
    int listener = listen_locally("listener");
    assert_connects("unix:listener", listener);
    close(listener);
}

/* A socket in each family, both bound to the same port. */
struct pair {
    int ipv4, ipv6;
};

/* The port that is free in one family can be somebody's in the other: then with another one. */
static struct pair bind_pair(void)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        struct pair pair = {.ipv4 = bind_loopback(AF_INET, 0)};
        assert_int_not_equal(pair.ipv4, -1);
        pair.ipv6 = bind_loopback(AF_INET6, port_of(pair.ipv4));
        if (pair.ipv6 != -1)
            return pair;
        close(pair.ipv4);
    }
    fail_msg("no port is free in both families");
    return (struct pair){-1, -1};
}

static void close_pair(struct pair pair)
{
    close(pair.ipv4);
    close(pair.ipv6);
}

/* One family listens, the other refuses. */
static void assert_connects_by_one_family(const char *host, int family)
{
    char address[ADDRESS_SIZE];
    struct pair pair = bind_pair();
    int listener = family == AF_INET ? pair.ipv4 : pair.ipv6;
    assert_int_equal(listen(listener, 5), 0);
    with_port(address, host, listener);
    assert_connects(address, listener);
    close_pair(pair);
}

/* Without a host both loopback addresses are tried; the first refuses in one test. */
static void test_this_machine_where_only_ipv4_listens(void **state)
{
    (void)state;
    need_ipv6();
    assert_connects_by_one_family("", AF_INET);
}

static void test_this_machine_where_only_ipv6_listens(void **state)
{
    (void)state;
    need_ipv6();
    assert_connects_by_one_family("", AF_INET6);
}

/* Both listen: the resolver's first is taken. */
static void test_first_address_that_answers(void **state)
{
    (void)state;
    need_ipv6();
    char address[ADDRESS_SIZE];
    struct addrinfo *list = NULL;
    struct pair pair = bind_pair();
    assert_int_equal(listen(pair.ipv4, 5), 0);
    assert_int_equal(listen(pair.ipv6, 5), 0);
    with_port(address, "", pair.ipv4);
    assert_int_equal(address_resolve(address, ADDRESS_TO_CONNECT, &list), 0);
    assert_connects(address, list->ai_family == AF_INET ? pair.ipv4 : pair.ipv6);
    address_free(list);
    close_pair(pair);
}

static int localhost_has(int family)
{
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *list;
    if (getaddrinfo("localhost", "0", &hints, &list) != 0)
        return 0;
    freeaddrinfo(list);
    return 1;
}

static void test_name_whose_other_address_answers(void **state)
{
    (void)state;
    need_ipv6();
    if (!localhost_has(AF_INET) || !localhost_has(AF_INET6)) {
        print_message("skipped: localhost has no two families on this machine\n");
        skip();
    }
    assert_connects_by_one_family("localhost", AF_INET);
    assert_connects_by_one_family("localhost", AF_INET6);
}

static void test_refused(void **state)
{
    (void)state;
    char address[ADDRESS_SIZE];
    int bound = bind_loopback(AF_INET, 0);
    assert_int_not_equal(bound, -1);
    with_port(address, "127.0.0.1", bound);
    assert_fails(address, "connect", ECONNREFUSED);
    close(bound);
}

/* Both are refused, and neither socket stays open. */
static void test_refused_at_every_address(void **state)
{
    (void)state;
    need_ipv6();
    char address[ADDRESS_SIZE];
    struct pair pair = bind_pair();
    with_port(address, "", pair.ipv4);
    assert_fails(address, "connect", ECONNREFUSED);
    close_pair(pair);
}

static void test_refused_by_a_stale_unix_socket(void **state)
{
    (void)state;
    close(listen_locally("stale"));
    assert_fails("unix:stale", "connect", ECONNREFUSED);
    assert_fails("unix:never-made", "connect", ENOENT);
}

static void test_unresolvable(void **state)
{
    (void)state;
    struct failure failure = {.call = "none", .source = FAILURE_ERRNO, .code = 0};
    int before = count_descriptors();
    assert_int_equal(open_connection("::1:7000", &failure), -1);
    assert_string_equal(failure.call, "resolve");
    assert_int_equal(failure.source, FAILURE_GAI);
    assert_int_equal(failure.code, ADDRESS_BARE_IPV6);

    assert_int_equal(open_connection("no-such-host.invalid:7000", &failure), -1);
    assert_string_equal(failure.call, "resolve");
    assert_int_equal(failure.source, FAILURE_GAI);
    assert_true(failure.code == EAI_NONAME || failure.code == EAI_AGAIN);
    assert_int_equal(count_descriptors(), before);
}

static void test_no_descriptor_left(void **state)
{
    (void)state;
    struct failure failure = {.call = "none", .source = FAILURE_GAI, .code = 0};
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int connection = open_connection("unix:listener", &failure);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(connection, -1);
    assert_string_equal(failure.call, "socket");
    assert_int_equal(failure.source, FAILURE_ERRNO);
    assert_int_equal(failure.code, EMFILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv4),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_unix),
        cmocka_unit_test(test_this_machine_where_only_ipv4_listens),
        cmocka_unit_test(test_this_machine_where_only_ipv6_listens),
        cmocka_unit_test(test_first_address_that_answers),
        cmocka_unit_test(test_name_whose_other_address_answers),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_at_every_address),
        cmocka_unit_test(test_refused_by_a_stale_unix_socket),
        cmocka_unit_test(test_unresolvable),
        cmocka_unit_test(test_no_descriptor_left),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
