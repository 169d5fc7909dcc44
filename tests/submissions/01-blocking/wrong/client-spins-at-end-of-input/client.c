/*
 * An echo client that sends ahead of the replies: poll() tells which of its three streams can
 * go on, and at the end of the input it shuts down its sending side and takes what is due.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { ROOM = 65536 };

/* What was read of the input and not sent yet: pending[start] to pending[end]. */
static char pending[ROOM];
static size_t start, end;
static bool input_ended;
static unsigned long long sent, received;

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void take_input(int connection)
{
    ssize_t length = read(STDIN_FILENO, pending, sizeof pending);
    if (length == -1 && would_block())
        return;
    if (length == -1)
        die_errno("read standard input");
    start = 0;
    end = (size_t)length;
    input_ended = length == 0;
    if (input_ended)
        shutdown(connection, SHUT_WR);
}

static void send_pending(int connection)
{
    ssize_t length = write(connection, pending + start, end - start);
    if (length == -1 && !would_block())
        die_errno("write to the server");
    if (length > 0) {
        start += (size_t)length;
        sent += (unsigned long long)length;
    }
}

/* Returns false when the server has ended the connection. */
static bool take_reply(int connection)
{
    static char reply[ROOM];
    ssize_t length = read(connection, reply, sizeof reply);
    if (length == -1 && would_block())
        return true;
    if (length == -1)
        die_errno("read from the server");
    received += (unsigned long long)length;
    if (write_all(STDOUT_FILENO, reply, (size_t)length) == -1)
        die_errno("write to standard output");
    return length > 0;
}

static void talk(int connection)
{
    while (!input_ended || received < sent) {
        bool idle = start == end;
        struct pollfd waits[] = {
            {.fd = idle ? STDIN_FILENO : -1, .events = POLLIN},
            {.fd = connection, .events = idle ? POLLIN : POLLIN | POLLOUT},
        };
        if (poll(waits, 2, -1) == -1) {
            if (errno == EINTR)
                continue;
            die_errno("poll");
        }
        if ((waits[1].revents & ~POLLOUT) && !take_reply(connection))
            die("read from the server: it left before everything had come back");
        if (waits[1].revents & POLLOUT)
            send_pending(connection);
        if (waits[0].revents)
            take_input(connection);
    }
}

static int connect_to(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (fd == -1)
        return -1;
    if (connect(fd, at->ai_addr, at->ai_addrlen) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

int main(int argc, char *argv[])
{
    struct addrinfo *list;
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int code = address_resolve(argv[1], ADDRESS_TO_CONNECT, &list);
    if (code != 0)
        die_gai(code, "resolve %s", argv[1]);
    int connection = -1;
    for (struct addrinfo *at = list; at != NULL && connection == -1; at = at->ai_next)
        connection = connect_to(at);
    if (connection == -1)
        die_errno("connect %s", argv[1]);
    address_free(list);
    if (fcntl(connection, F_SETFL, O_NONBLOCK) == -1)
        die_errno("fcntl");
    talk(connection);
    close(connection);
    return EXIT_SUCCESS;
}
