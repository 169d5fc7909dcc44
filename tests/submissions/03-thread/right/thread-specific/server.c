/*
 * An echo server where the end of a client is the end of its thread: whatever way that takes,
 * the destructor of its thread-specific data closes the connection and counts it.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

struct session {
    int fd;
    unsigned long long received;
    struct iovec left; /* what of the piece is still to be sent */
    char piece[5000];
};

static pthread_key_t session_key;
static sem_t turn;
static unsigned long long clients, bytes;

static void end_session(void *argument)
{
    struct session *session = argument;
    close(session->fd);
    while (sem_wait(&turn) == -1)
        continue;
    clients++;
    bytes += session->received;
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
    sem_post(&turn);
    free(session);
}

static struct session *my(void)
{
    return pthread_getspecific(session_key);
}

static void check(ssize_t result)
{
    if (result > 0)
        return;
    if (result == -1)
        warn_errno("connection %d", my()->fd);
    pthread_exit(NULL);
}

static void take_piece(void)
{
    ssize_t n = readv(my()->fd, &(struct iovec){my()->piece, sizeof my()->piece}, 1);
    check(n);
    my()->received += (unsigned long long)n;
    my()->left = (struct iovec){my()->piece, (size_t)n};
}

static void give_piece(void)
{
    while (my()->left.iov_len > 0) {
        struct msghdr message = {.msg_iov = &my()->left, .msg_iovlen = 1};
        ssize_t n = sendmsg(my()->fd, &message, MSG_NOSIGNAL);
        check(n);
        my()->left.iov_base = (char *)my()->left.iov_base + n;
        my()->left.iov_len -= (size_t)n;
    }
}

static void *run_session(void *argument)
{
    pthread_detach(pthread_self());
    int code = pthread_setspecific(session_key, argument);
    if (code != 0) {
        warn_code(code, "pthread_setspecific");
        end_session(argument);
        return NULL;
    }
    for (;;) {
        take_piece();
        give_piece();
    }
}

static void begin_session(int fd)
{
    pthread_t thread;
    struct session *session = calloc(1, sizeof *session);
    int code = session == NULL ? ENOMEM : 0;
    if (code == 0) {
        session->fd = fd;
        code = pthread_create(&thread, NULL, run_session, session);
    }
    if (code != 0) {
        warn_code(code, "a client is turned away");
        close(fd);
        free(session);
    }
}

/* All other threads have these signals blocked: here they are waited for. */
static void *wait_for_signals(void *argument)
{
    const sigset_t *set = argument;
    int number;
    if (sigwait(set, &number) == 0)
        fprintf(stderr, "server: %s\n", strsignal(number));
    _exit(EXIT_SUCCESS);
}

static void *leave(void *unused)
{
    pthread_exit(unused);
}

/* The first pthread_exit() of a program loads a library, for which it needs a descriptor: it had
 * better be called while there are some. */
static int try_exit(void)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, leave, NULL);
    return code != 0 ? code : pthread_join(thread, NULL);
}

int main(int argc, char *argv[])
{
    static sigset_t set;
    struct failure failure;
    char address[ADDRESS_SIZE];
    pthread_t thread;
    if (argc != 2)
        usage("ADDRESS");
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (sem_init(&turn, 0, 1) == -1)
        die_errno("sem_init");
    int code = try_exit();
    if (code == 0)
        code = pthread_key_create(&session_key, end_session);
    if (code == 0)
        code = pthread_create(&thread, NULL, wait_for_signals, &set);
    if (code != 0)
        die_code(code, "prepare for threads");
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd == -1) {
            warn_errno("accept");
            sleep(1);
        } else {
            begin_session(fd);
        }
    }
}
