/**
 * @file tests/unit/unit.h
 * @brief What several unit tests share: cmocka with its headers, a directory of their own, a
 *        count of descriptors, a child process, and sockets made without the code under test.
 *
 * cmocka.h wants the four headers before it included first. Nothing here asserts in a child:
 * a failed assertion jumps back into the runner, which would then go on in two processes.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/** Seconds after which a test program that hangs is ended by SIGALRM. */
enum { UNIT_TIME_LIMIT = 60 };

/** Milliseconds after which a client that should be connecting is taken not to come. */
enum { ACCEPT_TIME_LIMIT = 10000 };

/**
 * @brief Group setup: make an empty directory and work in it, so that a test can name a unix
 *        socket or file by a short relative path; set the time limit, and a shorter one for a
 *        name server that does not answer.
 * @param state  the directory's path, for leave_directory().
 * @return 0, or -1 when that was not possible.
 */
static inline int enter_directory(void **state)
{
    alarm(UNIT_TIME_LIMIT);
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 0); /* resolv.conf(5) */
    char *path = strdup("/tmp/socket-labs-unit.XXXXXX");
    *state = path;
    return path == NULL || mkdtemp(path) == NULL ? -1 : chdir(path);
}

/**
 * @brief Group teardown: remove the directory and the files in it.
 * @param state  from enter_directory().
 * @return 0, or -1 when something could not be removed.
 */
static inline int leave_directory(void **state)
{
    DIR *directory = opendir(".");
    if (directory == NULL)
        return -1;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove(entry->d_name);
    closedir(directory);
    int result = chdir("/") == 0 ? rmdir(*state) : -1;
    free(*state);
    return result;
}

/**
 * @brief Count the descriptors that this process has open.
 * @return how many; the one that the counting itself takes is always among them.
 */
static inline int count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    int count = 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/**
 * @brief fork(2) for a child that calls what ends a program.
 * @return as fork(2).
 *
 * The runner's buffered output stays the parent's, and its signal handlers, which report a
 * failed test and go on, do not run in the child.
 */
static inline pid_t fork_child(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child != 0)
        return child;
    static const int handled[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS};
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++)
        signal(handled[i], SIG_DFL);
    return 0;
}

/** A socket address of any family. */
union unit_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_un local;
    struct sockaddr_storage storage; /* the largest */
};

/**
 * @brief A family's loopback address.
 * @param family  AF_INET or AF_INET6.
 * @param port    a port number, 0 for a free one.
 * @return the address.
 */
static inline union unit_address loopback(int family, unsigned port)
{
    union unit_address address = {.storage = {.ss_family = (sa_family_t)family}};
    if (family == AF_INET6) {
        address.ipv6.sin6_addr = in6addr_loopback;
        address.ipv6.sin6_port = htons((uint16_t)port);
    } else {
        address.ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.ipv4.sin_port = htons((uint16_t)port);
    }
    return address;
}

/**
 * @brief A family's stream socket, bound to a port of the loopback interface. Until it is told
 *        to listen it holds the port, and a connection to it is refused.
 * @param family  AF_INET or AF_INET6.
 * @param port    a port number, 0 for a free one.
 * @return the socket, or -1: port in use, or no such interface.
 */
static inline int bind_loopback(int family, unsigned port)
{
    union unit_address address = loopback(family, port);
    int bound = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bound == -1 || bind(bound, &address.any, sizeof address) == 0)
        return bound;
    close(bound);
    return -1;
}

/** @brief The port that a socket is bound to. @param fd  the socket. @return the port. */
static inline unsigned port_of(int fd)
{
    union unit_address address;
    socklen_t length = sizeof address;
    assert_int_equal(getsockname(fd, &address.any, &length), 0);
    if (address.any.sa_family == AF_INET6)
        return ntohs(address.ipv6.sin6_port);
    return ntohs(address.ipv4.sin_port);
}

/** @brief Skip the test, saying why, where the loopback interface has no IPv6 address. */
static inline void need_ipv6(void)
{
    int bound = bind_loopback(AF_INET6, 0);
    if (bound == -1) {
        print_message("skipped: no IPv6 on the loopback interface\n");
        skip();
    }
    close(bound);
}

/**
 * @brief Check that a descriptor is as common/ promises its sockets: blocking, closed on exec.
 * @param fd  the socket; it is checked to be one for streams.
 */
static inline void assert_blocking_and_closed_on_exec(int fd)
{
    int type = 0;
    socklen_t length = sizeof type;
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length), 0);
    assert_int_equal(type, SOCK_STREAM);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

/**
 * @brief accept(2), failing the test when no client comes.
 * @param listener  a listening socket.
 * @return the connection.
 */
static inline int accept_client(int listener)
{
    struct pollfd ready = {.fd = listener, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, ACCEPT_TIME_LIMIT), 1);
    int served = accept(listener, NULL, NULL);
    assert_int_not_equal(served, -1);
    return served;
}

/**
 * @brief Check that two sockets are the two ends of one connection: a byte goes through.
 * @param from, to  the ends, both blocking.
 */
static inline void assert_connected(int from, int to)
{
    char byte = 0;
    assert_int_equal(send(from, "x", 1, MSG_NOSIGNAL), 1);
    assert_int_equal(read(to, &byte, 1), 1);
    assert_int_equal(byte, 'x');
}

#endif
