/*
 * SO_RCVTIMEO makes accept() return once a second; children that have ended are waited for then,
 * and before each new client. Nothing in the parent is interrupted, so nothing has to be restarted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

enum { RING = 1 << 13 };

struct shared {
    char busy; /* a spin lock: it is held for a few instructions only */
    unsigned long long clients, bytes;
};

struct ring {
    char data[RING];
    size_t in, out; /* how many bytes went in and out so far */
};

static struct shared *shared;

/* Returns -1 when the connection has failed, 0 at its end, 1 otherwise. */
static int fill(int fd, struct ring *ring)
{
    size_t at = ring->in % RING, room = RING - (ring->in - ring->out);
    ssize_t n = recv(fd, ring->data + at, room < RING - at ? room : RING - at, 0);
    if (n == -1)
        return errno == EAGAIN || errno == EINTR ? 1 : -1;
    ring->in += (size_t)n;
    return n > 0;
}

static int drain(int fd, struct ring *ring)
{
    size_t at = ring->out % RING, due = ring->in - ring->out;
    ssize_t n = send(fd, ring->data + at, due < RING - at ? due : RING - at, MSG_NOSIGNAL);
    if (n == -1)
        return errno == EAGAIN || errno == EINTR ? 1 : -1;
    ring->out += (size_t)n;
    return 1;
}

static unsigned long long talk(int fd)
{
    struct ring *ring = calloc(1, sizeof *ring);
    int state = ring == NULL ? -1 : 1;
    unsigned long long received;
    while (state == 1 || (state == 0 && ring->in != ring->out)) {
        struct pollfd pfd = {.fd = fd};
        if (state == 1 && ring->in - ring->out < RING)
            pfd.events |= POLLIN;
        if (ring->in != ring->out)
            pfd.events |= POLLOUT;
        if (poll(&pfd, 1, -1) == -1)
            continue;
        if (pfd.revents & POLLOUT && drain(fd, ring) == -1)
            break;
        if (pfd.events & POLLIN && pfd.revents & (POLLIN | POLLHUP | POLLERR))
            state = fill(fd, ring);
        else if (pfd.revents & (POLLERR | POLLHUP))
            break;
    }
    received = ring == NULL ? 0 : ring->in;
    free(ring);
    return received;
}

static void child(int fd)
{
    unsigned long long received = talk(fd);
    close(fd);
    while (__atomic_test_and_set(&shared->busy, __ATOMIC_ACQUIRE))
        ;
    unsigned long long c = ++shared->clients, b = shared->bytes += received;
    __atomic_clear(&shared->busy, __ATOMIC_RELEASE);
    printf("served %llu clients, %llu bytes\n", c, b);
    fflush(stdout);
    _exit(0);
}

int main(int argc, char *argv[])
{
    struct timeval second = {.tv_sec = 1};
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        die_errno("mmap");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    if (setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second) == -1)
        die_errno("setsockopt SO_RCVTIMEO");
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd == -1 && errno != EAGAIN) {
            warn_errno("accept %s", address);
            sleep(1);
        }
        if (fd == -1)
            continue;
        pid_t pid = fork();
        if (pid == 0) {
            close(listener);
            child(fd);
        }
        if (pid == -1)
            warn_errno("fork");
        close(fd);
    }
}
