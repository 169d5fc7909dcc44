/*
 * No lock and no atomic variable: a client's thread has only what is on its stack, and tells the
 * main thread by a pipe what it has served.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

struct errand {
    int connection, report;
};

static void *run_errand(void *argument)
{
    struct errand errand = *(struct errand *)argument;
    char data[30000];
    uint64_t received = 0;
    ssize_t n;
    free(argument);
    while ((n = read(errand.connection, data, sizeof data)) > 0) {
        received += (uint64_t)n;
        if (write_all(errand.connection, data, (size_t)n) == -1)
            break;
    }
    close(errand.connection);
    if (write_all(errand.report, &received, sizeof received) == -1)
        warn_errno("report");
    return NULL;
}

static void start_errand(int connection, int report, const pthread_attr_t *detached)
{
    struct errand *errand = malloc(sizeof *errand);
    int code = ENOMEM;
    pthread_t thread;
    if (errand != NULL) {
        *errand = (struct errand){connection, report};
        code = pthread_create(&thread, detached, run_errand, errand);
    }
    if (code != 0) {
        warn_code(code, "start a thread");
        free(errand);
        close(connection);
    }
}

static void count_reports(int pipe)
{
    static uint64_t clients, bytes;
    uint64_t received;
    while (read(pipe, &received, sizeof received) == sizeof received) {
        clients++;
        bytes += received;
        printf("served %" PRIu64 " clients, %" PRIu64 " bytes\n", clients, bytes);
    }
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    pthread_attr_t detached;
    int reports[2], on = 1;
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    signal(SIGPIPE, SIG_IGN);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&detached, 256 * 1024);
    if (pipe2(reports, O_CLOEXEC) == -1 || ioctl(reports[0], FIONBIO, &on) == -1)
        die_errno("pipe");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    if (ioctl(listener, FIONBIO, &on) == -1)
        die_errno("ioctl %s", argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);

    const struct timespec second = {.tv_sec = 1, .tv_nsec = 0};
    int resting = 0;
    for (;;) {
        struct pollfd fds[] = {{.fd = reports[0], .events = POLLIN},
                               {.fd = resting ? -1 : listener, .events = POLLIN}};
        if (ppoll(fds, 2, resting ? &second : NULL, NULL) == -1) {
            if (errno == EINTR)
                continue;
            die_errno("ppoll");
        }
        resting = 0;
        if (fds[0].revents != 0)
            count_reports(reports[0]);
        if (fds[1].revents == 0)
            continue;
        int connection = accept(listener, NULL, NULL);
        if (connection != -1)
            start_errand(connection, reports[1], &detached);
        else if (errno != EAGAIN) {
            warn_errno("accept");
            resting = 1;
        }
    }
}
