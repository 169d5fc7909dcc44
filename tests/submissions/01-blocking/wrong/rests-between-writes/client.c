/*
 * An echo client: the four steps of a client.
 *
 *     socket -> connect -> write and read -> close
 *
 * It sends a piece of its input, waits until all of that piece has come back, and goes on with
 * the next: so it never has more under way than the buffers between the two programs hold, and
 * needs neither a second thread nor poll(). Left out on purpose: sending ahead of the replies.
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
    /* BEGIN SOLUTION
     * Steps 1 and 2: socket, connect. Note a call that fails with failure_errno(), which
     * returns -1, and leave no socket open behind it.
     * stub: todo("connect_to", at);
     * stub: return failure_errno(failure, "socket");
     */
    int connection = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (connection == -1)
        return failure_errno(failure, "socket");
    if (connect(connection, at->ai_addr, at->ai_addrlen) == 0)
        return connection;
    failure_errno(failure, "connect");
    close(connection);
    return -1;
    /* END SOLUTION */
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

/* Prints what comes back until that is as much as was sent: it may come in any pieces. */
static void print_echo(int connection, size_t due)
{
    /* BEGIN SOLUTION
     * Step 3, the reading half: read() and print with write_all(STDOUT_FILENO, ...) until `due`
     * bytes have come. read() returning 0 before that means that the server left: die.
     * stub: todo("print_echo", connection, due);
     */
    char buffer[BUFFER_SIZE];
    while (due > 0) {
        ssize_t length = read(connection, buffer, due < sizeof buffer ? due : sizeof buffer);
        if (length == -1)
            die_errno("read from the server");
        if (length == 0)
            die("the server closed the connection with %zu bytes still due", due);
        if (write_all(STDOUT_FILENO, buffer, (size_t)length) == -1)
            die_errno("write to standard output");
        due -= (size_t)length;
    }
    /* END SOLUTION */
}

static void talk(int connection)
{
    /* BEGIN SOLUTION
     * Step 3: until standard input ends, read() a piece of it, send it with write_all(), and
     * have print_echo() wait for its echo.
     * stub: todo("talk", connection, print_echo);
     */
    char buffer[BUFFER_SIZE];
    ssize_t length;
    while ((length = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        if (write_all(connection, buffer, (size_t)length) == -1)
            die_errno("write to the server");
        print_echo(connection, (size_t)length);
    }
    if (length == -1)
        die_errno("read from standard input");
    /* END SOLUTION */
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
    talk(connection);
    close(connection); /* step 4 */
}
