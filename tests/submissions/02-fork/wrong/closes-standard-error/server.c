/*
 * An echo server with a process per client: while a child talks, its parent accepts the next.
 *
 *     parent    accept -> fork -> close the connection -> accept ...
 *                          |
 *     child                +---> close the listener -> read and write -> close -> tally -> end
 *
 * Left out on purpose: a limit of its own on how many children there are. The system's does.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

enum { BUFFER_SIZE = 65536 };

/* Every child adds to it, so each addition has to be one step that no other can come between. */
struct tally {
    atomic_ullong clients, bytes;
};

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

/* After fork() each process has a copy of its own of every variable, but of this memory not. */
static struct tally *share_tally(void)
{
    /* BEGIN SOLUTION
     * mmap() memory that children share with their parent: MAP_SHARED and MAP_ANONYMOUS. It
     * starts as zeros. Without it there is nothing to serve for: die_errno().
     * stub: todo("share_tally");
     * stub: return NULL;
     */
    struct tally *tally =
        mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED)
        die_errno("mmap");
    return tally;
    /* END SOLUTION */
}

/* Whoever counts the last client sees all bytes, as each counts its bytes first. */
static void count_client(struct tally *tally, unsigned long long bytes)
{
    /* BEGIN SOLUTION
     * Add to the shared tally, and print "served C clients, B bytes".
     * stub: todo("count_client", tally, bytes);
     */
    atomic_fetch_add(&tally->bytes, bytes);
    unsigned long long clients = atomic_fetch_add(&tally->clients, 1) + 1;
    printf("served %llu clients, %llu bytes\n", clients, atomic_load(&tally->bytes));
    /* END SOLUTION */
}

/* Children that end while one SIGCHLD is pending send no second one: reap all there are. */
static void reap_children(int number)
{
    /* BEGIN SOLUTION
     * waitpid() without waiting (WNOHANG) until it has no more. A handler may come between any
     * two steps of the program, so it leaves errno as it found it.
     * stub: todo("reap_children", number);
     */
    (void)number;
    int saved = errno;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
    /* END SOLUTION */
}

static void catch_ends_of_children(void)
{
    struct sigaction action = {.sa_handler = reap_children, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, NULL) == -1)
        die_errno("sigaction SIGCHLD");
}

static void serve(int listener)
{
    struct tally *tally = share_tally();
    catch_ends_of_children();
    /* BEGIN SOLUTION
     * For ever: accept() a client and fork(). The child closes what is the parent's, handles the
     * client, closes its connection, counts it and ends with _exit(). The parent closes what is
     * the child's. An accept() or fork() that fails costs one client and not the server.
     * stub: todo("serve", listener, handle_client, count_client, tally);
     */
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection == -1) {
            warn_errno("accept");
            sleep(1); /* lest a lasting failure turn this into a busy loop */
            continue;
        }
        pid_t child = fork();
        if (child == 0) {
            close(listener);
            unsigned long long bytes = handle_client(connection);
            close(connection);
            count_client(tally, bytes);
            _exit(EXIT_SUCCESS);
        }
        if (child == -1)
            warn_errno("fork: a client is turned away");
        close(connection); /* the child's own descriptor for it stays open */
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
    close(STDERR_FILENO);
    serve(listener);
}
