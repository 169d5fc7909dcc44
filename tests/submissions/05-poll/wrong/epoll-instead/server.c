/*
 * An echo server with one thread that nothing blocks but epoll_wait(). The signals that end it are
 * let through only while it waits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

struct client {
    int fd, shut;
    size_t due, sent;
    unsigned long long received;
    struct client *next, **link;
    char data[8192];
};

static volatile sig_atomic_t stop;
static int epoll, stopping;
static struct client *clients;
static unsigned long long ended, bytes;

static void on_stop(int number)
{
    (void)number;
    stop = 1;
}

static void wait_for(struct client *client, unsigned events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &event);
}

static void end(struct client *client)
{
    *client->link = client->next;
    if (client->next != NULL)
        client->next->link = client->link;
    close(client->fd);
    ended++;
    bytes += client->received;
    free(client);
    printf("served %llu clients, %llu bytes\n", ended, bytes);
}

static int later(void)
{
    return errno == EAGAIN || errno == EINTR;
}

static void take(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd == -1) {
        if (!later())
            usleep(200000);
        return;
    }
    struct client *client = calloc(1, sizeof *client);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (client == NULL || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1) {
        close(fd);
        free(client);
        return;
    }
    client->fd = fd;
    client->next = clients;
    client->link = &clients;
    if (clients != NULL)
        clients->link = &client->next;
    clients = client;
}

static void serve(struct client *client)
{
    if (client->due == client->sent) {
        ssize_t length = read(client->fd, client->data, sizeof client->data);
        if (length == -1 && later())
            return;
        if (length <= 0) {
            end(client);
            return;
        }
        if (client->shut)
            return;
        client->received += (size_t)length;
        client->due = (size_t)length;
        client->sent = 0;
    }
    ssize_t sent = write(client->fd, client->data + client->sent, client->due - client->sent);
    if (sent == -1 && !later()) {
        end(client);
        return;
    }
    client->sent += sent == -1 ? 0 : (size_t)sent;
    wait_for(client, client->sent < client->due ? EPOLLOUT : EPOLLIN);
    if (stopping && client->sent == client->due)
        client->shut = shutdown(client->fd, SHUT_WR) == 0;
}

static void turn(int listener, int milliseconds, const sigset_t *mask)
{
    struct epoll_event events[64];
    int count = epoll_pwait(epoll, events, 64, milliseconds, mask);
    for (int i = 0; i < count; i++)
        if (events[i].data.ptr == NULL)
            take(listener);
        else
            serve(events[i].data.ptr);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    struct sigaction action = {.sa_handler = on_stop};
    sigset_t stops, open;
    struct timespec now, then;
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigprocmask(SIG_BLOCK, &stops, &open);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    struct epoll_event event = {.events = EPOLLIN};
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == -1)
        die_errno("epoll");
    fcntl(listener, F_SETFL, O_NONBLOCK);
    if (address_of_socket(listener, address, sizeof address) != 0)
        die("getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    while (!stop)
        turn(listener, -1, &open);
    stopping = 1;
    close(listener);
    for (struct client *client = clients; client != NULL; client = client->next)
        if (client->due == client->sent)
            client->shut = shutdown(client->fd, SHUT_WR) == 0;
    clock_gettime(CLOCK_MONOTONIC, &then);
    do {
        turn(-1, 50, &open);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (clients != NULL && (now.tv_sec - then.tv_sec) * 1000 +
                                        (now.tv_nsec - then.tv_nsec) / 1000000 < 900);
    while (clients != NULL)
        end(clients);
    printf("served %llu clients, %llu bytes\n", ended, bytes);
}
