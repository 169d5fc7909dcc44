/*
 * The parent knows each of its children: process, pipe, and what came through the pipe. A child
 * is forgotten when it has been reaped; what it has served is then read from its pipe.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

typedef unsigned long long count_t;

typedef struct child {
    pid_t pid;
    int report; /* the reading end */
    struct child *next;
} child_t;

static child_t *children;
static count_t clients, bytes;
static int self_pipe[2];

static void on_sigchld(int signo)
{
    int saved = errno;
    (void)signo;
    if (write(self_pipe[1], "", 1) == -1) {
        /* full: then there is enough in it to wake the parent up */
    }
    errno = saved;
}

static void serve_client(int fd, int report)
{
    char *data = malloc(32768);
    count_t received = 0;
    ssize_t n = 0;
    while (data != NULL && (n = read(fd, data, 32768)) > 0) {
        received += n;
        if (write_all(fd, data, n) == -1)
            break;
    }
    if (n == -1)
        warn_errno("read");
    free(data);
    close(fd);
    if (write_all(report, &received, sizeof received) == -1)
        warn_errno("report");
    _exit(0);
}

static void forget(child_t **link)
{
    child_t *gone = *link;
    count_t received;
    *link = gone->next;
    if (read(gone->report, &received, sizeof received) == sizeof received) {
        clients++;
        bytes += received;
        printf("served %llu clients, %llu bytes\n", clients, bytes);
        fflush(stdout);
    }
    close(gone->report);
    free(gone);
}

static void reap(void)
{
    char drain[64];
    pid_t pid;
    while (read(self_pipe[0], drain, sizeof drain) > 0)
        ;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        for (child_t **link = &children; *link != NULL; link = &(*link)->next)
            if ((*link)->pid == pid) {
                forget(link);
                break;
            }
}

static void welcome(int listener, int fd)
{
    int ends[2];
    child_t *child = malloc(sizeof *child);
    if (child == NULL || pipe2(ends, O_CLOEXEC) == -1) {
        warn_errno("a client is turned away");
        free(child);
        close(fd);
        return;
    }
    child->pid = fork();
    if (child->pid == 0) {
        close(listener);
        close(ends[0]);
        for (child_t *other = children; other != NULL; other = other->next)
            close(other->report);
        serve_client(fd, ends[1]);
    }
    close(fd);
    close(ends[1]);
    if (child->pid == -1) {
        warn_errno("fork");
        close(ends[0]);
        free(child);
        return;
    }
    child->report = ends[0];
    child->next = children;
    children = child;
}

int main(int argc, char **argv)
{
    struct failure failure;
    struct sigaction sa = {.sa_handler = on_sigchld};
    char name[ADDRESS_SIZE];
    int code, paused = 0;

    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    if (pipe2(self_pipe, O_NONBLOCK | O_CLOEXEC) == -1)
        die_errno("pipe");
    if (sigaction(SIGCHLD, &sa, NULL) == -1)
        die_errno("sigaction");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    if ((code = address_of_socket(listener, name, sizeof name)) != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", name);
    fflush(stdout);

    for (;;) {
        struct timeval second = {1, 0};
        fd_set set;
        FD_ZERO(&set);
        FD_SET(self_pipe[0], &set);
        if (!paused)
            FD_SET(listener, &set);
        int top = listener > self_pipe[0] ? listener : self_pipe[0];
        int n = select(top + 1, &set, NULL, NULL, paused ? &second : NULL);
        paused = 0;
        if (n == -1 && errno != EINTR)
            die_errno("select");
        if (n == -1)
            continue;
        if (FD_ISSET(self_pipe[0], &set))
            reap();
        if (!FD_ISSET(listener, &set))
            continue;
        int fd = accept(listener, NULL, NULL);
        if (fd != -1) {
            welcome(listener, fd);
        } else {
            warn_errno("accept");
            paused = 1; /* children that end bring us back sooner */
        }
    }
}
