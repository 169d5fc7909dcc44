/*
 * An echo server by threads. Each client has a struct, with what its thread needs and what it
 * finds; finished ones wait in a list until the main thread clears up, every eighth client.
 */
#include <errno.h>
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

typedef struct client {
    struct client *next;
    pthread_t thread;
    int fd;
    unsigned long long bytes;
    char buf[10000];
} client_t;

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static client_t *finished;
static unsigned long long clients, bytes;

static void *talk(void *p)
{
    client_t *c = p;
    ssize_t n;

    while ((n = recv(c->fd, c->buf, sizeof c->buf, 0)) > 0) {
        c->bytes += n;
        if (write_all(c->fd, c->buf, n) == -1)
            break;
    }
    close(c->fd);

    pthread_mutex_lock(&list_lock);
    c->next = finished;
    finished = c;
    clients++;
    bytes += c->bytes;
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
    pthread_mutex_unlock(&list_lock);
    return NULL;
}

/* Releases what belongs to clients that have left. */
static void clear_up(void)
{
    pthread_mutex_lock(&list_lock);
    while (finished != NULL) {
        client_t *c = finished;
        finished = c->next;
        pthread_join(c->thread, NULL);
        close(c->fd);
        free(c);
    }
    pthread_mutex_unlock(&list_lock);
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
    pthread_mutex_lock(&list_lock); /* it is not cleared up before its thread is known */
    int code = pthread_create(&c->thread, NULL, talk, c);
    pthread_mutex_unlock(&list_lock);
    if (code != 0)
        turn_away(c, fd, code);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    int listener, fd, code, number = 0;

    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
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
        if (++number % 8 == 0)
            clear_up();
    }
}
