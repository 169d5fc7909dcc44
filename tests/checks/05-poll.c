/* The suite of lab 05: one thread for many clients, with poll(), and nothing ever blocks. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/checks/check.h"
#include "tests/checks/concurrent.h"
#include "tests/checks/memory.h"
#include "tests/checks/sources.h"
#include "tests/checks/stream.h"
#include "tests/messages/messages.h"
#include "tests/probe/visible.h"

enum { KIB = 1024, MIB = 1024 * KIB };

static void check_uses_poll(void)
{
    static const char *const others[] = {"select",        "pselect",     "epoll_create",
                                         "epoll_create1", "epoll_ctl",   "epoll_wait",
                                         "epoll_pwait",   "fork",        "vfork",
                                         "clone",         "posix_spawn", "pthread_create",
                                         "thrd_create",   NULL};
    expect_model("poll|ppoll", others);
}

static void check_many_at_once(void)
{
    clients_at_once(1500);
}

static char *noise_of(size_t length)
{
    char *noise = malloc(length);
    if (noise == NULL)
        broken("no memory");
    fill_with_noise(noise, length);
    return noise;
}

/* A client that sends all it can and reads nothing. */
static struct peer *connect_slow_reader(struct server *server, size_t offers)
{
    static size_t skip; /* no two of them send the same */
    char *noise = noise_of(offers + ++skip);
    struct peer *client = client_connect(server, PEER_READS_LATER);
    peer_send(client, noise + skip, offers);
    step("%s, with a small receive buffer, offers %zu KiB and reads nothing", client->name,
         offers / KIB);
    free(noise);
    fill_up(client);
    return client;
}

static void slow_reader_at(const char *address)
{
    static const struct blame blame = {SYMPTOM_held_up_by_reader, SYMPTOM_clients_mixed_up,
                                       SYMPTOM_client_dropped, SYMPTOM_ended_in_crowd};
    struct server server = server_start(address, BUILD_PLAIN);
    struct peer *before = client_connect(&server, 0);
    converse(before, "hello\n", &blame);
    struct peer *slow = connect_slow_reader(&server, 4 * MIB);
    converse(before, "am I held up?\n", &blame);
    struct peer *next = client_connect(&server, 0);
    converse(next, "am I?\n", &blame);
    expect_rest(SYMPTOM_spins_with_output_due, "while a client did not read");
    if (slow->channel.ended)
        failed(SYMPTOM_slow_reader_dropped, "a client that does not read keeps its connection",
               "it was closed");
    peers_end();
    programs_end();
}

/* Over TCP a write() comes short before it says EAGAIN; over a unix socket it says so at once. */
static void at_both(void (*check)(const char *address))
{
    char path[ADDRESS_SIZE] = "unix:";
    check("127.0.0.1:0");
    unix_path(path + 5, sizeof path - 5);
    check(path);
}

static void check_slow_reader(void)
{
    at_both(slow_reader_at);
}

static unsigned long long memory_of(const struct server *server)
{
    pid_t pid = server->program->pid;
    return status_number(pid, "\nRssAnon:") + status_number(pid, "\nVmSwap:");
}

static void check_bounded_memory(void)
{
    enum { OFFERED = 64 * MIB, BOUND_KIB = 1024 };
    struct server server = server_start_here();
    struct peer *first = client_connect(&server, 0);
    converse(first, "hello\n", &plain_blame);
    unsigned long long before = memory_of(&server);
    struct peer *slow = connect_slow_reader(&server, OFFERED);
    unsigned long long after = memory_of(&server);
    step("memory of the server's own (RssAnon): %llu KiB before, %llu KiB after", before,
         after);
    if (after > before + BOUND_KIB)
        failed(
            SYMPTOM_unbounded_memory,
            "the server stops reading from a client that does not read: it grows by 1 MiB at "
            "most",
            "it took %zu KiB and grew by %llu KiB", slow->channel.out_sent / KIB,
            after - before);
    converse(first, "still there?\n", &plain_blame);
}

struct progress {
    const struct channel *channel;
    size_t wanted;
};

static bool has_come(void *argument)
{
    const struct progress *progress = argument;
    return progress->channel->in_total >= progress->wanted || progress->channel->ended;
}

/* Returns false when it does not come. */
static bool read_a_piece(struct peer *client, size_t length)
{
    struct progress progress = {&client->channel, client->channel.in_total + length};
    client->channel.piece = 977;
    client->channel.reading = true;
    bool came = await(has_come, &progress) == AWAIT_DONE;
    client->channel.reading = false;
    client->channel.piece = 0;
    return came;
}

/* In odd pieces, so that a buffer that is used as a ring meets its end everywhere; two clients in
 * turn, so that what is due to one is not kept in place of what is due to the other. */
