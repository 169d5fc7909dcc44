/* What every stream server has to do; see stream.h. */
#define _GNU_SOURCE
#include "tests/checks/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/checks/check.h"
#include "tests/checks/echo.h"
#include "tests/messages/messages.h"
#include "tests/probe/visible.h"

enum { KIB = 1024, MIB = 1024 * KIB, BULK = 4 * MIB };

/* A port that was asked for must be the one that is bound, announced and answered on. */
static void check_given_port(void)
{
    char address[ADDRESS_SIZE], shown[2 * ADDRESS_SIZE];
    snprintf(address, sizeof address, "127.0.0.1:%u", free_port());
    struct server server = server_start(address, BUILD_PLAIN);
    if (strcmp(server.address, address) != 0)
        failed(SYMPTOM_other_port, "the server listens on the address that it was given",
               "given %s, it says: listening on %s", address,
               printable(server.address, strlen(server.address), shown, sizeof shown));
    client_connect(&server, 0);
}

/* A program that announces itself and then ends could still be reached for a moment. */
static void expect_to_last(struct server *server)
{
    char status[64];
    settle();
    if (program_ended(server->program))
        failed(SYMPTOM_ended_when_ready, "the server waits for clients",
               "it ended right after its ready line: %s",
               describe_status(server->program->status, status, sizeof status));
}

void check_listens(void)
{
    struct server server = server_start_here();
    expect_to_last(&server);
    client_connect(&server, 0);
    peers_end();
    programs_end();
    check_given_port();
}

void check_echoes(void)
{
    static const struct blame binary = {SYMPTOM_bytes_lost, SYMPTOM_bytes_altered,
                                        SYMPTOM_closed_early, SYMPTOM_server_ended};
    char every[256];
    for (int i = 0; i < 256; i++)
        every[i] = (char)i;
    struct server server = server_start_here();
    struct peer *client = client_connect(&server, 0);
    converse(client, "hello\n", &plain_blame);
    converse(client, "one more line, after the first was answered\n", &plain_blame);
    converse(client, "no newline at the end", &plain_blame);
    step("%s sends each byte from 0 to 255, 0 first", client->name);
    peer_send(client, every, sizeof every);
    expect_echo(client, &binary);
    step("%s sends the single byte 0", client->name);
    peer_send(client, "", 1);
    expect_echo(client, &binary);
}

static noreturn void blame_next(struct server *server, int number, int error)
{
    settle();
    failed(program_ended(server->program) ? SYMPTOM_ended_after_client
                                          : SYMPTOM_listener_closed,
           "the next client is served when one has left", "client %d cannot connect: %s",
           number, strerror(error));
}

void check_serves_next_client(void)
{
    enum { CLIENTS = 20 };
    static const struct blame next = {SYMPTOM_next_client_unserved, SYMPTOM_altered_echo,
                                      SYMPTOM_next_client_unserved, SYMPTOM_ended_after_client};
    struct server server = server_start_here();
    for (int i = 0; i < CLIENTS; i++) {
        struct peer *client = peer_connect(server.program, server.address, 0);
        if (client == NULL)
            blame_next(&server, i + 1, errno);
        converse(client, "hello\n", &next);
        step("%s leaves", client->name);
        peer_close(client);
        if (i == 0)
            settle(); /* what the server does at the end of a client is done before the next */
    }
}

/* Our end cannot send and theirs does not take: the server waits for us to read. A slow one is
 * given time as long as it takes anything at all. */
size_t fill_up(struct peer *client)
{
    const struct channel *channel = &client->channel;
    size_t left, before = 0;
    do {
        left = before;
        settle();
        before = channel->out_sent - (size_t)peer_in_flight(client) - peer_unread(client);
    } while (before != left && !channel->ended);
    step("%s has sent %zu bytes and read nothing; the server takes no more", client->name,
         channel->out_sent);
    return channel->out_sent;
}

/* The process with a thread that is blocked in writing, or 0. */
static pid_t blocked_writer(const struct program *program)
{
    static pid_t pids[PROCESSES];
    size_t count = program_tree(program->pid, pids);
    for (size_t i = 0; i < count; i++)
        if (is_blocked_in_writing(pids[i]))
            return pids[i];
    return 0;
}

