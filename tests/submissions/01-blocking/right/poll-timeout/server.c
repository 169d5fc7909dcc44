/* Echo server that never sleeps for longer than a second, as a program with housekeeping to do
 * in between would be written. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const struct timeval one_second = {.tv_sec = 1};

static struct {
    unsigned long clients;
    unsigned long long bytes;
} totals;

/* The housekeeping: nothing for now. */
static void tick(void)
{
}

static bool fatal(const char *what, const char *address, const char *why)
{
    fprintf(stderr, "server: %s %s: %s\n", what, address, why);
    exit(1);
}

/* socket, bind, listen; false with errno set and *what naming the call */
static bool try_listen(int *fd, int family, const void *name, socklen_t size, const char **what)
{
    int yes = 1;
    *what = "socket";
    *fd = socket(family, SOCK_STREAM, 0);
    if (*fd < 0)
        return false;
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    *what = "bind";
    if (bind(*fd, name, size) == 0) {
        *what = "listen";
        if (listen(*fd, 5) == 0)
            return true;
    }
    int saved = errno;
    close(*fd);
    errno = saved;
    return false;
}

static int listen_local(const char *address)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const char *what;
    int fd;
    size_t size = strlen(address + 5);
    if (size < 1 || size > sizeof name.sun_path - 1)
        fatal("resolve", address, "bad length of the path");
    memcpy(name.sun_path, address + 5, size);
    if (!try_listen(&fd, AF_UNIX, &name, sizeof name, &what))
        fatal(what, address, strerror(errno));
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

static int listen_network(const char *address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *all;
    char host[256], port[64];
    const char *what = "resolve";
    int fd, why = 0;
    parse(address, host, port);
    int code = getaddrinfo(host[0] ? host : NULL, port, &hints, &all);
    if (code != 0)
        fatal("resolve", address, gai_strerror(code));
    for (struct addrinfo *one = all; one != NULL; one = one->ai_next) {
        if (try_listen(&fd, one->ai_family, one->ai_addr, one->ai_addrlen, &what)) {
            freeaddrinfo(all);
            return fd;
        }
        why = errno;
    }
    return fatal(what, address, strerror(why));
}

static void print_address(int fd, const char *address)
{
    union {
        struct sockaddr any;
        struct sockaddr_storage room;
    } name;
    socklen_t size = sizeof name;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getsockname(fd, &name.any, &size) < 0)
        fatal("getsockname", address, strerror(errno));
    if (name.any.sa_family == AF_UNIX) {
        printf("listening on %s\n", address);
        return;
    }
    getnameinfo(&name.any, size, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    bool six = name.any.sa_family == AF_INET6;
    printf("listening on %s%s%s:%s\n", six ? "[" : "", host, six ? "]" : "", port);
}

static int next_client(int listener, const char *address)
{
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    for (;;) {
        tick();
        int ready = poll(&waiting, 1, 1000);
        if (ready <= 0)
            continue;
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            return fd;
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            continue;
        fprintf(stderr, "server: accept %s: %s\n", address, strerror(errno));
        sleep(1);
    }
}

static bool give_back(int fd, const char *data, ssize_t size)
{
    while (size > 0) {
        ssize_t some = write(fd, data, size);
        if (some < 0 && errno != EINTR)
            return false;
        if (some > 0) {
            data += some;
            size -= some;
        }
    }
    return true;
}

static void talk(int fd)
{
    char data[2048];
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &one_second, sizeof one_second);
    for (;;) {
        ssize_t size = recv(fd, data, sizeof data, 0);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            tick(); /* a silent client is no reason to leave it */
            continue;
        }
        if (size <= 0)
            return;
        totals.bytes += size;
        if (!give_back(fd, data, size))
            return;
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fputs("usage: server ADDRESS\n", stderr);
        return 2;
    }
    setlinebuf(stdout);
    signal(SIGPIPE, SIG_IGN);
    bool local = strncmp(argv[1], "unix:", 5) == 0;
    int listener = local ? listen_local(argv[1]) : listen_network(argv[1]);
    fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK);
    print_address(listener, argv[1]);
    for (;;) {
        int fd = next_client(listener, argv[1]);
        talk(fd);
        close(fd);
        totals.clients++;
        printf("served %lu clients, %llu bytes\n", totals.clients, totals.bytes);
    }
}
