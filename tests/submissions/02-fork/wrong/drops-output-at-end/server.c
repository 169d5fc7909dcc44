/*
 * An echo server with a process per client. A child never waits in read() or write(): it reads
 * ahead while its client is slow to read, up to 8 MiB.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

enum { AHEAD = 8 << 20 };

static struct {
    char data[AHEAD];
    size_t length;
} pending;

struct tally {
    atomic_ullong clients, bytes;
};

static unsigned long long talk(int fd)
{
    unsigned long long received = 0;
    for (;;) {
        struct pollfd pfd = {.fd = fd, .events = 0};
        if (pending.length < AHEAD)
            pfd.events |= POLLIN;
        if (pending.length > 0)
            pfd.events |= POLLOUT;
        if (poll(&pfd, 1, -1) == -1)
            return received;
        if (pfd.revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t n = recv(fd, pending.data + pending.length, AHEAD - pending.length, 0);
            if (n == 0 || (n == -1 && errno != EAGAIN))
                return received;
            if (n > 0) {
                pending.length += (size_t)n;
                received += (unsigned long long)n;
            }
        }
        if (pfd.revents & POLLOUT) {
            ssize_t n = send(fd, pending.data, pending.length, MSG_NOSIGNAL);
            if (n == -1 && errno != EAGAIN)
                return received;
            if (n > 0) {
                pending.length -= (size_t)n;
                memmove(pending.data, pending.data + n, pending.length);
            }
        }
    }
}

static void reap(int number)
{
    int saved = errno;
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

int main(int argc, char *argv[])
{
    struct sigaction action = {.sa_handler = reap, .sa_flags = SA_RESTART};
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    struct tally *tally =
        mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED)
        die_errno("mmap");
    sigaction(SIGCHLD, &action, NULL);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd == -1) {
            warn_errno("accept");
            sleep(1);
            continue;
        }
        pid_t pid = fork();
        if (pid == 0) {
            close(listener);
            unsigned long long received = talk(fd);
            close(fd);
            atomic_fetch_add(&tally->bytes, received);
            unsigned long long clients = atomic_fetch_add(&tally->clients, 1) + 1;
            printf("served %llu clients, %llu bytes\n", clients, atomic_load(&tally->bytes));
            exit(EXIT_SUCCESS);
        }
        if (pid == -1)
            warn_errno("fork");
        close(fd);
    }
}
