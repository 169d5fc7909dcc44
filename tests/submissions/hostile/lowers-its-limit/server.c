/*
 * An echo server with one thread for all clients: select() tells which of them have sent
 * something, and only those are read.
 *
 *     select -+-> the listener is ready:   accept, and watch the connection too
 *       ^     +-> a connection is ready:   read and write once, or close it
 *       +-----+
 *
 * Left out on purpose: a client that does not read holds up the others, as the write to it
 * blocks (lab 05 mends that), and so does the limit of FD_SETSIZE descriptors (so does that).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

enum { BUFFER_SIZE = 65536 };

struct tally {
    unsigned long long clients, bytes;
};

/* All that the loop knows. A connection is known by its descriptor alone. */
struct server {
    int listener, highest;
    fd_set watched; /* select() alters the set that it is given: this one is copied for it */
    unsigned long long received[FD_SETSIZE];
    struct tally tally;
};

static void watch(struct server *server, int fd)
{
    FD_SET(fd, &server->watched);
    if (fd > server->highest)
        server->highest = fd;
}

static void end_client(struct server *server, int connection)
{
    /* BEGIN SOLUTION
     * Close it, watch it no more, count it, and print "served C clients, B bytes".
     * stub: todo("end_client", server, connection);
     */
    close(connection);
    FD_CLR(connection, &server->watched);
    server->tally.clients++;
    server->tally.bytes += server->received[connection];
    printf("served %llu clients, %llu bytes\n", server->tally.clients, server->tally.bytes);
    /* END SOLUTION */
}

/* Reads once, as a second read might block. */
static void serve_client(struct server *server, int connection)
{
    /* BEGIN SOLUTION
     * read() once and write_all() what came. At end of file, or when either fails, end_client().
     * stub: todo("serve_client", server, connection, end_client);
     */
    char buffer[BUFFER_SIZE];
    ssize_t length = read(connection, buffer, sizeof buffer);
    if (length == -1)
        warn_errno("read from a client");
    if (length <= 0) {
        end_client(server, connection);
        return;
    }
    server->received[connection] += (unsigned long long)length;
    if (write_all(connection, buffer, (size_t)length) == -1) {
        warn_errno("write to a client");
        end_client(server, connection);
    }
    /* END SOLUTION */
}

static void take_client(struct server *server)
{
    /* BEGIN SOLUTION
     * accept() a client and watch() its connection. An fd_set has no room for a descriptor of
     * FD_SETSIZE or above: such a client is turned away. While accept() fails, the listener stays
     * ready; leave it out of the set, so that the loop looks away from it for a while.
     * stub: todo("take_client", server, watch);
     */
    int connection = accept(server->listener, NULL, NULL);
    if (connection == -1) {
        warn_errno("accept");
        FD_CLR(server->listener, &server->watched);
    } else if (connection >= FD_SETSIZE) {
        warn("descriptor %d is too high for select: a client is turned away", connection);
        close(connection);
    } else {
        server->received[connection] = 0;
        watch(server, connection);
    }
    /* END SOLUTION */
}

/* Where the listener was left out, it is looked at again after a second at the latest. */
static int wait_until_ready(struct server *server, fd_set *ready)
{
    int count = -1;
    /* BEGIN SOLUTION
     * Copy the watched set and select() on the copy: without a time limit, but for a second at
     * most where the listener was left out of it. Then watch() the listener again.
     * stub: todo("wait_until_ready", server, ready);
     */
    struct timeval second = {.tv_sec = 1};
    bool looks_away = !FD_ISSET(server->listener, &server->watched);
    *ready = server->watched;
    count = select(server->highest + 1, ready, NULL, NULL, looks_away ? &second : NULL);
    watch(server, server->listener);
    /* END SOLUTION */
    return count;
}

static void serve(int listener)
{
    struct server server = {.listener = listener};
    if (listener >= FD_SETSIZE)
        die("descriptor %d of the listener is too high for select", listener);
    watch(&server, listener);
    /* BEGIN SOLUTION
     * For ever: wait until something is ready, take a new client where the listener is, and
     * serve each client whose connection is.
     * stub: todo("serve", &server, wait_until_ready, take_client, serve_client);
     */
    for (;;) {
        fd_set ready;
        if (wait_until_ready(&server, &ready) == -1) {
            warn_errno("select");
            sleep(1); /* lest a lasting failure turn this into a busy loop */
            continue;
        }
        if (FD_ISSET(listener, &ready))
            take_client(&server);
        for (int fd = 0; fd <= server.highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready))
                serve_client(&server, fd);
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

/* Its highest descriptor is above the limit then, and so is the place behind that. */
static int stand_above_limit(int listener)
{
    struct rlimit few = {128, 128};
    int above = fcntl(listener, F_DUPFD, 200);
    close(listener);
    if (setrlimit(RLIMIT_NOFILE, &few) == -1)
        die_errno("setrlimit");
    return above;
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
    listener = stand_above_limit(listener);
    announce(listener);
    serve(listener);
}
