/*
 * All that the parent waits for comes as a signal: SIGIO when a client is in the queue, SIGCHLD
 * when a child has ended. Both are blocked, and taken one at a time by sigtimedwait().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

struct server {
    int listener;
    sigset_t awaited, before;
    atomic_ullong *totals; /* clients, bytes */
};

static void serve_client(struct server *server, int connection)
{
    static char buffer[40000];
    unsigned long long received = 0;
    ssize_t length;
    close(server->listener);
    sigprocmask(SIG_SETMASK, &server->before, NULL);
    while ((length = read(connection, buffer, sizeof buffer)) > 0) {
        received += (unsigned long long)length;
        if (write_all(connection, buffer, (size_t)length) == -1)
            break;
    }
    close(connection);
    atomic_fetch_add(&server->totals[1], received);
    received = atomic_fetch_add(&server->totals[0], 1) + 1;
    printf("served %llu clients, %llu bytes\n", received, atomic_load(&server->totals[1]));
    exit(EXIT_SUCCESS);
}

static void reap(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

/* Processes may become free at any time, also by the end of others than our own children. */
static pid_t fork_patiently(void)
{
    for (;;) {
        pid_t pid = fork();
        if (pid != -1)
            return pid;
        warn_errno("fork: the client has to wait");
        sleep(1);
        reap();
    }
}

/* Takes all clients from the queue. Returns whether there may be more that it could not take. */
static bool take_clients(struct server *server)
{
    for (;;) {
        int connection = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection == -1 && errno == EAGAIN)
            return false;
        if (connection == -1) {
            warn_errno("accept");
            return true;
        }
        if (fork_patiently() == 0)
            serve_client(server, connection);
        close(connection);
    }
}

int main(int argc, char *argv[])
{
    struct server server;
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&server.awaited);
    sigaddset(&server.awaited, SIGIO);
    sigaddset(&server.awaited, SIGCHLD);
    sigprocmask(SIG_BLOCK, &server.awaited, &server.before);
    server.totals = mmap(NULL, 2 * sizeof *server.totals, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (server.totals == MAP_FAILED)
        die_errno("mmap");
    server.listener = open_listener(argv[1], &failure);
    if (server.listener == -1)
        die_failure(&failure, argv[1]);
    if (fcntl(server.listener, F_SETOWN, getpid()) == -1 ||
        fcntl(server.listener, F_SETFL, O_ASYNC | O_NONBLOCK) == -1)
        die_errno("fcntl");
    int code = address_of_socket(server.listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        const struct timespec second = {.tv_sec = 1, .tv_nsec = 0};
        bool more = take_clients(&server);
        if (more)
            sigtimedwait(&server.awaited, NULL, &second);
        else
            sigwaitinfo(&server.awaited, NULL);
        reap();
    }
}
