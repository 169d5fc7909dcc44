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
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { BACKLOG = 128, BUFFER_SIZE = 16384, CLIENTS = 1000 };

struct tally {
    unsigned long long clients, bytes;
};

/* Returns a socket that listens at this one address, or -1 with the failed call noted. */
static int listen_at(const struct addrinfo *at, struct failure *failure)
{
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

/* Sends back one piece. Returns how long it was, 0 or -1 at the connection's end. */
static ssize_t echo_piece(int connection)
{
    static char buffer[BUFFER_SIZE];
    ssize_t length = read(connection, buffer, sizeof buffer);
    if (length > 0 && write_all(connection, buffer, (size_t)length) == -1)
        return -1;
    return length;
}

static void serve(int listener)
{
    static struct pollfd waits[1 + CLIENTS];
    struct tally tally = {0, 0};
    nfds_t count = 1;
    waits[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        if (poll(waits, count, -1) == -1)
            continue;
        for (nfds_t i = count; --i > 0;) {
            ssize_t length = waits[i].revents == 0 ? 1 : echo_piece(waits[i].fd);
            if (waits[i].revents != 0 && length > 0)
                tally.bytes += (unsigned long long)length;
            if (length > 0)
                continue;
            close(waits[i].fd);
            waits[i] = waits[--count];
            tally.clients++;
            printf("served %llu clients, %llu bytes\n", tally.clients, tally.bytes);
        }
        waits[0].events = count <= CLIENTS ? POLLIN : 0;
        if (waits[0].revents == 0)
            continue;
        int connection = accept(listener, NULL, NULL);
        if (connection != -1)
            waits[count++] = (struct pollfd){.fd = connection, .events = POLLIN};
    }
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
