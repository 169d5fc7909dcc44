/*
 * A session belongs to two: the thread that talks, and the observer that counts it when it is
 * over. Whoever lets go of it last releases it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

struct session;

struct observer {
    void (*on_end)(struct observer *observer, struct session *session);
};

struct protocol {
    size_t state_size;
    bool (*on_data)(struct session *session, const char *data, size_t length);
};

struct session {
    atomic_int references;
    int connection;
    uint64_t received;
    const struct protocol *protocol;
    struct observer *observer;
    char state[];
};

static struct session *session_hold(struct session *session)
{
    atomic_fetch_add(&session->references, 1);
    return session;
}

static void session_release(struct session *session)
{
    if (atomic_fetch_sub(&session->references, 1) == 1)
        free(session);
}

static struct session *session_new(int connection, const struct protocol *protocol,
                                   struct observer *observer)
{
    struct session *session = calloc(1, sizeof *session + protocol->state_size);
    if (session == NULL)
        return NULL;
    atomic_init(&session->references, 1);
    session->connection = connection;
    session->protocol = protocol;
    session->observer = observer;
    return session;
}

static void *session_run(void *argument)
{
    struct session *session = argument;
    char data[7001];
    ssize_t length;
    do {
        length = read(session->connection, data, sizeof data);
        if (length > 0)
            session->received += (uint64_t)length;
        else if (length == -1)
            warn_errno("read from connection %d", session->connection);
    } while (length > 0 && session->protocol->on_data(session, data, (size_t)length));
    close(session->connection);
    session->observer->on_end(session->observer, session);
    session_release(session);
    return NULL;
}

static int session_start(struct session *session)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int code = pthread_attr_init(&attributes);
    if (code != 0)
        return code;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    code = pthread_create(&thread, &attributes, session_run, session_hold(session));
    pthread_attr_destroy(&attributes);
    if (code != 0)
        session_release(session);
    return code;
}

/* The protocol: echo. It remembers how often it answered, as an example of a state. */

struct echo_state {
    unsigned answers;
};

static bool echo_data(struct session *session, const char *data, size_t length)
{
    struct echo_state *state = (struct echo_state *)session->state;
    state->answers++;
    return write_all(session->connection, data, length) == 0;
}

static const struct protocol echo = {sizeof(struct echo_state), echo_data};

/* The observer: it counts. */

struct ledger {
    struct observer observer; /* first, so that one is found from the other */
    pthread_mutex_t lock;
    uint64_t clients, bytes;
};

static void ledger_on_end(struct observer *observer, struct session *session)
{
    struct ledger *ledger = (struct ledger *)observer;
    pthread_mutex_lock(&ledger->lock);
    ledger->clients++;
    ledger->bytes += session->received;
    printf("served %" PRIu64 " clients, %" PRIu64 " bytes\n", ledger->clients, ledger->bytes);
    fflush(stdout);
    pthread_mutex_unlock(&ledger->lock);
}

static void welcome(int connection, struct observer *observer)
{
    struct session *session = session_new(connection, &echo, observer);
    int code = session == NULL ? ENOMEM : session_start(session);
    if (code != 0) {
        warn_code(code, "no thread for connection %d", connection);
        close(connection);
    }
    if (session != NULL)
        session_release(session);
}

int main(int argc, char *argv[])
{
    static struct ledger ledger = {.observer = {ledger_on_end}, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection == -1) {
            warn_errno("accept");
            sleep(1);
        } else {
            welcome(connection, &ledger.observer);
        }
    }
}
