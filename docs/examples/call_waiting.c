/*
 * Waiting for several descriptors at once: select(), poll(), and a signal as a descriptor.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"

static int must(int result, const char *call)
{
    if (result == -1)
        die_errno("%s", call);
    return result;
}

static void wait_with_select(int silent, int spoken)
{
    /* [select] */
    fd_set watched; /* mine: select() never sees it */
    FD_ZERO(&watched);
    FD_SET(silent, &watched); /* each below FD_SETSIZE */
    FD_SET(spoken, &watched);
    int highest = silent > spoken ? silent : spoken;

    fd_set ready = watched;               /* its copy, anew in each round */
    struct timeval limit = {.tv_sec = 1}; /* this too */
    int count = select(highest + 1, &ready, NULL, NULL, &limit);
    if (count == -1)
        die_errno("select");
    printf("select: %d ready, silent %s, spoken %s\n", count,
           FD_ISSET(silent, &ready) ? "yes" : "no", FD_ISSET(spoken, &ready) ? "yes" : "no");
    FD_CLR(spoken, &watched); /* for the next round */
    /* [select] */
}

static void wait_with_poll(int silent, int spoken)
{
    /* [poll] */
    struct pollfd watched[] = {
        {.fd = silent, .events = POLLIN},
        {.fd = spoken, .events = POLLIN},
        {.fd = -1}, /* passed over */
    };
    int count = poll(watched, sizeof watched / sizeof watched[0], 1000);
    if (count == -1)
        die_errno("poll");
    for (size_t at = 0; at < sizeof watched / sizeof watched[0]; at++)
        if (watched[at].revents != 0) /* not "== POLLIN": other bits may be there too */
            printf("poll: %d ready, entry %zu\n", count, at);
    /* [poll] */
}

static void wait_for_a_signal(void)
{
    /* [signalfd] */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &stop, NULL) == -1) /* first, or the signal ends the program */
        die_errno("sigprocmask");
    int fd = signalfd(-1, &stop, SFD_CLOEXEC);
    if (fd == -1)
        die_errno("signalfd");
    /* [signalfd] */
    kill(getpid(), SIGTERM);
    /* [siginfo] */
    struct signalfd_siginfo came;
    if (read(fd, &came, sizeof came) != (ssize_t)sizeof came)
        die_errno("read from the signalfd");
    printf("signalfd: %s\n", strsignal((int)came.ssi_signo));
    /* [siginfo] */
    close(fd);
}

int main(void)
{
    int quiet[2], loud[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, quiet), "socketpair");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, loud), "socketpair");
    if (write(loud[1], "x", 1) != 1)
        die_errno("write");
    wait_with_select(quiet[0], loud[0]);
    wait_with_poll(quiet[0], loud[0]);
    wait_for_a_signal();
    for (int i = 0; i < 2; i++) {
        close(quiet[i]);
        close(loud[i]);
    }
}
