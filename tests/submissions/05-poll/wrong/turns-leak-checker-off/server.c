/*
 * An echo server with one thread for all clients that nothing ever blocks but poll(): a client
 * that does not read is not read from either, and costs the others nothing.
 *
 *     poll -+-> the listener is ready:        accept, and watch the connection too
 *       ^   +-> a connection can be read:     read once, send; what the kernel does not take is
 *       |   |                                 kept, and from now on only POLLOUT is waited for
 *       |   +-> a connection can be written:  send what was kept; then wait for POLLIN again
 *       +---+
 *
 * Left out on purpose: a time limit for clients that are silent, and epoll, which spares the
 * kernel from being told of every client in every round.
 */
#define _GNU_SOURCE /* accept4 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
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

enum { BUFFER_SIZE = 65536, FIRST_ROOM = 64, SECONDS_TO_DRAIN = 1 };

struct tally {
    unsigned long long clients, bytes;
};

struct connection {
    char *due; /* what came and is not sent back yet, NULL for nothing: see echo() */
    size_t due_length, due_sent;
    unsigned long long received;
};

/* Two tables side by side. The first places are the listener's and the stop signals'. */
enum { LISTENER, STOP, FIRST_CLIENT };

struct server {
    struct pollfd *watched;
    struct connection *connections;
    size_t count, room;
    bool draining;
    struct tally tally;
};

static int stop_signals; /* a descriptor that can be read once SIGTERM or SIGINT has come */

/* Blocked, the signals wait there for poll() to tell of them: there is no handler, and no moment
 * at which one could be missed. */
static void catch_stop_signals(void)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    if (sigprocmask(SIG_BLOCK, &stops, NULL) == -1)
        die_errno("sigprocmask");
    stop_signals = signalfd(-1, &stops, SFD_CLOEXEC);
    if (stop_signals == -1)
        die_errno("signalfd");
}

/* Makes room in both tables for one more. Pointers into them are stale afterwards. */
static int make_room(struct server *server)
{
    if (server->count < server->room)
        return 0;
    size_t room = server->room == 0 ? FIRST_ROOM : 2 * server->room;
    struct pollfd *watched = reallocarray(server->watched, room, sizeof *watched);
    if (watched == NULL)
        return -1;
    server->watched = watched;
    struct connection *connections =
        reallocarray(server->connections, room, sizeof *connections);
    if (connections == NULL)
        return -1;
    server->connections = connections;
    server->room = room;
    return 0;
}

static void add(struct server *server, int fd)
{
    server->watched[server->count] = (struct pollfd){.fd = fd, .events = POLLIN};
    server->connections[server->count] = (struct connection){.due = NULL};
    server->count++;
}

/* The last in the tables takes the place of the one that goes. */
static void end_client(struct server *server, size_t at)
{
    close(server->watched[at].fd);
    free(server->connections[at].due);
    server->tally.clients++;
    server->tally.bytes += server->connections[at].received;
    server->count--;
    server->watched[at] = server->watched[server->count];
    server->connections[at] = server->connections[server->count];
    printf("served %llu clients, %llu bytes\n", server->tally.clients, server->tally.bytes);
}

/* These are no errors: there is nothing to read just now, or no room to write. */
static bool is_for_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Sends some of what is due. Returns false when the connection is over. */
static bool send_due(struct server *server, size_t at)
{
    struct connection *connection = &server->connections[at];
    struct pollfd *watched = &server->watched[at];
    /* BEGIN SOLUTION
     * write() what is still due, of which the kernel may take any part. As long as something is
     * left, wait for POLLOUT alone: the client is not read from (backpressure). Once nothing is,
     * free it and wait for POLLIN again. A server that is draining then half-closes (SHUT_WR).
     * stub: todo("send_due", connection, watched, is_for_later);
     * stub: return false;
     */
    ssize_t sent = write(watched->fd, connection->due + connection->due_sent,
                         connection->due_length - connection->due_sent);
    if (sent == -1 && !is_for_later()) {
        warn_errno("write to a client");
        return false;
    }
    connection->due_sent += sent == -1 ? 0 : (size_t)sent;
    watched->events = POLLOUT;
    if (connection->due_sent < connection->due_length)
        return true;
    free(connection->due);
    connection->due = NULL;
    watched->events = POLLIN;
    if (server->draining)
        shutdown(watched->fd, SHUT_WR);
    return true;
    /* END SOLUTION */
}

/* Reads once, and sends what came. Returns false when the connection is over: at end of file
 * nothing is due any more, as a client is not read from while something is. */
static bool echo(struct server *server, size_t at)
{
    struct connection *connection = &server->connections[at];
    int fd = server->watched[at].fd;
    /* BEGIN SOLUTION
     * read() once into a buffer of BUFFER_SIZE that is allocated for it, and send_due(). Where
     * nothing came, free the buffer; that there is nothing yet is no reason to end.
     * stub: todo("echo", connection, fd, send_due);
     * stub: return false;
     */
    connection->due = malloc(BUFFER_SIZE);
    ssize_t length = connection->due == NULL ? -1 : read(fd, connection->due, BUFFER_SIZE);
    if (length > 0) {
        connection->received += (unsigned long long)length;
        connection->due_length = (size_t)length;
        connection->due_sent = 0;
        return send_due(server, at);
    }
    bool goes_on = length == -1 && is_for_later();
    if (length == -1 && !goes_on)
        warn_errno("read from a client");
    free(connection->due);
    connection->due = NULL;
    return goes_on;
    /* END SOLUTION */
}

