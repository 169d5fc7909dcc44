/* The suite of lab 04: one thread for many clients, with select(). */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>

#include "tests/checks/check.h"
#include "tests/checks/concurrent.h"
#include "tests/checks/memory.h"
#include "tests/checks/sources.h"
#include "tests/checks/stream.h"

static void check_uses_select(void)
{
    static const char *const others[] = {"poll",          "ppoll",       "epoll_create",
                                         "epoll_create1", "epoll_ctl",   "epoll_wait",
                                         "epoll_pwait",   "fork",        "vfork",
                                         "clone",         "posix_spawn", "pthread_create",
                                         "thrd_create",   NULL};
    expect_model("select|pselect", others);
}

static void check_slow_sender(void)
{
    static const struct blame blame = {SYMPTOM_held_up_by_sender, SYMPTOM_clients_mixed_up,
                                       SYMPTOM_client_dropped, SYMPTOM_ended_in_crowd};
    struct server server = server_start_here();
    struct peer *silent = client_connect(&server, 0);
    struct peer *slow = client_connect(&server, 0);
    struct peer *other = client_connect(&server, 0);
    converse(other, "I am quick\n", &blame);
    client_says(slow, "this line is not yet");
    settle();
    step("%s stops in the middle of its line, and %s has said nothing at all", slow->name,
         silent->name);
    converse(other, "and I am still served\n", &blame);
    struct peer *next = client_connect(&server, 0);
    converse(next, "I am new, and served too\n", &blame);
    client_says(slow, " at its end\n");
    expect_echo(slow, &blame);
    converse(silent, "now I speak\n", &blame);
}

enum { GROUP = 8 };

static const struct blame leaving_blame = {SYMPTOM_leaving_disturbs, SYMPTOM_clients_mixed_up,
                                           SYMPTOM_leaving_disturbs, SYMPTOM_leaving_ends};

/* One leaves: the others are served on, and the number that it had is used again. */
static void leave_and_look(struct server *server, struct peer *clients[GROUP], size_t which)
{
    step("%s leaves", clients[which]->name);
    peer_close(clients[which]);
    settle();
    for (size_t i = 0; i < GROUP; i++)
        if (i != which)
            converse(clients[i], "I stay\n", &leaving_blame);
    expect_rest(SYMPTOM_spins_after_leaving, "after a client left");
    clients[which] = client_connect_blaming(server, SYMPTOM_leaving_ends);
    converse(clients[which], "I take its place\n", &leaving_blame);
}

/* All of this is there when select() returns: what was ready may be gone when it is looked at. */
static void leave_together(struct server *server, struct peer *clients[GROUP])
{
    step("the server is stopped (SIGSTOP); the last, the first and one in between leave, one "
         "resets, the others speak; it is continued");
    program_signal(server->program, SIGSTOP);
    settle();
    for (size_t i = 0; i < GROUP; i++)
        if (i % 2 == 1)
            peer_send(clients[i], "at the same time\n", 17);
    while (pump(0) > 0)
        ;
    peer_close(clients[6]);
    peer_close(clients[0]);
    peer_reset(clients[2]);
    peer_close(clients[4]);
    program_signal(server->program, SIGCONT);
    for (size_t i = 1; i < GROUP; i += 2)
        expect_echo(clients[i], &leaving_blame);
    for (size_t i = 1; i < GROUP; i += 2)
        converse(clients[i], "and once more\n", &leaving_blame);
    for (size_t i = 1; i < GROUP; i += 2)
        peer_close(clients[i]);
}

static void check_forgets_closed(void)
{
    struct peer *clients[GROUP];
    struct server server = server_start_here();
    gather(&server, clients, GROUP, &crowd_blame);
    leave_and_look(&server, clients, GROUP - 1);
    leave_and_look(&server, clients, 0);
    leave_and_look(&server, clients, 3);
    leave_together(&server, clients);
    serve_one(&server, &leaving_blame);
    settle();
    expect_rest(SYMPTOM_spins_after_leaving, "after all had left");
}

/* A client that may be turned away, or left waiting: the server sleeps then. */
struct newcomer {
    struct peer *peer;
    unsigned long long turns;
    double since;
};

static bool is_decided(void *argument)
{
    static const double at_rest = 0.1;
    struct newcomer *newcomer = argument;
    const struct channel *channel = &newcomer->peer->channel;
    if (channel->ended || channel->in_total >= channel->out_length)
        return true;
    struct activity seen = programs_activity();
    if (!seen.asleep || seen.turns != newcomer->turns || channel->out_sent == 0 ||
        peer_in_flight(newcomer->peer) > 0)
        newcomer->since = now();
    newcomer->turns = seen.turns;
    return now() - newcomer->since > at_rest;
}

static void blame_end(struct server *server)
{
    char status[64];
    if (program_ended(server->program))
        failed(SYMPTOM_ended_past_set,
               "a client whose descriptor is too high is turned away, and the server goes on",
               "it ended: %s", describe_status(server->program->status, status, sizeof status));
}

