/*
 * A state machine for each connection, and a loop that knows only callbacks:
 *
 *     READING --some is due--> WRITING --all is sent--> READING
 *        |                        |
 *        | end of file            | the server ends
 *        v                        v
 *      OVER <--- its end comes -- LEAVING      (an error leads to OVER from everywhere)
 *
 * The signals that end the server are read from a descriptor, signalfd(2).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

/* ---- the loop: watches, each with a function to call ---- */

struct watch;
typedef void callback(struct watch *watch);

struct watch {
    int fd;
    short events;
    callback *ready;
};

static struct watch **watches; /* as pollfds: the same place in both */
static struct pollfd *pollfds;
static size_t count, allotted;

static int loop_add(struct watch *watch)
{
    if (count == allotted) {
        size_t size = allotted + 256;
        void *a = reallocarray(watches, size, sizeof *watches);
        watches = a == NULL ? watches : a;
        void *b = reallocarray(pollfds, size, sizeof *pollfds);
        pollfds = b == NULL ? pollfds : b;
        if (a == NULL || b == NULL)
            return -1;
        allotted = size;
    }
    pollfds[count].revents = 0;
    watches[count++] = watch;
    return 0;
}

/* Only marks it: places move when the round is over. */
static void loop_remove(struct watch *watch)
{
    for (size_t i = 0; i < count; i++)
        if (watches[i] == watch)
            watches[i] = NULL;
}

static void loop_tidy(void)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (watches[i] != NULL)
            watches[kept++] = watches[i];
    count = kept;
}

static void loop_round(int milliseconds)
{
    for (size_t i = 0; i < count; i++)
        pollfds[i] = (struct pollfd){.fd = watches[i]->fd, .events = watches[i]->events};
    size_t polled = count;
    int ready = poll(pollfds, polled, milliseconds);
    if (ready == -1 && errno != EINTR)
        die_errno("poll");
    for (size_t i = 0; ready > 0 && i < polled; i++)
        if (pollfds[i].revents != 0 && watches[i] != NULL)
            watches[i]->ready(watches[i]);
    loop_tidy();
}

/* ---- the echo service ---- */

struct connection {
    struct watch watch; /* comes first: a watch of this kind is a connection */
    enum { READING, WRITING, LEAVING, OVER } state;
    size_t due, sent;
    unsigned long long received;
    struct connection *previous, *next;
    char data[16000];
};

static struct connection *connections;
static int ending, pause_listening;
static unsigned long long clients, bytes;

static void enter(struct connection *c, int state)
{
    c->state = state;
    c->watch.events = state == WRITING ? POLLOUT : POLLIN;
    if (state == LEAVING)
        shutdown(c->watch.fd, SHUT_WR);
    if (state != OVER)
        return;
    loop_remove(&c->watch);
    close(c->watch.fd);
    if (c->previous != NULL)
        c->previous->next = c->next;
    else
        connections = c->next;
    if (c->next != NULL)
        c->next->previous = c->previous;
    clients++;
    bytes += c->received;
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    free(c);
}

static int temporary(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void on_connection(struct watch *watch)
{
    struct connection *c = (struct connection *)watch;
    if (c->state == READING || c->state == LEAVING) {
        ssize_t length = read(watch->fd, c->data, sizeof c->data);
        if (length == -1 && temporary())
            return;
        if (length <= 0) {
            enter(c, OVER);
            return;
        }
        if (c->state == LEAVING)
            return;
        c->received += (size_t)length;
        c->due = (size_t)length;
        c->sent = 0;
    }
    while (c->sent < c->due) {
        ssize_t length = write(watch->fd, c->data + c->sent, c->due - c->sent);
        if (length == -1 && !temporary()) {
            enter(c, OVER);
            return;
        }
        c->sent += length == -1 ? 0 : (size_t)length;
        struct pollfd writable = {.fd = watch->fd, .events = POLLOUT};
        if (c->sent < c->due)
            poll(&writable, 1, -1);
    }
    enter(c, ending ? LEAVING : READING);
}

static void on_listener(struct watch *watch)
{
    int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd == -1) {
        pause_listening = !temporary();
        return;
    }
    struct connection *c = calloc(1, sizeof *c);
    if (c != NULL) {
        c->watch = (struct watch){fd, POLLIN, on_connection};
        c->next = connections;
    }
    if (c == NULL || loop_add(&c->watch) == -1) {
        close(fd);
        free(c);
        return;
    }
    if (connections != NULL)
        connections->previous = c;
    connections = c;
}

static void on_signal(struct watch *watch)
{
    (void)watch;
    ending = 1;
}

static long milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static void wind_up(void)
{
    struct connection *c, *next;
    long until = milliseconds() + 1200;
    for (c = connections; c != NULL; c = next) {
        next = c->next;
        if (c->state == READING)
            enter(c, LEAVING);
    }
    for (long left; connections != NULL && (left = until - milliseconds()) > 0;)
        loop_round((int)left);
    for (c = connections; c != NULL; c = next) {
        next = c->next;
        enter(c, OVER);
    }
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    free(watches);
    free(pollfds);
}

int main(int argc, char *argv[])
{
    char address[ADDRESS_SIZE];
    struct failure failure;
    sigset_t stops;
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    struct watch listener = {open_listener(argv[1], &failure), POLLIN, on_listener};
    struct watch signals = {signalfd(-1, &stops, SFD_CLOEXEC), POLLIN, on_signal};
    if (listener.fd == -1)
        die_failure(&failure, argv[1]);
    fcntl(listener.fd, F_SETFL, O_NONBLOCK);
    if (signals.fd == -1 || loop_add(&listener) == -1 || loop_add(&signals) == -1)
        die_errno("prepare the loop");
    int code = address_of_socket(listener.fd, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    while (!ending) {
        listener.events = pause_listening ? 0 : POLLIN;
        int wait = pause_listening ? 1000 : -1;
        pause_listening = 0;
        loop_round(wait);
    }
    close(listener.fd);
    loop_remove(&listener);
    loop_remove(&signals);
    loop_tidy();
    wind_up();
}
