/* An echo server for many clients. epoll tells which of them have sent something. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

struct client {
    int fd;
    unsigned long long received;
};

static int epoll;
static struct client listener;

static int add(struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = client}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
}

/* Returns for how long the listener is to be left alone, in milliseconds. */
static int take(void)
{
    int fd = accept(listener.fd, NULL, NULL);
    if (fd == -1) {
        warn_errno("accept");
        return 1000;
    }
    struct client *client = malloc(sizeof *client);
    if (client == NULL) {
        close(fd);
        return -1;
    }
    *client = (struct client){.fd = fd};
    if (add(client) == -1) {
        warn_errno("epoll_ctl");
        close(fd);
        free(client);
    }
    return -1;
}

static void serve(struct client *client)
{
    static unsigned long long clients, bytes;
    char buffer[16384];
    ssize_t length = read(client->fd, buffer, sizeof buffer);
    if (length > 0) {
        client->received += (unsigned long long)length;
        if (write_all(client->fd, buffer, (size_t)length) == 0)
            return;
    }
    close(client->fd); /* which takes it out of the epoll instance too */
    clients++;
    bytes += client->received;
    free(client);
    printf("served %llu clients, %llu bytes\n", clients, bytes);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    listener.fd = open_listener(argv[1], &failure);
    if (listener.fd == -1)
        die_failure(&failure, argv[1]);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1 || add(&listener) == -1)
        die_errno("epoll");
    int code = address_of_socket(listener.fd, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    for (int pause = -1;;) {
        struct epoll_event events[64];
        if (pause > 0)
            epoll_ctl(epoll, EPOLL_CTL_DEL, listener.fd, NULL);
        int count = epoll_wait(epoll, events, 64, pause);
        if (pause > 0)
            add(&listener);
        pause = -1;
        for (int i = 0; i < count; i++)
            if (events[i].data.ptr == &listener)
                pause = take();
            else
                serve(events[i].data.ptr);
    }
}
