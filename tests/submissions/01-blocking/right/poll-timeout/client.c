/* Echo client that never sleeps for longer than a second, as a program with housekeeping to do
 * in between would be written. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The housekeeping: nothing for now. */
static void tick(void)
{
}

static void fatal(const char *what, const char *object, const char *why)
{
    fprintf(stderr, "client: %s %s: %s\n", what, object, why);
    exit(1);
}

static bool try_connect(int *fd, int family, const void *name, socklen_t size)
{
    *fd = socket(family, SOCK_STREAM, 0);
    if (*fd < 0)
        return false;
    if (connect(*fd, name, size) == 0)
        return true;
    int saved = errno;
    close(*fd);
    errno = saved;
    return false;
}

static int connect_local(const char *address)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd;
    size_t size = strlen(address + 5);
    if (size < 1 || size > sizeof name.sun_path - 1)
        fatal("resolve", address, "bad length of the path");
    memcpy(name.sun_path, address + 5, size);
    if (!try_connect(&fd, AF_UNIX, &name, sizeof name))
        fatal("connect", address, strerror(errno));
    return fd;
}

/* [HOST]:PORT or HOST:PORT, by sscanf; an empty HOST does not match a %[ */
static void parse(const char *address, char host[256], char port[64])
{
    char extra;
    host[0] = '\0';
    if (sscanf(address, "[%255[^]]]:%63s%c", host, port, &extra) != 2 &&
        sscanf(address, "%255[^:]:%63[^:]%c", host, port, &extra) != 2 &&
        (host[0] = '\0', sscanf(address, ":%63[^:]%c", port, &extra) != 1))
        fatal("resolve", address, "expected HOST:PORT or unix:PATH");
    if (strspn(port, "0123456789") == strlen(port) && strtol(port, NULL, 10) > 65535)
        fatal("resolve", address, "port out of range");
}

static int connect_network(const char *address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all, *one;
    char host[256], port[64];
    int fd = -1;
    parse(address, host, port);
    int code = getaddrinfo(host[0] ? host : NULL, port, &hints, &all);
    if (code != 0)
        fatal("resolve", address, gai_strerror(code));
    for (one = all; one != NULL; one = one->ai_next)
        if (try_connect(&fd, one->ai_family, one->ai_addr, one->ai_addrlen))
            break;
    if (one == NULL)
        fatal("connect", address, strerror(errno));
    freeaddrinfo(all);
    return fd;
}

/* read(), but with a tick each second while there is nothing */
static ssize_t patient_read(int fd, void *data, size_t room)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    for (;;) {
        int ready = poll(&waiting, 1, 1000);
        if (ready > 0)
            return read(fd, data, room);
        if (ready < 0 && errno != EINTR)
            return -1;
        tick();
    }
}

static void put(int fd, const char *name, const char *data, ssize_t size)
{
    while (size > 0) {
        ssize_t some = write(fd, data, size);
        if (some < 0 && errno != EINTR)
            fatal("write", name, strerror(errno));
        if (some > 0) {
            data += some;
            size -= some;
        }
    }
}

static void await_echo(int fd, const char *address, ssize_t due)
{
    char data[4096];
    while (due > 0) {
        ssize_t size = patient_read(fd, data, sizeof data);
        if (size < 0)
            fatal("read", address, strerror(errno));
        if (size == 0)
            fatal("read", address, "the other side has closed the connection");
        put(STDOUT_FILENO, "standard output", data, size);
        due -= size;
    }
}

int main(int argc, char *argv[])
{
    char data[4096];
    ssize_t size;
    if (argc != 2) {
        fputs("usage: client ADDRESS\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    bool local = strncmp(argv[1], "unix:", 5) == 0;
    int fd = local ? connect_local(argv[1]) : connect_network(argv[1]);
    while ((size = patient_read(STDIN_FILENO, data, sizeof data)) > 0) {
        put(fd, argv[1], data, size);
        await_echo(fd, argv[1], size);
    }
    if (size < 0)
        fatal("read", "standard input", strerror(errno));
    close(fd);
    return 0;
}
