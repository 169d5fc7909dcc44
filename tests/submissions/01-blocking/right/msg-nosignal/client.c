/* echo client: recv(2), send(2); no signal is touched, MSG_NOSIGNAL keeps SIGPIPE away */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void fail(const char *call, const char *object, const char *reason)
{
    fprintf(stderr, "client: %s %s: %s\n", call, object, reason);
    exit(EXIT_FAILURE);
}

static int unix_connection(const char *address)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t n = strlen(address + 5);
    if (n == 0 || n >= sizeof un.sun_path)
        fail("resolve", address, "the path must have 1 to 107 bytes");
    memcpy(un.sun_path, address + 5, n + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        fail("socket", address, strerror(errno));
    if (connect(fd, (struct sockaddr *)&un, sizeof un) < 0)
        fail("connect", address, strerror(errno));
    return fd;
}

static int inet_connection(const char *address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    const char *colon = strrchr(address, ':');
    char host[256] = "";
    int fd = -1, reason = 0;
    if (!colon || !colon[1])
        fail("resolve", address, "no port");
    if (strspn(colon + 1, "0123456789") == strlen(colon + 1) && atol(colon + 1) > 65535)
        fail("resolve", address, "no such port");
    size_t brackets = address[0] == '[' && colon[-1] == ']';
    int n = colon - address - 2 * brackets;
    if (n >= (int)sizeof host)
        fail("resolve", address, "the name is too long");
    snprintf(host, sizeof host, "%.*s", n, address + brackets);
    int rc = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &list);
    if (rc)
        fail("resolve", address, gai_strerror(rc));
    for (struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next) {
        fd = socket(ai->ai_family, SOCK_STREAM, 0);
        if (fd >= 0 && connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        reason = errno;
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    if (fd < 0)
        fail("connect", address, strerror(reason));
    return fd;
}

/* one piece there and back; the reply is gathered whole before it is printed */
static void exchange(int fd, const char *buf, size_t n, const char *address)
{
    static char reply[3000];
    size_t sent = 0, back = 0;
    while (sent < n) {
        ssize_t m = send(fd, buf + sent, n - sent, MSG_NOSIGNAL);
        if (m < 0)
            fail("send", address, strerror(errno));
        sent += m;
    }
    while (back < n) {
        ssize_t m = recv(fd, reply + back, n - back, MSG_WAITALL);
        if (m < 0)
            fail("recv", address, strerror(errno));
        if (m == 0)
            fail("recv", address, "the server closed the connection too early");
        if (fwrite(reply + back, 1, m, stdout) < (size_t)m)
            fail("write", "standard output", strerror(errno));
        back += m;
    }
    if (fflush(stdout) == EOF)
        fail("write", "standard output", strerror(errno));
}

int main(int argc, char **argv)
{
    char buf[3000];
    ssize_t n;
    if (argc != 2) {
        fprintf(stderr, "usage: client ADDRESS\n");
        return 2;
    }
    int is_unix = strncmp(argv[1], "unix:", 5) == 0;
    int fd = is_unix ? unix_connection(argv[1]) : inet_connection(argv[1]);
    while ((n = read(STDIN_FILENO, buf, sizeof buf)) > 0)
        exchange(fd, buf, n, argv[1]);
    if (n < 0)
        fail("read", "standard input", strerror(errno));
    close(fd);
    return 0;
}
