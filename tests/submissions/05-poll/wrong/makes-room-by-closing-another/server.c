/*
 * A list of connections, from which the table for ppoll() is made anew in every round. The
 * signals that end the server are blocked but for the time that it waits, and their handler only
 * sets a flag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

#define PIECE 8192

struct conn {
    struct conn *next;
    int fd;
    bool closing; /* our half is shut: only its end is waited for */
    unsigned start, stop;
    unsigned long long count;
    char piece[PIECE];
};

static volatile sig_atomic_t stop_asked;
static sigset_t unblocked;
static struct conn *conns;
static size_t nconns;
static struct pollfd *fds;
static size_t nfds_max;
static unsigned long long clients, bytes;

static void ask_to_stop(int sig)
{
    (void)sig;
    stop_asked = 1;
}

static void catch_signals(void)
{
    struct sigaction act = {.sa_handler = ask_to_stop};
    sigset_t block;
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &unblocked);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
}

static void welcome(int fd)
{
    struct conn *conn = malloc(sizeof *conn);
    if (conn == NULL) {
        warn_errno("malloc");
        close(fd);
        return;
    }
    conn->next = conns;
    conn->fd = fd;
    conn->closing = false;
    conn->start = conn->stop = 0;
    conn->count = 0;
    conns = conn;
    nconns++;
}

/* Returns the next in the list. */
static struct conn *farewell(struct conn **at)
{
    struct conn *conn = *at;
    *at = conn->next;
    close(conn->fd);
    clients++;
    bytes += conn->count;
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
    free(conn);
    nconns--;
    return *at;
}

/* 1: go on; 0: it is over. */
static int push(struct conn *conn)
{
    ssize_t n = send(conn->fd, conn->piece + conn->start, conn->stop - conn->start,
                     MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n == -1)
        return errno == EAGAIN || errno == EINTR;
    conn->start += (unsigned)n;
    if (conn->start == conn->stop)
        conn->start = conn->stop = 0;
    return 1;
}

static int pull(struct conn *conn)
{
    ssize_t n = recv(conn->fd, conn->piece, PIECE, MSG_DONTWAIT);
    if (n == -1)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        return 0;
    if (conn->closing)
        return 1;
    conn->stop = (unsigned)n;
    conn->count += (unsigned)n;
    return push(conn);
}

/* Fills fds[] in the order of the list: first the listener, which may be -1. */
static size_t gather(int listener)
{
    size_t n = 1;
    if (nfds_max < nconns + 1) {
        nfds_max = 2 * nconns + 64;
        free(fds);
        fds = calloc(nfds_max, sizeof *fds);
        if (fds == NULL)
            die_errno("calloc");
    }
    fds[0].fd = listener;
    fds[0].events = POLLIN;
    for (struct conn *conn = conns; conn != NULL; conn = conn->next) {
        fds[n].fd = conn->fd;
        fds[n++].events = conn->stop > 0 ? POLLOUT : POLLIN;
    }
    return n;
}

static void serve_all(void)
{
    size_t n = 1;
    for (struct conn **at = &conns; *at != NULL; n++) {
        int goes_on = 1;
        if (fds[n].revents != 0)
            goes_on = fds[n].events == POLLOUT ? push(*at) : pull(*at);
        if (goes_on)
            at = &(*at)->next;
        else
            farewell(at);
    }
}

static void loop(int listener)
{
    static const struct timespec second = {1, 0};
    bool tired = false; /* of a listener that cannot be served */
    while (!stop_asked) {
        size_t n = gather(tired ? -1 : listener);
        int ready = ppoll(fds, n, tired ? &second : NULL, &unblocked);
        tired = false;
        if (ready == -1 && errno != EINTR)
            die_errno("ppoll");
        if (ready <= 0)
            continue;
        serve_all();
        if (fds[0].fd == -1 || fds[0].revents == 0)
            continue;
        int fd = accept(listener, NULL, NULL);
        if (fd != -1)
            welcome(fd);
        else if (errno == EMFILE && conns != NULL)
            farewell(&conns); /* now there is room: the next round takes the client */
        else
            tired = errno != EAGAIN && errno != ECONNABORTED;
    }
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void drain(void)
{
    double end = seconds() + 0.9, left;
    while (conns != NULL && (left = end - seconds()) > 0) {
        for (struct conn *conn = conns; conn != NULL; conn = conn->next)
            if (conn->stop == 0 && !conn->closing) {
                shutdown(conn->fd, SHUT_WR);
                conn->closing = true;
            }
        size_t n = gather(-1);
        if (poll(fds, n, (int)(left * 1000) + 1) > 0)
            serve_all();
    }
    for (struct conn **at = &conns; *at != NULL;)
        farewell(at);
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    free(fds);
}

int main(int argc, char *argv[])
{
    char name[ADDRESS_SIZE];
    struct failure why;
    if (argc != 2)
        usage("ADDRESS");
    catch_signals();
    int listener = open_listener(argv[1], &why);
    if (listener == -1)
        die_failure(&why, argv[1]);
    if (fcntl(listener, F_SETFL, O_NONBLOCK) == -1 ||
        address_of_socket(listener, name, sizeof name) != 0)
        die_errno("%s", argv[1]);
    printf("listening on %s\n", name);
    fflush(stdout);
    loop(listener);
    close(listener);
    drain();
    return 0;
}
