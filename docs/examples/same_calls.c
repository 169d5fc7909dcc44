/* A socket is a descriptor: the same two calls move bytes through a pipe and through a socket. What
 * differs is that both ends of a socket can do both. */
#include "common/error.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* [same] */
/* Neither knows nor asks what it was given. */
static void pass_on(const char *kind, int to, int from)
{
    char buffer[16];
    if (write(to, "hello", 5) != 5)
        die_errno("write to the %s", kind);
    ssize_t length = read(from, buffer, sizeof buffer);
    if (length == -1)
        die_errno("read from the %s", kind);
    printf("%-6s descriptor %d to %d: %.*s\n", kind, to, from, (int)length, buffer);
}
/* [same] */

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    /* [main] */
    int ends[2];
    if (pipe(ends) == -1)
        die_errno("pipe");
    pass_on("pipe", ends[1], ends[0]); /* the only direction that a pipe has */
    if (write(ends[0], "hello", 5) == -1)
        warn_errno("write to the reading end of the pipe");

    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == -1)
        die_errno("socketpair");
    pass_on("socket", sockets[1], sockets[0]);
    pass_on("socket", sockets[0], sockets[1]); /* the other direction */
    if (lseek(sockets[0], 0, SEEK_SET) == -1)
        warn_errno("lseek in the socket");
    /* [main] */
    for (int i = 0; i < 2; i++)
        if (close(ends[i]) == -1 || close(sockets[i]) == -1)
            die_errno("close");
}