/* Returns how many were served: fewer than all of them where one was turned away or waits. */
static size_t fill_sets(struct server *server, struct peer *clients[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct newcomer newcomer = {.since = now()};
        if (program_ended(server->program))
            return i;
        clients[i] = peer_connect(server->program, server->address, PEER_QUIET);
        if (clients[i] == NULL)
            return i;
        peer_send(clients[i], "hello\n", 6);
        newcomer.peer = clients[i];
        await(is_decided, &newcomer);
        if (clients[i]->channel.in_total < clients[i]->channel.out_length) {
            peer_close(clients[i]);
            return i;
        }
        clients[i]->channel.reading = false; /* keeps the pump quick */
    }
    return count;
}

enum { BEYOND = FD_SETSIZE + 60 };

static struct peer *crowd[BEYOND];

static void look_at_memory(void)
{
    expect_own_sanitizers("server-asan");
    struct server server = server_start("127.0.0.1:0", BUILD_ASAN);
    step("%d clients connect and speak, and stay", BEYOND);
    fill_sets(&server, crowd, BEYOND);
    settle();
    const struct channel *errors = &server.program->errors;
    if (channel_holds(errors, "ERROR: AddressSanitizer") ||
        channel_holds(errors, "runtime error: "))
        failed(SYMPTOM_writes_past_set,
               "descriptors of FD_SETSIZE (1024) and above are never put into a set",
               "the sanitizers report an access past the end of a set");
    blame_end(&server);
    peers_end();
    programs_end();
}

/* Some are turned away, or wait; nobody else notices. */
static void meet_limit(struct server *server, size_t served)
{
    static const struct blame blame = {SYMPTOM_limit_costs_others, SYMPTOM_clients_mixed_up,
                                       SYMPTOM_limit_costs_others, SYMPTOM_ended_past_set};
    struct peer *more[3];
    step("%zu clients were served; %zu more come", served, sizeof more / sizeof more[0]);
    for (size_t i = 0; i < 3; i++) {
        more[i] = client_connect_blaming(server, SYMPTOM_ended_past_set);
        peer_send(more[i], "is there room?\n", 15);
    }
    settle();
    blame_end(server);
    all_speak(crowd, served, &blame);
    expect_rest(SYMPTOM_spins_past_set, "with more clients than a set has room for");
    for (size_t i = 0; i < 3; i++)
        peer_close(more[i]);
}

static void check_beyond_fd_setsize(void)
{
    enum { LEAVE = 40 };
    static const struct blame later = {SYMPTOM_unserved_past_set, SYMPTOM_clients_mixed_up,
                                       SYMPTOM_unserved_past_set, SYMPTOM_ended_past_set};
    look_at_memory();
    struct server server = server_start_here();
    serve_one(&server, &plain_blame);
    settle();
    struct goal goal = {&server, descriptors_of, descriptors_of(&server), true, 0};
    step("up to %d clients connect and speak, and stay", BEYOND);
    size_t served = fill_sets(&server, crowd, BEYOND);
    blame_end(&server);
    if (served < BEYOND)
        meet_limit(&server, served);
    size_t leave = served < LEAVE ? served : LEAVE;
    struct goal room = {&server, descriptors_of, descriptors_of(&server) - (unsigned)leave,
                        true, 0};
    all_leave(crowd + served - leave, leave);
    reaches_soon(&room);
    struct peer *next = client_connect_blaming(&server, SYMPTOM_unserved_past_set);
    converse(next, "is there room now?\n", &later);
    peer_close(next);
    all_leave(crowd, served - leave);
    if (!reaches_soon(&goal))
        failed(SYMPTOM_keeps_past_set, "no more descriptors than before, when all have left",
               "%u descriptors before, %u now", goal.wanted, goal.seen);
    expect_rest(SYMPTOM_spins_past_set, "after all had left");
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
    {"uses-select", 4, "listens", "server",
     "server.c calls select or pselect, and no poll, epoll, fork or thread", check_uses_select},
    {"clients-at-once", 14, "echoes", "server",
     "50 clients are all answered while all stay connected", check_clients_at_once},
    {"one-thread", 6, "clients-at-once", "server", "there is no child and no second thread",
     check_one_thread},
    {"slow-sender", 12, "clients-at-once", "server",
     "a client in the middle of a line holds nobody up", check_slow_sender},
    {"forgets-closed", 10, "clients-at-once", "server",
     "clients leave in any order, and the others are served on", check_forgets_closed},
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
     "the totals are exact over all clients, whoever leaves when", check_tally_of_many},
    {"any-family", 2, "echoes", "server",
     "it serves over IPv4, IPv6, a name, every interface and a unix: address",
     check_any_family},
    {"out-of-descriptors", 5, "clients-at-once idles", "server",
     "with no descriptor left it neither ends nor spins, and serves again once there is one",
     check_out_of_descriptors},
    {"beyond-fd-setsize", 14, "one-thread forgets-closed", "server server-asan",
     "clients whose descriptors are too high for a set cost nobody else, and nothing is "
     "written "
     "outside of a set",
     check_beyond_fd_setsize},
    {"reports-usage", 1, "listens", "server",
     "without an argument, a usage line and exit status 2", check_reports_usage},
    {"memory-clean", 2, "clients-at-once", "server-asan",
     "the address and undefined-behaviour sanitizers have nothing to report",
     check_memory_clean},
};

int main(int argc, char *argv[])
{
    const struct suite suite = {"04-select", "server", checks,
                                sizeof checks / sizeof checks[0]};
    return suite_main(argc, argv, &suite);
}
