/*
 * The parent waits in poll() for clients, for ends of children (a signalfd) and for what they
 * report through a pipe: the process id and the count of bytes. It alone keeps the totals.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

typedef struct {
    pid_t pid;
    unsigned long long bytes;
} report_t;

static int listener, signals, reports[2];
static unsigned long long clients, bytes;

static void child_main(int fd)
{
    report_t report = {.pid = getpid()};
    struct {
        char text[8000];
        int lines;
    } line = {.lines = 0};
    ssize_t n;

    close(listener);
    close(signals);
    close(reports[0]);
    while ((n = recv(fd, line.text, sizeof line.text, 0)) > 0) {
        report.bytes += n;
        if (write_all(fd, line.text, n) == -1)
            break;
        line.text[n] = '\0';
        line.lines++;
    }
    close(fd);
    if (write(reports[1], &report, sizeof report) == -1)
        warn_errno("report");
    _exit(0);
}

static void on_sigchld(void)
{
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) == -1)
        warn_errno("read the signal");
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

static void on_report(void)
{
    report_t report;
    while (read(reports[0], &report, sizeof report) == sizeof report) {
        clients++;
        bytes += report.bytes;
        printf("served %llu clients, %llu bytes\n", clients, bytes);
        fflush(stdout);
    }
}

/* Returns false when the listener had better be left alone for a while. */
static bool on_client(void)
{
    int fd = accept(listener, NULL, NULL);
    if (fd == -1) {
        warn_errno("accept");
        return false;
    }
    pid_t pid = fork();
    if (pid == 0)
        child_main(fd);
    if (pid == -1)
        warn_errno("fork");
    close(fd);
    return true;
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    sigset_t set;
    int code;

    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if ((signals = signalfd(-1, &set, SFD_CLOEXEC)) == -1)
        die_errno("signalfd");
    if (pipe2(reports, O_CLOEXEC) == -1 || fcntl(reports[0], F_SETFL, O_NONBLOCK) == -1)
        die_errno("pipe");
    if ((listener = open_listener(argv[1], &failure)) == -1)
        die_failure(&failure, argv[1]);
    if ((code = address_of_socket(listener, address, sizeof address)) != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);

    struct pollfd fds[3] = {{signals, POLLIN, 0}, {reports[0], POLLIN, 0}, {listener, POLLIN, 0}};
    bool resting = false;
    for (;;) {
        int n = poll(fds, resting ? 2 : 3, resting ? 1000 : -1);
        if (n == -1 && errno != EINTR)
            die_errno("poll");
        if (resting)
            fds[2].revents = 0;
        resting = false;
        if (n > 0 && fds[0].revents)
            on_sigchld();
        if (n > 0 && fds[1].revents)
            on_report();
        if (n > 0 && fds[2].revents)
            resting = !on_client();
    }
}
