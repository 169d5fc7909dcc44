/*
 * Loads one echo server for a while and prints what that cost, in numbers for servers.sh:
 *
 *     load echo CLIENTS BYTES SECONDS SERVER    echoes per second, microseconds of the server's
 *                                               processor time per echo
 *     load among CLIENTS SECONDS SERVER         the same for echoes of 64 bytes to one client, while
 *                                               the others are connected and silent
 *     load connect CLIENTS SECONDS SERVER       the same for connect, echo of 64 bytes, close
 *     load bulk SECONDS SERVER                  MiB per second through one client that keeps 64 KiB
 *                                               under way, microseconds of processor per MiB
 *     load idle CLIENTS SERVER                  KiB of the server's memory per idle connection
 *
 * SERVER is the path of its program, or `raw` for the simplest echo there is (see server.h).
 *
 * It is a program of our own because it has to know the server's processes to tell what an echo
 * costs, and because it looks at every byte that comes back: a server that answers wrongly fast
 * is no fast server. The loop is closed: each client waits for its echo before it sends again.
 * Nothing lasts longer than it was told, plus some seconds of patience.
 *
 * Left out on purpose: how long single answers take (in a closed loop, slow answers thin out
 * the questions, and the slowest ones hide), and more than one thread.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "tests/bench/server.h"

enum {
    MOST_CLIENTS = 1 << 14,
    MOST_BYTES = 1 << 16,
    MOST_SECONDS = 10,
    MOST_CONNECTIONS = 4000, /* of one server: each leaves a port in TIME_WAIT for a minute */
    SMALL = 64,              /* bytes of a message where it is not said */
    OPENING = 64, /* connections not yet answered: they have to fit into the backlog */
    SPARE_DESCRIPTORS = 32,
    EVENTS = 256,
    PATIENCE = 5 /* seconds */
};

/* Each client sends this over and over, beginning elsewhere: an echo that belongs to another
 * client, or to an earlier message, is not taken for the right one. */
enum { PATTERN = 1 << 16, STEP = 4093 };
static char pattern[PATTERN + MOST_BYTES];

struct connection {
    int fd;
    bool is_open;
    unsigned long long start; /* where in the pattern its first byte is */
    /* In bytes since it was opened: asked of it, sent, and come back. */
    unsigned long long due, sent, received;
};

struct load {
    const char *what; /* for messages */
    struct server server;
    struct addrinfo *address;
    int epoll;
    struct connection *connections;
    size_t clients, active, bytes; /* active: those that are not silent, the first of them */
    size_t opened;                 /* connections that were begun, from the first on */
    size_t busy;                   /* connections with an echo still to come */
    double end, latest;
    unsigned long long echoes, received;
    bool streams; /* does not wait for an echo to be complete, but keeps `bytes` under way */
    /* What follows an echo that is complete: another one, a new connection, or nothing. */
    void (*then)(struct load *load, struct connection *connection);
};

