/* A non-blocking write takes what the kernel has room for, and says how much that was. */
#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 8 << 20 };

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
        die_errno("socketpair");
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1)
        die_errno("fcntl");
    char *data = calloc(1, SIZE), *sink = malloc(SIZE);
    if (data == NULL || sink == NULL)
        die_errno("malloc");

    /* [write] */
    ssize_t taken = write(ends[0], data, SIZE);
    if (taken == -1)
        die_errno("write");
    printf("offered %d bytes, %zd were taken\n", SIZE, taken);

    if (write(ends[0], data + taken, SIZE - (size_t)taken) != -1)
        die("there was room after all");
    if (errno != EAGAIN)
        die_errno("write");
    printf("offered the rest: EAGAIN, nothing was taken\n");

    ssize_t came = read(ends[1], sink, SIZE);
    if (came == -1)
        die_errno("read");
    ssize_t more = write(ends[0], data + taken, SIZE - (size_t)taken);
    if (more == -1)
        die_errno("write");
    printf("after the other end has read %zd: %zd more\n", came, more);
    /* [write] */
    free(data);
    free(sink);
    if (close(ends[0]) == -1 || close(ends[1]) == -1)
        die_errno("close");
}
