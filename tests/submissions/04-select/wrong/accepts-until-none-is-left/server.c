/*
 * A table of clients without holes, that grows. While it is full, that is while no descriptor
 * below FD_SETSIZE is left for another client, the listener is not watched: who comes then waits
 * in the kernel's queue, and is accepted when somebody has left.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

typedef struct {
    int fd;
    unsigned long long received;
} client_t;

typedef struct {
    client_t *clients;
    size_t count, size;
    int listener;
    bool full;        /* until a client leaves */
    bool out_of_luck; /* for a second */
    unsigned long long total_clients, total_bytes;
} server_t;

static client_t *new_client(server_t *server)
{
    if (server->count == server->size) {
        size_t size = server->size + 8;
        client_t *clients = realloc(server->clients, size * sizeof *clients);
        if (clients == NULL)
            return NULL;
        server->clients = clients;
        server->size = size;
    }
    return &server->clients[server->count++];
}

static void remove_client(server_t *server, size_t index)
{
    client_t gone = server->clients[index];
    server->clients[index] = server->clients[--server->count];
    close(gone.fd);
    server->full = false;
    server->total_clients++;
    server->total_bytes += gone.received;
    printf("served %llu clients, %llu bytes\n", server->total_clients, server->total_bytes);
}

static void accept_client(server_t *server)
{
    int fd;
    while (!server->full && (fd = accept(server->listener, NULL, NULL)) != -1) {
        client_t *client = fd < FD_SETSIZE ? new_client(server) : NULL;
        if (client == NULL) {
            close(fd);
            continue;
        }
        client->fd = fd;
        client->received = 0;
        if (fd == FD_SETSIZE - 1) /* the kernel gives out the lowest that is free */
            server->full = true;
    }
    if (!server->full)
        server->out_of_luck = true;
}

static bool echo(client_t *client)
{
    static char buffer[1 << 14];
    ssize_t length;
    do
        length = read(client->fd, buffer, sizeof buffer);
    while (length == -1 && errno == EINTR);
    if (length <= 0)
        return false;
    client->received += (unsigned long long)length;
    return write_all(client->fd, buffer, (size_t)length) == 0;
}

static int prepare(const server_t *server, fd_set *set)
{
    int highest = server->listener;
    FD_ZERO(set);
    if (!server->full && !server->out_of_luck)
        FD_SET(server->listener, set);
    for (size_t i = 0; i < server->count; i++) {
        FD_SET(server->clients[i].fd, set);
        if (server->clients[i].fd > highest)
            highest = server->clients[i].fd;
    }
    return highest + 1;
}

static void loop(server_t *server)
{
    for (;;) {
        fd_set ready;
        struct timeval second = {.tv_sec = 1};
        int limit = prepare(server, &ready);
        int n = select(limit, &ready, NULL, NULL, server->out_of_luck ? &second : NULL);
        server->out_of_luck = false;
        if (n == -1) {
            warn_errno("select");
            sleep(1);
            continue;
        }
        for (size_t i = server->count; i > 0; i--) /* backwards: removal moves the last one */
            if (FD_ISSET(server->clients[i - 1].fd, &ready) && !echo(&server->clients[i - 1]))
                remove_client(server, i - 1);
        if (FD_ISSET(server->listener, &ready))
            accept_client(server);
    }
}

int main(int argc, char **argv)
{
    server_t server = {0};
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    server.listener = open_listener(argv[1], &failure);
    if (server.listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(server.listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    loop(&server);
}