static double now(void)
{
    struct timespec time;
    if (clock_gettime(CLOCK_MONOTONIC, &time) == -1)
        die_errno("clock_gettime");
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Something went wrong with a connection. Often the reason is that the whole server is gone. */
static noreturn void trouble(const struct load *load, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    server_must_live(&load->server, 200);
    die("%s, %s, clients: %zu: %s", load->server.name, load->what, load->clients, text);
}

/* ---- one connection ------------------------------------------------------------------------- */

static const char *at(const struct connection *connection, unsigned long long position)
{
    return pattern + (connection->start + position) % PATTERN;
}

static void send_due(struct load *load, struct connection *connection)
{
    if (connection->sent == connection->due)
        return;
    ssize_t sent = send(connection->fd, at(connection, connection->sent),
                        connection->due - connection->sent, MSG_NOSIGNAL);
    if (sent >= 0)
        connection->sent += (unsigned long long)sent;
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        trouble(load, "send: %s", strerror(errno));
}

static void begin_message(struct load *load, struct connection *connection)
{
    connection->due = connection->received + load->bytes;
    send_due(load, connection);
}

/* Reads one byte more than is due, to see a server that sends too much. */
static void receive(struct load *load, struct connection *connection)
{
    static char buffer[MOST_BYTES + 1];
    unsigned long long due = connection->due - connection->received;
    ssize_t length = recv(connection->fd, buffer, due + 1, 0);
    if (length == -1 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (length == -1)
        trouble(load, "recv: %s", strerror(errno));
    if (length == 0)
        trouble(load, "it closed a connection early, with %llu bytes still to come", due);
    if (connection->received + (unsigned long long)length > connection->sent)
        trouble(load, "it sent more than it had received");
    if (memcmp(buffer, at(connection, connection->received), (size_t)length) != 0)
        trouble(load, "it sent back other bytes than it had received");
    connection->received += (unsigned long long)length;
    load->received += (unsigned long long)length;
}

/* Events are told once each (EPOLLET), so there is no need to say what is waited for now. */
static void open_connection_to(struct load *load, struct connection *connection)
{
    const struct addrinfo *to = load->address;
    int on = 1;
    connection->is_open = false;
    connection->due = connection->sent = connection->received = 0;
    connection->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd == -1)
        die_errno("socket");
    if (setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
        die_errno("setsockopt TCP_NODELAY");
    if (connect(connection->fd, to->ai_addr, to->ai_addrlen) == -1 && errno != EINPROGRESS)
        trouble(load, "connect: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) == -1)
        die_errno("epoll_ctl");
}

static void finish_opening(struct load *load, struct connection *connection)
{
    int error;
    socklen_t size = sizeof error;
    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
        die_errno("getsockopt SO_ERROR");
    if (error != 0)
        trouble(load, "connect: %s", strerror(error));
    connection->is_open = true;
    begin_message(load, connection);
}

static bool is_over(const struct load *load)
{
    return now() >= load->end;
}

/* A connection that waits for nothing can have an event too: that there is room to send. */
static void handle(struct load *load, struct connection *connection, unsigned events)
{
    if (!connection->is_open) {
        finish_opening(load, connection);
        return;
    }
    bool waits = connection->received < connection->due;
    if ((events & ~(unsigned)EPOLLOUT) != 0)
        receive(load, connection);
    if (waits && load->streams && !is_over(load))
        connection->due = connection->received + load->bytes;
    send_due(load, connection);
    if (!waits || connection->received < connection->due)
        return;
    load->echoes++;
    load->then(load, connection);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static void run(struct load *load)
{
    struct epoll_event events[EVENTS];
    while (load->busy > 0) {
        double left = load->latest - now();
        if (left <= 0)
            trouble(load, "%zu echoes are still to come after %d seconds of patience",
                    load->busy, PATIENCE);
        int count = epoll_wait(load->epoll, events, EVENTS, (int)(left * 1000) + 1);
        if (count == -1 && errno != EINTR)
            die_errno("epoll_wait");
        for (int i = 0; i < count; i++)
            handle(load, events[i].data.ptr, events[i].events);
    }
}

static void send_again(struct load *load, struct connection *connection)
{
    if (is_over(load))
        load->busy--;
    else
        begin_message(load, connection);
}

static void connect_again(struct load *load, struct connection *connection)
{
    close(connection->fd);
    if (is_over(load) || load->echoes + load->busy > MOST_CONNECTIONS)
        load->busy--;
    else
        open_connection_to(load, connection);
}

static void open_next(struct load *load)
{
    struct connection *connection = &load->connections[load->opened];
    connection->start = load->opened++ * STEP % PATTERN;
    load->busy++;
    open_connection_to(load, connection);
}

static void let_next_come(struct load *load, struct connection *connection)
{
    (void)connection;
    load->busy--;
    if (load->opened < load->clients)
        open_next(load);
}

/* An echo is the proof that the server has taken a client out of the listener's queue. Only so
 * many may be in there: the kernel drops those that find it full, and they try again after a
 * second. */
static void open_all(struct load *load)
{
    load->latest = now() + PATIENCE;
    load->then = let_next_come;
    while (load->opened < load->clients && load->busy < OPENING)
        open_next(load);
    run(load);
}

/* Every echo is there: whatever else comes is wrong, the end of a connection too. */
static void expect_silence(struct load *load)
{
    server_settle(&load->server, false);
    for (size_t i = 0; i < load->clients; i++)
        receive(load, &load->connections[i]);
}

static double begin_measurement(struct load *load, double seconds)
{
    double begun = now();
    load->echoes = load->received = 0;
    load->end = begun + seconds;
    load->latest = load->end + PATIENCE;
    return begun;
}

/* ---- the measurements ----------------------------------------------------------------------- */

/* What was done, by `pieces` per second, and the processor time of a piece. */
static void print(double pieces, double seconds, double processor)
{
    printf("%.1f %.3f\n", pieces / seconds, processor * 1e6 / pieces);
}

/* Returns how long it took. The processor time that the server needed is left in *used. */
static double exchange(struct load *load, double seconds, double *used)
{
    open_all(load);
    server_settle(&load->server, false);
    *used = -server_processor_time(&load->server);
    double begun = begin_measurement(load, seconds);
    load->then = send_again;
    load->busy = load->active;
    for (size_t i = 0; i < load->active; i++)
        begin_message(load, &load->connections[i]);
    run(load);
    double took = now() - begun;
    expect_silence(load);
    *used += server_processor_time(&load->server);
    server_stop(&load->server);
    return took;
}

static void measure_echoes(struct load *load, double seconds)
{
    double used;
    double took = exchange(load, seconds, &used);
    print((double)load->echoes, took, used);
}

static void measure_bulk(struct load *load, double seconds)
{
    load->bytes = MOST_BYTES;
    load->streams = true;
    double used;
    double took = exchange(load, seconds, &used);
    print((double)load->received / (1 << 20), took, used);
}

/* The time of children that have ended is known only at the end, when the server is. */
static void measure_connections(struct load *load, double seconds)
{
    server_settle(&load->server, true);
    double used = server_processor_time(&load->server);
    double begun = begin_measurement(load, seconds);
    load->then = connect_again;
    while (load->opened < load->clients)
        open_next(load);
    run(load);
    double took = now() - begun;
    server_settle(&load->server, true);
    used = server_stop(&load->server) - used;
    print((double)load->echoes, took, used);
}

/* One client comes and goes first: what only the first one costs is no cost of each. */
static void measure_memory(struct load *load, double seconds)
{
    (void)seconds;
    size_t clients = load->clients;
    load->clients = 1;
    open_all(load);
    close(load->connections[0].fd);
    server_settle(&load->server, true);
    double before = server_memory(&load->server);
    load->clients = clients;
    load->opened = 0;
    open_all(load);
    expect_silence(load);
    double after = server_memory(&load->server);
    server_stop(&load->server);
    printf("%.3f\n", (after - before) / (double)clients);
}

/* ---- beginning ------------------------------------------------------------------------------ */

/* Its beginning stands behind its end once more: any piece of it is in one part. */
static void fill_pattern(void)
{
    unsigned state = 1;
    for (size_t i = 0; i < PATTERN; i++) {
        state = state * 1664525 + 1013904223;
        pattern[i] = (char)(state >> 24);
    }
    memcpy(pattern + PATTERN, pattern, MOST_BYTES);
}

/* The server, which inherits the limit, needs as many as we do. */
static void raise_descriptor_limit(rlim_t needed)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        die_errno("getrlimit");
    if (limit.rlim_cur >= needed)
        return;
    if (limit.rlim_max < needed)
        die("%llu descriptors are needed and %llu allowed: raise the limit (ulimit -Hn)",
            (unsigned long long)needed, (unsigned long long)limit.rlim_max);
    limit.rlim_cur = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
        die_errno("setrlimit");
}

/*
 * One processor is ours, the others are the server's: where the two stand in each other's way is
 * then not left to chance. One active client and its server take turns; they share a processor, as
 * most of what is measured would otherwise be how long a sleeping processor takes to wake up.
 */
static void start_server(struct load *load, const char *name)
{
    cpu_set_t all, ours;
    CPU_ZERO(&ours);
    if (sched_getaffinity(0, sizeof all, &all) == -1)
        die_errno("sched_getaffinity");
    int last = CPU_SETSIZE - 1;
    while (last > 0 && !CPU_ISSET(last, &all))
        last--;
    CPU_SET(last, &ours);
    if (load->active == 1)
        all = ours;
    else if (CPU_COUNT(&all) > 1)
        CPU_CLR(last, &all);
    if (sched_setaffinity(0, sizeof all, &all) == -1)
        die_errno("sched_setaffinity");
    server_start(&load->server, name); /* a child inherits what is set at that moment */
    if (sched_setaffinity(0, sizeof ours, &ours) == -1)
        die_errno("sched_setaffinity");
}

static void prepare(struct load *load, const char *server)
{
    fill_pattern();
    raise_descriptor_limit(load->clients + SPARE_DESCRIPTORS);
    load->connections = calloc(load->clients, sizeof *load->connections);
    if (load->connections == NULL)
        die_errno("calloc");
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load->epoll == -1)
        die_errno("epoll_create1");
    start_server(load, server);
    int code = address_resolve(load->server.address, ADDRESS_TO_CONNECT, &load->address);
    if (code != 0)
        die_gai(code, "%s", load->server.address);
}

static double number(const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most))
        die("%s is no number from %g to %g", text, least, most);
    return value;
}

