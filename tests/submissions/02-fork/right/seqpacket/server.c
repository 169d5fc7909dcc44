/* An echo server by processes. The totals belong to the parent: children only send it reports. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

static volatile sig_atomic_t child_ended;

static void note_end(int number)
{
    (void)number;
    child_ended = 1;
}

static bool send_fully(int fd, const char *from, size_t left)
{
    while (left != 0) {
        ssize_t sent = send(fd, from, left, MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        from += sent;
        left -= (size_t)sent;
    }
    return true;
}

static void run_child(int client, int reports)
{
    static char data[65536];
    uint64_t received = 0;
    for (;;) {
        ssize_t got = recv(client, data, sizeof data, 0);
        if (got <= 0)
            break;
        received += (uint64_t)got;
        if (!send_fully(client, data, (size_t)got))
            break;
    }
    close(client);
    if (send(reports, &received, sizeof received, MSG_NOSIGNAL) < 0)
        warn_errno("send the report");
    _exit(EXIT_SUCCESS);
}

static void take_reports(int reports)
{
    static uint64_t clients, bytes;
    uint64_t received;
    while (recv(reports, &received, sizeof received, MSG_DONTWAIT) == sizeof received) {
        clients++;
        bytes += received;
        printf("served %" PRIu64 " clients, %" PRIu64 " bytes\n", clients, bytes);
    }
}

/* Returns false when nobody more can be accepted for now. */
static bool accept_client(int listener, const int pair[2], const sigset_t *unblocked)
{
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) {
        if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
            return true;
        warn_errno("accept");
        return false;
    }
    switch (fork()) {
    case 0:
        sigprocmask(SIG_SETMASK, unblocked, NULL);
        close(listener);
        close(pair[0]);
        run_child(client, pair[1]);
        break;
    case -1:
        warn_errno("fork");
        break;
    }
    close(client);
    return true;
}

int main(int argc, char **argv)
{
    struct failure failure;
    char text[ADDRESS_SIZE];
    sigset_t chld, unblocked;
    int pair[2], on = 1;

    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    int listener = open_listener(argv[1], &failure);
    if (listener < 0)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, text, sizeof text);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    if (ioctl(listener, FIONBIO, &on) < 0)
        die_errno("ioctl %s", text);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        die_errno("socketpair");

    struct sigaction action = {.sa_handler = note_end, .sa_flags = SA_NOCLDSTOP};
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    if (sigaction(SIGCHLD, &action, NULL) < 0 || sigprocmask(SIG_BLOCK, &chld, &unblocked) < 0)
        die_errno("prepare for SIGCHLD");
    printf("listening on %s\n", text);

    struct timespec rest = {.tv_sec = 1, .tv_nsec = 0};
    bool resting = false;
    for (;;) {
        struct pollfd wanted[2] = {{.fd = pair[0], .events = POLLIN},
                                   {.fd = resting ? -1 : listener, .events = POLLIN}};
        int ready = ppoll(wanted, 2, resting ? &rest : NULL, &unblocked);
        if (ready < 0 && errno != EINTR)
            die_errno("ppoll");
        if (ready <= 0) /* EINTR leaves the revents as they were */
            wanted[0].revents = wanted[1].revents = 0;
        resting = false;
        if (child_ended) {
            child_ended = 0;
            while (waitpid(-1, NULL, WNOHANG) > 0)
                continue;
        }
        if (wanted[0].revents & POLLIN)
            take_reports(pair[0]);
        if (wanted[1].revents & POLLIN)
            resting = !accept_client(listener, pair, &unblocked);
    }
}
