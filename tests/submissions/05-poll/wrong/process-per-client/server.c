/*
 * An echo server. poll() waits for new clients, for the pipe through which children tell how much
 * they have received, and for the one that tells of SIGTERM. The children do the rest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

static int results[2], stops[2];
static unsigned long long clients, bytes, running;

static void on_stop(int number)
{
    char byte = (char)number;
    if (write(stops[1], &byte, 1) == -1)
        _exit(1);
}

/* Once the server ends, the next end of a read or write is the end of the child. */
static void child(int connection)
{
    unsigned long long received = 0;
    char buffer[8192];
    ssize_t length;
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    while ((length = read(connection, buffer, sizeof buffer)) > 0) {
        received += (unsigned long long)length;
        if (write_all(connection, buffer, (size_t)length) == -1)
            break;
    }
    close(connection);
    write_all(results[1], &received, sizeof received);
    _exit(0);
}

static void take(int listener)
{
    int connection = accept(listener, NULL, NULL);
    if (connection == -1) {
        warn_errno("accept");
        usleep(200000);
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(listener);
        child(connection);
    }
    if (pid == -1)
        warn_errno("fork");
    running += pid != -1;
    close(connection);
}

static void count(void)
{
    unsigned long long received;
    if (read(results[0], &received, sizeof received) != sizeof received)
        return;
    clients++;
    running--;
    bytes += received;
    printf("served %llu clients, %llu bytes\n", clients, bytes);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (pipe2(results, O_CLOEXEC) == -1 || pipe2(stops, O_CLOEXEC) == -1)
        die_errno("pipe2");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* children are not waited for: the kernel clears them away */
    signal(SIGTERM, on_stop);
    signal(SIGINT, on_stop);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    if (address_of_socket(listener, address, sizeof address) != 0)
        die("getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    struct pollfd fds[] = {{results[0], POLLIN, 0}, {listener, POLLIN, 0}, {stops[0], POLLIN, 0}};
    while (fds[2].revents == 0) {
        if (poll(fds, 3, -1) == -1)
            continue;
        if (fds[0].revents != 0)
            count();
        if (fds[1].revents != 0)
            take(listener);
    }
    close(listener);
    while (running > 0 && poll(fds, 1, 1000) == 1)
        count();
    printf("served %llu clients, %llu bytes\n", clients, bytes);
}
