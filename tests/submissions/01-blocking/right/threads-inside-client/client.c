/*
 * An echo client of two threads: one sends standard input as fast as the server takes it, the
 * other prints what comes back. Neither waits for the other, so nothing can block for ever. The
 * sender ends with a half-close, upon which the server gives back the rest and closes.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { PIECE = 32768 };

/* What the threads know of each other; the lock guards both members behind it. */
struct conversation {
    int connection;
    pthread_mutex_t lock;
    unsigned long long sent;
    bool finished;
};

/* The first thread that meets a failure tells it: the lock is never given back. */
static noreturn void end_over(struct conversation *conversation, const char *what, int code)
{
    pthread_mutex_lock(&conversation->lock);
    die_code(code, "%s", what);
}

static void *send_input(void *argument)
{
    struct conversation *conversation = argument;
    char piece[PIECE];
    unsigned long long sent = 0;
    ssize_t length;
    while ((length = read(STDIN_FILENO, piece, sizeof piece)) > 0) {
        if (write_all(conversation->connection, piece, (size_t)length) == -1)
            end_over(conversation, "write to the server", errno);
        sent += (unsigned long long)length;
    }
    if (length == -1)
        end_over(conversation, "read standard input", errno);
    pthread_mutex_lock(&conversation->lock);
    conversation->sent = sent;
    conversation->finished = true;
    pthread_mutex_unlock(&conversation->lock);
    shutdown(conversation->connection, SHUT_WR);
    return NULL;
}

static void *print_replies(void *argument)
{
    struct conversation *conversation = argument;
    char piece[PIECE];
    unsigned long long received = 0;
    ssize_t length;
    while ((length = read(conversation->connection, piece, sizeof piece)) > 0) {
        received += (unsigned long long)length;
        if (write_all(STDOUT_FILENO, piece, (size_t)length) == -1)
            end_over(conversation, "write to standard output", errno);
    }
    if (length == -1)
        end_over(conversation, "read from the server", errno);
    pthread_mutex_lock(&conversation->lock);
    if (!conversation->finished || received < conversation->sent)
        die("read from the server: it left with bytes still due");
    pthread_mutex_unlock(&conversation->lock);
    return NULL;
}

static void talk(int connection)
{
    struct conversation conversation = {.connection = connection,
                                        .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t sender, receiver;
    int code = pthread_create(&sender, NULL, send_input, &conversation);
    if (code == 0)
        code = pthread_create(&receiver, NULL, print_replies, &conversation);
    if (code != 0)
        die_code(code, "pthread_create");
    pthread_join(receiver, NULL);
    pthread_join(sender, NULL);
}

static int connect_to(const struct addrinfo *at, struct failure *failure)
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

int main(int argc, char *argv[])
{
    struct addrinfo *list;
    struct failure failure;
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int code = address_resolve(argv[1], ADDRESS_TO_CONNECT, &list);
    if (code != 0)
        die_gai(code, "resolve %s", argv[1]);
    int connection = -1;
    for (struct addrinfo *at = list; at != NULL && connection == -1; at = at->ai_next)
        connection = connect_to(at, &failure);
    address_free(list);
    if (connection == -1)
        die_failure(&failure, argv[1]);
    talk(connection);
    close(connection);
    return EXIT_SUCCESS;
}
