/* An echo server in two threads: one accepts, the other talks to all clients. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

enum { MOST = 1024 };

static int handover[2]; /* a pipe of descriptors */

static void *talk(void *unused)
{
    static struct pollfd fds[MOST];
    static char buffer[65536];
    unsigned long long clients = 0, bytes = 0;
    nfds_t count = 1;
    (void)unused;
    fds[0] = (struct pollfd){.fd = handover[0], .events = POLLIN};
    for (;;) {
        if (poll(fds, count, -1) == -1)
            continue;
        for (nfds_t i = count - 1; i > 0; i--) {
            if (fds[i].revents == 0)
                continue;
            ssize_t n = read(fds[i].fd, buffer, sizeof buffer);
            if (n > 0)
                bytes += (unsigned long long)n;
            if (n > 0 && write_all(fds[i].fd, buffer, (size_t)n) == 0)
                continue;
            close(fds[i].fd);
            fds[i] = fds[--count];
            clients++;
            printf("served %llu clients, %llu bytes\n", clients, bytes);
            fflush(stdout);
        }
        int fd;
        if (fds[0].revents == 0 || read(handover[0], &fd, sizeof fd) != sizeof fd)
            continue;
        if (count == MOST)
            close(fd);
        else
            fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    pthread_t talker;
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    if (pipe(handover) == -1)
        die_errno("pipe");
    int code = pthread_create(&talker, NULL, talk, NULL);
    if (code != 0)
        die_code(code, "pthread_create");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd == -1) {
            warn_errno("accept");
            sleep(1);
        } else if (write_all(handover[1], &fd, sizeof fd) == -1) {
            die_errno("write to the pipe");
        }
    }
}
