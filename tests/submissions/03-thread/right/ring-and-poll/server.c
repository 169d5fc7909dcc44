/* An echo server whose threads wait in poll() only, and read ahead while the client is slow. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error.h"

enum { RING = 1 << 14 };

struct talk {
    int fd;
    uint32_t in, out; /* free running: only their difference counts */
    uint64_t received;
    char ring[RING];
};

static _Atomic uint64_t clients, bytes;

static bool take(struct talk *t)
{
    uint32_t at = t->in % RING, room = RING - (t->in - t->out);
    if (room > RING - at)
        room = RING - at;
    ssize_t n = recv(t->fd, t->ring + at, room, 0);
    if (n == -1)
        return errno == EAGAIN;
    t->in += (uint32_t)n;
    t->received += (uint64_t)n;
    return n > 0;
}

static bool give(struct talk *t)
{
    uint32_t at = t->out % RING, due = t->in - t->out;
    if (due > RING - at)
        due = RING - at;
    ssize_t n = send(t->fd, t->ring + at, due, MSG_NOSIGNAL);
    if (n == -1)
        return errno == EAGAIN;
    t->out += (uint32_t)n;
    return true;
}

static void *run(void *argument)
{
    struct talk *t = argument;
    bool open = true, good = true;
    while (good && (open || t->in != t->out)) {
        struct pollfd p = {.fd = t->fd, .events = t->in != t->out ? POLLOUT : 0};
        if (open && t->in - t->out < RING)
            p.events |= POLLIN;
        if (poll(&p, 1, -1) == -1)
            continue;
        if (p.revents & POLLERR)
            good = false;
        if (good && p.revents & POLLOUT)
            good = give(t);
        if (good && p.events & POLLIN && p.revents & (POLLIN | POLLHUP))
            open = take(t);
    }
    uint64_t received = t->received;
    close(t->fd);
    free(t);
    received = atomic_fetch_add(&bytes, received);
    uint64_t count = atomic_fetch_add(&clients, 1) + 1;
    printf("served %llu clients, %llu bytes\n", (unsigned long long)count,
           (unsigned long long)atomic_load(&bytes));
    fflush(stdout);
    return NULL;
}

static int bind_unix(const char *text)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    if (strlen(text + 5) == 0 || strlen(text + 5) >= sizeof un.sun_path)
        die("%s: a path has 1 to 107 bytes", text);
    memcpy(un.sun_path, text + 5, strlen(text + 5));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd == -1 || bind(fd, (struct sockaddr *)&un, sizeof un) == -1 || listen(fd, 5) == -1)
        die_errno("bind %s", text);
    printf("listening on %s\n", text);
    return fd;
}

static int bind_inet(const char *text)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list;
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    char copy[320], *host = copy, service[NI_MAXSERV];
    int fd = -1, on = 1, error = 0;
    snprintf(copy, sizeof copy, "%s", text);
    char *port = strrchr(copy, ':');
    if (port == NULL)
        die("%s: no port", text);
    *port++ = '\0';
    if (host[0] == '[' && host[strlen(host) - 1] == ']') {
        host[strlen(host) - 1] = '\0';
        host++;
    }
    int code = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &list);
    if (code != 0)
        die_gai(code, "resolve %s", text);
    for (struct addrinfo *at = list; at != NULL && fd == -1; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK, at->ai_protocol);
        if (fd == -1)
            error = errno;
        else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
                 bind(fd, at->ai_addr, at->ai_addrlen) == -1 || listen(fd, 5) == -1) {
            error = errno;
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    if (fd == -1)
        die_code(error, "bind %s", text);
    getsockname(fd, (struct sockaddr *)&name, &length);
    code = getnameinfo((struct sockaddr *)&name, length, copy, sizeof copy, service, sizeof service,
                       NI_NUMERICHOST | NI_NUMERICSERV);
    if (code != 0)
        die_gai(code, "getnameinfo");
    printf(strchr(copy, ':') ? "listening on [%s]:%s\n" : "listening on %s:%s\n", copy, service);
    return fd;
}

static void start(int fd)
{
    pthread_t thread;
    struct talk *t = calloc(1, sizeof *t);
    int code = ENOMEM;
    if (t != NULL) {
        t->fd = fd;
        code = pthread_create(&thread, NULL, run, t);
    }
    if (code == 0) {
        pthread_detach(thread);
        return;
    }
    warn_code(code, "start a thread");
    close(fd);
    free(t);
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    int reserve = open("/dev/null", O_RDONLY);
    int listener = strncmp(argv[1], "unix:", 5) == 0 ? bind_unix(argv[1]) : bind_inet(argv[1]);
    fflush(stdout);
    for (;;) {
        struct pollfd p = {.fd = listener, .events = POLLIN};
        if (poll(&p, 1, -1) == -1)
            continue;
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd != -1) {
            start(fd);
        } else if (errno == EMFILE && reserve != -1) {
            warn_errno("a client is turned away");
            close(reserve);
            if ((fd = accept(listener, NULL, NULL)) != -1)
                close(fd);
            reserve = open("/dev/null", O_RDONLY);
        } else if (errno != EAGAIN) {
            warn_errno("accept");
            sleep(1);
            if (reserve == -1)
                reserve = open("/dev/null", O_RDONLY);
        }
    }
}
