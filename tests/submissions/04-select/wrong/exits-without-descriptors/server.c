/*
 * Two sets, one for reading and one for writing, and a ring of bytes for each client: here a
 * client that does not read holds up nobody. More than the lab asks for.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

#define RING 32768 /* a power of two: positions count on, and are cut to size when used */

struct client {
    bool finished; /* it has sent its last byte */
    size_t in, out; /* bytes that ever came in, and went out */
    char ring[RING];
};

static struct client *clients[FD_SETSIZE];
static unsigned long long ended, bytes;

/* The part of the ring from one position to another, in at most two pieces. */
static int pieces(struct client *client, size_t from, size_t to, struct iovec part[2])
{
    size_t start = from % RING, length = to - from;
    size_t first = length < RING - start ? length : RING - start;
    part[0] = (struct iovec){client->ring + start, first};
    part[1] = (struct iovec){client->ring, length - first};
    return length > first ? 2 : 1;
}

static bool has_room(const struct client *client)
{
    return !client->finished && client->in - client->out < RING;
}

static bool has_due(const struct client *client)
{
    return client->in != client->out;
}

static bool later(ssize_t result)
{
    return result == -1 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static bool fill(int fd, struct client *client)
{
    struct iovec part[2];
    int count = pieces(client, client->in, client->out + RING, part);
    ssize_t length = readv(fd, part, count);
    if (length > 0)
        client->in += (size_t)length;
    if (length == 0)
        client->finished = true;
    return length >= 0 || later(length);
}

static bool empty(int fd, struct client *client)
{
    struct iovec part[2];
    int count = pieces(client, client->out, client->in, part);
    ssize_t length = writev(fd, part, count);
    if (length > 0)
        client->out += (size_t)length;
    return length >= 0 || later(length);
}

static void end(int fd)
{
    ended++;
    bytes += clients[fd]->in;
    free(clients[fd]);
    clients[fd] = NULL;
    close(fd);
    printf("served %llu clients, %llu bytes\n", ended, bytes);
}

/* Returns whether the listener can go on being watched. */
static bool take(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd == -1 && !later(fd))
        die_errno("accept");
    if (fd == -1)
        return true;
    if (fd < FD_SETSIZE && fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
        clients[fd] = malloc(sizeof *clients[fd]);
    if (fd >= FD_SETSIZE || clients[fd] == NULL) {
        warn("no room for a client on descriptor %d", fd);
        close(fd);
        return true;
    }
    clients[fd]->finished = false;
    clients[fd]->in = clients[fd]->out = 0;
    return true;
}

static int gather(fd_set *reads, fd_set *writes)
{
    int highest = -1;
    FD_ZERO(reads);
    FD_ZERO(writes);
    for (int fd = 0; fd < FD_SETSIZE; fd++) {
        if (clients[fd] == NULL)
            continue;
        if (has_room(clients[fd]))
            FD_SET(fd, reads);
        if (has_due(clients[fd]))
            FD_SET(fd, writes);
        highest = fd;
    }
    return highest;
}

static void serve(int listener)
{
    bool accepting = true;
    for (;;) {
        fd_set reads, writes;
        struct timeval second = {.tv_sec = 1};
        int highest = gather(&reads, &writes);
        if (accepting) {
            FD_SET(listener, &reads);
            highest = listener > highest ? listener : highest;
        }
        int count = select(highest + 1, &reads, &writes, NULL, accepting ? NULL : &second);
        if (count == -1)
            die_errno("select");
        accepting = true;
        for (int fd = 0; fd <= highest; fd++) {
            if (clients[fd] == NULL)
                continue;
            bool good = true;
            if (FD_ISSET(fd, &reads))
                good = fill(fd, clients[fd]);
            if (good && has_due(clients[fd]) && (FD_ISSET(fd, &reads) || FD_ISSET(fd, &writes)))
                good = empty(fd, clients[fd]);
            if (!good || (clients[fd]->finished && !has_due(clients[fd])))
                end(fd);
        }
        if (FD_ISSET(listener, &reads))
            accepting = take(listener);
    }
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    serve(listener);
}
