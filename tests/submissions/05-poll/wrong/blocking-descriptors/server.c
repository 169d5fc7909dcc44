/*
 * Two tables side by side, one for poll() and one for what else is known of a client. What a
 * client has sent is read into one buffer that all share; only what the kernel does not take
 * back at once is copied, and until it is gone, the client is not read from.
 *
 * A handler writes the signal's number into a pipe, so that poll() can wait for it as well.
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
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

enum { LISTENER, SIGNALS, CLIENTS, BUFFER = 32768 };

struct rest {
    char *data;
    size_t length;
    unsigned long long received;
};

static struct pollfd *polled;
static struct rest *rests;
static size_t used, room;
static bool ending;
static unsigned long long clients, bytes;
static int self_pipe[2];

static void on_signal(int number)
{
    int saved = errno;
    char byte = (char)number;
    if (write(self_pipe[1], &byte, 1) == -1) {
        /* full: the loop will wake up anyway */
    }
    errno = saved;
}

static void add(int fd)
{
    if (used == room) {
        size_t more = room == 0 ? 16 : 2 * room;
        struct pollfd *new_polled = realloc(polled, more * sizeof *polled);
        if (new_polled != NULL)
            polled = new_polled;
        struct rest *new_rests = realloc(rests, more * sizeof *rests);
        if (new_rests != NULL)
            rests = new_rests;
        if (new_polled == NULL || new_rests == NULL) {
            warn_errno("realloc");
            close(fd);
            return;
        }
        room = more;
    }
    polled[used] = (struct pollfd){.fd = fd, .events = POLLIN};
    rests[used] = (struct rest){.data = NULL};
    used++;
}

static void drop(size_t i)
{
    close(polled[i].fd);
    free(rests[i].data);
    clients++;
    bytes += rests[i].received;
    used--;
    polled[i] = polled[used];
    rests[i] = rests[used];
    printf("served %llu clients, %llu bytes\n", clients, bytes);
}

static bool not_now(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Each of these returns whether the connection goes on. */
static bool send_rest(size_t i)
{
    struct rest *rest = &rests[i];
    ssize_t sent = write(polled[i].fd, rest->data, rest->length);
    if (sent == -1)
        return not_now();
    rest->length -= (size_t)sent;
    memmove(rest->data, rest->data + sent, rest->length);
    if (rest->length > 0)
        return true;
    free(rest->data);
    rest->data = NULL;
    polled[i].events = POLLIN;
    if (ending)
        shutdown(polled[i].fd, SHUT_WR);
    return true;
}

static bool echo(size_t i)
{
    static char buffer[BUFFER];
    int fd = polled[i].fd;
    ssize_t length = read(fd, buffer, sizeof buffer);
    if (length == -1)
        return not_now();
    if (length == 0)
        return false;
    if (ending) /* read and thrown away: closed with bytes unread it would be reset */
        return true;
    rests[i].received += (unsigned long long)length;
    ssize_t sent = write(fd, buffer, (size_t)length);
    if (sent == -1 && !not_now())
        return false;
    if (sent == -1)
        sent = 0;
    if (sent == length)
        return true;
    rests[i].length = (size_t)(length - sent);
    rests[i].data = malloc(rests[i].length);
    if (rests[i].data == NULL)
        return false;
    memcpy(rests[i].data, buffer + sent, rests[i].length);
    polled[i].events = POLLOUT;
    return true;
}

static void serve_clients(void)
{
    for (size_t i = used; i-- > CLIENTS;)
        if (polled[i].revents != 0 && !(rests[i].data != NULL ? send_rest(i) : echo(i)))
            drop(i);
}

static void take_client(void)
{
    int fd = accept4(polled[LISTENER].fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd != -1) {
        add(fd);
    } else if (!not_now()) {
        warn_errno("accept");
        polled[LISTENER].events = 0; /* for a second */
    }
}

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void finish(void)
{
    long end = now() + 1000;
    ending = true;
    close(polled[LISTENER].fd);
    polled[LISTENER].fd = polled[SIGNALS].fd = -1;
    for (size_t i = CLIENTS; i < used; i++)
        if (rests[i].data == NULL)
            shutdown(polled[i].fd, SHUT_WR);
    for (long left = 1000; used > CLIENTS && left > 0; left = end - now())
        if (poll(polled, used, (int)left) > 0)
            serve_clients();
    while (used > CLIENTS)
        drop(used - 1);
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    free(polled);
    free(rests);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (pipe2(self_pipe, O_NONBLOCK | O_CLOEXEC) == -1)
        die_errno("pipe2");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    add(listener);
    add(self_pipe[0]);
    printf("listening on %s\n", address);
    while (polled[SIGNALS].revents == 0) {
        int count = poll(polled, used, polled[LISTENER].events == 0 ? 1000 : -1);
        polled[LISTENER].events = POLLIN;
        if (count == -1 && errno != EINTR)
            die_errno("poll");
        if (count <= 0)
            continue;
        serve_clients();
        if (polled[LISTENER].revents != 0)
            take_client();
    }
    finish();
}
