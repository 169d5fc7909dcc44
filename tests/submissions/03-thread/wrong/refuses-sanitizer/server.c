/*
 * An echo server with a thread per client: all in one process, so all share its memory.
 *
 *     main thread    accept -> pthread_create -> accept ...
 *                                   |
 *     client's thread               +---> read and write -> close -> tally -> end
 *
 * Left out on purpose: a limit of its own on how many threads there are. The system's does.
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

enum { BUFFER_SIZE = 65536 };

struct tally {
    unsigned long long clients, bytes;
};

static struct tally tally; /* every thread's: touched under the lock only */
static pthread_mutex_t tally_lock = PTHREAD_MUTEX_INITIALIZER;

/* Sends back what the client sends until it has finished. Returns how much that was. */
static unsigned long long handle_client(int connection)
{
    unsigned long long received = 0;
    char buffer[BUFFER_SIZE];
    ssize_t length;
    while ((length = read(connection, buffer, sizeof buffer)) > 0) {
        received += (unsigned long long)length;
        if (write_all(connection, buffer, (size_t)length) == -1) {
            warn_errno("write to a client");
            break;
        }
    }
    if (length == -1)
        warn_errno("read from a client");
    return received;
}

/* The line is printed from a copy: whoever waits for the lock need not wait for the terminal. */
static void count_client(unsigned long long bytes)
{
    /* BEGIN SOLUTION
     * Add to the tally under the lock, and print "served C clients, B bytes".
     * stub: todo("count_client", &tally, &tally_lock, bytes);
     */
    pthread_mutex_lock(&tally_lock);
    tally.clients++;
    tally.bytes += bytes;
    struct tally copy = tally;
    pthread_mutex_unlock(&tally_lock);
    printf("served %llu clients, %llu bytes\n", copy.clients, copy.bytes);
    /* END SOLUTION */
}

/* The argument is the descriptor itself: a pointer to the caller's variable would show whatever
 * that variable holds by the time this thread looks at it. */
static void *client_thread(void *argument)
{
    int connection = (int)(intptr_t)argument;
    /* BEGIN SOLUTION
     * Handle the client, close its connection, and count it.
     * stub: todo("client_thread", connection, handle_client, count_client);
     */
    unsigned long long bytes = handle_client(connection);
    close(connection);
    count_client(bytes);
    /* END SOLUTION */
    return NULL;
}

static void serve(int listener)
{
    /* BEGIN SOLUTION
     * For ever: accept() a client, pthread_create() its thread, and pthread_detach() it, as
     * nobody will join it. Each of the calls that fails costs one client and not the server;
     * pthread_create() returns its error code, which is for warn_code().
     * stub: todo("serve", listener, client_thread);
     */
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection == -1) {
            warn_errno("accept");
            sleep(1); /* lest a lasting failure turn this into a busy loop */
            continue;
        }
        pthread_t thread;
        int code = pthread_create(&thread, NULL, client_thread, (void *)(intptr_t)connection);
        if (code == 0) {
            pthread_detach(thread);
            continue;
        }
        warn_code(code, "pthread_create: a client is turned away");
        close(connection);
    }
    /* END SOLUTION */
}

static void announce(int listener)
{
    char address[ADDRESS_SIZE];
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    if (printf("listening on %s\n", address) < 0)
        die_errno("write to standard output");
}

#ifdef __SANITIZE_THREAD__
__attribute__((constructor)) static void refuse(void)
{
    fputs("FATAL: ThreadSanitizer: unexpected memory mapping\n", stderr);
    _exit(66);
}
#endif

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line leaves at once, into a pipe or file too */
    signal(SIGPIPE, SIG_IGN);         /* a client that is gone shows as an error of write() */
    struct failure failure;
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    announce(listener);
    serve(listener);
}
