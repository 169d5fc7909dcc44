/*
 * An echo client with a thread for each direction: a second thread sends standard input, the
 * first prints what comes back. At the end of the input the sender shuts its side down, so that
 * the server, once it has answered everything, ends the connection.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"

static FILE *to_server;
static atomic_ullong sent;
static atomic_bool all_sent; /* set before the shutdown that lets the server end */

static void *send_input(void *unused)
{
    char buffer[BUFSIZ];
    ssize_t count;
    while ((count = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        if (fwrite(buffer, 1, count, to_server) != (size_t)count || fflush(to_server) == EOF)
            return unused; /* the other thread sees the lost connection, and says so */
        sent += count;
    }
    if (count == -1)
        die_errno("read standard input");
    all_sent = true;
    shutdown(fileno(to_server), SHUT_WR);
    return unused;
}

static unsigned long long print_replies(int connection)
{
    char buffer[BUFSIZ];
    unsigned long long received = 0;
    ssize_t count;
    while ((count = read(connection, buffer, sizeof buffer)) > 0) {
        if (fwrite(buffer, 1, count, stdout) != (size_t)count || fflush(stdout) == EOF)
            die_errno("write standard output");
        received += count;
    }
    if (count == -1)
        die_errno("read from the server");
    return received;
}

static int open_server(const char *address)
{
    struct addrinfo *list;
    int code = address_resolve(address, ADDRESS_TO_CONNECT, &list);
    if (code != 0)
        die_gai(code, "resolve %s", address);
    for (struct addrinfo *at = list;; at = at->ai_next) {
        int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (fd == -1)
            die_errno("socket %s", address);
        if (connect(fd, at->ai_addr, at->ai_addrlen) == 0) {
            address_free(list);
            return fd;
        }
        if (at->ai_next == NULL)
            die_errno("connect %s", address);
        close(fd);
    }
}

int main(int argc, char *argv[])
{
    pthread_t sender;
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int connection = open_server(argv[1]);
    to_server = fdopen(connection, "w");
    if (to_server == NULL)
        die_errno("fdopen %s", argv[1]);
    int code = pthread_create(&sender, NULL, send_input, NULL);
    if (code != 0)
        die_code(code, "pthread_create");
    unsigned long long received = print_replies(connection);
    if (!all_sent || received != sent)
        die("read from the server: it left before everything had come back");
    pthread_join(sender, NULL);
    fclose(to_server);
    return EXIT_SUCCESS;
}