/*
 * A write that blocks with a part of its bytes taken is cut short for real when its process is
 * stopped and continued, as by Ctrl-Z and fg: it returns the count so far. A server that does
 * not block in writing is left alone.
 */
static bool cut_write_short(const struct program *program)
{
    pid_t writer = 0;
    for (double begun = now(); writer == 0 && now() - begun < 0.05; pump(1))
        writer = blocked_writer(program);
    if (writer == 0)
        return false;
    kill(writer, SIGSTOP);
    await(is_stopped, &writer);
    kill(writer, SIGCONT);
    return true;
}

static bool has_come(void *argument)
{
    const size_t *wanted = ((void **)argument)[1];
    const struct channel *channel = ((void **)argument)[0];
    return channel->in_total >= *wanted || channel->ended;
}

/* Reads a little at a time, and cuts the writes short that the server is blocked in. */
static void read_with_cuts(struct server *server, struct peer *client)
{
    enum { CUTS = 24, PIECE = 20000 };
    unsigned cuts = 0;
    for (int i = 0; i < CUTS; i++) {
        size_t wanted = client->channel.in_total + PIECE;
        void *until[] = {&client->channel, &wanted};
        cuts += cut_write_short(server->program);
        client->channel.reading = true;
        if (await(has_come, until) != AWAIT_DONE || client->channel.ended)
            break;
        client->channel.reading = false;
    }
    if (cuts > 0)
        step("the server is stopped and continued %u times while it is blocked in writing, "
             "which makes write() return short, as Ctrl-Z and fg do; %s reads slowly",
             cuts, client->name);
}

void check_echoes_bulk(void)
{
    static const struct blame bulk = {SYMPTOM_bulk_stuck, SYMPTOM_short_write_ignored,
                                      SYMPTOM_bulk_closed, SYMPTOM_bulk_ended};
    char *noise = malloc(BULK);
    if (noise == NULL)
        broken("no memory");
    fill_with_noise(noise, BULK);
    struct server server = server_start_here();
    struct peer *client = client_connect(&server, PEER_READS_LATER);
    peer_send(client, noise, BULK);
    step("%s, with a small receive buffer, sends 4 MiB and reads nothing", client->name);
    free(noise);
    fill_up(client);
    read_with_cuts(&server, client);
    step("%s reads all that comes", client->name);
    expect_echo(client, &bulk);
}

/* At the half-close the server still holds what this client has not read. */
static void finish_with_echoes_due(struct server *server)
{
    static const struct blame due = {SYMPTOM_half_close_stuck, SYMPTOM_altered_echo,
                                     SYMPTOM_half_close_loses, SYMPTOM_server_ended};
    char *noise = malloc(MIB);
    if (noise == NULL)
        broken("no memory");
    fill_with_noise(noise, MIB);
    struct peer *client = client_connect(server, PEER_READS_LATER);
    peer_send(client, noise, MIB);
    free(noise);
    client->channel.out_length = fill_up(client); /* the rest is not sent after all */
    peer_finish(client);
    step("%s shuts down its sending side, then reads", client->name);
    settle();
    expect_echo(client, &due);
    expect_end(client, SYMPTOM_half_close_no_end, SYMPTOM_half_close_reset);
}

static const struct blame last_words = {SYMPTOM_half_close_stuck, SYMPTOM_altered_echo,
                                        SYMPTOM_half_close_loses, SYMPTOM_server_ended};

/* When the server comes to this client, its bytes and their end are there already. */
static void finish_in_queue(struct server *server)
{
    struct peer *first = client_connect(server, 0);
    converse(first, "hello\n", &last_words);
    struct peer *second = client_connect(server, 0);
    client_says(second, "sent and finished before my turn\n");
    peer_finish(second);
    settle();
    step("%s shuts down its sending side while %s is served; then %s leaves", second->name,
         first->name, first->name);
    peer_close(first);
    expect_echo(second, &last_words);
    expect_end(second, SYMPTOM_half_close_no_end, SYMPTOM_half_close_reset);
    peer_close(second);
}

