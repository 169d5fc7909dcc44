/*
 * An echo server driven by epoll. While a client is being served the listener is disarmed
 * (EPOLLONESHOT), so that the next one waits in its queue.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { BACKLOG = 100, HUGE = 4 << 20 };

static char buffer[HUGE];

struct server {
    int epoll, listener;
    unsigned long long clients, bytes;
};

static void control(const struct server *server, int operation, int fd, unsigned events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(server->epoll, operation, fd, &event) == -1)
        die_errno("epoll_ctl %d", fd);
}

static void arm_listener(const struct server *server)
{
    control(server, EPOLL_CTL_MOD, server->listener, EPOLLIN | EPOLLONESHOT);
}

static void take_client(const struct server *server)
{
    int fd = accept(server->listener, NULL, NULL);
    if (fd != -1) {
        control(server, EPOLL_CTL_ADD, fd, EPOLLIN);
        return;
    }
    warn_errno("accept");
    sleep(1);
    arm_listener(server);
}

static void leave_client(struct server *server, int fd)
{
    close(fd); /* which takes it out of the epoll set as well */
    server->clients++;
    printf("served %llu clients, %llu bytes\n", server->clients, server->bytes);
    fflush(stdout);
    arm_listener(server);
}

static void echo(struct server *server, int fd)
{
    ssize_t length = read(fd, buffer, sizeof buffer);
    if (length > 0) {
        server->bytes += (unsigned long long)length;
        if (write_all(fd, buffer, (size_t)length) == 0)
            return;
    }
    leave_client(server, fd);
}

static void run(struct server *server)
{
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server->epoll == -1)
        die_errno("epoll_create1");
    control(server, EPOLL_CTL_ADD, server->listener, EPOLLIN | EPOLLONESHOT);
    for (;;) {
        struct epoll_event event;
        int ready = epoll_wait(server->epoll, &event, 1, -1);
        if (ready == -1 && errno != EINTR) /* a stop and continue interrupts it too */
            die_errno("epoll_wait");
        if (ready < 1)
            continue;
        if (event.data.fd == server->listener)
            take_client(server);
        else
            echo(server, event.data.fd);
    }
}

static int open_at(const struct addrinfo *at, struct failure *failure)
{
    int on = 1;
    int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (fd == -1)
        return failure_errno(failure, "socket");
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        failure_errno(failure, "setsockopt");
    else if (bind(fd, at->ai_addr, at->ai_addrlen) == -1)
        failure_errno(failure, "bind");
    else if (listen(fd, BACKLOG) == -1)
        failure_errno(failure, "listen");
    else
        return fd;
    close(fd);
    return -1;
}

int main(int argc, char *argv[])
{
    struct server server = {.listener = -1};
    struct addrinfo *list;
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int code = address_resolve(argv[1], ADDRESS_TO_LISTEN, &list);
    if (code != 0)
        die_gai(code, "resolve %s", argv[1]);
    for (struct addrinfo *at = list; at && server.listener == -1; at = at->ai_next)
        server.listener = open_at(at, &failure);
    address_free(list);
    if (server.listener == -1)
        die_failure(&failure, argv[1]);
    code = address_of_socket(server.listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    fflush(stdout);
    run(&server);
}
