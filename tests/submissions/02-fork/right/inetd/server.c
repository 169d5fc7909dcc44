/*
 * Two roles in one program. Called with an address it listens, and starts itself again for each
 * client, with the connection as descriptors 0 and 1. Called as "echo-child" it copies its input
 * to its output, and knows nothing of sockets.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

/* What a child finds open. The totals are read and written through an open file of their own. */
enum { OUTPUT = 3, TOTALS = 4 };

static const char role[] = "echo-child";

static int echo_child(void)
{
    static char buffer[10240];
    unsigned long long totals[2] = {0, 0}, received = 0;
    ssize_t n;
    while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        received += n;
        if (write_all(STDOUT_FILENO, buffer, n) == -1)
            break;
    }
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(TOTALS, F_SETLKW, &lock) == -1)
        die_errno("lock the totals");
    if (pread(TOTALS, totals, sizeof totals, 0) == -1)
        die_errno("read the totals");
    totals[0]++;
    totals[1] += received;
    if (pwrite(TOTALS, totals, sizeof totals, 0) == -1)
        die_errno("write the totals");
    dprintf(OUTPUT, "served %llu clients, %llu bytes\n", totals[0], totals[1]);
    return EXIT_SUCCESS; /* which unlocks */
}

/* In a new process. The numbers that are wanted may be taken by what is to get another. */
static void become_child(int connection, int totals, const sigset_t *mask)
{
    char *arguments[] = {(char *)role, NULL};
    int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    connection = fcntl(connection, F_DUPFD_CLOEXEC, 10);
    totals = fcntl(totals, F_DUPFD_CLOEXEC, 10);
    if (output != -1 && connection != -1 && totals != -1 && dup2(connection, STDIN_FILENO) != -1 &&
        dup2(connection, STDOUT_FILENO) != -1 && dup2(output, OUTPUT) != -1 &&
        dup2(totals, TOTALS) != -1) {
        sigprocmask(SIG_SETMASK, mask, NULL);
        execv("/proc/self/exe", arguments);
    }
    warn_errno("start %s", role);
    _exit(EXIT_FAILURE);
}

static void wait_for_ends(int number)
{
    int saved = errno;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
    (void)number;
}

int main(int argc, char *argv[])
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 1 && strcmp(argv[0], role) == 0)
        return echo_child();
    if (argc != 2)
        usage("ADDRESS");

    struct failure failure;
    char address[ADDRESS_SIZE];
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int totals = memfd_create("totals", MFD_CLOEXEC);
    if (totals == -1)
        die_errno("memfd_create");
    struct sigaction action = {.sa_handler = wait_for_ends, .sa_flags = SA_RESTART};
    sigset_t children, before;
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);

    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection == -1) {
            warn_errno("accept");
            sleep(1);
            continue;
        }
        sigprocmask(SIG_BLOCK, &children, &before);
        pid_t pid = fork();
        if (pid == 0)
            become_child(connection, totals, &before);
        if (pid == -1)
            warn_errno("fork");
        close(connection);
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
}
