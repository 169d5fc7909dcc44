/*
 * An echo server whose bytes go round in a ring: readv() fills its free part and writev()
 * empties the full one, each of which may lie in two pieces, at the ring's end and beginning.
 * The connection does not block; poll() tells which of the two is possible.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"

enum { RING = 12345 };

struct ring {
    char bytes[RING];
    size_t begin, used;
    bool input_ended;
};

/* The part of `length` bytes from `at` on, in one piece or two; returns how many. */
static int part_of(struct ring *ring, size_t at, size_t length, struct iovec pieces[2])
{
    at %= RING;
    size_t first = length < RING - at ? length : RING - at;
    pieces[0] = (struct iovec){.iov_base = ring->bytes + at, .iov_len = first};
    pieces[1] = (struct iovec){.iov_base = ring->bytes, .iov_len = length - first};
    return length > first ? 2 : 1;
}

static bool may_come_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Returns the bytes that came, or -1 when the connection is lost. */
static ssize_t fill(struct ring *ring, int connection)
{
    struct iovec pieces[2];
    int count = part_of(ring, ring->begin + ring->used, RING - ring->used, pieces);
    ssize_t length = readv(connection, pieces, count);
    if (length == -1)
        return may_come_later() ? 0 : -1;
    ring->used += (size_t)length;
    ring->input_ended = length == 0;
    return length;
}

static int drain(struct ring *ring, int connection)
{
    struct iovec pieces[2];
    int count = part_of(ring, ring->begin, ring->used, pieces);
    ssize_t length = writev(connection, pieces, count);
    if (length == -1)
        return may_come_later() ? 0 : -1;
    ring->begin = (ring->begin + (size_t)length) % RING;
    ring->used -= (size_t)length;
    return 0;
}

static short wanted(const struct ring *ring)
{
    short events = ring->used > 0 ? POLLOUT : 0;
    return ring->used < RING && !ring->input_ended ? events | POLLIN : events;
}

static unsigned long long echo(int connection)
{
    struct ring ring = {.begin = 0};
    unsigned long long received = 0;
    while (!ring.input_ended || ring.used > 0) {
        short events = wanted(&ring);
        struct pollfd wait = {.fd = connection, .events = events};
        if (poll(&wait, 1, -1) == -1)
            continue;
        bool lost = wait.revents & (POLLERR | POLLNVAL);
        if ((events & POLLOUT) && (wait.revents & (POLLOUT | POLLHUP)))
            lost |= drain(&ring, connection) == -1;
        if ((events & POLLIN) && (wait.revents & (POLLIN | POLLHUP))) {
            ssize_t length = fill(&ring, connection);
            lost |= length == -1;
            received += length > 0 ? (unsigned long long)length : 0;
        }
        if (lost) {
            warn("client: connection lost");
            break;
        }
    }
    return received;
}

static int listen_at(const struct addrinfo *at, struct failure *failure)
{
    int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol), on = 1;
    if (fd == -1)
        return failure_errno(failure, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == -1)
        failure_errno(failure, "bind");
    else if (listen(fd, SOMAXCONN) == -1)
        failure_errno(failure, "listen");
    else
        return fd;
    close(fd);
    return -1;
}

static int open_listener(const char *address)
{
    struct addrinfo *list;
    struct failure failure;
    int code = address_resolve(address, ADDRESS_TO_LISTEN, &list), listener = -1;
    if (code != 0)
        die_gai(code, "resolve %s", address);
    for (struct addrinfo *at = list; at != NULL && listener == -1; at = at->ai_next)
        listener = listen_at(at, &failure);
    address_free(list);
    if (listener == -1)
        die_failure(&failure, address);
    return listener;
}

int main(int argc, char *argv[])
{
    unsigned long long clients = 0, bytes = 0;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int listener = open_listener(argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection == -1) {
            warn_errno("accept");
            sleep(1);
            continue;
        }
        if (fcntl(connection, F_SETFL, O_NONBLOCK) == -1)
            warn_errno("fcntl");
        bytes += echo(connection);
        close(connection);
        printf("served %llu clients, %llu bytes\n", ++clients, bytes);
    }
}
