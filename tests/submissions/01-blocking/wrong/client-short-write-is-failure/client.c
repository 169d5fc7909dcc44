/*
 * An echo client: the four steps of a client.
 *
 *     socket -> connect -> write and read -> close
 *
 * It reads all of its input into memory, then sends it and prints what comes back, whichever is
 * possible: the connection does not block, and poll() tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { BUFFER_SIZE = 4096 };

/* Returns a socket connected to this one address, or -1 with the failed call noted. */
static int connect_to(const struct addrinfo *at, struct failure *failure)
{
    int connection = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (connection == -1)
        return failure_errno(failure, "socket");
    if (connect(connection, at->ai_addr, at->ai_addrlen) == 0)
        return connection;
    failure_errno(failure, "connect");
    close(connection);
    return -1;
}

/* A name can stand for several addresses: the first that answers is taken. */
static int open_connection(const char *address, struct failure *failure)
{
    struct addrinfo *list;
    int code = address_resolve(address, ADDRESS_TO_CONNECT, &list);
    if (code != 0)
        return failure_gai(failure, "resolve", code);
    int connection = -1;
    for (const struct addrinfo *at = list; at != NULL && connection == -1; at = at->ai_next)
        connection = connect_to(at, failure);
    address_free(list);
    return connection;
}

/* Returns all of standard input, in memory that is the caller's to free. */
static char *read_input(size_t *total)
{
    size_t room = BUFFER_SIZE;
    char *input = malloc(room);
    ssize_t length;
    *total = 0;
    while (input != NULL && (length = read(STDIN_FILENO, input + *total, room - *total)) > 0) {
        *total += (size_t)length;
        if (*total == room)
            input = realloc(input, room *= 2);
    }
    if (input == NULL || length == -1)
        die_errno("read from standard input");
    return input;
}

/* Prints some of what has come back, and returns how much. */
static size_t print_echo(int connection)
{
    char buffer[BUFFER_SIZE];
    ssize_t length = read(connection, buffer, sizeof buffer);
    if (length == -1 && errno == EAGAIN)
        return 0;
    if (length == -1)
        die_errno("read from the server");
    if (length == 0)
        die("the server closed the connection before all had come back");
    if (write_all(STDOUT_FILENO, buffer, (size_t)length) == -1)
        die_errno("write to standard output");
    return (size_t)length;
}

static void talk(int connection)
{
    size_t length, sent = 0, due;
    char *input = read_input(&length);
    due = length;
    while (due > 0) {
        struct pollfd wait = {.fd = connection,
                              .events = sent < length ? POLLIN | POLLOUT : POLLIN};
        if (poll(&wait, 1, -1) == -1)
            die_errno("poll");
        if (wait.revents & POLLOUT) {
            if (write(connection, input, length) != (ssize_t)length)
                die_errno("write to the server");
            sent = length;
        }
        if (wait.revents & ~POLLOUT)
            due -= print_echo(connection);
    }
    free(input);
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN); /* a server that is gone shows as an error of write() */
    struct failure failure;
    int connection = open_connection(argv[1], &failure);
    if (connection == -1)
        die_failure(&failure, argv[1]);
    if (fcntl(connection, F_SETFL, O_NONBLOCK) == -1)
        die_errno("fcntl");
    talk(connection);
    close(connection); /* step 4 */
}
