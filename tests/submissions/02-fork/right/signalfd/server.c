/*
 * The parent waits in one place for three kinds of news: a client, the end of a child, and the
 * report of a child about what it has served.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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

enum { LISTENER, SIGNALS, REPORTS, SOURCES };

struct report {
    unsigned long long bytes;
};

static struct {
    unsigned long long clients, bytes;
} tally;

static _Noreturn void child(int connection, int reports, const sigset_t *mask)
{
    char buffer[12000];
    struct report report = {0};
    ssize_t length;

    sigprocmask(SIG_SETMASK, mask, NULL);
    while ((length = read(connection, buffer, sizeof buffer)) > 0) {
        report.bytes += length;
        if (write_all(connection, buffer, length) == -1)
            break;
    }
    if (length == -1)
        warn_errno("read from a client");
    close(connection);
    /* Less than PIPE_BUF: reports of several children do not mix. */
    if (write(reports, &report, sizeof report) != sizeof report)
        warn_errno("report to the parent");
    _exit(EXIT_SUCCESS);
}

static void on_signal(int signals)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info)
        ;
    /* One SIGCHLD can stand for several children. */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

static void on_report(int reports)
{
    struct report report;
    while (read(reports, &report, sizeof report) == sizeof report) {
        tally.clients++;
        tally.bytes += report.bytes;
        printf("served %llu clients, %llu bytes\n", tally.clients, tally.bytes);
    }
    fflush(stdout);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    sigset_t set, old;
    char address[ADDRESS_SIZE];
    int pipe_ends[2];

    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &old);
    int signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals == -1)
        die_errno("signalfd");
    if (pipe2(pipe_ends, O_CLOEXEC) == -1)
        die_errno("pipe");
    int flags = fcntl(pipe_ends[0], F_GETFL);
    if (fcntl(pipe_ends[0], F_SETFL, flags | O_NONBLOCK) == -1)
        die_errno("fcntl");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);

    struct pollfd sources[SOURCES] = {
        [LISTENER] = {.fd = listener, .events = POLLIN},
        [SIGNALS] = {.fd = signals, .events = POLLIN},
        [REPORTS] = {.fd = pipe_ends[0], .events = POLLIN},
    };
    for (int pause = -1;;) {
        sources[LISTENER].fd = pause == -1 ? listener : -1; /* rest after a failed accept */
        if (poll(sources, SOURCES, pause) == -1 && errno != EINTR)
            die_errno("poll");
        pause = -1;
        if (sources[SIGNALS].revents)
            on_signal(signals);
        if (sources[REPORTS].revents)
            on_report(pipe_ends[0]);
        if (!(sources[LISTENER].revents & POLLIN))
            continue;
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection == -1) {
            warn_errno("accept");
            pause = 1000;
            continue;
        }
        pid_t pid = fork();
        if (pid == 0) {
            close(listener);
            close(signals);
            close(pipe_ends[0]);
            child(connection, pipe_ends[1], &old);
        }
        if (pid == -1)
            warn_errno("fork");
        close(connection);
    }
}
