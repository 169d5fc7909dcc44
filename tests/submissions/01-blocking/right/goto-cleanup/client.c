/* client.c - echo client: a piece is sent and its echo printed, then the next */

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define OK     0
#define FAILED (-1)

static char host_buffer[256];
static char piece[2048];
static char echo[2048];

/* what went wrong, for main() to tell */
static const char *failed_call = "resolve";
static const char *reason;

static int fail(const char *call, const char *why)
{
    failed_call = call;
    reason = why;
    return FAILED;
}

static int connect_to(int family, const struct sockaddr *name, socklen_t length)
{
    int fd;

    fd = socket(family, SOCK_STREAM, 0);
    if (fd == -1)
        return fail("socket", strerror(errno));
    if (connect(fd, name, length) == 0)
        return fd;
    fail("connect", strerror(errno));
    close(fd);
    return FAILED;
}

static int connect_unix(const char *path)
{
    struct sockaddr_un name;

    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    if (path[0] == '\0' || strlen(path) >= sizeof name.sun_path)
        return fail("resolve", "not a path of 1 to 107 bytes");
    strcpy(name.sun_path, path);
    return connect_to(AF_UNIX, (struct sockaddr *)&name, sizeof name);
}

static int connect_inet(const char *address)
{
    struct addrinfo hints, *list, *at;
    const char *colon;
    size_t length;
    int fd, code;

    colon = strrchr(address, ':');
    if (colon == NULL || colon[1] == '\0')
        return fail("resolve", "not HOST:PORT");
    if (strtoul(colon + 1, NULL, 10) > 65535) /* getaddrinfo() would cut it */
        return fail("resolve", "a port is at most 65535");
    length = (size_t)(colon - address);
    if (length >= 2 && address[0] == '[' && colon[-1] == ']') {
        address++;
        length -= 2;
    }
    if (length >= sizeof host_buffer)
        return fail("resolve", "the host is too long");
    memcpy(host_buffer, address, length);
    host_buffer[length] = '\0';

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    code = getaddrinfo(length > 0 ? host_buffer : NULL, colon + 1, &hints, &list);
    if (code != 0)
        return fail("resolve", gai_strerror(code));
    fd = FAILED;
    for (at = list; at != NULL && fd == FAILED; at = at->ai_next)
        fd = connect_to(at->ai_family, at->ai_addr, at->ai_addrlen);
    freeaddrinfo(list);
    return fd;
}

static int put(int fd, const char *data, size_t length)
{
    ssize_t count;

    while (length > 0) {
        count = write(fd, data, length);
        if (count == -1) {
            if (errno == EINTR)
                continue;
            return FAILED;
        }
        data += count;
        length -= (size_t)count;
    }
    return OK;
}

static int print_echo(int fd, size_t due)
{
    ssize_t count;

    while (due > 0) {
        count = read(fd, echo, due < sizeof echo ? due : sizeof echo);
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1)
            return fail("read from", strerror(errno));
        if (count == 0)
            return fail("read from", "the server has left early");
        if (put(STDOUT_FILENO, echo, (size_t)count) == FAILED)
            return fail("print what came from", strerror(errno));
        due -= (size_t)count;
    }
    return OK;
}

static int talk(int fd)
{
    ssize_t count;

    for (;;) {
        count = read(STDIN_FILENO, piece, sizeof piece);
        if (count == 0)
            return OK;
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1)
            return fail("read the input for", strerror(errno));
        if (put(fd, piece, (size_t)count) == FAILED)
            return fail("write to", strerror(errno));
        if (print_echo(fd, (size_t)count) == FAILED)
            return FAILED;
    }
}

int main(int argc, char **argv)
{
    int fd, status;

    status = EXIT_FAILURE;
    if (argc != 2) {
        fprintf(stderr, "usage: client ADDRESS\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (strncmp(argv[1], "unix:", 5) == 0)
        fd = connect_unix(argv[1] + 5);
    else
        fd = connect_inet(argv[1]);
    if (fd == FAILED)
        goto out;
    if (talk(fd) == OK)
        status = EXIT_SUCCESS;
    close(fd);
out:
    if (status != EXIT_SUCCESS)
        fprintf(stderr, "client: %s %s: %s\n", failed_call, argv[1], reason);
    return status;
}
