/* The suite of lab 03: a thread per client. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/checks/check.h"
#include "tests/checks/concurrent.h"
#include "tests/checks/memory.h"
#include "tests/checks/sources.h"
#include "tests/checks/stream.h"
#include "tests/messages/messages.h"

static void expect_threads(struct server *server, unsigned before, unsigned clients)
{
    static const char expected[] =
        MESSAGE("one thread more for each connected client, and no child");
    struct goal goal = {server, threads_of, before + clients, false, 0};
    bool reached = reaches_soon(&goal);
    unsigned processes = processes_of(server);
    if (processes > 1)
        failed(SYMPTOM_children_with_threads, expected, "%u processes with %u threads",
               processes, goal.seen);
    if (!reached)
        failed(SYMPTOM_no_thread_per_client, expected,
               "%u threads with %u clients connected, and %u before the first", goal.seen,
               clients, before);
}

static void check_thread_per_client(void)
{
    enum { CLIENTS = 8 };
    struct server server = server_start_here();
    settle();
    unsigned before = threads_of(&server);
    for (unsigned i = 1; i <= CLIENTS; i++) {
        struct peer *client = client_connect(&server, 0);
        converse(client, "hello\n", &crowd_blame);
        expect_threads(&server, before, i);
    }
}

enum { BATCH = 5, BATCHES = 40 };

/* On one processor a new thread waits until the one that made it has made the next. */
static void put_on_one_processor(const struct server *server)
{
    cpu_set_t allowed, one;
    if (sched_getaffinity(server->program->pid, sizeof allowed, &allowed) == -1)
        return; /* the check is less sharp without */
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &allowed))
            CPU_SET(i, &one);
    if (sched_setaffinity(server->program->pid, sizeof one, &one) == -1)
        note("the server could not be kept on one processor: the check was less sharp");
}

/* Clients that are all in the queue when the server comes to accept() them. */
static void come_together(struct server *server, unsigned first)
{
    static const struct blame blame = {SYMPTOM_argument_shared, SYMPTOM_argument_shared,
                                       SYMPTOM_argument_shared, SYMPTOM_ended_in_crowd};
    struct peer *clients[BATCH];
    pid_t pid = server->program->pid;
    program_signal(server->program, SIGSTOP);
    await(is_stopped, &pid);
    for (unsigned i = 0; i < BATCH; i++) {
        char text[64];
        clients[i] = client_connect(server, PEER_QUIET);
        int length = snprintf(text, sizeof text, "these are the bytes of %u\n", first + i);
        peer_send(clients[i], text, (size_t)length);
    }
    while (pump(0) > 0)
        ;
    program_signal(server->program, SIGCONT);
    for (unsigned i = 0; i < BATCH; i++)
        expect_echo(clients[i], &blame);
    for (unsigned i = 0; i < BATCH; i++)
        peer_close(clients[i]);
}

static void check_right_argument(void)
{
    struct server server = server_start_here();
    put_on_one_processor(&server);
    step(
        "%d times: the server is stopped, %d clients connect and send a line of their own, the "
        "server is continued and finds all of them in its queue",
        BATCHES, BATCH);
    for (unsigned i = 0; i < BATCHES; i++)
        come_together(&server, i * BATCH + 1);
}

/* Twenty at a time, so that memory kept for reuse is all there after the first few. */
static void many_come_and_go(struct server *server, unsigned rounds)
{
    enum { AT_ONCE = 20 };
    struct peer *clients[AT_ONCE];
    for (unsigned i = 0; i < rounds; i++) {
        for (unsigned j = 0; j < AT_ONCE; j++) {
            clients[j] = client_connect(server, PEER_QUIET);
            peer_send(clients[j], "hello\n", 6);
            expect_echo(clients[j], &crowd_blame);
        }
        for (unsigned j = 0; j < AT_ONCE; j++)
            peer_close(clients[j]);
    }
}

static void check_threads_end(void)
{
    enum { WARM_UP = 3, ROUNDS = 25, LEAKED = 200 };
    struct server server = server_start_here();
    pid_t pid = server.program->pid;
    struct peer *staying = client_connect(&server, 0);
    converse(staying, "I stay all the time\n", &crowd_blame);
    settle();
    struct goal goal = {&server, threads_of, threads_of(&server), true, 0};
    many_come_and_go(&server, WARM_UP);
    bool back = reaches_soon(&goal);
    unsigned mappings = mapping_count(pid);
    unsigned long long size = status_number(pid, "\nVmSize:");
    if (back)
        many_come_and_go(&server, ROUNDS);
    step("500 clients come, twenty at a time, and leave");
    if (!reaches_soon(&goal))
        failed(SYMPTOM_threads_stay,
               "within 2 seconds the threads of clients that left have ended",
               "%u threads, and %u before these clients", goal.seen, goal.wanted);
    unsigned now_mappings = mapping_count(pid);
    unsigned long long now_size = status_number(pid, "\nVmSize:");
    if (now_mappings > mappings + LEAKED)
        failed(
            SYMPTOM_stacks_kept, "the stacks of threads that ended are given back",
            "the address space grew from %llu to %llu MiB, and from %u to %u mappings, though "
            "all threads ended",
            size / 1024, now_size / 1024, mappings, now_mappings);
}

