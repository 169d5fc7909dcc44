/*
 * An echo server that minds signals: SIGTERM and SIGINT remove the unix socket's file and end
 * it, SIGUSR1 makes it report on standard error. No handler is set with SA_RESTART, so every
 * call that waits can fail with EINTR, and is repeated.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <err.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *path; /* of the unix socket that is ours to remove, or NULL */
static volatile sig_atomic_t report_wanted;
static unsigned long long clients, bytes;

/* unlink() and _exit() are among the calls that a handler may make: signal-safety(7). */
static void on_terminate(int number)
{
    (void)number;
    if (path != NULL)
        unlink(path);
    _exit(0);
}

static void on_report(int number)
{
    (void)number;
    report_wanted = 1;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, NULL) == -1)
        err(1, "sigaction %d", number);
}

/* Whether a call that failed was only interrupted. */
static int interrupted(void)
{
    if (errno != EINTR)
        return 0;
    if (report_wanted) {
        report_wanted = 0;
        fprintf(stderr, "server: %llu clients and %llu bytes so far\n", clients, bytes);
    }
    return 1;
}

static int open_unix(const char *address)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const char *file = address + strlen("unix:");
    if (*file == '\0' || strlen(file) >= sizeof name.sun_path)
        errx(1, "resolve %s: the path must have 1 to 107 bytes", address);
    strcpy(name.sun_path, file);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        err(1, "socket %s", address);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) == -1)
        err(1, "bind %s", address);
    path = file; /* from here on it is ours */
    return fd;
}

static struct addrinfo *look_up(const char *address)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *list;
    char *host = strdup(address), *port = host == NULL ? NULL : strrchr(host, ':');
    if (port == NULL || port[1] == '\0')
        errx(1, "resolve %s: HOST:PORT or unix:PATH expected", address);
    *port++ = '\0';
    if (port[strspn(port, "0123456789")] == '\0' && strtoul(port, NULL, 10) > 65535)
        errx(1, "resolve %s: a port is at most 65535", address);
    char *name = host;
    if (*name == '[') {
        name++;
        name[strcspn(name, "]")] = '\0';
    }
    int code = getaddrinfo(*name == '\0' ? NULL : name, port, &hints, &list);
    if (code != 0)
        errx(1, "resolve %s: %s", address, gai_strerror(code));
    free(host);
    return list;
}

static int open_network(const char *address)
{
    struct addrinfo *list = look_up(address);
    const char *call = "socket";
    int fd = -1, on = 1, reason = 0;
    for (struct addrinfo *at = list; at != NULL && fd == -1; at = at->ai_next) {
        call = "socket";
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        reason = errno;
        if (fd == -1)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        call = "bind";
        if (bind(fd, at->ai_addr, at->ai_addrlen) == 0)
            continue;
        reason = errno;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    errno = reason;
    if (fd == -1)
        err(1, "%s %s", call, address);
    return fd;
}

static void announce(int listener, const char *address)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (path != NULL) {
        printf("listening on unix:%s\n", path);
        return;
    }
    if (getsockname(listener, (struct sockaddr *)&name, &length) == -1)
        err(1, "getsockname %s", address);
    int code = getnameinfo((struct sockaddr *)&name, length, host, sizeof host, port,
                           sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (code != 0)
        errx(1, "getnameinfo %s: %s", address, gai_strerror(code));
    printf(strchr(host, ':') ? "listening on [%s]:%s\n" : "listening on %s:%s\n", host, port);
}

static int send_back(int connection, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(connection, data, length);
        if (written == -1 && !interrupted())
            return -1;
        if (written == -1)
            continue;
        data += written;
        length -= (size_t)written;
    }
    return 0;
}

static void echo(int connection)
{
    char buffer[5000];
    for (;;) {
        ssize_t length = read(connection, buffer, sizeof buffer);
        if (length == -1 && interrupted())
            continue;
        if (length <= 0)
            return;
        bytes += (unsigned long long)length;
        if (send_back(connection, buffer, (size_t)length) == -1)
            return;
    }
}

static void serve(int listener)
{
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection == -1 && interrupted())
            continue;
        if (connection == -1) {
            warn("accept");
            sleep(1);
            continue;
        }
        echo(connection);
        close(connection); /* once only: after EINTR the descriptor is gone, close(2) */
        clients++;
        printf("served %llu clients, %llu bytes\n", clients, bytes);
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s ADDRESS\n", program_invocation_short_name);
        exit(2);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGTERM, on_terminate);
    handle(SIGINT, on_terminate);
    handle(SIGUSR1, on_report);
    int is_unix = strncmp(argv[1], "unix:", strlen("unix:")) == 0;
    int listener = is_unix ? open_unix(argv[1]) : open_network(argv[1]);
    if (listen(listener, SOMAXCONN) == -1)
        err(1, "listen %s", argv[1]);
    announce(listener, argv[1]);
    serve(listener);
}
