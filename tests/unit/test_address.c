/*
 * Tests of common/address.h. Every program of the kit reads its argument and announces itself
 * through these functions, so each form of the header's table goes both ways here, and each
 * mistake that people make in writing an address is refused with the reason that helps.
 */
#include "common/address.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { HOST_MAXIMUM = 255, PATH_MAXIMUM = 107 };

static struct addrinfo *resolve(const char *text, enum address_use use)
{
    struct addrinfo *list = NULL;
    int code = address_resolve(text, use, &list);
    if (code != 0)
        fail_msg("%s: %s", text, address_strerror(code));
    assert_non_null(list);
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        assert_int_equal(at->ai_socktype, SOCK_STREAM);
        assert_int_equal(at->ai_family, at->ai_addr->sa_family);
    }
    return list;
}

static void assert_same_address(const struct addrinfo *one, const struct addrinfo *other)
{
    assert_int_equal(one->ai_family, other->ai_family);
    assert_int_equal(one->ai_addrlen, other->ai_addrlen);
    assert_memory_equal(one->ai_addr, other->ai_addr, one->ai_addrlen);
}

/* The text of an address stands for this address and no other. */
static void assert_reads_back(const struct addrinfo *at)
{
    char text[ADDRESS_SIZE];
    assert_int_equal(address_format(at->ai_addr, at->ai_addrlen, text, sizeof text), 0);
    struct addrinfo *back = resolve(text, ADDRESS_TO_CONNECT);
    assert_same_address(at, back);
    assert_null(back->ai_next);
    address_free(back);
}

static void assert_resolves_to(const char *text, enum address_use use, const char *expected)
{
    struct addrinfo *list = resolve(text, use);
    char found[ADDRESS_SIZE];
    assert_int_equal(address_format(list->ai_addr, list->ai_addrlen, found, sizeof found), 0);
    assert_string_equal(found, expected);
    assert_null(list->ai_next);
    assert_reads_back(list);
    address_free(list);
}

static void test_numeric_addresses_both_ways(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "127.0.0.1:7000", "0.0.0.0:7000", "[::1]:7000",         "[::]:7000",
        "127.0.0.1:0",    "[::1]:0",      "127.0.0.1:65535",    "[2001:db8::7:80]:1",
        "[fe80::1%lo]:7", "127.0.0.1:1",  "[::ffff:1.2.3.4]:5",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_resolves_to(texts[i], ADDRESS_TO_LISTEN, texts[i]);
        assert_resolves_to(texts[i], ADDRESS_TO_CONNECT, texts[i]);
    }
    assert_resolves_to("127.0.0.1:0080", ADDRESS_TO_CONNECT, "127.0.0.1:80");
}

/* The bytes themselves, lest two mistakes, one in each direction, hide each other. */
static void test_numeric_addresses_are_what_they_say(void **state)
{
    (void)state;
    struct addrinfo *list = resolve("127.0.0.1:7000", ADDRESS_TO_CONNECT);
    const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)list->ai_addr;
    assert_int_equal(list->ai_family, AF_INET);
    assert_int_equal(ntohl(ipv4->sin_addr.s_addr), INADDR_LOOPBACK);
    assert_int_equal(ntohs(ipv4->sin_port), 7000);
    address_free(list);

    list = resolve("[::1]:7001", ADDRESS_TO_LISTEN);
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)list->ai_addr;
    assert_int_equal(list->ai_family, AF_INET6);
    assert_memory_equal(&ipv6->sin6_addr, &in6addr_loopback, sizeof in6addr_loopback);
    assert_int_equal(ntohs(ipv6->sin6_port), 7001);
    address_free(list);
}

static void test_unix_paths_both_ways(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "unix:/tmp/echo.sock",
        "unix:echo.sock",
        "unix:localhost:80",
        "unix:[",
        "unix::",
        "unix:@x",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_resolves_to(texts[i], ADDRESS_TO_LISTEN, texts[i]);
        assert_resolves_to(texts[i], ADDRESS_TO_CONNECT, texts[i]);
        struct addrinfo *list = resolve(texts[i], ADDRESS_TO_CONNECT);
        assert_int_equal(list->ai_family, AF_UNIX);
        const struct sockaddr_un *address = (const struct sockaddr_un *)list->ai_addr;
        assert_string_equal(address->sun_path, texts[i] + strlen("unix:"));
        address_free(list);
    }
}

