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
    /* TODO
     * Steps 1 and 2: socket, connect. Note a call that fails with failure_errno(), which
     * returns -1, and leave no socket open behind it.
     */
    todo("connect_to", at);
    return failure_errno(failure, "socket");
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
    /* TODO
     * Step 3, the reading half: read() and print with write_all(STDOUT_FILENO, ...) until `due`
     * bytes have come. read() returning 0 before that means that the server left: die.
     */
    todo("print_echo", connection, due);
}

static void talk(int connection)
{
    /* TODO
     * Step 3: until standard input ends, read() a piece of it, send it with write_all(), and
     * have print_echo() wait for its echo.
     */
    todo("talk", connection, print_echo);
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