void check_half_close(void)
{
    struct server server = server_start_here();
    struct peer *client = client_connect(&server, 0);
    client_says(client, "the last words\n");
    peer_finish(client);
    step("%s shuts down its sending side", client->name);
    expect_echo(client, &last_words);
    expect_end(client, SYMPTOM_half_close_no_end, SYMPTOM_half_close_reset);
    peer_close(client);
    finish_in_queue(&server);
    finish_with_echoes_due(&server);
}

static const struct blame after_reset = {SYMPTOM_unserved_after_reset, SYMPTOM_altered_echo,
                                         SYMPTOM_unserved_after_reset, SYMPTOM_ended_by_reset};

/* The server has ended, and a signal tells why. */
static void look_for_death(struct server *server)
{
    if (!program_ended(server->program))
        return;
    char status[64];
    describe_status(server->program->status, status, sizeof status);
    failed(server->program->status == 128 + SIGPIPE ? SYMPTOM_killed_by_sigpipe
                                                    : SYMPTOM_ended_by_reset,
           "a client that resets ends only its own connection", "the server ended: %s", status);
}

static void next_is_served(struct server *server)
{
    settle();
    look_for_death(server);
    struct peer *client = peer_connect(server->program, server->address, 0);
    if (client == NULL) {
        settle();
        look_for_death(server);
        failed(SYMPTOM_unserved_after_reset, "the next client is served",
               "it cannot connect: %s", strerror(errno));
    }
    client_says(client, "still there?\n");
    expect_echo(client, &after_reset);
    peer_close(client);
}

static void reset_while_reading(struct server *server)
{
    struct peer *client = client_connect(server, 0);
    converse(client, "hello\n", &plain_blame);
    step("%s resets its connection while the server waits for its next line", client->name);
    peer_reset(client);
    next_is_served(server);
}

/* After its half-close, a reset makes the server's write fail with EPIPE and not ECONNRESET. */
static void reset_while_writing(struct server *server, bool finished)
{
    char *noise = calloc(1, MIB);
    if (noise == NULL)
        broken("no memory");
    struct peer *client = client_connect(server, PEER_READS_LATER);
    peer_send(client, noise, MIB);
    free(noise);
    client->channel.out_length = fill_up(client);
    if (finished) {
        peer_finish(client);
        settle();
    }
    step(finished
             ? MESSAGE("%s shuts down its sending side and resets its connection while the "
                       "server is writing to it")
             : MESSAGE("%s resets its connection while the server is writing to it"),
         client->name);
    peer_reset(client);
    next_is_served(server);
}

static void vanish_with_unread_echo(struct server *server)
{
    struct peer *client = client_connect(server, PEER_READS_LATER);
    client_says(client, "nobody will read the echo of this\n");
    settle();
    step("%s leaves without reading its echo, which resets the connection", client->name);
    peer_close(client);
    next_is_served(server);
}

/* The server comes to a client that has left already: it reads, and answers nobody. It is stopped
 * so that a server for many clients does not come earlier. */
static void vanish_in_queue(struct server *server, bool with_reset)
{
    enum { LENGTH = 64 * KIB };
    char noise[LENGTH];
    fill_with_noise(noise, LENGTH);
    struct peer *first = client_connect(server, 0);
    converse(first, "hello\n", &plain_blame);
    program_signal(server->program, SIGSTOP);
    struct peer *second = client_connect(server, 0);
    peer_send(second, noise, LENGTH);
    settle();
    step(with_reset
             ? MESSAGE("the server is stopped; %s sends 64 KiB and resets without reading; "
                       "the server is continued, and %s leaves")
             : MESSAGE("the server is stopped; %s sends 64 KiB and leaves without reading; "
                       "the server is continued, and %s leaves"),
         second->name, first->name);
    if (with_reset)
        peer_reset(second);
    else
        peer_close(second);
    settle();
    program_signal(server->program, SIGCONT);
    peer_close(first);
    next_is_served(server);
}

struct descriptors {
    struct server *server;
    int at_most, seen;
};

static bool are_back(void *argument)
{
    struct descriptors *descriptors = argument;
    descriptors->seen = descriptor_count(descriptors->server->program->pid);
    return descriptors->seen <= descriptors->at_most;
}

