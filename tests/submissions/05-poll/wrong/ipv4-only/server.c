/*
 * Nothing from common/, every failure told by the function that met it, and one way out of each
 * of them. A doubly linked list of connections; the table for poll() is as long as the list.
 * Sockets stay blocking: MSG_DONTWAIT is said with every call instead.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct connection {
    TAILQ_ENTRY(connection) links;
    int fd, place; /* in the table for poll(), -1 for not there yet */
    int shut;
    size_t begin, end;
    unsigned long long received;
    unsigned char data[6000];
};
TAILQ_HEAD(connections, connection);

static struct connections all = TAILQ_HEAD_INITIALIZER(all);
static struct pollfd *table;
static int table_size, open_count;
static int self[2] = {-1, -1};
static int closing_down;
static unsigned long long clients, bytes;

static int complain(const char *call, const char *object, const char *reason)
{
    fprintf(stderr, "server: %s %s: %s\n", call, object, reason);
    return -1;
}

static int listen_on(int family, const void *name, socklen_t length, const char *address)
{
    int on = 1, off = 0;
    const char *call = "socket";
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd == -1)
        goto failed;
    call = "setsockopt";
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        goto failed;
    if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == -1)
        goto failed;
    call = "bind";
    if (bind(fd, name, length) == -1)
        goto failed;
    call = "listen";
    if (listen(fd, 5) == -1)
        goto failed;
    return fd;
failed:
    complain(call, address, strerror(errno));
    if (fd != -1)
        close(fd);
    return -1;
}

static int open_address(const char *address)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    char host[NI_MAXHOST];
    const char *port = strrchr(address, ':'), *start = address, *stop = port;
    int fd = -1;
    if (strncmp(address, "unix:", 5) == 0) {
        if (strlen(address + 5) - 1 >= sizeof local.sun_path - 1)
            return complain("bind", address, "a path has 1 to 107 bytes");
        strcpy(local.sun_path, address + 5);
        return listen_on(AF_UNIX, &local, sizeof local, address);
    }
    if (port == NULL || port - address >= NI_MAXHOST)
        return complain("resolve", address, "HOST:PORT or unix:PATH expected");
    if (start[0] == '[' && stop[-1] == ']') {
        start++;
        stop--;
    }
    memcpy(host, start, (size_t)(stop - start));
    host[stop - start] = '\0';
    int code = getaddrinfo(host[0] == '\0' ? NULL : host, port + 1, &hints, &list);
    if (code != 0)
        return complain("resolve", address, gai_strerror(code));
    for (struct addrinfo *at = list; at != NULL && fd == -1; at = at->ai_next)
        fd = listen_on(at->ai_family, at->ai_addr, at->ai_addrlen, address);
    freeaddrinfo(list);
    return fd;
}

static int announce(int fd, const char *address)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (strncmp(address, "unix:", 5) == 0)
        return printf("listening on %s\n", address);
    if (getsockname(fd, (struct sockaddr *)&name, &length) == -1)
        return complain("getsockname", address, strerror(errno));
    int code = getnameinfo((struct sockaddr *)&name, length, host, sizeof host, port,
                           sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (code != 0)
        return complain("getnameinfo", address, gai_strerror(code));
    return printf(name.ss_family == AF_INET6 ? "listening on [%s]:%s\n" : "listening on %s:%s\n",
                  host, port);
}

static void end_connection(struct connection *c)
{
    TAILQ_REMOVE(&all, c, links);
    open_count--;
    close(c->fd);
    bytes += c->received;
    printf("served %llu clients, %llu bytes\n", ++clients, bytes);
    free(c);
}

static void attend(struct connection *c)
{
    ssize_t n;
    if (c->begin == c->end) {
        n = recv(c->fd, c->data, sizeof c->data, MSG_DONTWAIT);
        if (n == -1 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0)
            goto over;
        if (c->shut)
            return;
        c->received += (unsigned long long)n;
        c->begin = 0;
        c->end = (size_t)n;
    }
    n = send(c->fd, c->data + c->begin, c->end - c->begin, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n == -1 && errno != EAGAIN && errno != EINTR)
        goto over;
    if (n > 0)
        c->begin += (size_t)n;
    return;
over:
    end_connection(c);
}

