/*
 * Takes all that there is: accepts until nobody waits, and reads and writes by turns until the
 * kernel says that it would have to wait (EAGAIN). One client is let go on for so many turns
 * only, lest it keep the others waiting. Connections are allocated one by one; the table of
 * pointers and that for poll() have holes, which are filled again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

enum { PIECE = 2048, TURNS = 64 };

typedef enum { WAITS_FOR_INPUT, WAITS_FOR_ROOM, MAY_GO_ON, HAS_ENDED } result;

typedef struct {
    char piece[PIECE];
    char *next, *end; /* what is due of it */
    bool no_more_output;
    unsigned long long received;
} session;

static session **sessions; /* NULL in the holes */
static struct pollfd *fds; /* two more: fds[i + 2] belongs to sessions[i] */
static size_t places, used; /* used: of the places from the first on, up to the last session */
static int stop_event;
static bool stopping;
static unsigned long long clients, bytes;

/* eventfd(2): a counter in place of a pipe. write() may be called in a handler. */
static void on_stop(int number)
{
    static const unsigned long long one = 1;
    int saved = errno;
    (void)number;
    if (write(stop_event, &one, sizeof one) == -1)
        _exit(EXIT_FAILURE);
    errno = saved;
}

static bool more_places(void)
{
    size_t more = places + 128;
    session **new_sessions = realloc(sessions, more * sizeof *sessions);
    if (new_sessions == NULL)
        return false;
    sessions = new_sessions;
    struct pollfd *new_fds = realloc(fds, (more + 2) * sizeof *fds);
    if (new_fds == NULL)
        return false;
    fds = new_fds;
    for (; places < more; places++) {
        sessions[places] = NULL;
        fds[places + 2] = (struct pollfd){.fd = -1};
    }
    return true;
}

static size_t free_place(void)
{
    size_t i = 0;
    while (i < places && sessions[i] != NULL)
        i++;
    return i;
}

static result one_turn(session *s, int fd)
{
    if (s->next == s->end) {
        ssize_t length = recv(fd, s->piece, PIECE, 0);
        if (length == 0)
            return HAS_ENDED;
        if (length == -1)
            return errno == EAGAIN ? WAITS_FOR_INPUT : errno == EINTR ? MAY_GO_ON : HAS_ENDED;
        if (s->no_more_output)
            return MAY_GO_ON;
        s->received += (unsigned long long)length;
        s->next = s->piece;
        s->end = s->piece + length;
    }
    ssize_t sent = send(fd, s->next, (size_t)(s->end - s->next), MSG_NOSIGNAL);
    if (sent == -1)
        return errno == EAGAIN ? WAITS_FOR_ROOM : errno == EINTR ? MAY_GO_ON : HAS_ENDED;
    s->next += sent;
    if (stopping && s->next == s->end) {
        s->no_more_output = true;
        shutdown(fd, SHUT_WR);
    }
    return MAY_GO_ON;
}

static void end(size_t i)
{
    close(fds[i + 2].fd);
    fds[i + 2] = (struct pollfd){.fd = -1};
    clients++;
    bytes += sessions[i]->received;
    free(sessions[i]);
    sessions[i] = NULL;
    while (used > 0 && sessions[used - 1] == NULL)
        used--;
    printf("served %llu clients, %llu bytes\n", clients, bytes);
}

static void serve(size_t i)
{
    result result = MAY_GO_ON;
    for (int turn = 0; turn < TURNS && result == MAY_GO_ON; turn++)
        result = one_turn(sessions[i], fds[i + 2].fd);
    bool is_due = sessions[i]->next != sessions[i]->end;
    if (result == HAS_ENDED)
        end(i);
    else
        fds[i + 2].events = is_due ? POLLOUT : POLLIN;
}

static void serve_ready(void)
{
    for (size_t i = 0; i < used; i++)
        if (sessions[i] != NULL && fds[i + 2].revents != 0)
            serve(i);
}

/* Returns for how many milliseconds the listener is to be left alone. */
static int take_all(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd == -1)
            return errno == EAGAIN ? 0 : 300;
        size_t i = free_place();
        session *s = i < places || more_places() ? calloc(1, sizeof *s) : NULL;
        if (s == NULL) {
            close(fd);
            continue;
        }
        sessions[i] = s;
        used = i < used ? used : i + 1;
        fds[i + 2] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
}

static int elapsed(const struct timespec *since)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000);
}

static void stop(int listener)
{
    enum { PATIENCE = 700 };
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    close(listener);
    fds[0].fd = fds[1].fd = -1;
    stopping = true;
    for (size_t i = 0; i < used; i++) {
        if (sessions[i] == NULL || sessions[i]->next != sessions[i]->end)
            continue;
        sessions[i]->no_more_output = true;
        shutdown(fds[i + 2].fd, SHUT_WR);
    }
    while (used > 0 && elapsed(&begun) < PATIENCE)
        if (poll(fds, used + 2, PATIENCE - elapsed(&begun)) > 0)
            serve_ready();
    while (used > 0)
        end(used - 1);
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    free(sessions);
    free(fds);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    stop_event = eventfd(0, EFD_CLOEXEC);
    if (stop_event == -1 || !more_places())
        die_errno("prepare");
    signal(SIGTERM, on_stop);
    signal(SIGINT, on_stop);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    int pause = 0;
    fds[1] = (struct pollfd){.fd = stop_event, .events = POLLIN};
    do {
        fds[0] = (struct pollfd){.fd = pause > 0 ? -1 : listener, .events = POLLIN};
        int ready = poll(fds, used + 2, pause > 0 ? pause : -1);
        pause = 0;
        if (ready == -1 && errno != EINTR)
            die_errno("poll");
        if (ready <= 0) {
            fds[1].revents = 0;
            continue;
        }
        serve_ready();
        if (fds[0].revents != 0)
            pause = take_all(listener);
    } while (fds[1].revents == 0);
    stop(listener);
}
