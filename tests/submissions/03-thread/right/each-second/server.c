/* An echo server by threads, where the main thread alone makes, joins and counts them. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
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
#include "common/listener.h"

typedef struct connection {
    struct connection *next, **link;
    pthread_t thread;
    int fd;
    atomic_ullong received;
    atomic_bool over;
} connection_t;

static connection_t *all;
static unsigned long long clients, bytes;

static void *talk(void *pointer)
{
    connection_t *self = pointer;
    char data[2048];
    ssize_t got, put = 0;
    while (put != -1 && (got = read(self->fd, data, sizeof data)) > 0) {
        atomic_fetch_add(&self->received, got);
        for (ssize_t done = 0; done < got && put != -1; done += put)
            put = send(self->fd, data + done, got - done, MSG_NOSIGNAL);
    }
    shutdown(self->fd, SHUT_RDWR); /* the client need not wait for the main thread */
    atomic_store(&self->over, true);
    return NULL;
}

static void add(int fd)
{
    connection_t *new = calloc(1, sizeof *new);
    if (new == NULL) {
        warn_errno("calloc");
        close(fd);
        return;
    }
    new->fd = fd;
    int code = pthread_create(&new->thread, NULL, talk, new);
    if (code != 0) {
        warn_code(code, "pthread_create");
        close(fd);
        free(new);
        return;
    }
    new->next = all;
    new->link = &all;
    if (all != NULL)
        all->link = &new->next;
    all = new;
}

static void drop(connection_t *one)
{
    pthread_join(one->thread, NULL);
    close(one->fd);
    *one->link = one->next;
    if (one->next != NULL)
        one->next->link = one->link;
    clients++;
    bytes += atomic_load(&one->received);
    free(one);
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
}

static void drop_finished(void)
{
    connection_t *next;
    for (connection_t *at = all; at != NULL; at = next) {
        next = at->next;
        if (atomic_load(&at->over))
            drop(at);
    }
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        struct pollfd pfd = {.fd = listener, .events = POLLIN};
        int ready = poll(&pfd, 1, 1000);
        if (ready == -1 && errno != EINTR)
            die_errno("poll");
        drop_finished();
        if (ready < 1)
            continue;
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1) {
            warn_errno("accept");
            sleep(1);
        } else {
            add(fd);
        }
    }
}
