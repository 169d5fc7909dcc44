/*
 * An echo server for one client at a time whose descriptors never block: every wait is a wait
 * in poll() for the one thing that has to come next.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"

enum { PIECE = 32768 };

static void wait_for(int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    while (poll(&one, 1, -1) == -1 && errno == EINTR)
        ;
}

static int would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static ssize_t read_piece(int fd, char *piece)
{
    ssize_t length;
    while ((length = read(fd, piece, PIECE)) == -1 && would_block())
        wait_for(fd, POLLIN);
    return length;
}

static int write_piece(int fd, const char *piece, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t some = write(fd, piece + done, length - done);
        if (some > 0)
            done += (size_t)some;
        else if (would_block())
            wait_for(fd, POLLOUT);
        else
            return -1;
    }
    return 0;
}

static int accept_next(int listener)
{
    for (;;) {
        wait_for(listener, POLLIN);
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd != -1)
            return fd;
        if (would_block())
            continue;
        warn_errno("accept");
        sleep(1);
    }
}

static void serve_for_ever(int listener)
{
    static char piece[PIECE];
    unsigned long long clients = 0, bytes = 0;
    for (;;) {
        int fd = accept_next(listener);
        ssize_t length;
        while ((length = read_piece(fd, piece)) > 0) {
            bytes += (unsigned long long)length;
            if (write_piece(fd, piece, (size_t)length) == -1)
                break;
        }
        close(fd);
        clients++;
        printf("served %llu clients, %llu bytes\n", clients, bytes);
        fflush(stdout);
    }
}

static int listen_at(const struct addrinfo *at)
{
    int on = 1;
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK, at->ai_protocol);
    if (fd == -1)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, 16) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

int main(int argc, char *argv[])
{
    struct addrinfo *list;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int code = address_resolve(argv[1], ADDRESS_TO_LISTEN, &list);
    if (code != 0)
        die_gai(code, "resolve %s", argv[1]);
    int listener = -1;
    for (struct addrinfo *at = list; at != NULL && listener == -1; at = at->ai_next)
        listener = listen_at(at);
    if (listener == -1)
        die_errno("listen %s", argv[1]);
    address_free(list);
    code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    fflush(stdout);
    serve_for_ever(listener);
}
