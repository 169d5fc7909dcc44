/* The suite of lab 02: a process per client. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/checks/check.h"
#include "tests/checks/concurrent.h"
#include "tests/checks/memory.h"
#include "tests/checks/sources.h"
#include "tests/checks/stream.h"
#include "tests/messages/messages.h"

static void expect_processes(struct server *server, struct activity before, unsigned clients)
{
    static const char expected[] =
        MESSAGE("one child more for each connected client, each child with one thread");
    struct goal goal = {server, processes_of, before.processes + clients, false, 0};
    bool reached = reaches_soon(&goal);
    unsigned threads = threads_of(server);
    if (threads - before.threads > goal.seen - before.processes)
        failed(SYMPTOM_threads_in_processes, expected, "%u processes with %u threads",
               goal.seen, threads);
    if (!reached)
        failed(SYMPTOM_no_process_per_client, expected,
               "%u processes with %u clients connected, and %u before the first", goal.seen,
               clients, before.processes);
}

static void check_process_per_client(void)
{
    enum { CLIENTS = 8 };
    struct server server = server_start_here();
    settle();
    struct activity before = activity_of(server.program->pid);
    for (unsigned i = 1; i <= CLIENTS; i++) {
        struct peer *client = client_connect(&server, 0);
        converse(client, "hello\n", &crowd_blame);
        expect_processes(&server, before, i);
    }
}

static unsigned connections_of_parent(const struct server *server)
{
    return tcp_connections_of(server->program->pid, 0);
}

static void check_parent_lets_go(void)
{
    enum { CLIENTS = 5 };
    struct peer *clients[CLIENTS];
    struct server server = server_start_here();
    struct goal goal = {&server, connections_of_parent, 0, false, 0};
    gather(&server, clients, CLIENTS, &crowd_blame);
    if (!reaches_soon(&goal))
        failed(SYMPTOM_parent_keeps_connection,
               "the parent holds no client's connection: that is the child's",
               "the parent has descriptors of %u connections, with %d clients", goal.seen,
               CLIENTS);
    peer_finish(clients[2]);
    step("%s shuts down its sending side; the others stay", clients[2]->name);
    expect_end(clients[2], SYMPTOM_parent_keeps_connection, SYMPTOM_half_close_reset);
}

/* How many processes besides the first hold the listening socket. */
static unsigned listening_children(const struct server *server)
{
    static pid_t pids[PROCESSES];
    char address[ADDRESS_SIZE];
    unsigned count = 0;
    size_t found = program_tree(server->program->pid, pids);
    for (size_t i = 1; i < found; i++)
        count += listening_address(pids[i], address, sizeof address);
    return count;
}

static void check_child_lets_go(void)
{
    enum { CLIENTS = 3 };
    struct peer *clients[CLIENTS];
    struct server server = server_start_here();
    struct goal goal = {&server, listening_children, 0, false, 0};
    gather(&server, clients, CLIENTS, &crowd_blame);
    if (!reaches_soon(&goal))
        failed(SYMPTOM_child_keeps_listener, "no child holds the listening socket",
               "%u of %d children hold it", goal.seen, CLIENTS);
}

static void expect_all_gone(struct server *server, unsigned before, const char *when)
{
    static const char expected[] =
        MESSAGE("within 2 seconds the children have ended, and none is left as a zombie");
    struct goal zombies = {server, zombies_of, 0, false, 0};
    struct goal processes = {server, processes_of, before, true, 0};
    if (!reaches_soon(&processes))
        failed(SYMPTOM_child_stays, expected, "%s: %u processes run on, and %u did before",
               translated(when), processes.seen, before);
    if (!reaches_soon(&zombies))
        failed(SYMPTOM_zombies, expected, "%s: %u zombies", translated(when), zombies.seen);
}

struct ending {
    struct server *server;
    unsigned before;
};

static bool only_parent_runs(void *argument)
{
    struct ending *ending = argument;
    return processes_of(ending->server) <= ending->before;
}

