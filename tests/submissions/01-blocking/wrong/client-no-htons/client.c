/*
 * An echo client: the four steps of a client.
 *
 *     socket -> connect -> write and read -> close
 *
 * It sends a piece of its input, waits until all of that piece has come back, and goes on with
 * the next: so it never has more under way than the buffers between the two programs hold, and
 * needs neither a second thread nor poll(). Left out on purpose: sending ahead of the replies.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"

enum { BUFFER_SIZE = 4096 };

/* Returns a socket connected to HOST:PORT, a numeric IPv4 address. */
static int open_connection(const char *address)
{
    char host[64];
    struct sockaddr_in at = {.sin_family = AF_INET};
    snprintf(host, sizeof host, "%s", address);
    char *colon = strrchr(host, ':');
    if (colon == NULL)
        die("%s is not HOST:PORT", address);
    *colon = '\0';
    at.sin_port = (in_port_t)atoi(colon + 1);
    if (inet_pton(AF_INET, host, &at.sin_addr) != 1)
        die("%s is not an IPv4 address", host);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection == -1)
        die_errno("socket");
    if (connect(connection, (struct sockaddr *)&at, sizeof at) == -1)
        die_errno("connect %s", address);
    return connection;
}

/* Prints what comes back until that is as much as was sent: it may come in any pieces. */
static void print_echo(int connection, size_t due)
{
    char buffer[BUFFER_SIZE];
    while (due > 0) {
        ssize_t length = read(connection, buffer, due < sizeof buffer ? due : sizeof buffer);
        if (length == -1)
            die_errno("read from the server");
        if (length == 0)
            die("the server closed the connection with %zu bytes still due", due);
        if (write_all(STDOUT_FILENO, buffer, (size_t)length) == -1)
            die_errno("write to standard output");
        due -= (size_t)length;
    }
}

static void talk(int connection)
{
    char buffer[BUFFER_SIZE];
    ssize_t length;
    while ((length = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        if (write_all(connection, buffer, (size_t)length) == -1)
            die_errno("write to the server");
        print_echo(connection, (size_t)length);
    }
    if (length == -1)
        die_errno("read from standard input");
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN); /* a server that is gone shows as an error of write() */
    int connection = open_connection(argv[1]);
    talk(connection);
    close(connection); /* step 4 */
}