static int fit_table(void)
{
    if (open_count + 3 <= table_size)
        return 0;
    struct pollfd *larger = realloc(table, sizeof *table * (size_t)(open_count + 100));
    if (larger == NULL)
        return -1;
    table = larger;
    table_size = open_count + 100;
    return 0;
}

/* Waits once, and serves who is ready. Returns poll()'s result. */
static int turn(int listener, int milliseconds)
{
    struct connection *c, *next;
    int used = 2;
    table[0] = (struct pollfd){.fd = closing_down ? -1 : self[0], .events = POLLIN};
    table[1] = (struct pollfd){.fd = listener, .events = POLLIN};
    TAILQ_FOREACH (c, &all, links) {
        if (closing_down && c->begin == c->end && !c->shut)
            c->shut = shutdown(c->fd, SHUT_WR) == 0 || errno == ENOTCONN;
        c->place = used++;
        table[c->place].fd = c->fd;
        table[c->place].events = c->begin == c->end ? POLLIN : POLLOUT;
    }
    int ready = poll(table, (nfds_t)used, milliseconds);
    if (ready <= 0)
        return ready;
    for (c = TAILQ_FIRST(&all); c != NULL; c = next) {
        next = TAILQ_NEXT(c, links);
        if (table[c->place].revents != 0)
            attend(c);
    }
    return ready;
}

/* Returns 0 when the listener had better be left alone for a while. */
static int take(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd == -1)
        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
    struct connection *c = malloc(sizeof *c);
    if (c == NULL)
        goto failed;
    c->fd = fd;
    c->shut = 0;
    c->begin = c->end = 0;
    c->received = 0;
    TAILQ_INSERT_TAIL(&all, c, links);
    open_count++;
    if (fit_table() == 0)
        return 1;
    TAILQ_REMOVE(&all, c, links);
    open_count--;
    free(c);
failed:
    complain("malloc", "for a client", strerror(errno));
    close(fd);
    return 1;
}

static void on_stop(int number)
{
    char byte = (char)number;
    int saved = errno;
    while (write(self[1], &byte, 1) == -1 && errno == EINTR)
        ;
    errno = saved;
}

static long clock_ms(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? t.tv_sec * 1000 + t.tv_nsec / 1000000 : 0;
}

int main(int argc, char *argv[])
{
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    int listener, rested = 1, status = 1;
    if (argc != 2) {
        fprintf(stderr, "usage: server ADDRESS\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    listener = open_address(argv[1]);
    if (listener == -1)
        goto out;
    if (pipe(self) == -1 || fit_table() == -1 || sigaction(SIGTERM, &action, NULL) == -1 ||
        sigaction(SIGINT, &action, NULL) == -1) {
        complain("prepare", "the loop", strerror(errno));
        goto out;
    }
    if (announce(listener, argv[1]) < 0)
        goto out;
    for (;;) {
        int ready = turn(rested ? listener : -1, rested ? -1 : 1000);
        rested = 1;
        if (ready == -1 && errno != EINTR) {
            complain("poll", "the clients", strerror(errno));
            goto out;
        }
        if (ready > 0 && table[0].revents != 0)
            break;
        if (ready > 0 && table[1].revents != 0)
            rested = take(listener);
    }
    closing_down = 1;
    close(listener);
    listener = -1;
    for (long left, end = clock_ms() + 800; open_count > 0 && (left = end - clock_ms()) > 0;)
        turn(-1, (int)left);
    while (!TAILQ_EMPTY(&all))
        end_connection(TAILQ_FIRST(&all));
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    status = 0;
out:
    if (listener != -1)
        close(listener);
    free(table);
    return status;
}