void expect_rest(enum symptom symptom, const char *when)
{
    double share = share_of_processor();
    if (share >= 0.02)
        failed(symptom,
               "the server waits in a system call that blocks: it uses less than 2 % "
               "of a processor",
               "%.0f %% of a processor, %s", 100 * share, translated(when));
}

static void resets_over(const char *address)
{
    struct server server = server_start(address, BUILD_PLAIN);
    serve_one(&server, &plain_blame);
    settle();
    struct descriptors descriptors = {.server = &server,
                                      .at_most = descriptor_count(server.program->pid)};
    reset_while_reading(&server);
    vanish_with_unread_echo(&server);
    vanish_in_queue(&server, false);
    vanish_in_queue(&server, true);
    reset_while_writing(&server, false);
    reset_while_writing(&server, true);
    if (!holds_soon(are_back, &descriptors))
        failed(SYMPTOM_keeps_reset_descriptor,
               "a connection that was reset is closed: no more descriptors than before",
               "%d descriptors before the resets, %d after them", descriptors.at_most,
               descriptors.seen);
    expect_rest(SYMPTOM_spins_after_reset, "after the resets, with no client left");
    peers_end();
    programs_end();
}

void check_survives_reset(void)
{
    char path[ADDRESS_SIZE] = "unix:";
    resets_over("127.0.0.1:0");
    unix_path(path + 5, sizeof path - 5);
    resets_over(path);
}

void check_keeps_no_descriptor(void)
{
    enum { CLIENTS = 50 };
    static const struct blame many = {SYMPTOM_no_echo, SYMPTOM_altered_echo,
                                      SYMPTOM_closed_early, SYMPTOM_ended_by_reset};
    struct server server = server_start_here();
    serve_one(&server, &plain_blame);
    settle();
    struct descriptors descriptors = {.server = &server,
                                      .at_most = descriptor_count(server.program->pid)};
    step("%d clients come, one after the other; every second one resets", CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
        struct peer *client = peer_connect(server.program, server.address, PEER_QUIET);
        if (client == NULL)
            failed(SYMPTOM_ended_by_reset, "each client is served", "client %d: %s", i + 1,
                   strerror(errno));
        peer_send(client, "hello\n", 6);
        expect_echo(client, &many);
        if (i % 2 == 0)
            peer_close(client);
        else
            peer_reset(client);
    }
    if (!holds_soon(are_back, &descriptors))
        failed(SYMPTOM_leaks_descriptor,
               "each connection is closed when it has ended: no more descriptors than before",
               "%d descriptors before the %d clients, %d after them", descriptors.at_most,
               CLIENTS, descriptors.seen);
}

void check_idles(void)
{
    struct server server = server_start_here();
    expect_rest(SYMPTOM_spins_alone, "before any client came");
    struct peer *client = client_connect(&server, 0);
    converse(client, "hello\n", &plain_blame);
    step("%s stays, and is silent", client->name);
    expect_rest(SYMPTOM_spins_with_client, "while a client was connected and silent");
    converse(client, "I was only silent\n", &plain_blame);
    step("%s leaves", client->name);
    peer_close(client);
    settle();
    expect_rest(SYMPTOM_spins_alone, "after all clients had left");
}

/* The last whole line of that form, or any line that shows the totals wanted. */
struct totals {
    const struct program *program;
    unsigned long long clients, bytes;
    unsigned long long last_clients, last_bytes;
    char last[80];
};

static bool shows_totals(void *argument)
{
    struct totals *totals = argument;
    const struct channel *output = &totals->program->output;
    const char *end = output->in + output->in_length;
    for (const char *at = output->in, *newline; at != NULL && at < end; at = newline + 1) {
        unsigned long long clients, bytes;
        char line[80], rest;
        newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL)
            break;
        snprintf(line, sizeof line, "%.*s", (int)(newline - at < 79 ? newline - at : 79), at);
        if (sscanf(line, "served %llu clients, %llu bytes%c", &clients, &bytes, &rest) != 2)
            continue;
        printable(line, strlen(line), totals->last, sizeof totals->last);
        totals->last_clients = clients;
        totals->last_bytes = bytes;
        if (clients == totals->clients && bytes == totals->bytes)
            return true;
    }
    return false;
}

