/*
 * An echo server by threads. Each client has a struct, with what its thread needs and what it
 * finds; finished ones wait in a list for the collector, which joins their threads and counts.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

typedef struct client {
    struct client *next;
    pthread_t thread;
    int fd, ends[2];
    unsigned long long bytes;
    char buf[10000];
} client_t;

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static client_t *finished;
static sem_t count_of_finished;

static void *send_back(void *p)
{
    client_t *c = p;
    char buf[4096];
    ssize_t n;

    while ((n = read(c->ends[0], buf, sizeof buf)) > 0)
        if (write_all(c->fd, buf, n) == -1)
            break;
    close(c->ends[0]);
    return NULL;
}

static void *talk(void *p)
{
    pthread_t writer;
    client_t *c = p;
    ssize_t n;

    if (pipe(c->ends) == -1)
        die_errno("pipe");
    int code = pthread_create(&writer, NULL, send_back, c);
    if (code != 0)
        die_code(code, "pthread_create");
    while ((n = recv(c->fd, c->buf, sizeof c->buf, 0)) > 0) {
        c->bytes += n;
        if (write_all(c->ends[1], c->buf, n) == -1)
            break;
    }
    close(c->ends[1]);
    pthread_join(writer, NULL);
    close(c->fd);

    pthread_mutex_lock(&list_lock);
    c->next = finished;
    finished = c;
    pthread_mutex_unlock(&list_lock);
    sem_post(&count_of_finished);
    return NULL;
}

static void *collect(void *unused)
{
    unsigned long long clients = 0, bytes = 0;

    (void)unused;
    for (;;) {
        while (sem_wait(&count_of_finished) == -1)
            ;
        pthread_mutex_lock(&list_lock);
        client_t *c = finished;
        finished = c->next;
        pthread_mutex_unlock(&list_lock);

        pthread_join(c->thread, NULL);
        clients++;
        bytes += c->bytes;
        free(c);
        printf("served %llu clients, %llu bytes\n", clients, bytes);
        fflush(stdout);
    }
    return NULL;
}

static void turn_away(client_t *c, int fd, int reason)
{
    warn_code(reason, "a client is turned away");
    free(c);
    close(fd);
}

static void welcome(int fd)
{
    client_t *c = calloc(1, sizeof *c);
    if (c == NULL) {
        turn_away(c, fd, ENOMEM);
        return;
    }
    c->fd = fd;
    pthread_mutex_lock(&list_lock); /* it is not collected before its thread is known */
    int code = pthread_create(&c->thread, NULL, talk, c);
    pthread_mutex_unlock(&list_lock);
    if (code != 0)
        turn_away(c, fd, code);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    pthread_t collector;
    int listener, fd, code;

    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    sem_init(&count_of_finished, 0, 0);
    if ((code = pthread_create(&collector, NULL, collect, NULL)) != 0)
        die_code(code, "pthread_create");
    if ((listener = open_listener(argv[1], &failure)) == -1)
        die_failure(&failure, argv[1]);
    if ((code = address_of_socket(listener, address, sizeof address)) != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        fd = accept(listener, NULL, NULL);
        if (fd == -1) {
            warn_errno("accept");
            sleep(1);
            continue;
        }
        welcome(fd);
    }
}
