/* An echo server: each client is served by a process of its own. */
#include <errno.h>
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

static void child(int fd)
{
    char buffer[8192];
    unsigned long long received = 0;
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        received += (unsigned long long)n;
        if (write_all(fd, buffer, (size_t)n) == -1)
            break;
    }
    close(fd);
    atomic_fetch_add(&totals[1], received);
    unsigned long long clients = atomic_fetch_add(&totals[0], 1) + 1;
    printf("served %llu clients, %llu bytes\n", clients, atomic_load(&totals[1]));
    exit(EXIT_SUCCESS);
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
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGCHLD, &action, NULL);
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
        int fd = accept(listener, NULL, NULL);
        if (fd == -1) {
            warn_errno("accept");
            sleep(1);
            continue;
        }
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