/* What the wrong numbers look like. */
static const char *guess(const struct totals *totals)
{
    if (totals->last_clients + 1 == totals->clients)
        return translated(" (one client behind)");
    if (totals->last_clients == totals->clients && totals->last_bytes == 2 * totals->bytes)
        return translated(" (each byte is counted twice)");
    if (totals->last_clients == 2 * totals->clients)
        return translated(" (each client is counted twice)");
    return "";
}

bool prints_totals(const struct program *program, unsigned long long clients,
                   unsigned long long bytes)
{
    struct totals totals = {.program = program, .clients = clients, .bytes = bytes};
    return shows_totals(&totals);
}

unsigned long long last_count(const struct program *program)
{
    struct totals totals = {.program = program, .clients = ~0ull};
    shows_totals(&totals);
    return totals.last_clients;
}

static void expect_totals(struct totals *totals, const char *when)
{
    char expected[400], shown[300];
    snprintf(expected, sizeof expected,
             translated("the line \"served %llu clients, %llu bytes\" %s"), totals->clients,
             totals->bytes, translated(when));
    enum outcome outcome = await_patiently(shows_totals, totals);
    if (outcome == AWAIT_DONE)
        return;
    if (outcome == AWAIT_ENDED)
        failed(SYMPTOM_ended_by_reset, expected, "the server ended");
    if (totals->last[0] == '\0')
        failed(SYMPTOM_no_tally, expected, "no such line; standard output held %s",
               visible(totals->program->output.in, totals->program->output.in_length, shown,
                       sizeof shown));
    failed(SYMPTOM_wrong_tally, expected, "the last such line was: %s%s", totals->last,
           guess(totals));
}

static void serve_and_count(struct server *server, struct totals *totals, size_t length)
{
    char noise[16 * KIB];
    fill_with_noise(noise, length);
    struct peer *client = peer_connect(server->program, server->address, PEER_QUIET);
    if (client == NULL)
        failed(SYMPTOM_next_client_unserved, "each client is served", "%s", strerror(errno));
    peer_send(client, noise, length);
    expect_echo(client, &plain_blame);
    step("%s sends %zu bytes, has its echo, and leaves", client->name, length);
    peer_close(client);
    totals->clients++;
    totals->bytes += length;
}

static void serve_slowly(struct server *server, struct totals *totals)
{
    static const char text[] = "slowly\n";
    struct peer *client = client_connect(server, 0);
    step("%s sends its line a byte at a time, each after the echo of the last", client->name);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        peer_send(client, text + i, 1);
        expect_echo(client, &plain_blame);
    }
    peer_close(client);
    totals->clients++;
    totals->bytes += sizeof text - 1;
}

static void count_in_turn(struct server *server, struct totals *totals)
{
    serve_and_count(server, totals, 1);
    expect_totals(totals, "when the first client has left");
    for (size_t length = 10; length <= 10000; length *= 10)
        serve_and_count(server, totals, length);
    serve_and_count(server, totals, 0);
    expect_totals(totals, "when six clients have left, the last without a byte");
    serve_slowly(server, totals);
    expect_totals(totals, "when the slow client has left too");
    struct peer *client = client_connect(server, 0);
    converse(client, "a reset after the last echo counts\n", &plain_blame);
    step("%s resets its connection", client->name);
    totals->clients++;
    totals->bytes += client->channel.out_length;
    peer_reset(client);
    struct peer *staying = client_connect(server, 0);
    converse(staying, "I stay for a while\n", &plain_blame);
    expect_totals(totals, "when the resetting client has left and another is connected");
    totals->clients++;
    totals->bytes += staying->channel.out_length;
    step("%s leaves", staying->name);
    peer_close(staying);
    expect_totals(totals, "at the end");
}

void check_tally(void)
{
    struct server server = server_start_here();
    struct totals totals = {.program = server.program};
    count_in_turn(&server, &totals);
}

