/* Echo server on readv() and writev(), with a ring of two halves for a buffer. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define HALF 3000

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    struct sockaddr_un local;
};

static const char *text; /* the address as it was given */

static void quit(const char *call, const char *reason)
{
    fprintf(stderr, "server: %s %s: %s\n", call, text, reason);
    exit(EXIT_FAILURE);
}

/* Resolves the text; only the first address is kept, as it is the one that will be bound. */
static socklen_t resolve(union address *address)
{
    static char host[512];
    struct addrinfo hints = {0}, *list;
    memset(address, 0, sizeof *address);
    if (strncmp(text, "unix:", 5) == 0) {
        address->local.sun_family = AF_UNIX;
        if (text[5] == '\0' || strlen(text + 5) >= sizeof address->local.sun_path)
            quit("resolve", "the path must have 1 to 107 bytes");
        strcpy(address->local.sun_path, text + 5);
        return sizeof address->local;
    }
    snprintf(host, sizeof host, "%s", text + (text[0] == '['));
    char *port = strrchr(host, ':');
    if (port == NULL || port[1] == '\0')
        quit("resolve", "expected HOST:PORT or unix:PATH");
    *(port > host && text[0] == '[' ? port - 1 : port) = '\0';
    port++;
    if (port[strspn(port, "0123456789")] == '\0' && strtoul(port, NULL, 10) > UINT16_MAX)
        quit("resolve", "a port is at most 65535");
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    int code = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &list);
    if (code != 0)
        quit("resolve", gai_strerror(code));
    memcpy(address, list->ai_addr, list->ai_addrlen);
    socklen_t length = list->ai_addrlen;
    freeaddrinfo(list);
    return length;
}

static int open_listener(void)
{
    union address address;
    socklen_t length = resolve(&address);
    int on = 1, off = 0;
    int fd = socket(address.any.sa_family, SOCK_STREAM, 0);
    if (fd == -1)
        quit("socket", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, &address.any, length) == -1)
        quit("bind", strerror(errno));
    if (listen(fd, 50) == -1)
        quit("listen", strerror(errno));
    return fd;
}

static void announce(int fd)
{
    union address address;
    socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN];
    if (getsockname(fd, &address.any, &length) == -1)
        quit("getsockname", strerror(errno));
    getnameinfo(&address.any, length, host, sizeof host, NULL, 0, NI_NUMERICHOST);
    if (address.any.sa_family == AF_INET)
        dprintf(STDOUT_FILENO, "listening on %s:%u\n", host, ntohs(address.four.sin_port));
    else if (address.any.sa_family == AF_INET6)
        dprintf(STDOUT_FILENO, "listening on [%s]:%u\n", host, ntohs(address.six.sin6_port));
    else
        dprintf(STDOUT_FILENO, "listening on %s\n", text);
}

/* Writes the first `length` bytes that lie in the two halves. */
static int gather(int fd, char halves[2][HALF], size_t length)
{
    for (size_t done = 0; done < length;) {
        size_t in_first = length < HALF ? length : HALF;
        struct iovec parts[2] = {
            {.iov_base = halves[0] + done, .iov_len = done < in_first ? in_first - done : 0},
            {.iov_base = halves[1], .iov_len = length - in_first},
        };
        if (done >= HALF) {
            parts[0].iov_base = halves[0];
            parts[1].iov_base = halves[1] + (done - HALF);
            parts[1].iov_len = length - done;
        }
        ssize_t written = writev(fd, parts, 2);
        if (written == -1 && errno != EINTR)
            return -1;
        done += written == -1 ? 0 : (size_t)written;
    }
    return 0;
}

static uint64_t handle(int fd)
{
    char halves[2][HALF];
    const struct iovec parts[2] = {{halves[0], HALF}, {halves[1], HALF}};
    uint64_t total = 0;
    for (;;) {
        ssize_t length = readv(fd, parts, 2);
        if (length == -1 && errno == EINTR)
            continue;
        if (length <= 0)
            return total;
        total += (uint64_t)length;
        if (gather(fd, halves, (size_t)length) == -1)
            return total;
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        dprintf(STDERR_FILENO, "usage: server ADDRESS\n");
        return 2;
    }
    text = argv[1];
    signal(SIGPIPE, SIG_IGN);
    int listener = open_listener();
    announce(listener);
    uint64_t bytes = 0;
    for (unsigned clients = 0;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd == -1) {
            dprintf(STDERR_FILENO, "server: accept %s: %s\n", text, strerror(errno));
            sleep(1);
            continue;
        }
        bytes += handle(fd);
        close(fd);
        dprintf(STDOUT_FILENO, "served %u clients, %llu bytes\n", ++clients,
                (unsigned long long)bytes);
    }
}
