/*
 * An echo client as a pump between two handlers: a source of pieces, and a sink for what comes
 * back of each.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

struct source {
    ssize_t (*pull)(struct source *source, char *data, size_t room);
    int descriptor;
};

struct sink {
    int (*push)(struct sink *sink, const char *data, size_t length);
    int descriptor;
};

struct session {
    struct source input, replies;
    struct sink requests, output;
    char *data;
    size_t size;
};

static ssize_t pull(struct source *source, char *data, size_t room)
{
    ssize_t length;
    do
        length = read(source->descriptor, data, room);
    while (length == -1 && errno == EINTR);
    return length;
}

static int push(struct sink *sink, const char *data, size_t length)
{
    return write_all(sink->descriptor, data, length);
}

static int collect(struct session *session, size_t due)
{
    while (due > 0) {
        size_t room = due < session->size ? due : session->size;
        ssize_t length = session->replies.pull(&session->replies, session->data, room);
        if (length == -1) {
            warn_errno("read from the server");
            return -1;
        }
        if (length == 0) {
            warn("read from the server: it has closed the connection");
            return -1;
        }
        if (session->output.push(&session->output, session->data, (size_t)length) == -1) {
            warn_errno("write to standard output");
            return -1;
        }
        due -= (size_t)length;
    }
    return 0;
}

static int run(struct session *session)
{
    for (;;) {
        ssize_t length = session->input.pull(&session->input, session->data, session->size);
        if (length == 0)
            return EXIT_SUCCESS;
        if (length == -1) {
            warn_errno("read from standard input");
            return EXIT_FAILURE;
        }
        if (session->requests.push(&session->requests, session->data, (size_t)length) == -1) {
            warn_errno("write to the server");
            return EXIT_FAILURE;
        }
        if (collect(session, (size_t)length) == -1)
            return EXIT_FAILURE;
    }
}

/* Calls the handler with every address of the list until it returns a descriptor. */
static int first_that(const struct addrinfo *list, int (*attempt)(const struct addrinfo *at))
{
    int descriptor = -1;
    for (; list != NULL && descriptor == -1; list = list->ai_next)
        descriptor = attempt(list);
    return descriptor;
}

static int attempt_connect(const struct addrinfo *at)
{
    int descriptor = socket(at->ai_family, SOCK_STREAM, at->ai_protocol);
    if (descriptor != -1 && connect(descriptor, at->ai_addr, at->ai_addrlen) == -1) {
        int reason = errno;
        close(descriptor);
        errno = reason;
        return -1;
    }
    return descriptor;
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    struct addrinfo *list;
    int code = address_resolve(argv[1], ADDRESS_TO_CONNECT, &list);
    if (code != 0)
        die_gai(code, "resolve %s", argv[1]);
    int connection = first_that(list, attempt_connect);
    if (connection == -1)
        die_errno("connect %s", argv[1]);
    address_free(list);
    struct session session = {
        .input = {pull, STDIN_FILENO},
        .replies = {pull, connection},
        .requests = {push, connection},
        .output = {push, STDOUT_FILENO},
        .size = 4096,
    };
    session.data = malloc(session.size);
    int status = session.data == NULL ? EXIT_FAILURE : run(&session);
    free(session.data);
    close(connection);
    return status;
}
