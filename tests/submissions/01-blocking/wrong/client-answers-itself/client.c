/*
 * An echo client: the four steps of a client.
 *
 *     socket -> connect -> write and read -> close
 *
 * What was typed is printed as soon as it has been read.
 */
#include <signal.h>
#include <stdio.h>
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

static void talk(void)
{
    char buffer[BUFFER_SIZE];
    ssize_t length;
    while ((length = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        if (write_all(STDOUT_FILENO, buffer, (size_t)length) == -1)
            die_errno("write to standard output");
    }
    if (length == -1)
        die_errno("read from standard input");
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
    talk();
    close(connection); /* step 4 */
}
