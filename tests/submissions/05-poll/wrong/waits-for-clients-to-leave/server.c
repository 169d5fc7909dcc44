/*
 * A table of pollfds in which a descriptor's place is its number, with -1 in the places that are
 * free: poll() passes over those. It is as long as the server may have descriptors. A second
 * table holds what is due. One descriptor is held in reserve, to turn clients away with.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

#define BUFFER 10000

struct session {
    unsigned long long received;
    int due, at; /* due bytes, the first of them at this place */
    char data[BUFFER];
};

static struct pollfd *fds;
static struct session **sessions;
static int limit, top; /* places in the tables; one more than the last in use */
static int reserve = -1;
static int open_sessions;
static unsigned long long clients, bytes;

static void watch(int fd, short events)
{
    fds[fd].fd = fd;
    fds[fd].events = events;
    fds[fd].revents = 0;
    if (fd >= top)
        top = fd + 1;
}

static void unwatch(int fd)
{
    fds[fd].fd = -1;
    fds[fd].revents = 0;
    while (top > 0 && fds[top - 1].fd == -1)
        top--;
}

static void end(int fd)
{
    clients++;
    bytes += sessions[fd]->received;
    open_sessions--;
    free(sessions[fd]);
    sessions[fd] = NULL;
    unwatch(fd);
    close(fd);
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
}

static void deliver(int fd)
{
    struct session *s = sessions[fd];
    ssize_t n = send(fd, s->data + s->at, (size_t)s->due, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n == -1 && errno != EAGAIN && errno != EINTR) {
        end(fd);
        return;
    }
    if (n > 0) {
        s->at += (int)n;
        s->due -= (int)n;
    }
    fds[fd].events = s->due > 0 ? POLLOUT : POLLIN;
}

static void receive(int fd)
{
    struct session *s = sessions[fd];
    ssize_t n = recv(fd, s->data, BUFFER, MSG_DONTWAIT);
    if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
        end(fd);
    } else if (n > 0) {
        s->received += (unsigned long long)n;
        s->at = 0;
        s->due = (int)n;
        deliver(fd);
    }
}

static void serve_ready(void)
{
    for (int fd = 0; fd < top; fd++)
        if (sessions[fd] != NULL && fds[fd].revents != 0) {
            if (sessions[fd]->due > 0)
                deliver(fd);
            else
                receive(fd);
        }
}

static void take(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd == -1 && (errno == EMFILE || errno == ENFILE)) {
        if (reserve != -1)
            close(reserve);
        fd = accept(listener, NULL, NULL);
        if (fd != -1)
            close(fd);
        reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (reserve == -1 || fd == -1)
            fds[listener].events = 0; /* so not even this works: leave it for a while */
        return;
    }
    if (fd == -1)
        return;
    struct session *session = fd < limit ? calloc(1, sizeof *session) : NULL;
    if (session == NULL) {
        close(fd);
        return;
    }
    sessions[fd] = session;
    open_sessions++;
    watch(fd, POLLIN);
}

/* No new clients: those that are there are served to their end. */
static void drain(int listener)
{
    unwatch(listener);
    close(listener);
    while (open_sessions > 0)
        if (poll(fds, (nfds_t)top, -1) > 0)
            serve_ready();
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
}

static void make_tables(void)
{
    struct rlimit most;
    if (getrlimit(RLIMIT_NOFILE, &most) == -1)
        die_errno("getrlimit");
    limit = most.rlim_cur == RLIM_INFINITY || most.rlim_cur > 65536 ? 65536
                                                                    : (int)most.rlim_cur;
    fds = calloc((size_t)limit, sizeof *fds);
    sessions = calloc((size_t)limit, sizeof(struct session *));
    if (fds == NULL || sessions == NULL)
        die_errno("calloc");
    for (int fd = 0; fd < limit; fd++)
        fds[fd].fd = -1;
}

static int catch_stops(void)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    int fd = signalfd(-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd == -1)
        die_errno("signalfd");
    return fd;
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    make_tables();
    int stops = catch_stops();
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    watch(listener, POLLIN);
    watch(stops, POLLIN);
    printf("listening on %s\n", address);
    fflush(stdout);
    while (fds[stops].revents == 0) {
        int ready = poll(fds, (nfds_t)top, fds[listener].events == 0 ? 500 : -1);
        fds[listener].events = POLLIN;
        if (ready == -1 && errno != EINTR)
            die_errno("poll");
        if (ready <= 0)
            continue;
        serve_ready();
        if (fds[listener].revents != 0)
            take(listener);
    }
    unwatch(stops);
    drain(listener);
    free(fds);
    free(sessions);
    return 0;
}
