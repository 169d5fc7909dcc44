/* A stream keeps no boundaries: three writes, one read; one write, three reads; and the loop that
 * reads exactly as many bytes as are wanted. */
#include "common/error.h"
#include "common/io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_bytes(int fd, const char *bytes, size_t length)
{
    if (write_all(fd, bytes, length) == -1)
        die_errno("write");
}

static void read_once(int fd, size_t size)
{
    char buffer[64];
    ssize_t length = read(fd, buffer, size);
    if (length == -1)
        die_errno("read");
    printf("asked for %2zu, got %2zd: %.*s\n", size, length, (int)length, buffer);
}

/* [exactly] */
/* Reads until LENGTH bytes have come, or the end. Returns how many came, or -1. */
static ssize_t read_exactly(int fd, char *buffer, size_t length)
{
    size_t have = 0;
    while (have < length) {
        ssize_t came = read(fd, buffer + have, length - have);
        if (came == -1 && errno == EINTR)
            continue;
        if (came == -1)
            return -1;
        if (came == 0)
            break;
        have += (size_t)came;
    }
    return (ssize_t)have;
}
/* [exactly] */

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
        die_errno("socketpair");
    /* [calls] */
    send_bytes(ends[0], "one ", 4);
    send_bytes(ends[0], "two ", 4);
    send_bytes(ends[0], "three", 5);
    read_once(ends[1], 64);

    send_bytes(ends[0], "one two three", 13);
    read_once(ends[1], 5);
    read_once(ends[1], 5);
    read_once(ends[1], 5);
    /* [calls] */

    /* [use] */
    send_bytes(ends[0], "eight by", 8);
    if (shutdown(ends[0], SHUT_WR) == -1)
        die_errno("shutdown");
    char record[10];
    ssize_t length = read_exactly(ends[1], record, sizeof record);
    if (length == -1)
        die_errno("read");
    if ((size_t)length < sizeof record)
        warn("a record of %zu bytes ended after %zd", sizeof record, length);
    /* [use] */
    if (close(ends[0]) == -1 || close(ends[1]) == -1)
        die_errno("close");
}
