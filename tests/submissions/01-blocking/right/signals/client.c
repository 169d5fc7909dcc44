/*
 * An echo client that minds signals: SIGUSR1 makes it report its progress on standard error.
 * The handler is set without SA_RESTART, so every call that waits can fail with EINTR, and is
 * repeated.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <err.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static volatile sig_atomic_t report_wanted;
static unsigned long long echoed;

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
        fprintf(stderr, "client: %llu bytes so far\n", echoed);
    }
    return 1;
}

/* A connect() that is interrupted goes on by itself: its end is waited for, its result asked.
 */
static int finish_connect(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int reason = 0;
    socklen_t length = sizeof reason;
    while (poll(&wait, 1, -1) == -1)
        if (!interrupted())
            return -1;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &length) == -1)
        return -1;
    errno = reason;
    return reason == 0 ? 0 : -1;
}

static int try_to_connect(int fd, const void *name, socklen_t length)
{
    if (connect(fd, name, length) == 0)
        return 0;
    return interrupted() ? finish_connect(fd) : -1;
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
    if (try_to_connect(fd, &name, sizeof name) == -1)
        err(1, "connect %s", address);
    return fd;
}

static struct addrinfo *look_up(const char *address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
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
    int fd = -1, reason = 0;
    for (struct addrinfo *at = list; at != NULL && fd == -1; at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd == -1)
            err(1, "socket %s", address);
        if (try_to_connect(fd, at->ai_addr, at->ai_addrlen) == 0)
            continue;
        reason = errno;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    errno = reason;
    if (fd == -1)
        err(1, "connect %s", address);
    return fd;
}

static size_t read_some(int fd, char *buffer, size_t room, const char *name)
{
    ssize_t length;
    while ((length = read(fd, buffer, room)) == -1)
        if (!interrupted())
            err(1, "read %s", name);
    return (size_t)length;
}

static void write_whole(int fd, const char *data, size_t length, const char *name)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);
        if (written == -1 && !interrupted())
            err(1, "write %s", name);
        if (written == -1)
            continue;
        data += written;
        length -= (size_t)written;
    }
}

int main(int argc, char *argv[])
{
    char buffer[1500];
    size_t length, part;
    if (argc != 2) {
        fprintf(stderr, "usage: %s ADDRESS\n", program_invocation_short_name);
        exit(2);
    }
    handle(SIGPIPE, SIG_IGN);
    handle(SIGUSR1, on_report);
    int is_unix = strncmp(argv[1], "unix:", strlen("unix:")) == 0;
    int fd = is_unix ? open_unix(argv[1]) : open_network(argv[1]);
    while ((length = read_some(0, buffer, sizeof buffer, "standard input")) > 0) {
        write_whole(fd, buffer, length, argv[1]);
        for (; length > 0; length -= part, echoed += part) {
            part = read_some(fd, buffer, length, argv[1]);
            if (part == 0)
                errx(1, "read %s: the server closed the connection", argv[1]);
            write_whole(1, buffer, part, "standard output");
        }
    }
    close(fd);
    return 0;
}
