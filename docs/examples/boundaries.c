/* The same three writes through a stream and through datagrams: who keeps the boundaries? */
#include "common/error.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void try_type(const char *name, int type)
{
    int ends[2];
    if (socketpair(AF_UNIX, type, 0, ends) == -1)
        die_errno("socketpair %s", name);
    /* [try] */
    if (send(ends[0], "one", 3, 0) == -1 || send(ends[0], "twotwo", 6, 0) == -1 ||
        send(ends[0], "three", 5, 0) == -1)
        die_errno("send %s", name);

    char buffer[4]; /* too small for the second message */
    for (;;) {
        ssize_t length = recv(ends[1], buffer, sizeof buffer, MSG_DONTWAIT);
        if (length == -1 && errno == EAGAIN)
            break; /* nothing left */
        if (length == -1)
            die_errno("recv %s", name);
        printf("%-11s got %zd: %.*s\n", name, length, (int)length, buffer);
    }
    /* [try] */
    if (close(ends[0]) == -1 || close(ends[1]) == -1)
        die_errno("close");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    try_type("SOCK_STREAM", SOCK_STREAM);
    try_type("SOCK_DGRAM", SOCK_DGRAM);
}
