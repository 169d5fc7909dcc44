/*
 * Options of sockets: what they are when a socket is new, and what they are when set.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"

/* [setsockopt] */
static void set_option(int fd, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof value) == -1)
        die_errno("setsockopt");
}

static int get_option(int fd, int level, int option)
{
    int value;
    socklen_t length = sizeof value; /* in: the room; out: how much was filled */
    if (getsockopt(fd, level, option, &value, &length) == -1)
        die_errno("getsockopt");
    return value;
}
/* [setsockopt] */

static void show_switch(int fd, const char *name, int level, int option)
{
    int before = get_option(fd, level, option);
    set_option(fd, level, option, 1);
    printf("%s: %d, then %s\n", name, before, get_option(fd, level, option) ? "on" : "off");
}

static void show_size(int fd, const char *name, int option)
{
    set_option(fd, SOL_SOCKET, option, 8192);
    printf("%s: asked for 8192, got %d\n", name, get_option(fd, SOL_SOCKET, option));
}

static void show_linger(int fd)
{
    /* [linger] */
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == -1)
        die_errno("setsockopt SO_LINGER");
    /* [linger] */
    socklen_t length = sizeof reset;
    if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, &length) == -1)
        die_errno("getsockopt SO_LINGER");
    printf("SO_LINGER: %d, %d seconds: close() resets\n", reset.l_onoff, reset.l_linger);
}

static void show_error(int fd)
{
    printf("SO_ERROR: %d\n", get_option(fd, SOL_SOCKET, SO_ERROR));
    int one = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_ERROR, &one, sizeof one) == -1)
        printf("SO_ERROR cannot be set: %s\n", strerror(errno));
}

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd == -1)
        die_errno("socket");
    show_switch(fd, "SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR);
    show_switch(fd, "SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE);
    show_switch(fd, "TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY);
    show_size(fd, "SO_RCVBUF", SO_RCVBUF);
    show_size(fd, "SO_SNDBUF", SO_SNDBUF);
    show_linger(fd);
    show_error(fd);
    close(fd);
}
