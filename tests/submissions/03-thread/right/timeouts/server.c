/*
 * An echo server by threads in which nothing waits for longer than a second. The list of clients
 * shows who is there; with SIGUSR1 blocked everywhere, the main thread looks once a second
 * whether it is pending, and prints the list.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

typedef struct client {
    struct client *next, *previous;
    int fd;
    unsigned long long bytes;
} client_t;

static pthread_spinlock_t lock;
static client_t all = {&all, &all, -1, 0}; /* a ring: its anchor holds the bytes of those gone */
static unsigned long long gone;

static void link_client(client_t *c)
{
    pthread_spin_lock(&lock);
    c->next = all.next;
    c->previous = &all;
    c->next->previous = c->previous->next = c;
    pthread_spin_unlock(&lock);
}

static void unlink_client(client_t *c)
{
    unsigned long long clients, bytes;
    pthread_spin_lock(&lock);
    c->previous->next = c->next;
    c->next->previous = c->previous;
    clients = ++gone;
    bytes = all.bytes += c->bytes;
    pthread_spin_unlock(&lock);
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
}

static void print_clients(void)
{
    static int fds[4096];
    int count = 0;
    pthread_spin_lock(&lock);
    for (const client_t *c = all.next; c != &all && count < 4096; c = c->next)
        fds[count++] = c->fd;
    pthread_spin_unlock(&lock);
    for (int i = 0; i < count; i++)
        fprintf(stderr, "server: a client at descriptor %d\n", fds[i]);
}

static int again(ssize_t n)
{
    return n == -1 && (errno == EAGAIN || errno == EINTR);
}

static void *run(void *argument)
{
    client_t *c = argument;
    char buffer[4096];
    ssize_t got, put = 0;
    pthread_detach(pthread_self());
    link_client(c);
    while ((got = recv(c->fd, buffer, sizeof buffer, 0)) > 0 || again(got)) {
        for (ssize_t done = 0; done < got; done += put) {
            put = send(c->fd, buffer + done, got - done, MSG_NOSIGNAL);
            if (again(put))
                put = 0;
            if (put == -1)
                break;
        }
        if (got > 0)
            c->bytes += got;
        if (put == -1)
            break;
    }
    close(c->fd);
    unlink_client(c);
    free(c);
    return NULL;
}

static void start(int fd)
{
    const struct timeval second = {.tv_sec = 1};
    pthread_t thread;
    client_t *c = calloc(1, sizeof *c);
    int code = c == NULL ? ENOMEM : 0;
    if (code == 0) {
        c->fd = fd;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
        code = pthread_create(&thread, NULL, run, c);
    }
    if (code != 0) {
        warn_code(code, "a client is turned away");
        close(fd);
        free(c);
    }
}

int main(int argc, char *argv[])
{
    const struct timeval second = {.tv_sec = 1};
    struct failure failure;
    char address[ADDRESS_SIZE];
    sigset_t set;
    if (argc != 2)
        usage("ADDRESS");
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd != -1) {
            start(fd);
        } else if (errno != EAGAIN && errno != EINTR) {
            warn_errno("accept");
            sleep(1);
        }
        const struct timespec none = {0, 0};
        if (sigtimedwait(&set, NULL, &none) == SIGUSR1)
            print_clients();
    }
}