/* Every address of a name, in the resolver's order, with the port in each. */
static void test_name(void **state)
{
    (void)state;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *expected;
    if (getaddrinfo("localhost", "7000", &hints, &expected) != 0) {
        print_message("skipped: this machine does not know localhost\n");
        skip();
    }
    struct addrinfo *list = resolve("localhost:7000", ADDRESS_TO_CONNECT);
    const struct addrinfo *at = list;
    for (const struct addrinfo *e = expected; e != NULL; e = e->ai_next, at = at->ai_next) {
        assert_non_null(at);
        assert_same_address(at, e);
        assert_reads_back(at);
    }
    assert_null(at);
    address_free(list);
    freeaddrinfo(expected);
}

static void test_service_name(void **state)
{
    (void)state;
    const struct servent *http = getservbyname("http", "tcp");
    if (http == NULL) {
        print_message("skipped: /etc/services does not list http\n");
        skip();
    }
    char expected[ADDRESS_SIZE];
    snprintf(expected, sizeof expected, "127.0.0.1:%d", ntohs((uint16_t)http->s_port));
    assert_resolves_to("127.0.0.1:http", ADDRESS_TO_CONNECT, expected);
    snprintf(expected, sizeof expected, "[::1]:%d", ntohs((uint16_t)http->s_port));
    assert_resolves_to("[::1]:http", ADDRESS_TO_LISTEN, expected);
}

/* Checks that the list is these two addresses, in whichever order. */
static void assert_both(struct addrinfo *list, const char *one, const char *other)
{
    int found[2] = {0, 0};
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        char text[ADDRESS_SIZE];
        assert_int_equal(address_format(at->ai_addr, at->ai_addrlen, text, sizeof text), 0);
        assert_true(strcmp(text, one) == 0 || strcmp(text, other) == 0);
        found[strcmp(text, one) == 0]++;
        assert_reads_back(at);
    }
    assert_int_equal(found[0], 1);
    assert_int_equal(found[1], 1);
    address_free(list);
}

static void test_empty_host(void **state)
{
    (void)state;
    assert_both(resolve(":7000", ADDRESS_TO_LISTEN), "0.0.0.0:7000", "[::]:7000");
    assert_both(resolve(":7000", ADDRESS_TO_CONNECT), "127.0.0.1:7000", "[::1]:7000");
    assert_both(resolve(":0", ADDRESS_TO_LISTEN), "0.0.0.0:0", "[::]:0");
}

/* What stands in the list beforehand is still there after a failure. */
static int resolve_badly(const char *text)
{
    struct addrinfo before, *list = &before;
    int code = address_resolve(text, ADDRESS_TO_CONNECT, &list);
    if (code == 0)
        fail_msg("\"%s\" was taken for an address", text);
    assert_ptr_equal(list, &before);
    list = &before;
    assert_int_equal(address_resolve(text, ADDRESS_TO_LISTEN, &list), code);
    assert_ptr_equal(list, &before);
    return code;
}

static void test_bad_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
    } bad[] = {
        {"", ADDRESS_NO_PORT},
        {"host", ADDRESS_NO_PORT},
        {"127.0.0.1", ADDRESS_NO_PORT},
        {"7000", ADDRESS_NO_PORT},
        {"host:", ADDRESS_NO_PORT},
        {":", ADDRESS_NO_PORT},
        {"[::1]", ADDRESS_NO_PORT},
        {"[::1]:", ADDRESS_NO_PORT},
        {"[::1]x", ADDRESS_NO_PORT},
        {"[::1]x:7000", ADDRESS_NO_PORT},
        {"[::1", ADDRESS_NO_BRACKET},
        {"[::1:7000", ADDRESS_NO_BRACKET},
        {"[", ADDRESS_NO_BRACKET},
        {"::1:7000", ADDRESS_BARE_IPV6},
        {"fe80::1:7000", ADDRESS_BARE_IPV6},
        {"unix:", ADDRESS_NO_PATH},
        {"127.0.0.1:65536", ADDRESS_BAD_PORT},
        {"127.0.0.1:70000", ADDRESS_BAD_PORT},
        {"[::1]:70000", ADDRESS_BAD_PORT},
        {":99999999999999999999", ADDRESS_BAD_PORT},
        {"localhost:4294967297", ADDRESS_BAD_PORT},
        {"127.0.0.1:http-no-such-service", EAI_SERVICE},
        {"127.0.0.1:80x", EAI_SERVICE},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        int code = resolve_badly(bad[i].text);
        if (code != bad[i].code)
            fail_msg("\"%s\": %s", bad[i].text, address_strerror(code));
    }
}

/* getaddrinfo(3) reads a sign or a space as strtoul(3) does, and keeps the low 16 bits. */
static void test_port_with_a_sign_or_space(void **state)
{
    (void)state;
    static const char *const texts[] = {"127.0.0.1:+70000", "127.0.0.1: 70000", "[::1]:+65536",
                                        "127.0.0.1:-1", "127.0.0.1:-65456"};
    for (size_t i = 0; i < COUNT(texts); i++)
        resolve_badly(texts[i]);
}

