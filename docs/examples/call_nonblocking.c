/*
 * Descriptors that do not block, and a connect() with a time limit of the program's own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"

static int must(int result, const char *call)
{
    if (result == -1)
        die_errno("%s", call);
    return result;
}

static void set_flags(int fd)
{
    /* [fcntl] */
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        die_errno("fcntl O_NONBLOCK");
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
        die_errno("fcntl FD_CLOEXEC");
    /* [fcntl] */
}

/* [connect] */
/* Returns 0, or the reason: ETIMEDOUT when the time limit is over. The socket is non-blocking. */
static int connect_within(int fd, const struct sockaddr *at, socklen_t length, int milliseconds)
{
    if (connect(fd, at, length) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    struct pollfd watched = {.fd = fd, .events = POLLOUT};
    int ready = poll(&watched, 1, milliseconds);
    if (ready == -1)
        return errno;
    if (ready == 0)
        return ETIMEDOUT;
    int code;
    socklen_t size = sizeof code;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == -1)
        return errno;
    return code;
}
/* [connect] */

static void try(const struct sockaddr_in *at)
{
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    set_flags(fd);
    int code = connect_within(fd, (const struct sockaddr *)at, sizeof *at, 100);
    printf("connect: %s\n", code == 0 ? "connected" : strerror(code));
    if (code == 0) {
        char byte;
        ssize_t length = read(fd, &byte, 1);
        if (length == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
            printf("read: nothing there yet\n");
    }
    close(fd);
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(bind(listener, (struct sockaddr *)&at, sizeof at), "bind");
    socklen_t length = sizeof at;
    must(getsockname(listener, (struct sockaddr *)&at, &length), "getsockname");
    try(&at); /* it has an address, and does not listen */
    must(listen(listener, 0), "listen");
    try(&at); /* its queue has room for one */
    try(&at); /* and for no more: that one was never accepted */
    close(listener);
}
