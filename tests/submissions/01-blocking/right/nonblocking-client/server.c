/*
 * An echo server for one client at a time that first tries and then waits: no call on a socket
 * blocks but poll(), which is asked only when a call has said that it would have to wait.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"

enum { PIECE = 10000 };

/* After a failed call: waits until it is worth trying again, and tells whether it is. */
static bool ready_again(int fd, short events)
{
    struct pollfd wait = {.fd = fd, .events = events};
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    return poll(&wait, 1, -1) == 1 || errno == EINTR;
}

static ssize_t receive(int fd, char *data, size_t size)
{
    ssize_t length;
    do {
        length = recv(fd, data, size, 0);
    } while (length == -1 && ready_again(fd, POLLIN));
    return length;
}

static int send_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
        if (sent == -1) {
            if (!ready_again(fd, POLLOUT))
                return -1;
            continue;
        }
        data += sent;
        length -= (size_t)sent;
    }
    return 0;
}

static int next_client(int listener)
{
    int fd;
    do {
        fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fd == -1 && ready_again(listener, POLLIN));
    return fd;
}

static unsigned long long echo(int fd)
{
    char data[PIECE];
    unsigned long long received = 0;
    ssize_t length;
    while ((length = receive(fd, data, sizeof data)) > 0) {
        received += (unsigned long long)length;
        if (send_all(fd, data, (size_t)length) == -1)
            break;
    }
    if (length != 0)
        warn_errno("talk to a client");
    return received;
}

static int listen_at(const struct addrinfo *at, struct failure *failure)
{
    int on = 1, type = at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = socket(at->ai_family, type, at->ai_protocol);
    if (fd == -1)
        return failure_errno(failure, "socket");
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        failure_errno(failure, "setsockopt");
    else if (bind(fd, at->ai_addr, at->ai_addrlen) == -1)
        failure_errno(failure, "bind");
    else if (listen(fd, 64) == -1)
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
    signal(SIGPIPE, SIG_IGN); /* for standard output */
    setvbuf(stdout, NULL, _IOLBF, 0);
    int listener = open_listener(argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    for (;;) {
        int connection = next_client(listener);
        if (connection == -1) {
            warn_errno("accept %s", address);
            sleep(1);
            continue;
        }
        bytes += echo(connection);
        close(connection);
        printf("served %llu clients, %llu bytes\n", ++clients, bytes);
    }
}
