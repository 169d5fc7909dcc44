/*
 * A list of connections; the sets are made anew from it in every round, so that nothing has to
 * be kept in step. The listener does not block. One descriptor is held in reserve: when no
 * other is left, it is given up for a moment, so that a caller can be accepted and turned away
 * instead of being left waiting.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

struct connection {
    int fd;
    unsigned long long received;
    struct connection *next;
};

static struct connection *connections;
static int listener, reserve;
static bool looks_away; /* from the listener, for a second */
static struct {
    unsigned long long clients, bytes;
} served;

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Without a descriptor the caller would wait in the queue, and the listener be always ready. */
static void turn_away(void)
{
    if (reserve != -1)
        close(reserve);
    int caller = accept(listener, NULL, NULL);
    if (caller != -1)
        close(caller);
    else
        looks_away = errno != EAGAIN;
    reserve = open_reserve();
    if (reserve == -1)
        looks_away = true;
}

static void forget_newest(void)
{
    struct connection *newest = connections;
    connections = newest->next;
    served.clients++;
    served.bytes += newest->received;
    close(newest->fd);
    free(newest);
}

static void take(void)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd == -1) {
        if (errno == EMFILE || errno == ENFILE)
            turn_away();
        else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            looks_away = true;
        return;
    }
    struct connection *connection = fd < FD_SETSIZE ? malloc(sizeof *connection) : NULL;
    if (connection == NULL) {
        if (connections != NULL)
            forget_newest(); /* there will be room at the next try */
        close(fd);
        return;
    }
    *connection = (struct connection){.fd = fd, .next = connections};
    connections = connection;
}

static bool send_all(int fd, const char *data, size_t length)
{
    for (ssize_t sent; length > 0; data += sent, length -= (size_t)sent) {
        sent = send(fd, data, length, MSG_NOSIGNAL);
        if (sent == -1 && errno == EINTR)
            sent = 0;
        if (sent == -1)
            return false;
    }
    return true;
}

static bool echo(struct connection *connection)
{
    char data[20000];
    ssize_t length = recv(connection->fd, data, sizeof data, 0);
    if (length <= 0)
        return false;
    connection->received += (unsigned long long)length;
    return send_all(connection->fd, data, (size_t)length);
}

static void end(struct connection *connection)
{
    served.clients++;
    served.bytes += connection->received;
    close(connection->fd);
    free(connection);
    printf("served %llu clients, %llu bytes\n", served.clients, served.bytes);
    fflush(stdout);
}

/* "at" points at whatever points at the connection: unlinking needs no special case. */
static void serve_ready(const fd_set *ready)
{
    for (struct connection **at = &connections; *at != NULL;) {
        struct connection *connection = *at;
        if (!FD_ISSET(connection->fd, ready) || echo(connection)) {
            at = &connection->next;
            continue;
        }
        *at = connection->next;
        end(connection);
    }
}

static void one_round(void)
{
    struct timeval second = {.tv_sec = 1};
    struct timeval *limit = looks_away ? &second : NULL;
    fd_set wanted;
    int highest = -1;
    FD_ZERO(&wanted);
    if (!looks_away) {
        FD_SET(listener, &wanted);
        highest = listener;
    }
    for (struct connection *at = connections; at != NULL; at = at->next) {
        FD_SET(at->fd, &wanted);
        if (at->fd > highest)
            highest = at->fd;
    }
    looks_away = false;
    if (select(highest + 1, &wanted, NULL, NULL, limit) == -1) {
        if (errno != EINTR)
            die_errno("select");
        return;
    }
    serve_ready(&wanted);
    if (FD_ISSET(listener, &wanted))
        take();
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    struct failure failure;
    char address[ADDRESS_SIZE];
    listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    if (fcntl(listener, F_SETFL, O_NONBLOCK) == -1)
        die_errno("fcntl %s", argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    reserve = open_reserve();
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;)
        one_round();
}