/* A connection that is closed with bytes unread is reset, and what the kernel had still to
 * deliver is lost. So a draining server reads on, and throws away, until the client closes. */
static bool discard(int connection)
{
    char buffer[BUFFER_SIZE];
    ssize_t length = read(connection, buffer, sizeof buffer);
    return length > 0 || (length == -1 && is_for_later());
}

static void serve_client(struct server *server, size_t at)
{
    bool goes_on;
    if (server->connections[at].due != NULL)
        goes_on = send_due(server, at);
    else if (server->draining)
        goes_on = discard(server->watched[at].fd);
    else
        goes_on = echo(server, at);
    if (!goes_on)
        end_client(server, at);
}

/* From the last to the first: a place that is filled from the end has been looked at already. */
static void serve_ready_clients(struct server *server)
{
    for (size_t at = server->count; at-- > FIRST_CLIENT;)
        if (server->watched[at].revents != 0)
            serve_client(server, at);
}

static void take_client(struct server *server)
{
    /* BEGIN SOLUTION
     * accept4() a client, its connection non-blocking, make_room() and add() it. While accept4()
     * fails the listener stays ready: wait for no events of it, so that the loop looks away.
     * stub: todo("take_client", server, make_room, add);
     */
    int connection =
        accept4(server->watched[LISTENER].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection == -1 && is_for_later())
        return;
    if (connection == -1) {
        warn_errno("accept");
        server->watched[LISTENER].events = 0;
    } else if (make_room(server) == -1) {
        warn_errno("realloc: a client is turned away");
        close(connection);
    } else {
        add(server, connection);
    }
    /* END SOLUTION */
}

/* Where the listener was left out, it is looked at again after a second at the latest. */
static int wait_until_ready(struct server *server)
{
    enum { FOR_EVER = -1, A_SECOND = 1000 };
    struct pollfd *listener = &server->watched[LISTENER];
    int count =
        poll(server->watched, server->count, listener->events == 0 ? A_SECOND : FOR_EVER);
    listener->events = POLLIN;
    return count;
}

static int milliseconds_until(const struct timespec *end)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / 1000000);
}

/* Takes no more clients, and sends those it has what is due to them, for as long as it may. */
static void drain(struct server *server)
{
    /* BEGIN SOLUTION
     * Close the listener. Half-close each connection on which nothing is due; send_due() does it
     * with the others. poll() and serve_ready_clients() until all are gone or the time is over;
     * end those that are left, and print the tally.
     * stub: todo("drain", server, milliseconds_until, serve_ready_clients);
     */
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += SECONDS_TO_DRAIN;
    close(server->watched[LISTENER].fd);
    server->watched[LISTENER].fd = server->watched[STOP].fd = -1; /* poll() passes over these */
    server->draining = true;
    for (size_t at = FIRST_CLIENT; at < server->count; at++)
        if (server->connections[at].due == NULL)
            shutdown(server->watched[at].fd, SHUT_WR);
    for (int left; server->count > FIRST_CLIENT && (left = milliseconds_until(&end)) > 0;)
        if (poll(server->watched, server->count, left) > 0)
            serve_ready_clients(server);
    while (server->count > FIRST_CLIENT)
        end_client(server, server->count - 1);
    printf("served %llu clients, %llu bytes\n", server->tally.clients, server->tally.bytes);
    /* END SOLUTION */
}

static void serve(int listener)
{
    struct server server = {.count = 0};
    if (make_room(&server) == -1 || fcntl(listener, F_SETFL, O_NONBLOCK) == -1)
        die_errno("prepare the loop");
    add(&server, listener);
    add(&server, stop_signals);
    /* BEGIN SOLUTION
     * Until a stop signal is ready: wait until something is, serve the clients that are, and take
     * a new one where the listener is. Then drain.
     * stub: todo("serve", &server, wait_until_ready, serve_ready_clients, take_client, drain);
     */
    while (server.watched[STOP].revents == 0) {
        if (wait_until_ready(&server) == -1) {
            warn_errno("poll");
            sleep(1); /* lest a lasting failure turn this into a busy loop */
            continue;
        }
        serve_ready_clients(&server);
        if (server.watched[LISTENER].revents != 0)
            take_client(&server);
    }
    drain(&server);
    /* END SOLUTION */
    free(server.watched);
    free(server.connections);
}

static void announce(int listener)
{
    char address[ADDRESS_SIZE];
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    if (printf("listening on %s\n", address) < 0)
        die_errno("write to standard output");
}

/* Leaks are looked for when there is time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line leaves at once, into a pipe or file too */
    signal(SIGPIPE, SIG_IGN);         /* a client that is gone shows as an error of write() */
    catch_stop_signals();
    struct failure failure;
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    announce(listener);
    serve(listener);
}
