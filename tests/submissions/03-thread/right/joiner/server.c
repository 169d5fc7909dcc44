/*
 * Who ends a thread waits for it: clients' threads announce their end on a list, and a joiner
 * takes them from there. It alone counts, so that the totals need no lock of their own.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

struct client {
    pthread_t thread;
    int connection;
    unsigned long long received;
    struct client *next;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t not_empty;
    struct client *first;
} finished = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};

static void *client_thread(void *argument)
{
    struct client *client = argument;
    char *buffer = malloc(16384);
    ssize_t length = 0;
    while (buffer != NULL && (length = read(client->connection, buffer, 16384)) > 0) {
        client->received += (unsigned long long)length;
        if (write_all(client->connection, buffer, (size_t)length) == -1)
            break;
    }
    if (length == -1)
        warn_errno("read from a client");
    free(buffer);
    close(client->connection);

    pthread_mutex_lock(&finished.lock);
    client->next = finished.first;
    finished.first = client;
    pthread_cond_signal(&finished.not_empty);
    pthread_mutex_unlock(&finished.lock);
    return NULL;
}

static struct client *take_finished(void)
{
    pthread_mutex_lock(&finished.lock);
    while (finished.first == NULL)
        pthread_cond_wait(&finished.not_empty, &finished.lock);
    struct client *client = finished.first;
    finished.first = client->next;
    pthread_mutex_unlock(&finished.lock);
    return client;
}

static void *joiner(void *unused)
{
    unsigned long long clients = 0, bytes = 0;
    (void)unused;
    for (;;) {
        struct client *client = take_finished();
        int code = pthread_join(client->thread, NULL);
        if (code != 0)
            warn_code(code, "pthread_join");
        clients++;
        bytes += client->received;
        free(client);
        printf("served %llu clients, %llu bytes\n", clients, bytes);
    }
    return NULL;
}

/* The lock keeps the joiner from looking at client->thread before it is there. */
static int start(struct client *client)
{
    pthread_mutex_lock(&finished.lock);
    int code = pthread_create(&client->thread, NULL, client_thread, client);
    pthread_mutex_unlock(&finished.lock);
    return code;
}

static void serve(int listener)
{
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection == -1) {
            warn_errno("accept");
            sleep(1);
            continue;
        }
        struct client *client = calloc(1, sizeof *client);
        if (client == NULL) {
            warn_errno("calloc");
            close(connection);
            continue;
        }
        client->connection = connection;
        int code = start(client);
        if (code != 0) {
            warn_code(code, "pthread_create");
            close(connection);
            free(client);
        }
    }
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    pthread_t thread;
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    int code = pthread_create(&thread, NULL, joiner, NULL);
    if (code != 0)
        die_code(code, "pthread_create");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    serve(listener);
}