/* Without a name server the answer is that nobody could be asked. */
static void test_unknown_name(void **state)
{
    (void)state;
    struct addrinfo before, *list = &before;
    int code = address_resolve("no-such-host.invalid:7000", ADDRESS_TO_CONNECT, &list);
    assert_true(code == EAI_NONAME || code == EAI_AGAIN);
    assert_ptr_equal(list, &before);
}

/* Leading zeros are harmless in an octal 127 (0177), and need no name server. */
static void test_longest_host(void **state)
{
    (void)state;
    const char *end = "177.0.0.1:7000";
    char text[HOST_MAXIMUM + 16];
    size_t length = HOST_MAXIMUM + strlen(":7000");
    memset(text, '0', length);
    strcpy(text + length - strlen(end), end);
    assert_resolves_to(text, ADDRESS_TO_CONNECT, "127.0.0.1:7000");

    memset(text, '0', length + 1);
    strcpy(text + length + 1 - strlen(end), end);
    assert_int_equal(resolve_badly(text), ADDRESS_HOST_TOO_LONG);
}

static void test_host_too_long_in_brackets(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'a', sizeof text);
    text[0] = '[';
    strcpy(text + sizeof text - sizeof "]:7000", "]:7000");
    assert_int_equal(resolve_badly(text), ADDRESS_HOST_TOO_LONG);
}

static void test_longest_unix_path(void **state)
{
    (void)state;
    char text[sizeof "unix:" + PATH_MAXIMUM + 1] = "unix:";
    memset(text + strlen("unix:"), 'p', PATH_MAXIMUM);
    assert_resolves_to(text, ADDRESS_TO_LISTEN, text);
    strcat(text, "p");
    assert_int_equal(resolve_badly(text), ADDRESS_PATH_TOO_LONG);
}

static void test_free_nothing(void **state)
{
    (void)state;
    address_free(NULL);
}

static void test_format_unnamed_unix_socket(void **state)
{
    (void)state;
    int ends[2];
    char text[ADDRESS_SIZE];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(address_of_socket(ends[0], text, sizeof text), 0);
    assert_string_equal(text, "unix:");
    close(ends[0]);
    close(ends[1]);
}

static int bind_unix(const struct sockaddr_un *address, size_t length)
{
    int bound = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_not_equal(bound, -1);
    assert_int_equal(bind(bound, (const struct sockaddr *)address, (socklen_t)length), 0);
    return bound;
}

/* The name ends where the address does; no NUL need follow. */
static void test_format_abstract_unix_address(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memset(address.sun_path + 1, '?', sizeof address.sun_path - 1);
    memcpy(address.sun_path + 1, "name", 4);
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + 1 + 4;
    char text[ADDRESS_SIZE];
    int code = address_format((struct sockaddr *)&address, length, text, sizeof text);
    assert_int_equal(code, 0);
    assert_string_equal(text, "unix:@name");
}

/* Given a family and no more, the kernel chooses an abstract name: see autobind in unix(7). */
static void test_format_abstract_unix_socket(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int bound = bind_unix(&address, sizeof address.sun_family);
    socklen_t length = sizeof address;
    assert_int_equal(getsockname(bound, (struct sockaddr *)&address, &length), 0);
    char expected[ADDRESS_SIZE], text[ADDRESS_SIZE];
    int bytes = (int)(length - offsetof(struct sockaddr_un, sun_path) - 1);
    snprintf(expected, sizeof expected, "unix:@%.*s", bytes, address.sun_path + 1);
    assert_int_equal(address_of_socket(bound, text, sizeof text), 0);
    assert_string_equal(text, expected);
    close(bound);
}

/* Linux takes a path that fills sun_path to its last byte, without a NUL: see unix(7). */
static void test_format_unterminated_unix_path(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memset(address.sun_path, 'p', sizeof address.sun_path);
    char expected[ADDRESS_SIZE] = "unix:", text[ADDRESS_SIZE];
    memset(expected + strlen(expected), 'p', sizeof address.sun_path);
    int code = address_format((struct sockaddr *)&address, sizeof address, text, sizeof text);
    assert_int_equal(code, 0);
    assert_string_equal(text, expected);

    int bound = bind_unix(&address, sizeof address);
    assert_int_equal(address_of_socket(bound, text, sizeof text), 0);
    assert_string_equal(text, expected);
    close(bound);
}

