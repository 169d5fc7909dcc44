/*
 * An echo server for one client at a time: the six steps of a server.
 *
 *     socket -> bind -> listen -> accept -> read and write -> close
 *                                   ^                           |
 *                                   +---------------------------+
 *
 * Left out on purpose: serving several clients at once. While one is connected, the others wait
 * in the listener's queue.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { BACKLOG = 128, BUFFER_SIZE = 16384 };

struct tally {
    unsigned long long clients, bytes;
};

/* Returns a socket that listens at this one address, or -1 with the failed call noted. */
static int listen_at(const struct addrinfo *at, struct failure *failure)
{
    /* TODO
     * Steps 1 to 3: socket, bind, listen. Note a call that fails with failure_errno(), which
     * returns -1, and leave no socket open behind it.
     */
    todo("listen_at", at);
    return failure_errno(failure, "socket");
}

/* A name can stand for several addresses: the first that works is taken. */
static int open_listener(const char *address, struct failure *failure)
{
    struct addrinfo *list;
    int code = address_resolve(address, ADDRESS_TO_LISTEN, &list);
    if (code != 0)
        return failure_gai(failure, "resolve", code);
    int listener = -1;
    for (const struct addrinfo *at = list; at != NULL && listener == -1; at = at->ai_next)
        listener = listen_at(at, failure);
    address_free(list);
    return listener;
}

/* Sends back what the client sends until it has finished. Returns how much that was. */
static unsigned long long handle_client(int connection)
{
    unsigned long long received = 0;
    /* TODO
     * Step 5: read() and write_all() in turn, until read() returns 0 (the client has finished
     * sending) or either fails (the connection is lost: warn, and leave the server running).
     */
    todo("handle_client", connection);
    return received;
}

static void serve(int listener)
{
    struct tally tally = {0, 0};
    /* TODO
     * Steps 4 to 6, for ever: accept() a client, handle it, close() its connection, and print
     * "served C clients, B bytes". An accept() that fails is no reason to end.
     */
    todo("serve", listener, handle_client, tally);
}

static void announce(int listener)
{
    char address[ADDRESS_SIZE];
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    if (printf("listening on %s\n", address) < 0)
        die_errno("write to standard output");
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line leaves at once, into a pipe or file too */
    signal(SIGPIPE, SIG_IGN);         /* a client that is gone shows as an error of write() */
    struct failure failure;
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    announce(listener);
    serve(listener);
}
