/* An echo server that forks: the parent waits for messages, a child answers each of them. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

enum { MOST = 1024 };

static struct pollfd fds[MOST];
static int count;
static unsigned long long clients, bytes;

/* In the child: one message. The parent learns its length by a pipe. */
static void answer(int fd, int report)
{
    char buffer[16384];
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n > 0)
        write_all(fd, buffer, (size_t)n);
    write_all(report, &n, sizeof n);
    _exit(EXIT_SUCCESS);
}

static ssize_t let_answer(int fd)
{
    int ends[2];
    ssize_t n = -1;
    if (pipe(ends) == -1)
        return -1;
    pid_t child = fork();
    if (child == 0)
        answer(fd, ends[1]);
    close(ends[1]);
    if (child == -1)
        warn_errno("fork");
    else if (read(ends[0], &n, sizeof n) != sizeof n)
        n = -1;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return n;
}

static void on_message(int i)
{
    ssize_t n = let_answer(fds[i].fd);
    if (n > 0) {
        bytes += (unsigned long long)n;
        return;
    }
    close(fds[i].fd);
    fds[i] = fds[--count];
    clients++;
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
}

static void on_client(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd == -1) {
        warn_errno("accept");
        sleep(1);
    } else if (count == MOST) {
        close(fd);
    } else {
        fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    fds[count++] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        if (poll(fds, (nfds_t)count, -1) == -1 && errno != EINTR)
            die_errno("poll");
        for (int i = count - 1; i > 0; i--)
            if (fds[i].revents != 0)
                on_message(i);
        if (fds[0].revents != 0)
            on_client(listener);
    }
}