/* The measurements, and where each has its arguments; 0 for one that it does not have. */
static const struct measurement {
    const char *name;
    int arguments, clients, bytes, seconds;
    bool one_active;
    void (*measure)(struct load *load, double seconds);
} measurements[] = {
    {"echo", 6, 2, 3, 4, false, measure_echoes},
    {"among", 5, 2, 0, 3, true, measure_echoes},
    {"connect", 5, 2, 0, 3, false, measure_connections},
    {"bulk", 4, 0, 0, 2, true, measure_bulk},
    {"idle", 4, 2, 0, 0, false, measure_memory},
};

static const struct measurement *find_measurement(int argc, char *argv[])
{
    for (size_t i = 0; i < sizeof measurements / sizeof measurements[0]; i++)
        if (argc == measurements[i].arguments && strcmp(argv[1], measurements[i].name) == 0)
            return &measurements[i];
    usage("echo CLIENTS BYTES SECONDS SERVER | among CLIENTS SECONDS SERVER | "
          "connect CLIENTS SECONDS SERVER | bulk SECONDS SERVER | idle CLIENTS SERVER");
}

int main(int argc, char *argv[])
{
    const struct measurement *is = find_measurement(argc, argv);
    struct load load = {.what = is->name, .clients = 1, .bytes = SMALL};
    if (is->clients != 0)
        load.clients = (size_t)number(argv[is->clients], 1, MOST_CLIENTS);
    if (is->bytes != 0)
        load.bytes = (size_t)number(argv[is->bytes], 1, MOST_BYTES);
    load.active = is->one_active ? 1 : load.clients;
    double seconds = is->seconds == 0 ? 0 : number(argv[is->seconds], 0.01, MOST_SECONDS);
    prepare(&load, argv[argc - 1]);
    is->measure(&load, seconds);
    address_free(load.address);
    free(load.connections);
    if (fflush(stdout) == EOF)
        die_errno("write to standard output");
}
