/* Two ways in which a connection ends: each direction in its turn, or all at once by a reset. */
#include "common/address.h"
#include "common/connection.h"
#include "common/error.h"
#include "common/listener.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void connect_pair(int listener, int *client, int *server)
{
    char address[ADDRESS_SIZE];
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "the listener's address");
    struct failure failure;
    *client = open_connection(address, &failure);
    if (*client == -1)
        die_failure(&failure, address);
    *server = accept(listener, NULL, NULL);
    if (*server == -1)
        die_errno("accept");
}

static void try_write(const char *who, int fd)
{
    ssize_t taken = write(fd, "hello", 5);
    if (taken == -1)
        warn_errno("%s writes", who);
    else
        warn("%s writes: %zd bytes taken", who, taken);
}

static void try_read(const char *who, int fd)
{
    char buffer[16];
    ssize_t length = read(fd, buffer, sizeof buffer);
    if (length == -1)
        warn_errno("%s reads", who);
    else
        warn("%s reads: %zd bytes%s", who, length, length == 0 ? ", end of file" : "");
}

int main(void)
{
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        die_errno("signal");
    struct failure failure;
    int listener = open_listener("127.0.0.1:0", &failure);
    if (listener == -1)
        die_failure(&failure, "127.0.0.1:0");
    int client, server;

    connect_pair(listener, &client, &server);
    /* [half] */
    warn("the client half-closes");
    if (shutdown(client, SHUT_WR) == -1)
        die_errno("shutdown");
    try_read("server", server);
    try_write("server", server); /* the other direction is still open */
    try_read("client", client);
    if (close(server) == -1)
        die_errno("close");
    try_read("client", client);
    /* [half] */
    if (close(client) == -1)
        die_errno("close");

    connect_pair(listener, &client, &server);
    /* [reset] */
    try_write("client", client);
    warn("the server closes, and has not read");
    if (close(server) == -1)
        die_errno("close");
    try_read("client", client);
    try_write("client", client);
    /* [reset] */
    if (close(client) == -1 || close(listener) == -1)
        die_errno("close");
}
