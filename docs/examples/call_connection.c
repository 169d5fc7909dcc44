/*
 * Both ends of one connection over loopback, in one process. That works, as the kernel makes
 * the connection: connect() returns before anybody has called accept().
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { SIZE = 64 };

static int must(int result, const char *call)
{
    if (result == -1)
        die_errno("%s", call);
    return result;
}

static int new_listener(struct sockaddr_in *at)
{
    int listener = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    /* [bind] */
    *at = (struct sockaddr_in){.sin_family = AF_INET};
    at->sin_port = htons(0); /* the kernel chooses */
    at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)at, sizeof *at) == -1)
        die_errno("bind");
    /* [bind] */
    must(listen(listener, 8), "listen");
    /* [getsockname] */
    socklen_t length = sizeof *at;
    if (getsockname(listener, (struct sockaddr *)at, &length) == -1)
        die_errno("getsockname");
    printf("the kernel chose port %d\n", ntohs(at->sin_port));
    /* [getsockname] */
    return listener;
}

static int take_client(int listener)
{
    /* [accept] */
    struct sockaddr_storage from;   /* room for every family */
    socklen_t length = sizeof from; /* in: the room; out: how much was filled */
    int connection = accept(listener, (struct sockaddr *)&from, &length);
    if (connection == -1) {
        warn_errno("accept");
        return -1;
    }
    char text[ADDRESS_SIZE];
    int code = address_format((struct sockaddr *)&from, length, text, sizeof text);
    printf("a client came from %s\n", code == 0 ? text : address_strerror(code));
    /* [accept] */
    return connection;
}

static int is_same_port(int connection, int client)
{
    struct sockaddr_in ours;
    socklen_t our_length = sizeof ours;
    must(getsockname(client, (struct sockaddr *)&ours, &our_length), "getsockname");
    /* [getpeername] */
    struct sockaddr_in theirs;
    socklen_t length = sizeof theirs;
    if (getpeername(connection, (struct sockaddr *)&theirs, &length) == -1)
        die_errno("getpeername"); /* ENOTCONN: it is gone already */
    /* [getpeername] */
    return theirs.sin_port == ours.sin_port;
}

/* [read] */
static size_t read_up_to(int fd, char *buffer, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t length = read(fd, buffer + used, size - used);
        if (length == -1 && errno == EINTR)
            continue;
        if (length == -1)
            die_errno("read");
        if (length == 0)
            break; /* end of file */
        used += (size_t)length;
    }
    return used;
}
/* [read] */

static void talk(int client, int connection)
{
    char buffer[SIZE];
    /* [recv] */
    must(write_all(client, "hello\n", 6), "write");
    ssize_t seen = recv(connection, buffer, sizeof buffer, MSG_PEEK); /* and leave it there */
    ssize_t taken = recv(connection, buffer, sizeof buffer, 0);       /* as read() */
    printf("seen %zd, taken %zd\n", seen, taken);
    /* [recv] */
    /* [shutdown] */
    must(write_all(client, "bye\n", 4), "write");
    must(shutdown(client, SHUT_WR), "shutdown"); /* nothing more from me */
    size_t length = read_up_to(connection, buffer, sizeof buffer);
    must(write_all(connection, buffer, length), "write"); /* the other direction is open */
    close(connection);
    printf("back came %zu bytes, then the end\n", read_up_to(client, buffer, sizeof buffer));
    /* [shutdown] */
    close(client);
}

static void write_to_nobody(void)
{
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    close(pair[1]);
    /* [send] */
    if (send(pair[0], "x", 1, MSG_NOSIGNAL) == -1) /* write() would have sent SIGPIPE too */
        printf("send: %s\n", strerror(errno));
    /* [send] */
    close(pair[0]);
}

static void talk_without_address(void)
{
    /* [socketpair] */
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        die_errno("socketpair");
    char byte;
    if (write(pair[0], "x", 1) != 1 || read(pair[1], &byte, 1) != 1)
        die_errno("talk over a pair");
    /* [socketpair] */
    printf("over the pair came %c\n", byte);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    struct sockaddr_in at;
    int listener = new_listener(&at);
    int client = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (connect(client, (struct sockaddr *)&at, sizeof at) == -1)
        die_errno("connect"); /* in a program that goes on: close(client), make a new one */
    int connection = take_client(listener);
    if (connection == -1)
        return EXIT_FAILURE;
    printf("both ends name %s port\n", is_same_port(connection, client) ? "one" : "another");
    talk(client, connection);
    close(listener);
    write_to_nobody();
    talk_without_address();
}