/* They leave in another order than they came in, then many of them at the same moment. */
static void count_crowd(struct server *server, struct totals *totals)
{
    enum { CLIENTS = 40, SINGLY = 10 };
    struct peer *clients[CLIENTS];
    char noise[CLIENTS * 100];
    fill_with_noise(noise, sizeof noise);
    step("%d clients connect and stay; client N of them sends N times 100 bytes", CLIENTS);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = client_connect(server, PEER_QUIET);
        peer_send(clients[i], noise, (i + 1) * 100);
        expect_echo(clients[i], &plain_blame);
        totals->clients++;
        totals->bytes += (i + 1) * 100;
    }
    struct peer *staying = client_connect(server, 0);
    converse(staying, "I am counted when I leave\n", &plain_blame);
    step("they leave: every fourth by itself, then all others at once; %s stays",
         staying->name);
    for (size_t i = 0; i < SINGLY; i++)
        peer_close(clients[4 * i]);
    settle();
    for (size_t i = 0; i < CLIENTS; i++)
        if (i % 4 != 0)
            peer_close(clients[i]);
    expect_totals(totals, "when 40 clients that were connected together have left");
    totals->clients++;
    totals->bytes += staying->channel.out_length;
    peer_close(staying);
    expect_totals(totals, "when the last one has left too");
}

void check_tally_of_many(void)
{
    struct server server = server_start_here();
    struct totals totals = {.program = server.program};
    count_in_turn(&server, &totals);
    settle(); /* the last of those has ended, whoever is to reap it has */
    count_crowd(&server, &totals);
}

static void serves_at(const char *address, const char *reach, enum symptom symptom)
{
    const struct blame blame = {symptom, SYMPTOM_altered_echo, symptom, symptom};
    struct server server = server_start_blaming(address, symptom);
    if (reach != NULL) {
        /* The wildcard is where it listens; a client needs a host. */
        char announced[ADDRESS_SIZE], shown[2 * ADDRESS_SIZE];
        snprintf(announced, sizeof announced, "%s", server.address);
        const char *port = strrchr(announced, ':');
        if (strncmp(announced, "0.0.0.0:", 8) != 0 && strncmp(announced, "[::]:", 5) != 0)
            failed(SYMPTOM_wildcard_not_announced,
                   "for :0 the ready line names the wildcard and the port, as 0.0.0.0:PORT or "
                   "[::]:PORT",
                   "listening on %s",
                   printable(announced, strlen(announced), shown, sizeof shown));
        snprintf(server.address, sizeof server.address, "%s%s", reach, port);
    }
    const char *host = server.address;
    if (symptom == SYMPTOM_name_unserved && strchr("0123456789[", host[0]) == NULL)
        failed(SYMPTOM_announced_address_unusable,
               "the ready line names the address numerically", "listening on %s", host);
    struct peer *client = client_connect_blaming(&server, symptom);
    converse(client, "hello\n", &blame);
    peers_end();
    programs_end();
}

/* In a network of our own the port of a service is as free as any other. */
static void serves_at_service(void)
{
    if (!programs_are_alone())
        return;
    struct server server = server_start_blaming("127.0.0.1:http-alt", SYMPTOM_name_unserved);
    if (strcmp(server.address, "127.0.0.1:8080") != 0)
        failed(SYMPTOM_name_unserved, "http-alt is the name of port 8080 (/etc/services)",
               "listening on %s", server.address);
    serve_one(&server, &plain_blame);
    peers_end();
    programs_end();
}

static bool knows_localhost(void)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    if (getaddrinfo("localhost", NULL, &hints, &list) != 0)
        return false;
    freeaddrinfo(list);
    return true;
}

void check_any_family(void)
{
    char path[ADDRESS_SIZE] = "unix:";
    serves_at("127.0.0.1:0", NULL, SYMPTOM_server_ended);
    unix_path(path + 5, sizeof path - 5);
    serves_at(path, NULL, SYMPTOM_unix_unserved);
    longest_unix_path(path + 5);
    serves_at(path, NULL, SYMPTOM_unix_unserved);
    if (knows_localhost())
        serves_at("localhost:0", NULL, SYMPTOM_name_unserved);
    else
        note("this machine does not know the name localhost: it was left out");
    serves_at_service();
    serves_at(":0", "127.0.0.1", SYMPTOM_wildcard_unserved);
    if (has_ipv6())
        serves_at("[::1]:0", NULL, SYMPTOM_ipv6_unserved);
    else
        note("this machine has no IPv6 loopback address: IPv6 was left out");
}

