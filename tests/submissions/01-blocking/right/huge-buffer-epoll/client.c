/*
 * An echo client with a buffer of 4 MiB, which it fills from standard input and sends without
 * ever waiting in send(): select() says when there is room, and replies are taken meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { HUGE = 4 << 20 };

/* Sends what there is room for, and returns how much that was. */
static size_t send_some(int connection, const char *data, size_t length)
{
    ssize_t some = send(connection, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (some == -1 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        die_errno("send to the server");
    return some == -1 ? 0 : (size_t)some;
}

static size_t print_some(int connection, char *data, size_t room)
{
    ssize_t some = recv(connection, data, room, 0);
    if (some == -1)
        die_errno("receive from the server");
    if (some == 0)
        die("receive from the server: it is gone");
    if (write_all(STDOUT_FILENO, data, (size_t)some) == -1)
        die_errno("write standard output");
    return (size_t)some;
}

/* Sends the piece and prints its echo, both at once. */
static void exchange(int connection, const char *piece, size_t length, char *reply)
{
    size_t sent = 0, back = 0;
    while (back < length) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(connection, &readable);
        if (sent < length)
            FD_SET(connection, &writable);
        if (select(connection + 1, &readable, &writable, NULL, NULL) == -1) {
            if (errno == EINTR)
                continue;
            die_errno("select");
        }
        if (FD_ISSET(connection, &readable))
            back += print_some(connection, reply, HUGE);
        if (FD_ISSET(connection, &writable))
            sent += send_some(connection, piece + sent, length - sent);
    }
}

static int open_at(const struct addrinfo *at, struct failure *failure)
{
    int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (fd == -1)
        return failure_errno(failure, "socket");
    if (connect(fd, at->ai_addr, at->ai_addrlen) == 0)
        return fd;
    failure_errno(failure, "connect");
    close(fd);
    return -1;
}

static int open_to(const char *address)
{
    struct addrinfo *list;
    struct failure failure;
    int fd = -1;
    int code = address_resolve(address, ADDRESS_TO_CONNECT, &list);
    if (code != 0)
        die_gai(code, "resolve %s", address);
    for (struct addrinfo *at = list; at != NULL && fd == -1; at = at->ai_next)
        fd = open_at(at, &failure);
    address_free(list);
    if (fd == -1)
        die_failure(&failure, address);
    return fd;
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    int connection = open_to(argv[1]);
    char *piece = malloc(HUGE), *reply = malloc(HUGE);
    if (piece == NULL || reply == NULL)
        die("no memory for the buffers");
    ssize_t length;
    while ((length = read(STDIN_FILENO, piece, HUGE)) > 0)
        exchange(connection, piece, (size_t)length, reply);
    if (length == -1)
        die_errno("read standard input");
    free(reply);
    free(piece);
    close(connection);
    return EXIT_SUCCESS;
}