static void deliver_late_at(const char *address)
{
    enum { PIECES = 60, OFFERED = 1 * MIB };
    static const struct blame late = {SYMPTOM_late_missing, SYMPTOM_late_altered,
                                      SYMPTOM_late_dropped, SYMPTOM_late_ended};
    struct peer *clients[2];
    struct server server = server_start(address, BUILD_PLAIN);
    for (int i = 0; i < 2; i++)
        clients[i] = connect_slow_reader(&server, OFFERED);
    step("both read in pieces of odd sizes, in turn, with pauses in which the server comes to "
         "rest");
    for (size_t i = 0; i < PIECES; i++) {
        if (!read_a_piece(clients[i % 2], 1 + (i * 7919) % 9000))
            break;
        if (i % 4 == 0)
            settle();
    }
    for (int i = 0; i < 2; i++) {
        step("%s reads all that comes", clients[i]->name);
        expect_echo(clients[i], &late);
    }
    peers_end();
    programs_end();
}

static void check_delivers_late(void)
{
    at_both(deliver_late_at);
}

/* Sends no more than makes the server stop reading, so that the end of file gets there too. */
static struct peer *connect_until_unread(struct server *server)
{
    enum { CHUNK = 16 * KIB, CHUNKS = 200 };
    char *noise = noise_of(CHUNK * CHUNKS);
    struct peer *client = client_connect(server, PEER_READS_LATER);
    for (int i = 0; i < CHUNKS && peer_unread(client) == 0; i++) {
        peer_send(client, noise + i * CHUNK, CHUNK);
        settle();
    }
    free(noise);
    step("%s, with a small receive buffer, sends %zu bytes and reads nothing: the server reads "
         "no "
         "more",
         client->name, client->channel.out_length);
    return client;
}

static void finish_with_output_due(struct server *server, struct peer *client)
{
    static const struct blame pending = {SYMPTOM_pending_stuck, SYMPTOM_altered_echo,
                                         SYMPTOM_pending_lost, SYMPTOM_server_ended};
    client->channel.out_length = client->channel.out_sent;
    peer_finish(client);
    step("%s shuts down its sending side, and still does not read", client->name);
    settle();
    expect_rest(SYMPTOM_spins_with_output_due,
                "with output due to a client that has finished sending");
    step("%s reads", client->name);
    expect_echo(client, &pending);
    expect_end(client, SYMPTOM_pending_no_end, SYMPTOM_half_close_reset);
    peer_close(client);
    serve_one(server, &pending);
}

static void check_half_close_pending(void)
{
    struct server server = server_start_here();
    finish_with_output_due(&server, connect_until_unread(&server));
    finish_with_output_due(&server, connect_slow_reader(&server, MIB));
}

static void expect_stop(struct server *server, enum symptom never)
{
    char status[64];
    if (!holds_soon(has_ended, server->program))
        failed(never, "the server ends within 2 seconds after the signal", "it goes on");
    while (pump(0) > 0)
        ;
    if (server->program->status != 0)
        failed(SYMPTOM_stop_status, "exit status 0", "%s",
               describe_status(server->program->status, status, sizeof status));
}

static void expect_last_tally(struct server *server, unsigned clients, unsigned bytes)
{
    char expected[200], shown[200];
    const struct channel *output = &server->program->output;
    snprintf(expected, sizeof expected,
             translated("the line \"served %u clients, %u bytes\" at the end"), clients, bytes);
    if (!prints_totals(server->program, clients, bytes))
        failed(SYMPTOM_stop_tally, expected, "standard output held %s",
               visible(output->in, output->in_length, shown, sizeof shown));
}

static void stop_without_clients(void)
{
    struct server server = server_start_here();
    settle(); /* a signal that comes while it works is stop_while_busy()'s to send */
    step("the server gets SIGTERM before any client came");
    program_signal(server.program, SIGTERM);
    expect_stop(&server, SYMPTOM_not_stopped);
    expect_last_tally(&server, 0, 0);
    programs_end();
}

static void stop_with_idle_clients(void)
{
    enum { CLIENTS = 3, EACH = 15 };
    struct peer *clients[CLIENTS];
    struct server server = server_start_here();
    gather(&server, clients, CLIENTS, &crowd_blame);
    settle();
    step("the server gets SIGINT");
    program_signal(server.program, SIGINT);
    for (size_t i = 0; i < CLIENTS; i++)
        expect_end(clients[i], SYMPTOM_not_stopped, SYMPTOM_stop_reset);
    peers_end();
    expect_stop(&server, SYMPTOM_not_stopped);
    expect_last_tally(&server, CLIENTS, CLIENTS * (sizeof "client 1 says hello\n" - 1));
    programs_end();
}