void check_restarts_at_once(void)
{
    enum { TIME_WAIT = 6 };
    struct server server = server_start_here();
    struct peer *client = client_connect(&server, 0);
    converse(client, "hello\n", &plain_blame);
    char address[ADDRESS_SIZE];
    snprintf(address, sizeof address, "%s", server.address);
    unsigned port = (unsigned)strtoul(strrchr(address, ':') + 1, NULL, 10);
    step("the server is killed (SIGKILL) with %s connected", client->name);
    program_kill(server.program);
    await(is_over, &client->channel);
    peer_close(client);
    unsigned lingering = tcp_sockets(port, TIME_WAIT);
    step("the client leaves; connections that the kernel keeps on port %u for a while "
         "(TIME_WAIT): %u",
         port, lingering);
    char *symbols = workspace_text("programs/server.symbols");
    bool sets = symbols != NULL && strstr(symbols, "setsockopt") != NULL;
    free(symbols);
    server_start_blaming(address,
                         sets ? SYMPTOM_address_in_use_though_set : SYMPTOM_address_in_use);
}

static const char bind_failure[] = MESSAGE(
    "one line on standard error that names program, address and reason, as \"server: bind "
    "127.0.0.1:PORT: Address already in use\", and exit status 1, at once");

static void expect_bind_message(const struct program *program, const char *address)
{
    char shown[ADDRESS_SIZE];
    const char *port = strrchr(address, ':') + 1;
    const struct channel *errors = &program->errors, *output = &program->output;
    if (errors->in_length == 0 && channel_holds(output, port))
        failed(SYMPTOM_bind_failure_on_standard_output, bind_failure,
               "standard error is empty, and standard output held %s",
               visible(output->in, output->in_length, shown, sizeof shown));
    if (find_ready_line(program, shown))
        failed(SYMPTOM_bind_failure_hidden, bind_failure, "it said: listening on %s", address);
    if (!channel_holds(errors, "127.0.0.1") || !channel_holds(errors, port) ||
        !channel_holds(errors, "server") || !channel_holds(errors, "in use"))
        failed(SYMPTOM_bind_failure_unnamed, bind_failure,
               "exit status 1, and on standard error: %s",
               errors->in_length == 0
                   ? translated("nothing")
                   : visible(errors->in, errors->in_length, shown, sizeof shown));
}

static void check_taken_port(void)
{
    char address[ADDRESS_SIZE], how[160];
    int holder = peer_listen("127.0.0.1:0", address, sizeof address);
    step("the grader listens on %s", address);
    struct program *program = program_start("server", BUILD_PLAIN, address);
    bool has = holds_soon(has_ended, program);
    close(holder);
    if (!has)
        failed(SYMPTOM_bind_failure_hidden, bind_failure, "it did not end");
    if (program->status != 1)
        failed(SYMPTOM_bind_failure_status, bind_failure, "%s",
               describe_status(program->status, how, sizeof how));
    while (pump(0) > 0)
        ;
    expect_bind_message(program, address);
}

/* A name that nobody has is an error at run time too, and not one of usage. */
static void check_unknown_name(void)
{
    static const char address[] = "no-such-host.invalid:0";
    static const char expected[] =
        MESSAGE("one line on standard error that names the address, and exit status 1");
    char how[160];
    struct program *program = program_start("server", BUILD_PLAIN, address);
    enum outcome outcome = await(has_ended, program);
    while (pump(0) > 0)
        ;
    if (!program_ended(program))
        failed(SYMPTOM_bind_failure_hidden, expected, "it did not end: %s",
               describe_outcome(outcome, program, how, sizeof how));
    if (program->status != 1)
        failed(SYMPTOM_bind_failure_status, expected, "%s",
               describe_status(program->status, how, sizeof how));
    if (!channel_holds(&program->errors, "no-such-host"))
        failed(SYMPTOM_bind_failure_unnamed, expected,
               "exit status 1, and the name is not told");
}

void check_reports_bind_failure(void)
{
    check_taken_port();
    programs_end();
    if (programs_are_alone()) /* elsewhere a name server may keep us waiting */
        check_unknown_name();
}
