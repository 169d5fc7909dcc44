/* echo server: recv(2), send(2); no signal is touched, MSG_NOSIGNAL keeps SIGPIPE away */
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
    struct sockaddr_storage addr;
    socklen_t len;
} endpoint_t;

static void fail(const char *call, const char *address, const char *reason)
{
    fprintf(stderr, "server: %s %s: %s\n", call, address, reason);
    exit(EXIT_FAILURE);
}

static void unix_endpoint(const char *address, endpoint_t *ep)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&ep->addr;
    size_t n = strlen(address + 5);
    if (n == 0 || n >= sizeof un->sun_path)
        fail("resolve", address, "the path must have 1 to 107 bytes");
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, address + 5, n + 1);
    ep->len = offsetof(struct sockaddr_un, sun_path) + n + 1;
}

static struct addrinfo *inet_endpoints(const char *address)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    const char *colon = strrchr(address, ':');
    char host[256] = "";
    if (!colon || !colon[1])
        fail("resolve", address, "no port");
    if (strspn(colon + 1, "0123456789") == strlen(colon + 1) && atol(colon + 1) > 65535)
        fail("resolve", address, "no such port");
    size_t brackets = address[0] == '[' && colon[-1] == ']';
    int n = colon - address - 2 * brackets;
    if (n >= (int)sizeof host)
        fail("resolve", address, "the name is too long");
    snprintf(host, sizeof host, "%.*s", n, address + brackets);
    int rc = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found);
    if (rc)
        fail("resolve", address, gai_strerror(rc));
    return found;
}

/* 0 when fd is bound and listens */
static int start(int fd, const endpoint_t *ep, const char **call)
{
    int on = 1;
    if (*call = "socket", fd < 0)
        return -1;
    if (*call = "setsockopt", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return -1;
    if (*call = "bind", bind(fd, (const struct sockaddr *)&ep->addr, ep->len) < 0)
        return -1;
    return *call = "listen", listen(fd, 64);
}

static int open_endpoint(const char *address)
{
    endpoint_t ep = {.len = 0};
    const char *call = NULL;
    int fd, reason = 0;
    if (strncmp(address, "unix:", 5) == 0) {
        unix_endpoint(address, &ep);
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (start(fd, &ep, &call) < 0)
            fail(call, address, strerror(errno));
        return fd;
    }
    struct addrinfo *list = inet_endpoints(address);
    for (struct addrinfo *ai = list; ai; ai = ai->ai_next) {
        memcpy(&ep.addr, ai->ai_addr, ai->ai_addrlen);
        ep.len = ai->ai_addrlen;
        fd = socket(ai->ai_family, SOCK_STREAM, 0);
        if (start(fd, &ep, &call) == 0) {
            freeaddrinfo(list);
            return fd;
        }
        reason = errno;
        if (fd >= 0)
            close(fd);
    }
    fail(call, address, strerror(reason));
    return -1;
}

static void announce(int fd, const char *address)
{
    endpoint_t ep = {.len = sizeof ep.addr};
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getsockname(fd, (struct sockaddr *)&ep.addr, &ep.len) < 0)
        fail("getsockname", address, strerror(errno));
    if (ep.addr.ss_family == AF_UNIX) {
        printf("listening on %s\n", address);
        fflush(stdout);
        return;
    }
    int rc = getnameinfo((struct sockaddr *)&ep.addr, ep.len, host, sizeof host, port,
                         sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (rc)
        fail("getnameinfo", address, gai_strerror(rc));
    if (strchr(host, ':'))
        printf("listening on [%s]:%s\n", host, port);
    else
        printf("listening on %s:%s\n", host, port);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static char buf[65536];
    unsigned clients = 0;
    unsigned long long bytes = 0;
    if (argc != 2) {
        fprintf(stderr, "usage: server ADDRESS\n");
        return 2;
    }
    int lfd = open_endpoint(argv[1]);
    announce(lfd, argv[1]);
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd < 0) {
            perror("server: accept");
            sleep(1);
            continue;
        }
        for (;;) {
            ssize_t n = recv(fd, buf, sizeof buf, 0), sent = 0, m = 0;
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                break;
            bytes += n;
            while (sent < n && (m = send(fd, buf + sent, n - sent, MSG_NOSIGNAL)) >= 0)
                sent += m;
            if (m < 0)
                break;
        }
        close(fd);
        printf("served %u clients, %llu bytes\n", ++clients, bytes);
        fflush(stdout);
    }
}
