/*
 * An echo server that answers through a stdio stream. fflush() writes all there is, however
 * many calls that takes. It does not read through one: fread() would wait until its buffer is
 * full, and a client may wait for its echo before it sends more.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"

static unsigned long clients;
static unsigned long long bytes;

static int try_address(const struct addrinfo *at, struct failure *failure)
{
    const int on = 1;
    int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (fd == -1)
        return failure_errno(failure, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, 32) != 0) {
        failure_errno(failure, "bind");
        close(fd);
        return -1;
    }
    return fd;
}

static void serve(FILE *peer)
{
    char buffer[BUFSIZ];
    ssize_t count;
    while ((count = read(fileno(peer), buffer, sizeof buffer)) > 0) {
        bytes += count;
        if (fwrite(buffer, 1, count, peer) != (size_t)count || fflush(peer) == EOF)
            break;
    }
    fclose(peer);
    printf("served %lu clients, %llu bytes\n", ++clients, bytes);
    fflush(stdout);
}

int main(int argc, char *argv[])
{
    struct addrinfo *list, *at;
    struct failure failure;
    char address[ADDRESS_SIZE];
    int code, listener = -1;

    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    if ((code = address_resolve(argv[1], ADDRESS_TO_LISTEN, &list)) != 0)
        die_gai(code, "resolve %s", argv[1]);
    for (at = list; at != NULL && listener == -1; at = at->ai_next)
        listener = try_address(at, &failure);
    address_free(list);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    if ((code = address_of_socket(listener, address, sizeof address)) != 0)
        die_gai(code, "getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        FILE *peer = fd == -1 ? NULL : fdopen(fd, "w");
        if (peer != NULL) {
            serve(peer);
            continue;
        }
        warn_errno("accept %s", address);
        if (fd != -1)
            close(fd);
        sleep(1);
    }
}
