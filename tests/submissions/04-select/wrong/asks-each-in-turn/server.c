/*
 * An echo server for many clients with one thread. No descriptor blocks, so all of them can be
 * asked in turn whether there is something to read.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

enum { MOST = 4096 };

static struct {
    int used;
    unsigned long long received;
} table[MOST];

static unsigned long long clients, bytes;

static int send_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = write(fd, data, length);
        if (sent == -1 && errno == EAGAIN)
            usleep(1000);
        else if (sent == -1)
            return -1;
        if (sent > 0) {
            data += sent;
            length -= (size_t)sent;
        }
    }
    return 0;
}

static void ask(int fd)
{
    char buffer[16384];
    ssize_t length = read(fd, buffer, sizeof buffer);
    if (length == -1 && errno == EAGAIN)
        return;
    if (length > 0) {
        table[fd].received += (unsigned long long)length;
        if (send_all(fd, buffer, (size_t)length) == 0)
            return;
    }
    close(fd);
    table[fd].used = 0;
    clients++;
    bytes += table[fd].received;
    printf("served %llu clients, %llu bytes\n", clients, bytes);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    fcntl(listener, F_SETFL, O_NONBLOCK);
    printf("listening on %s\n", address);
    for (;;) {
        usleep(10000); /* lest the loop take all of the processor */
        int fd = accept(listener, NULL, NULL);
        if (fd >= MOST) {
            close(fd);
        } else if (fd >= 0) {
            fcntl(fd, F_SETFL, O_NONBLOCK);
            table[fd].used = 1;
            table[fd].received = 0;
        }
        for (fd = 0; fd < MOST; fd++)
            if (table[fd].used)
                ask(fd);
    }
}
