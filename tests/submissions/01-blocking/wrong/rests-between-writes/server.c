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
    /* BEGIN SOLUTION
     * Steps 1 to 3: socket, bind, listen. Note a call that fails with failure_errno(), which
     * returns -1, and leave no socket open behind it.
     * stub: todo("listen_at", at);
     * stub: return failure_errno(failure, "socket");
     */
    int listener = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (listener == -1)
        return failure_errno(failure, "socket");
    int on = 1; /* bind again although connections of an earlier server linger in TIME_WAIT */
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        failure_errno(failure, "setsockopt");
    else if (bind(listener, at->ai_addr, at->ai_addrlen) == -1)
        failure_errno(failure, "bind");
    else if (listen(listener, BACKLOG) == -1)
        failure_errno(failure, "listen");
    else
        return listener;
    close(listener);
    return -1;
    /* END SOLUTION */
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

/* A kilobyte at a time, with a rest after each, lest the client be overrun. */
static int write_gently(int connection, const char *data, size_t length)
{
    for (size_t part; length > 0; data += part, length -= part) {
        part = length < 1024 ? length : 1024;
        if (write_all(connection, data, part) == -1)
            return -1;
        if (part == 1024)
            usleep(10000);
    }
    return 0;
}

/* Sends back what the client sends until it has finished. Returns how much that was. */
static unsigned long long handle_client(int connection)
{
    unsigned long long received = 0;
    /* BEGIN SOLUTION
     * Step 5: read() and write_all() in turn, until read() returns 0 (the client has finished
     * sending) or either fails (the connection is lost: warn, and leave the server running).
     * stub: todo("handle_client", connection);
     */
    char buffer[BUFFER_SIZE];
    ssize_t length;
    while ((length = read(connection, buffer, sizeof buffer)) > 0) {
        received += (unsigned long long)length;
        if (write_gently(connection, buffer, (size_t)length) == -1) {
            warn_errno("write to a client");
            break;
        }
    }
    if (length == -1)
        warn_errno("read from a client");
    /* END SOLUTION */
    return received;
}

static void serve(int listener)
{
    struct tally tally = {0, 0};
    /* BEGIN SOLUTION
     * Steps 4 to 6, for ever: accept() a client, handle it, close() its connection, and print
     * "served C clients, B bytes". An accept() that fails is no reason to end.
     * stub: todo("serve", listener, handle_client, tally);
     */
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection == -1) {
            warn_errno("accept");
            sleep(1); /* lest a lasting failure turn this into a busy loop */
            continue;
        }
        tally.clients++;
        tally.bytes += handle_client(connection);
        close(connection);
        printf("served %llu clients, %llu bytes\n", tally.clients, tally.bytes);
    }
    /* END SOLUTION */
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
