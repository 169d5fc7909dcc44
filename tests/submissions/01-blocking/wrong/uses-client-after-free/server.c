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
#include <stdlib.h>
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

struct client {
    int connection;
    char buffer[BUFFER_SIZE];
    unsigned long long received;
};

static struct client *new_client(int connection)
{
    struct client *client = calloc(1, sizeof *client);
    if (client != NULL)
        client->connection = connection;
    return client;
}

static void end_client(struct client **clients)
{
    for (; *clients != NULL; clients++) {
        close((*clients)->connection);
        free(*clients);
    }
}

/* Sends back what the client sends until it has finished. Returns whether it did. */
static int handle_client(struct client *client)
{
    ssize_t length;
    while ((length = read(client->connection, client->buffer, sizeof client->buffer)) > 0) {
        client->received += (unsigned long long)length;
        if (write_all(client->connection, client->buffer, (size_t)length) == -1)
            break;
    }
    return length == 0;
}

static void serve(int listener)
{
    struct tally tally = {0, 0};
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection == -1) {
            warn_errno("accept");
            sleep(1); /* lest a lasting failure turn this into a busy loop */
            continue;
        }
        struct client *client = new_client(connection);
        if (client == NULL)
            die("no memory for a client");
        struct client *ended[] = {client, NULL};
        int finished = handle_client(client);
        if (!finished)
            end_client(ended);
        tally.clients++;
        tally.bytes += client->received;
        if (finished)
            end_client(ended);
        printf("served %llu clients, %llu bytes\n", tally.clients, tally.bytes);
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