static bool is_right(const struct channel *channel)
{
    size_t length = channel->in_length;
    return length <= channel->out_length && memcmp(channel->in, channel->out, length) == 0;
}

/* Returns false when the client came to read too late to blame the server for giving up. */
static bool stop_with_output_due(void)
{
    static const double patience = 0.4;
    char where[ADDRESS_SIZE];
    struct server server = server_start_here();
    struct peer *client = connect_slow_reader(&server, MIB);
    size_t taken = client->channel.out_sent - (size_t)peer_in_flight(client);
    size_t wanted = taken - peer_unread(client);
    double signalled = now();
    step("the server, which has read %zu bytes of %s, gets SIGTERM", wanted, client->name);
    program_signal(server.program, SIGTERM);
    settle();
    if (!program_ended(server.program) &&
        listening_address(server.program->pid, where, sizeof where))
        failed(SYMPTOM_stop_keeps_listening, "the listening socket is closed at once",
               "while output is due the server still listens on %s", where);
    bool in_time = now() - signalled < patience;
    step("%s reads", client->name);
    struct progress progress = {&client->channel, wanted};
    client->channel.reading = true;
    await(has_come, &progress);
    bool whole = client->channel.in_total >= wanted && is_right(&client->channel);
    if (!whole && in_time)
        failed(SYMPTOM_stop_loses,
               "what the server had read by the signal reaches a client that reads",
               "%zu of %zu bytes came", client->channel.in_total, wanted);
    peers_end();
    if (whole)
        expect_stop(&server, SYMPTOM_not_stopped);
    programs_end();
    return whole || in_time;
}

static void stop_with_deaf_client(void)
{
    struct server server = server_start_here();
    connect_slow_reader(&server, MIB);
    step("the server gets SIGTERM; the client never reads");
    program_signal(server.program, SIGTERM);
    expect_stop(&server, SYMPTOM_stop_waits_for_reader);
    peers_end();
    programs_end();
}

/* Tells whether a stopped process was met somewhere else than waiting for its clients. A poll() that
 * a stop has interrupted goes on under another name. */
static bool is_outside_of_poll(pid_t pid)
{
    struct blocked_call call;
    return blocked_call_of(pid, pid, &call) && call.number != SYS_poll &&
           call.number != SYS_ppoll && call.number != SYS_restart_syscall;
}

enum { CLIENTS_AT_WORK = 4 };

/* A server that is kept at work by its clients, and how long it had run when it was last stopped. */
struct workload {
    struct program *program;
    struct peer *clients[CLIENTS_AT_WORK];
    unsigned long long ran;
};

/* Clients whose bytes are all sent send them once more: what the server does has no end. */
static bool has_run(void *argument)
{
    struct workload *work = argument;
    for (size_t i = 0; i < CLIENTS_AT_WORK; i++) {
        struct channel *channel = &work->clients[i]->channel;
        if (channel->out_sent == channel->out_length)
            channel->out_sent = 0;
    }
    return activity_of(work->program->pid).ran != work->ran;
}

/* Stops the server, again and again, until it is met at its work. In between it has to have run: on
 * a busy machine it would otherwise be met where it was before. */
static bool stop_at_work(struct workload *work)
{
    for (int i = 0; i < 400 && await(has_run, work) == AWAIT_DONE; i++) {
        program_signal(work->program, SIGSTOP);
        await(is_stopped, &work->program->pid);
        if (is_outside_of_poll(work->program->pid))
            return true;
        work->ran = activity_of(work->program->pid).ran;
        program_signal(work->program, SIGCONT);
    }
    return false;
}

/* A signal that comes while the server is not in poll() must not wait for the next one. */
static void stop_while_busy(void)
{
    enum { LENGTH = 4 * MIB };
    char *noise = noise_of(LENGTH);
    struct server server = server_start_here();
    struct workload work = {.program = server.program};
    for (int i = 0; i < CLIENTS_AT_WORK; i++) {
        work.clients[i] = client_connect(&server, PEER_QUIET);
        work.clients[i]->channel.in_maximum = 0;
        peer_send(work.clients[i], noise, LENGTH);
    }
    free(noise);
    if (stop_at_work(&work))
        step("%d clients keep the server busy; it is stopped outside of poll(), gets SIGTERM, "
             "and is continued",
             CLIENTS_AT_WORK);
    else
        note("this machine was too busy to stop the server while it serves: the check was less "
             "sharp");
    program_signal(server.program, SIGTERM);
    program_signal(server.program, SIGCONT);
    expect_stop(&server, SYMPTOM_stop_missed);
    peers_end();
    programs_end();
}

