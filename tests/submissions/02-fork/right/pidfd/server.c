/*
 * Children as descriptors: the parent polls its listener and a pidfd for each child, which
 * becomes readable when the child has ended. No signal is handled.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

/* fds[0] is the listener; behind it, fds[i] and pids[i] are those of a child. */
static struct pollfd *fds;
static pid_t *pids;
static size_t count, room;

static atomic_ullong *totals; /* clients, bytes */

static void make_room(void)
{
    if (count < room)
        return;
    room = room == 0 ? 16 : 2 * room;
    fds = realloc(fds, room * sizeof *fds);
    pids = realloc(pids, room * sizeof *pids);
    if (fds == NULL || pids == NULL)
        die("no memory for %zu children", room);
}

static _Noreturn void child(int connection)
{
    char buffer[16384];
    unsigned long long received = 0, clients;
    ssize_t n;
    for (size_t i = 0; i < count; i++) /* the listener, and what the parent has of others */
        if (fds[i].fd != -1)
            close(fds[i].fd);
    while ((n = read(connection, buffer, sizeof buffer)) > 0) {
        received += (unsigned long long)n;
        if (write_all(connection, buffer, (size_t)n) == -1)
            break;
    }
    close(connection);
    atomic_fetch_add(totals + 1, received);
    clients = atomic_fetch_add(totals, 1) + 1;
    dprintf(STDOUT_FILENO, "served %llu clients, %llu bytes\n", clients, atomic_load(totals + 1));
    _exit(EXIT_SUCCESS);
}

static void add_child(pid_t pid)
{
    make_room();
    int fd = pidfd_open(pid, 0);
    if (fd == -1)
        warn_errno("pidfd_open"); /* poll() passes over -1 */
    fds[count] = (struct pollfd){.fd = fd, .events = POLLIN};
    pids[count++] = pid;
}

/* Returns how many children have to be asked for. */
static size_t reap(void)
{
    size_t without = 0;
    for (size_t i = count - 1; i > 0; i--) {
        if (fds[i].fd != -1 && fds[i].revents == 0)
            continue;
        if (waitpid(pids[i], NULL, WNOHANG) == 0) {
            without++;
            continue;
        }
        if (fds[i].fd != -1)
            close(fds[i].fd);
        fds[i] = fds[--count];
        pids[i] = pids[count];
    }
    return without;
}

/* Returns whether the listener had better be left alone for a second. */
static int take_client(void)
{
    int connection = accept4(fds[0].fd, NULL, NULL, SOCK_CLOEXEC);
    if (connection == -1) {
        warn_errno("accept");
        return 1;
    }
    pid_t pid = fork();
    if (pid == 0)
        child(connection);
    close(connection);
    if (pid == -1)
        warn_errno("fork");
    else
        add_child(pid);
    return 0;
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    totals = mmap(NULL, 2 * sizeof *totals, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                  -1, 0);
    if (totals == MAP_FAILED)
        die_errno("mmap");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    dprintf(STDOUT_FILENO, "listening on %s\n", address);
    make_room();
    fds[count++] = (struct pollfd){.fd = listener, .events = POLLIN};
    int resting = 0;
    size_t without = 0;
    for (;;) {
        fds[0].events = resting ? 0 : POLLIN;
        if (poll(fds, count, resting || without > 0 ? 1000 : -1) == -1 && errno != EINTR)
            die_errno("poll");
        int ready = fds[0].revents & POLLIN;
        without = reap(); /* before take_client(): it looks at the revents of this poll() */
        resting = ready ? take_client() : 0;
    }
}
