/* An echo server with a process per client, and without a handler of signals. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

static atomic_ullong *totals; /* clients, bytes */

static void child(int listener, int fd)
{
    static char data[20000];
    unsigned long long sum = 0, clients;
    ssize_t n;
    close(listener);
    while ((n = read(fd, data, sizeof data)) > 0) {
        sum += (unsigned long long)n;
        if (write_all(fd, data, (size_t)n) == -1)
            break;
    }
    close(fd);
    atomic_fetch_add(totals + 1, sum);
    clients = atomic_fetch_add(totals, 1) + 1;
    printf("served %llu clients, %llu bytes\n", clients, atomic_load(totals + 1));
    exit(EXIT_SUCCESS);
}

/* Waits only while there is nobody to wait for. */
static void set_blocking(int listener, int blocking)
{
    int flags = fcntl(listener, F_GETFL);
    fcntl(listener, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    int children = 0;
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    totals = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (totals == MAP_FAILED)
        die_errno("mmap");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        while (children > 0 && waitpid(-1, NULL, WNOHANG) > 0)
            children--;
        set_blocking(listener, children == 0);
        int fd = accept(listener, NULL, NULL);
        if (fd == -1 && errno == EAGAIN)
            continue;
        if (fd == -1) {
            warn_errno("accept");
            sleep(1);
            continue;
        }
        pid_t pid = fork();
        if (pid == 0)
            child(listener, fd);
        if (pid == -1)
            warn_errno("fork");
        else
            children++;
        close(fd);
    }
}