static void check_drains_on_sigterm(void)
{
    enum { TRIES = 8 };
    stop_without_clients();
    stop_with_idle_clients();
    bool seen = false;
    for (int i = 0; i < TRIES && !seen; i++)
        seen = stop_with_output_due();
    if (!seen)
        note("this machine was too busy to see whether output that is due is delivered");
    stop_with_deaf_client();
    stop_while_busy();
}

static void look_after_signal(struct server *server, struct peer *client, const char *name)
{
    static const struct blame blame = {SYMPTOM_disturbed_by_signal, SYMPTOM_altered_echo,
                                       SYMPTOM_disturbed_by_signal, SYMPTOM_ended_by_signal};
    char status[64];
    settle();
    if (program_ended(server->program))
        failed(SYMPTOM_ended_by_signal, "the server goes on", "after %s: %s", translated(name),
               describe_status(server->program->status, status, sizeof status));
    converse(client, "am I still served?\n", &blame);
    struct peer *next = client_connect_blaming(server, SYMPTOM_disturbed_by_signal);
    converse(next, "and I?\n", &blame);
    peer_close(next);
}

static void check_survives_signals(void)
{
    static const struct {
        int number;
        const char *name;
    } harmless[] = {
        {SIGWINCH, "SIGWINCH"}, {SIGCHLD, "SIGCHLD"}, {SIGURG, "SIGURG"}, {SIGCONT, "SIGCONT"}};
    struct server server = server_start_here();
    struct peer *client = client_connect(&server, 0);
    converse(client, "hello\n", &plain_blame);
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        settle(); /* so that it waits when the signal comes */
        step("the server gets %s", harmless[i].name);
        program_signal(server.program, harmless[i].number);
        look_after_signal(&server, client, harmless[i].name);
    }
    step("the server is stopped and continued (SIGSTOP, SIGCONT)");
    program_signal(server.program, SIGSTOP);
    settle();
    program_signal(server.program, SIGCONT);
    look_after_signal(&server, client, MESSAGE("SIGSTOP and SIGCONT"));
    expect_rest(SYMPTOM_spins_with_client, "after these signals");
}

static void check_memory_clean(void)
{
    memory_of_server();
    memory_of_crowd(true);
}

static const struct check checks[] = {
    {"builds", 0, "", "", "the file, alone in an empty directory, compiles and links",
     check_builds},
    {"listens", 2, "", "server",
     "the ready line comes, and a client can connect to the address it names", check_listens},
    {"echoes", 4, "listens", "server", "lines, and bytes of every value, come back unchanged",
     check_echoes},
    {"uses-poll", 4, "listens", "server",
     "server.c calls poll or ppoll, and no select, epoll, fork or thread", check_uses_poll},
    {"one-thread", 4, "echoes", "server", "there is no child and no second thread",
     check_one_thread},
    {"clients-at-once", 10, "one-thread", "server",
     "1,500 clients are all answered while all stay connected", check_many_at_once},
    {"slow-reader", 8, "echoes", "server", "a client that never reads holds nobody up",
     check_slow_reader},
    {"bounded-memory", 8, "slow-reader", "server",
     "a client that never reads makes the server grow by no more than 1 MiB",
     check_bounded_memory},
    {"delivers-late", 6, "slow-reader", "server", "once it reads, all of it arrives in order",
     check_delivers_late},
    {"half-close", 4, "echoes", "server",
     "a client that has finished sending gets all that is still due, then end of file",
     check_half_close},
    {"half-close-pending", 8, "slow-reader", "server",
     "end of file with output still due: all is delivered first, and meanwhile the server "
     "rests",
     check_half_close_pending},
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
    {"tally", 6, "echoes", "server",
     "the totals are exact over all clients, whoever leaves when", check_tally_of_many},
    {"survives-signals", 4, "echoes", "server",
     "signals that mean nothing, and a stop and continue, leave it serving",
     check_survives_signals},
    {"drains-on-sigterm", 8, "slow-reader", "server",
     "on SIGTERM or SIGINT it delivers what it holds, prints its tally and exits with 0",
     check_drains_on_sigterm},
    {"any-family", 2, "echoes", "server",
     "it serves over IPv4, IPv6, a name, every interface and a unix: address",
     check_any_family},
    {"out-of-descriptors", 5, "echoes idles", "server",
     "with no descriptor left it neither ends nor spins, and serves again once there is one",
     check_out_of_descriptors},
    {"reports-usage", 1, "listens", "server",
     "without an argument, a usage line and exit status 2", check_reports_usage},
    {"memory-clean", 2, "echoes", "server-asan",
     "the address and undefined-behaviour sanitizers have nothing to report",
     check_memory_clean},
};

int main(int argc, char *argv[])
{
    const struct suite suite = {"05-poll", "server", checks, sizeof checks / sizeof checks[0]};
    return suite_main(argc, argv, &suite);
}