static void test_format_into_a_small_buffer(void **state)
{
    (void)state;
    static const char *const texts[] = {"127.0.0.1:7000", "[::1]:7000", "unix:echo.sock"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        char text[ADDRESS_SIZE];
        struct addrinfo *at = resolve(texts[i], ADDRESS_TO_CONNECT);
        size_t size = strlen(texts[i]) + 1;
        assert_int_equal(address_format(at->ai_addr, at->ai_addrlen, text, size), 0);
        assert_string_equal(text, texts[i]);
        memset(text, '?', sizeof text);
        assert_int_equal(address_format(at->ai_addr, at->ai_addrlen, text, size - 1),
                         EAI_OVERFLOW);
        assert_int_equal(text[size - 1], '?');
        assert_int_equal(address_format(at->ai_addr, at->ai_addrlen, NULL, 0), EAI_OVERFLOW);
        address_free(at);
    }
}

static void test_format_other_family(void **state)
{
    (void)state;
    struct sockaddr_storage address = {.ss_family = AF_NETLINK};
    char text[ADDRESS_SIZE];
    int code = address_format((struct sockaddr *)&address, sizeof address, text, sizeof text);
    assert_int_equal(code, EAI_FAMILY);
}

/* An address shorter than its family's is getnameinfo(3)'s to refuse. */
static void test_format_short_address(void **state)
{
    (void)state;
    struct sockaddr_storage address = {.ss_family = AF_INET6};
    char text[ADDRESS_SIZE];
    socklen_t length = sizeof(struct sockaddr_in);
    int code = address_format((struct sockaddr *)&address, length, text, sizeof text);
    assert_int_not_equal(code, 0);
}

static void test_address_of_bound_socket(void **state)
{
    (void)state;
    int bound = bind_loopback(AF_INET, 0);
    assert_int_not_equal(bound, -1);
    assert_int_not_equal(port_of(bound), 0);
    char expected[ADDRESS_SIZE], text[ADDRESS_SIZE];
    snprintf(expected, sizeof expected, "127.0.0.1:%u", port_of(bound));
    assert_int_equal(address_of_socket(bound, text, sizeof text), 0);
    assert_string_equal(text, expected);
    close(bound);
}

static void test_address_of_bound_ipv6_socket(void **state)
{
    (void)state;
    need_ipv6();
    int bound = bind_loopback(AF_INET6, 0);
    char expected[ADDRESS_SIZE], text[ADDRESS_SIZE];
    snprintf(expected, sizeof expected, "[::1]:%u", port_of(bound));
    assert_int_equal(address_of_socket(bound, text, sizeof text), 0);
    assert_string_equal(text, expected);
    close(bound);
}

static void test_address_of_no_socket(void **state)
{
    (void)state;
    char text[ADDRESS_SIZE];
    int closed = bind_loopback(AF_INET, 0);
    close(closed);
    errno = 0;
    assert_int_equal(address_of_socket(closed, text, sizeof text), EAI_SYSTEM);
    assert_int_equal(errno, EBADF);
}

static void test_strerror(void **state)
{
    (void)state;
    for (int code = ADDRESS_NO_PORT; code <= ADDRESS_PATH_TOO_LONG; code++) {
        assert_string_not_equal(address_strerror(code), gai_strerror(code));
        for (int other = ADDRESS_NO_PORT; other < code; other++)
            assert_string_not_equal(address_strerror(code), address_strerror(other));
    }
    assert_string_equal(address_strerror(EAI_NONAME), gai_strerror(EAI_NONAME));
    assert_string_equal(address_strerror(EAI_OVERFLOW), gai_strerror(EAI_OVERFLOW));
    assert_string_equal(address_strerror(EAI_SYSTEM), gai_strerror(EAI_SYSTEM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numeric_addresses_both_ways),
        cmocka_unit_test(test_numeric_addresses_are_what_they_say),
        cmocka_unit_test(test_unix_paths_both_ways),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_service_name),
        cmocka_unit_test(test_empty_host),
        cmocka_unit_test(test_bad_texts),
        cmocka_unit_test(test_port_with_a_sign_or_space),
        cmocka_unit_test(test_unknown_name),
        cmocka_unit_test(test_longest_host),
        cmocka_unit_test(test_host_too_long_in_brackets),
        cmocka_unit_test(test_longest_unix_path),
        cmocka_unit_test(test_free_nothing),
        cmocka_unit_test(test_format_unnamed_unix_socket),
        cmocka_unit_test(test_format_abstract_unix_address),
        cmocka_unit_test(test_format_abstract_unix_socket),
        cmocka_unit_test(test_format_unterminated_unix_path),
        cmocka_unit_test(test_format_into_a_small_buffer),
        cmocka_unit_test(test_format_other_family),
        cmocka_unit_test(test_format_short_address),
        cmocka_unit_test(test_address_of_bound_socket),
        cmocka_unit_test(test_address_of_bound_ipv6_socket),
        cmocka_unit_test(test_address_of_no_socket),
        cmocka_unit_test(test_strerror),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
