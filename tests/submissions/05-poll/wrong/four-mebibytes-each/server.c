/*
 * A ring of bytes for each client: what comes in goes to its head, what goes out is taken from
 * its tail, both at once where both can be done. A client is read from while its ring has room.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

enum { SIZE = 4 * 1024 * 1024 };

struct ring {
    size_t tail, length; /* the bytes from tail on are due; they may go on at the beginning */
    char bytes[SIZE];
};

struct client {
    bool finished; /* no more comes from it */
    bool hung_up;  /* we have said that no more comes from us */
    unsigned long long received;
    struct ring ring;
};

struct server {
    struct pollfd *polls; /* polls[0]: the listener, polls[1]: the pipe */
    struct client **clients;
    size_t count, room;
    bool draining;
    unsigned long long ended, bytes;
};

static int wake_up[2];

static bool is_temporary(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Reads into the free space up to the end of the memory: the rest is a matter of a next time. */
static bool ring_read(struct ring *ring, int fd, struct client *client)
{
    size_t head = (ring->tail + ring->length) % SIZE;
    size_t space = head < ring->tail ? ring->tail - head : SIZE - head;
    ssize_t got = read(fd, ring->bytes + head, space);
    if (got == -1)
        return is_temporary();
    if (got == 0)
        client->finished = true;
    if (client->hung_up) /* nothing is echoed any more */
        return !client->finished;
    ring->length += (size_t)got;
    client->received += (unsigned long long)got;
    return true;
}

static bool ring_write(struct ring *ring, int fd)
{
    size_t run = SIZE - ring->tail < ring->length ? SIZE - ring->tail : ring->length;
    ssize_t put = write(fd, ring->bytes + ring->tail, run);
    if (put == -1)
        return is_temporary();
    ring->tail = (ring->tail + (size_t)put) % SIZE;
    ring->length -= (size_t)put;
    return true;
}

static bool add(struct server *server, int fd, struct client *client)
{
    if (server->count == server->room) {
        size_t room = server->room + 500;
        struct pollfd *polls = realloc(server->polls, room * sizeof *polls);
        if (polls == NULL)
            return false;
        server->polls = polls;
        struct client **clients = realloc(server->clients, room * sizeof *clients);
        if (clients == NULL)
            return false;
        server->clients = clients;
        server->room = room;
    }
    server->polls[server->count] = (struct pollfd){fd, POLLIN, 0};
    server->clients[server->count++] = client;
    return true;
}

static void end(struct server *server, size_t i)
{
    close(server->polls[i].fd);
    server->ended++;
    server->bytes += server->clients[i]->received;
    free(server->clients[i]);
    server->count--;
    server->polls[i] = server->polls[server->count];
    server->clients[i] = server->clients[server->count];
    printf("served %llu clients, %llu bytes\n", server->ended, server->bytes);
}

static bool serve_client(struct server *server, struct pollfd *poll, struct client *client)
{
    struct ring *ring = &client->ring;
    bool readable = poll->revents & (POLLIN | POLLHUP | POLLERR);
    if (readable && !client->finished && ring->length < SIZE &&
        (!server->draining || client->hung_up) && !ring_read(ring, poll->fd, client))
        return false;
    if (ring->length > 0 && !ring_write(ring, poll->fd))
        return false;
    if (ring->length == 0 && client->finished)
        return false;
    if (ring->length == 0 && server->draining && !client->hung_up) {
        shutdown(poll->fd, SHUT_WR);
        client->hung_up = true;
    }
    poll->events = 0;
    if (ring->length > 0)
        poll->events |= POLLOUT;
    if (ring->length < SIZE && !client->finished && (!server->draining || client->hung_up))
        poll->events |= POLLIN;
    return true;
}

static void serve_clients(struct server *server)
{
    for (size_t i = server->count - 1; i >= 2; i--)
        if (server->polls[i].revents != 0 || server->draining)
            if (!serve_client(server, &server->polls[i], server->clients[i]))
                end(server, i);
}

static void take_client(struct server *server)
{
    int fd = accept4(server->polls[0].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd == -1 && !is_temporary()) {
        warn_errno("accept");
        server->polls[0].events = 0;
    }
    if (fd == -1)
        return;
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL || !add(server, fd, client)) {
        free(client);
        close(fd);
    }
}

static long milliseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void drain(struct server *server)
{
    long end_of_time = milliseconds() + 1000;
    close(server->polls[0].fd);
    server->polls[0].fd = server->polls[1].fd = -1;
    server->draining = true;
    for (size_t i = 2; i < server->count; i++)
        server->polls[i].revents = 0;
    for (;;) {
        serve_clients(server);
        long left = end_of_time - milliseconds();
        if (server->count == 2 || left <= 0)
            break;
        poll(server->polls, server->count, (int)left);
    }
    while (server->count > 2)
        end(server, server->count - 1);
    printf("served %llu clients, %llu bytes\n", server->ended, server->bytes);
}

static void on_signal(int number)
{
    (void)number;
    if (write(wake_up[1], "", 1) == -1)
        _exit(1);
}

int main(int argc, char *argv[])
{
    static struct server server;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, stop = {.sa_handler = on_signal};
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    if (pipe2(wake_up, O_CLOEXEC | O_NONBLOCK) == -1)
        die_errno("pipe2");
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    if (!add(&server, listener, NULL) || !add(&server, wake_up[0], NULL))
        die_errno("realloc");
    printf("listening on %s\n", address);
    for (;;) {
        int ready = poll(server.polls, server.count, server.polls[0].events == 0 ? 1000 : -1);
        server.polls[0].events = POLLIN;
        if (ready == -1 && errno != EINTR)
            die_errno("poll");
        if (ready <= 0)
            continue;
        if (server.polls[1].revents != 0)
            break;
        serve_clients(&server);
        if (server.polls[0].revents != 0)
            take_client(&server);
    }
    drain(&server);
    free(server.polls);
    free(server.clients);
}
