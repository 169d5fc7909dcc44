/*
 * Three parts that know each other by structures of functions only: a supervisor of processes, a
 * ledger that processes share, and the echo service.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

/* The ledger: clients and bytes in one word, so that one exchange changes both of them. */

struct ledger {
    _Atomic uint64_t word; /* 20 bits of clients, 44 bits of bytes */
};

enum { BYTES_BITS = 44 };

static struct ledger *ledger_open(void)
{
    void *memory = mmap(NULL, sizeof(struct ledger), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static uint64_t ledger_add(struct ledger *ledger, uint64_t bytes)
{
    uint64_t old = atomic_load(&ledger->word), new;
    do
        new = old + ((uint64_t)1 << BYTES_BITS) + bytes;
    while (!atomic_compare_exchange_weak(&ledger->word, &old, new));
    return new;
}

/* The supervisor. */

struct job {
    int (*run)(void *context, int resource);
    void (*before)(void *context);
    void *context;
};

static bool supervisor_start(const struct job *job, int resource)
{
    pid_t pid = fork();
    if (pid == -1)
        return false;
    if (pid > 0)
        return true;
    if (job->before != NULL)
        job->before(job->context);
    _exit(job->run(job->context, resource));
}

static void supervisor_signal(int number, siginfo_t *info, void *unused)
{
    int saved = errno;
    siginfo_t ended;
    (void)number, (void)info, (void)unused;
    do
        ended.si_pid = 0;
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG) == 0 && ended.si_pid != 0);
    errno = saved;
}

static bool supervisor_begin(void)
{
    struct sigaction action = {.sa_sigaction = supervisor_signal,
                               .sa_flags = SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP};
    sigfillset(&action.sa_mask);
    return sigaction(SIGCHLD, &action, NULL) == 0;
}

/* The service. */

struct service {
    int listener;
    struct ledger *ledger;
};

enum step { MORE, OVER };

static enum step echo_once(int connection, uint64_t *received)
{
    char space[2][3000];
    struct iovec parts[2] = {{space[0], sizeof space[0]}, {space[1], sizeof space[1]}};
    ssize_t got = readv(connection, parts, 2);
    if (got == -1)
        warn_errno("readv on connection %d", connection);
    if (got <= 0)
        return OVER;
    *received += (uint64_t)got;
    for (size_t done = 0; done < (size_t)got;) {
        const char *from = done < 3000 ? space[0] + done : space[1] + (done - 3000);
        size_t end = done < 3000 && got > 3000 ? 3000 : (size_t)got;
        ssize_t put = write(connection, from, end - done);
        if (put == -1)
            return OVER;
        done += (size_t)put;
    }
    return MORE;
}

static void service_before(void *context)
{
    close(((struct service *)context)->listener);
}

static int service_run(void *context, int connection)
{
    struct service *service = context;
    uint64_t received = 0;
    while (echo_once(connection, &received) == MORE)
        continue;
    close(connection);
    uint64_t word = ledger_add(service->ledger, received);
    printf("served %llu clients, %llu bytes\n", (unsigned long long)(word >> BYTES_BITS),
           (unsigned long long)(word & (((uint64_t)1 << BYTES_BITS) - 1)));
    fflush(stdout);
    return EXIT_SUCCESS;
}

static void service_loop(struct service *service)
{
    const struct job job = {.run = service_run, .before = service_before, .context = service};
    for (;;) {
        int connection = accept4(service->listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection == -1) {
            warn_errno("accept");
            sleep(1);
            continue;
        }
        if (!supervisor_start(&job, connection))
            warn_errno("no process for connection %d", connection);
        close(connection);
    }
}

int main(int argc, char *argv[])
{
    struct failure failure;
    struct service service;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    service.ledger = ledger_open();
    if (service.ledger == NULL)
        die_errno("mmap");
    if (!supervisor_begin())
        die_errno("sigaction");
    service.listener = open_listener(argv[1], &failure);
    if (service.listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(service.listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    service_loop(&service);
}
