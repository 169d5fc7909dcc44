/*
 * An echo client around epoll: it waits in one place only, for whatever is possible next. It is
 * level-triggered, so that what is not wanted at the moment must not be watched: standard input
 * while a piece of it is unsent or once it has ended, room to send while nothing is to be sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { PIECE = 16384 };

struct client {
    int epoll, connection;
    uint32_t input_watched,
        connection_watched;  /* the events that epoll is set to, 0 for none */
    bool input_always_ready; /* a file, which epoll does not take */
    bool input_ended;
    char piece[PIECE]; /* of the input; begin to end is not sent yet */
    size_t begin, end;
    unsigned long long due; /* sent, and not come back */
};

static bool comes_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Sets what is watched on a descriptor. While it is in the set, a hang-up is always reported. */
static int watch(int epoll, int fd, uint32_t *watched, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    int action = *watched == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    if (*watched == events)
        return 0;
    if (epoll_ctl(epoll, action, fd, &event) == -1)
        return -1;
    *watched = events;
    return 0;
}

static void watch_all(struct client *client)
{
    bool empty = client->begin == client->end, wants_input = empty && !client->input_ended;
    uint32_t events = EPOLLIN | (empty ? 0 : EPOLLOUT);
    if (watch(client->epoll, client->connection, &client->connection_watched, events) == -1)
        die_errno("epoll_ctl");
    if (client->input_always_ready)
        return;
    events = wants_input ? EPOLLIN : 0;
    if (watch(client->epoll, STDIN_FILENO, &client->input_watched, events) == 0)
        return;
    if (errno != EPERM)
        die_errno("epoll_ctl standard input");
    client->input_always_ready = true;
}

static void take_input(struct client *client)
{
    ssize_t length = read(STDIN_FILENO, client->piece, sizeof client->piece);
    if (length == -1 && comes_later())
        return;
    if (length == -1)
        die_errno("read standard input");
    client->begin = 0;
    client->end = (size_t)length;
    client->input_ended = length == 0;
}

static void send_piece(struct client *client)
{
    ssize_t length = send(client->connection, client->piece + client->begin,
                          client->end - client->begin, MSG_NOSIGNAL);
    if (length == -1 && comes_later())
        return;
    if (length == -1)
        die_errno("write to the server");
    client->begin += (size_t)length;
    client->due += (unsigned long long)length;
}

static void print_reply(struct client *client)
{
    char reply[PIECE];
    ssize_t length = recv(client->connection, reply, sizeof reply, 0);
    if (length == -1 && comes_later())
        return;
    if (length == -1)
        die_errno("read from the server");
    if (length == 0)
        die("read from the server: it closed the connection, with %llu bytes still due",
            client->due);
    if (write_all(STDOUT_FILENO, reply, (size_t)length) == -1)
        die_errno("write to standard output");
    client->due -= (unsigned long long)length;
}

static void handle(struct client *client, const struct epoll_event *event)
{
    if (event->data.fd == STDIN_FILENO) {
        take_input(client);
        return;
    }
    if (event->events & EPOLLOUT)
        send_piece(client);
    if (event->events & ~(uint32_t)EPOLLOUT)
        print_reply(client);
}

static void talk(struct client *client)
{
    while (!client->input_ended || client->begin < client->end || client->due > 0) {
        struct epoll_event events[2];
        watch_all(client);
        bool file_ready =
            client->input_always_ready && client->begin == client->end && !client->input_ended;
        int count = epoll_wait(client->epoll, events, 2, file_ready ? 0 : -1);
        if (count == -1 && errno != EINTR)
            die_errno("epoll_wait");
        for (int i = 0; i < count; i++)
            handle(client, &events[i]);
        if (file_ready)
            take_input(client);
    }
}

/* Waits until a connection that is under way is there, or has failed. */
static int finish_connect(int fd)
{
    struct epoll_event event = {.events = EPOLLOUT};
    int code = 0, epoll = epoll_create1(EPOLL_CLOEXEC);
    socklen_t size = sizeof code;
    if (epoll == -1 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        die_errno("epoll");
    while (epoll_wait(epoll, &event, 1, -1) == -1)
        if (errno != EINTR)
            die_errno("epoll_wait");
    close(epoll);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == -1)
        return -1;
    errno = code;
    return code == 0 ? 0 : -1;
}

/* A unix socket connects at once, or waits for room in the queue: it is left to block. */
static int connect_to(const struct addrinfo *at, struct failure *failure)
{
    int type = at->ai_socktype | (at->ai_family == AF_UNIX ? 0 : SOCK_NONBLOCK);
    int fd = socket(at->ai_family, type, at->ai_protocol);
    if (fd == -1)
        return failure_errno(failure, "socket");
    if (connect(fd, at->ai_addr, at->ai_addrlen) == 0 ||
        (errno == EINPROGRESS && finish_connect(fd) == 0)) {
        if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
            die_errno("fcntl");
        return fd;
    }
    failure_errno(failure, "connect");
    close(fd);
    return -1;
}

int main(int argc, char *argv[])
{
    static struct client client;
    struct addrinfo *list;
    struct failure failure;
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN); /* for standard output */
    int code = address_resolve(argv[1], ADDRESS_TO_CONNECT, &list);
    if (code != 0)
        die_gai(code, "resolve %s", argv[1]);
    client.connection = -1;
    for (struct addrinfo *at = list; at != NULL && client.connection == -1; at = at->ai_next)
        client.connection = connect_to(at, &failure);
    address_free(list);
    if (client.connection == -1)
        die_failure(&failure, argv[1]);
    client.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (client.epoll == -1)
        die_errno("epoll_create1");
    talk(&client);
    close(client.epoll);
    close(client.connection);
    return EXIT_SUCCESS;
}
