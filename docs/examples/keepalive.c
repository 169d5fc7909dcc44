/* Ask TCP to notice a partner that died in silence: when, how often, and how long at most. */
#include "common/error.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* [set] */
static void set(int fd, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof value) == -1)
        die_errno("setsockopt %d of level %d", option, level);
}

static void notice_silent_death(int fd)
{
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);  /* seconds of silence before the first question */
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10); /* seconds between two questions */
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);    /* so many without an answer, and it is dead */
}
/* [set] */

static int get(int fd, int level, int option)
{
    int value;
    socklen_t size = sizeof value;
    if (getsockopt(fd, level, option, &value, &size) == -1)
        die_errno("getsockopt %d of level %d", option, level);
    return value;
}

static void show(int fd, const char *when)
{
    int idle = get(fd, IPPROTO_TCP, TCP_KEEPIDLE);
    int interval = get(fd, IPPROTO_TCP, TCP_KEEPINTVL);
    int count = get(fd, IPPROTO_TCP, TCP_KEEPCNT);
    printf("%s: keepalive %s, %d s + %d x %d s = %d s\n", when,
           get(fd, SOL_SOCKET, SO_KEEPALIVE) ? "on" : "off", idle, count, interval,
           idle + count * interval);
}

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd == -1)
        die_errno("socket");
    show(fd, "at first");
    notice_silent_death(fd);
    show(fd, "then");
    if (close(fd) == -1)
        die_errno("close");
}