/* The thread sanitizer that comes with gcc 12 dies of threads that it did not see made. */
static bool uses_c11_threads(void)
{
    char *symbols = workspace_text("programs/server.symbols");
    bool uses = symbols != NULL && strstr(symbols, "thrd_create") != NULL;
    free(symbols);
    return uses;
}

static void check_no_data_races(void)
{
    enum { CLIENTS = 6 };
    struct peer *clients[CLIENTS];
    if (uses_c11_threads()) {
        note(
            "the thread sanitizer does not know thrd_create(): data races were not looked for");
        return;
    }
    expect_own_sanitizers("server-tsan");
    struct server server = server_start("127.0.0.1:0", BUILD_TSAN);
    struct goal goal = {&server, threads_of, 1, true, 0};
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < CLIENTS; i++) {
            clients[i] = client_connect(&server, PEER_QUIET);
            peer_send(clients[i], "hello\n", 6);
        }
        step("%d clients speak at once, and then leave at once", CLIENTS);
        settle();
        for (unsigned i = 0; i < CLIENTS; i++)
            peer_send(clients[i], "and again\n", 10);
        settle();
        for (unsigned i = 0; i < CLIENTS; i++)
            if (i % 3 == 0)
                peer_reset(clients[i]);
            else
                peer_close(clients[i]);
        settle();
        goal.wanted = 2; /* the sanitizer has a thread of its own */
        reaches_soon(&goal);
        expect_no_report(server.program);
    }
}

static void check_out_of_threads(void)
{
    check_out_of_tasks("threads");
}

static void check_memory_clean(void)
{
    memory_of_server();
    memory_of_crowd(false);
}

static const struct check checks[] = {
    {"builds", 0, "", "", "the file, alone in an empty directory, compiles and links",
     check_builds},
    {"listens", 2, "", "server",
     "the ready line comes, and a client can connect to the address it names", check_listens},
    {"echoes", 4, "listens", "server", "lines, and bytes of every value, come back unchanged",
     check_echoes},
    {"clients-at-once", 14, "echoes", "server",
     "50 clients are all answered while all stay connected", check_clients_beside_slow_reader},
    {"thread-per-client", 9, "clients-at-once", "server",
     "each connected client has one thread, and there is no child", check_thread_per_client},
    {"right-argument", 10, "clients-at-once", "server",
     "of 200 clients that connect together each gets its own bytes", check_right_argument},
    {"threads-end", 10, "thread-per-client", "server",
     "after 500 clients, the threads and their stacks are given back", check_threads_end},
    {"half-close", 4, "echoes", "server",
     "a client that has finished sending gets all that is still due, then end of file",
     check_half_close},
    {"echoes-bulk", 3, "echoes", "server",
     "4 MiB come back unchanged through short reads and short writes", check_echoes_bulk},
    {"survives-reset", 4, "echoes", "server",
     "clients that reset mid-conversation leave the server serving, over TCP and unix sockets",
     check_survives_reset_of_many},
    {"keeps-no-descriptor", 4, "survives-reset", "server",
     "after 50 clients, half of them resetting, no descriptor is left open",
     check_keeps_no_descriptor},
    {"idles", 3, "echoes", "server",
     "with a silent client, and with none, the server uses less than 2 % of a processor",
     check_idles},
    {"tally", 6, "clients-at-once", "server",
     "the totals are exact over all threads, whoever leaves when", check_tally_of_many},
    {"no-data-races", 10, "clients-at-once", "server-tsan",
     "the thread sanitizer has nothing to report", check_no_data_races},
    {"any-family", 2, "echoes", "server",
     "it serves over IPv4, IPv6, a name, every interface and a unix: address",
     check_any_family},
    {"out-of-descriptors", 5, "clients-at-once idles", "server",
     "with no descriptor left it neither ends nor spins, and serves again once there is one",
     check_out_of_descriptors},
    {"out-of-threads", 7, "thread-per-client idles", "server",
     "when pthread_create() fails that client is turned away, and the server goes on",
     check_out_of_threads},
    {"reports-usage", 1, "listens", "server",
     "without an argument, a usage line and exit status 2", check_reports_usage},
    {"memory-clean", 2, "clients-at-once", "server-asan",
     "the address and undefined-behaviour sanitizers have nothing to report",
     check_memory_clean},
};

int main(int argc, char *argv[])
{
    const struct suite suite = {"03-thread", "server", checks,
                                sizeof checks / sizeof checks[0]};
    return suite_main(argc, argv, &suite);
}