/* While the parent is stopped all children end: their signals become one. */
static void end_at_the_same_moment(struct server *server, unsigned before)
{
    enum { CLIENTS = 50 };
    struct peer *clients[CLIENTS];
    struct ending ending = {server, before};
    gather(server, clients, CLIENTS, &crowd_blame);
    step("the parent is stopped (SIGSTOP)");
    program_signal(server->program, SIGSTOP);
    all_leave(clients, CLIENTS);
    await(only_parent_runs, &ending);
    step("once their children have ended, the parent is continued");
    program_signal(server->program, SIGCONT);
    expect_all_gone(server, before, "after 50 clients left at once");
}

static void check_reaps_children(void)
{
    struct server server = server_start_here();
    settle();
    unsigned before = processes_of(&server);
    for (int i = 0; i < 3; i++) {
        struct peer *client = client_connect(&server, 0);
        converse(client, "hello\n", &crowd_blame);
        step("%s leaves", client->name);
        peer_close(client);
        expect_all_gone(&server, before, "after a client left and no other came");
    }
    end_at_the_same_moment(&server, before);
    serve_one(&server, &crowd_blame);
}

static pid_t child_of(const struct server *server, const struct peer *client)
{
    static pid_t pids[PROCESSES];
    size_t count = program_tree(server->program->pid, pids);
    for (size_t i = 1; i < count; i++)
        if (tcp_connections_of(pids[i], client->port) > 0)
            return pids[i];
    return 0;
}

static void check_crash_isolation(void)
{
    static const struct blame others = {SYMPTOM_crash_costs_others, SYMPTOM_altered_echo,
                                        SYMPTOM_crash_costs_others, SYMPTOM_crash_costs_others};
    struct peer *clients[3];
    struct server server = server_start_here();
    settle();
    unsigned before = processes_of(&server);
    gather(&server, clients, 3, &crowd_blame);
    pid_t child = child_of(&server, clients[1]);
    if (child == 0)
        failed(SYMPTOM_no_process_per_client, "a child holds the connection of each client",
               "no child holds that of %s", clients[1]->name);
    step("the child of %s is killed (SIGKILL)", clients[1]->name);
    kill(child, SIGKILL);
    clients[1]->channel.reading = true;
    if (await_patiently(is_over, &clients[1]->channel) != AWAIT_DONE)
        failed(SYMPTOM_crash_hidden, "the client of the killed child sees its connection end",
               "%s still has its connection", clients[1]->name);
    converse(clients[0], "I live on\n", &others);
    converse(clients[2], "so do I\n", &others);
    struct peer *next = client_connect_blaming(&server, SYMPTOM_crash_costs_others);
    converse(next, "and I am new\n", &others);
    expect_all_gone(&server, before + 3, "after a child was killed");
}

static void check_out_of_processes(void)
{
    check_out_of_tasks("processes");
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
    {"process-per-client", 9, "clients-at-once", "server",
     "each connected client has one child, with one thread", check_process_per_client},
    {"parent-lets-go", 8, "clients-at-once", "server",
     "the parent keeps no client's descriptor: a finished client sees end of file at once",
     check_parent_lets_go},
    {"child-lets-go", 6, "process-per-client", "server", "no child holds the listening socket",
     check_child_lets_go},
    {"reaps-children", 12, "process-per-client", "server",
     "no zombie is left once clients have gone, 50 of them at the same moment included",
     check_reaps_children},
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
     "the totals are exact over all processes, whoever leaves when", check_tally_of_many},
    {"crash-isolation", 5, "process-per-client", "server",
     "a killed child ends its own client only, and is reaped", check_crash_isolation},
    {"any-family", 2, "echoes", "server",
     "it serves over IPv4, IPv6, a name, every interface and a unix: address",
     check_any_family},
    {"out-of-descriptors", 5, "clients-at-once idles", "server",
     "with no descriptor left it neither ends nor spins, and serves again once there is one",
     check_out_of_descriptors},
    {"out-of-processes", 6, "process-per-client idles", "server",
     "when fork() fails that client is turned away, and the server goes on",
     check_out_of_processes},
    {"reports-usage", 1, "listens", "server",
     "without an argument, a usage line and exit status 2", check_reports_usage},
    {"memory-clean", 2, "clients-at-once", "server-asan",
     "the address and undefined-behaviour sanitizers have nothing to report",
     check_memory_clean},
};

int main(int argc, char *argv[])
{
    const struct suite suite = {"02-fork", "server", checks, sizeof checks / sizeof checks[0]};
    return suite_main(argc, argv, &suite);
}
