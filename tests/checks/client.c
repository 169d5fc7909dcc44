/* The client of lab 01; see client.h. The grader's server echoes only what a check lets it, so
 * that the order of things is the check's and not the machine's. */
#define _GNU_SOURCE
#include "tests/checks/client.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "tests/checks/echo.h"
#include "tests/messages/messages.h"
#include "tests/probe/visible.h"

enum { KIB = 1024, MIB = 1024 * KIB, UNLIMITED = 1 << 30 };

/* The student's client, talking to a server of ours that echoes at most `allowed` bytes. */
struct session {
    struct program *client;
    struct peer *server; /* NULL until the client has connected */
    int listener;
    size_t echoed;  /* so many of the bytes that came have been given back */
    size_t allowed; /* and so many may be */
    size_t taken;   /* so many were seen to have been read by the client */
    size_t wanted;  /* what the check is waiting for */
    bool finished;  /* the client has half-closed, and so do we once all is given back */
    bool early;     /* it was seen to have printed more than had been given back */
};

/* Our end of the next connection: it listens, and holds little. */
static int listen_with_little_room(char *address, size_t size)
{
    int listener = peer_listen("127.0.0.1:0", address, size);
    int small = 4 * KIB, segment = 536, on = 1;
    /* Loopback's huge segments come with buffers that swallow a megabyte. */
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    setsockopt(listener, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return listener;
}

static struct session begin_at(int listener, const char *address, const void *input,
                               size_t length, enum build build)
{
    char shown[160];
    struct session session = {.listener = listener};
    session.client = program_start("client", build, address);
    if (length <= 64)
        step("standard input is %s", visible(input, length, shown, sizeof shown));
    else
        step("standard input is %zu bytes of every value", length);
    channel_send(&session.client->input, input, length);
    session.client->input.finish = true;
    return session;
}

static struct session begin_with(const void *input, size_t length, enum build build)
{
    char address[ADDRESS_SIZE];
    int listener = listen_with_little_room(address, sizeof address);
    return begin_at(listener, address, input, length, build);
}

static struct session begin(const void *input, size_t length)
{
    return begin_with(input, length, BUILD_PLAIN);
}

/*
 * Whether the client has read 64 KiB less than it has sent. What lies in the kernel's buffers
 * counts as unread: on loopback they grow until they hold a megabyte, and a client that never reads
 * would come through.
 */
static bool is_ahead(struct session *session)
{
    enum { AHEAD = 64 * KIB };
    const struct channel *channel = &session->server->channel;
    if (channel->in_length - session->taken < AHEAD)
        return false;
    size_t waiting = (size_t)peer_in_flight(session->server) + peer_unread(session->server);
    session->taken = waiting < channel->out_sent ? channel->out_sent - waiting : 0;
    return channel->in_length - session->taken >= AHEAD;
}

/* Looked at before more is given back, this is sound: what it printed by now came from elsewhere.
 */
static bool prints_ahead(struct session *session)
{
    session->early |= session->client->output.in_total > session->echoed;
    return session->early;
}

/* Moves what can be moved; the server reads no more than 64 KiB ahead of the client. */
static void serve(struct session *session)
{
    prints_ahead(session);
    if (session->server == NULL)
        session->server = peer_accept(session->listener, 0);
    if (session->server == NULL)
        return;
    struct channel *channel = &session->server->channel;
    size_t due = channel->in_length < session->allowed ? channel->in_length : session->allowed;
    if (due > session->echoed) {
        peer_send(session->server, channel->in + session->echoed, due - session->echoed);
        session->echoed = due;
    }
    channel->reading = !is_ahead(session);
    channel->piece = 16 * KIB;
    if (channel->ended && channel->error == 0 && session->allowed == UNLIMITED &&
        !session->finished)
        session->finished = channel->finish = true;
}

/* A client that prints for ever would never be seen to end. */
static bool prints_too_much(const struct session *session)
{
    return session->client->output.in_total > session->client->input.out_length;
}

static bool client_has_ended(void *argument)
{
    struct session *session = argument;
    serve(session);
    return program_ended(session->client) || prints_too_much(session);
}

static bool has_connected(void *argument)
{
    struct session *session = argument;
    serve(session);
    return session->server != NULL;
}

static bool has_received(void *argument)
{
    struct session *session = argument;
    serve(session);
    return session->server != NULL && session->server->channel.in_total >= session->wanted;
}

static bool has_printed(void *argument)
{
    struct session *session = argument;
    serve(session);
    return session->client->output.in_total >= session->wanted;
}

static void read_what_is_left(void)
{
    while (pump(0) > 0)
        ;
}

/* What is printed before it has come back is not the echo. */
static void expect_nothing_early(struct session *session)
{
    const struct channel *output = &session->client->output;
    char shown[100];
    if (prints_ahead(session))
        failed(SYMPTOM_client_prints_input,
               "nothing is printed before the server has sent it back",
               "%s; the client had sent %zu bytes, of which %zu were sent back",
               visible(output->in, output->in_length < 32 ? output->in_length : 32, shown,
                       sizeof shown),
               session->server == NULL ? 0 : session->server->channel.in_total,
               session->echoed);
}

/* What went in must have come out, all of it and nothing else, and by way of the server. */
static void expect_output(struct session *session, const char *input, size_t length,
                          enum symptom differs)
{
    const struct channel *output = &session->client->output;
    char expected[200], came[200], shown[100];
    if (output->in_total == length && (length == 0 || memcmp(output->in, input, length) == 0)) {
        expect_nothing_early(session);
        return;
    }
    size_t equal = 0;
    while (equal < length && equal < output->in_length && output->in[equal] == input[equal])
        equal++;
    snprintf(expected, sizeof expected,
             translated("standard output is what standard input was: %zu bytes"), length);
    if (length <= 32)
        snprintf(expected, sizeof expected,
                 translated("standard output is what standard input was: %s"),
                 visible(input, length, shown, sizeof shown));
    size_t left = output->in_length - equal;
    snprintf(came, sizeof came, "%s",
             visible(output->in + equal, left < 32 ? left : 32, shown, sizeof shown));
    failed(differs, expected,
           "%zu bytes, of which the first %zu are right%s%s; of its %zu bytes of input the "
           "client had sent %zu",
           output->in_total, equal, left > 0 ? translated(", then ") : "", left > 0 ? came : "",
           length, session->server->channel.in_total);
}

static void expect_success(struct session *session, enum symptom hangs, enum symptom spins,
                           enum symptom status)
{
    static const char expected[] =
        MESSAGE("the client ends with exit status 0 once every byte has come back");
    char how[160];
    enum outcome outcome = await(client_has_ended, session);
    read_what_is_left();
    if (session->server == NULL && program_ended(session->client) &&
        session->client->status == 0)
        holds_soon(has_connected, session); /* the kernel may be a moment behind the client */
    if (outcome == AWAIT_SPINNING)
        failed(spins, expected, "it did not end: %s",
               describe_outcome(outcome, session->client, how, sizeof how));
    if (!program_ended(session->client) && prints_too_much(session))
        failed(SYMPTOM_client_output, "standard output is what standard input was",
               "more than the %zu bytes of its input", session->client->input.out_length);
    if (!program_ended(session->client))
        failed(session->server == NULL ? SYMPTOM_client_does_not_connect : hangs, expected,
               "it did not end: %s; it had printed %zu bytes",
               describe_outcome(outcome, session->client, how, sizeof how),
               session->client->output.in_total);
    if (session->server == NULL)
        failed(hangs == SYMPTOM_client_other_family ? hangs : SYMPTOM_client_does_not_connect,
               "the client connects to the given address", "it ended without: %s",
               describe_status(session->client->status, how, sizeof how));
    if (session->client->status != 0)
        failed(status, expected, "%s",
               describe_status(session->client->status, how, sizeof how));
}

static void end(struct session *session)
{
    close(session->listener);
    peers_end();
    programs_end();
}

static void echo_through(const char *input, size_t length)
{
    struct session session = begin(input, length);
    session.allowed = UNLIMITED;
    expect_success(&session, SYMPTOM_client_hangs, SYMPTOM_client_spins, SYMPTOM_client_status);
    expect_output(&session, input, length, SYMPTOM_client_output);
    end(&session);
}

struct program *run_client(const void *input, size_t length, bool leave)
{
    enum { GIVEN_BACK = 10 };
    struct session session = begin_with(input, length, BUILD_ASAN);
    session.allowed = leave ? GIVEN_BACK : UNLIMITED;
    session.wanted = GIVEN_BACK;
    if (leave && await(has_printed, &session) == AWAIT_DONE && session.server != NULL)
        peer_finish(session.server);
    await(client_has_ended, &session);
    close(session.listener);
    return session.client;
}

/* Input that is not there yet is no end of input. */
static void echo_in_parts(const char *first, const char *second)
{
    char both[128];
    snprintf(both, sizeof both, "%s%s", first, second);
    struct session session = begin(first, strlen(first));
    session.client->input.finish = false;
    session.allowed = UNLIMITED;
    session.wanted = strlen(first);
    await(has_printed, &session); /* a client that waits for a full buffer prints later */
    step("standard input goes on after a moment, then ends");
    channel_send(&session.client->input, second, strlen(second));
    session.client->input.finish = true;
    expect_success(&session, SYMPTOM_client_hangs, SYMPTOM_client_spins, SYMPTOM_client_status);
    expect_output(&session, both, strlen(both), SYMPTOM_client_output);
    end(&session);
}

static void echo_at(const char *wanted, const char *named)
{
    static const char input[] = "hello\n";
    char address[ADDRESS_SIZE];
    int listener = peer_listen(wanted, address, sizeof address);
    struct session session = begin_at(listener, named != NULL ? named : address, input,
                                      sizeof input - 1, BUILD_PLAIN);
    session.allowed = UNLIMITED;
    expect_success(&session, SYMPTOM_client_other_family, SYMPTOM_client_spins,
                   SYMPTOM_client_other_family);
    expect_output(&session, input, sizeof input - 1, SYMPTOM_client_output);
    end(&session);
}

static void echo_at_other_families(void)
{
    char own[ADDRESS_SIZE] = "unix:", theirs[ADDRESS_SIZE] = "unix:";
    meeting_path(own + 5, theirs + 5, sizeof own - 5);
    echo_at(own, theirs);
    if (has_ipv6())
        echo_at("[::1]:0", NULL);
    else
        note("this machine has no IPv6 loopback address: IPv6 was left out");
}

/* The reply is held back: the client has to wait for it, which costs no processor. */
static void hold_back(void)
{
    static const char input[] = "the reply to this is held back for a moment\n";
    enum { LENGTH = sizeof input - 1 };
    struct session session = begin(input, LENGTH);
    session.wanted = LENGTH;
    enum outcome outcome = await(has_received, &session);
    settle();
    expect_nothing_early(&session);
    if (outcome == AWAIT_DONE) {
        step("the grader's server holds its reply back for a moment");
        double share = share_of_processor();
        if (!program_ended(session.client) && share >= 0.02)
            failed(SYMPTOM_client_spins,
                   "the client waits for the reply in a system call that blocks: it uses less "
                   "than 2 % of a processor",
                   "%.0f %% of a processor, with standard input at its end", 100 * share);
    }
    session.allowed = UNLIMITED;
    expect_success(&session, SYMPTOM_client_hangs, SYMPTOM_client_spins, SYMPTOM_client_status);
    expect_output(&session, input, LENGTH, SYMPTOM_client_output);
    end(&session);
}

void check_client_echoes(void)
{
    static char noise[16 * KIB];
    char every[512];
    for (int i = 0; i < 512; i++)
        every[i] = (char)i;
    fill_with_noise(noise, sizeof noise);
    hold_back();
    echo_through("a line\nanother line\nand one without its newline", 47);
    echo_through(every, sizeof every);
    echo_through("", 0);
    /* What just fills a buffer, and input that comes in two parts. */
    echo_through(noise, 4 * KIB);
    echo_through(noise, sizeof noise);
    echo_in_parts("the first part\n", "and, after a while, the second\n");
    echo_at_other_families();
}

void check_client_bulk(void)
{
    char *noise = malloc(MIB);
    if (noise == NULL)
        broken("no memory");
    fill_with_noise(noise, MIB);
    struct session session = begin(noise, MIB);
    step("the grader's server reads only while its echo is taken");
    session.allowed = UNLIMITED;
    expect_success(&session, SYMPTOM_client_deadlock, SYMPTOM_client_spins,
                   SYMPTOM_client_bulk_status);
    expect_output(&session, noise, MIB, SYMPTOM_client_bulk_output);
    end(&session);
    free(noise);
}

/* The client has to have ended with status 1 and a line on standard error. */
static void expect_complaint(struct program *client, enum outcome outcome, const char *expected,
                             enum symptom hangs, enum symptom status, enum symptom silent)
{
    char how[160];
    read_what_is_left();
    if (!program_ended(client))
        failed(hangs, expected, "it did not end: %s",
               describe_outcome(outcome, client, how, sizeof how));
    if (client->status == 128 + SIGPIPE)
        failed(SYMPTOM_client_killed_by_sigpipe, expected, "killed by SIGPIPE");
    if (client->status != 1)
        failed(status, expected, "%s", describe_status(client->status, how, sizeof how));
    if (client->errors.in_length == 0)
        failed(silent, expected, "exit status 1, and nothing on standard error");
}

static void check_unknown_name(void)
{
    static const char expected[] = MESSAGE("one line on standard error, and exit status 1");
    struct program *client = program_start("client", BUILD_PLAIN, "no-such-host.invalid:7000");
    client->input.finish = true;
    enum outcome outcome = await(has_ended, client);
    expect_complaint(client, outcome, expected, SYMPTOM_client_refused_hangs,
                     SYMPTOM_client_refused_status, SYMPTOM_client_refused_message);
    programs_end();
}

void check_client_refused(void)
{
    char address[ADDRESS_SIZE];
    close(peer_listen("127.0.0.1:0", address, sizeof address));
    step("nobody listens on %s", address);
    struct program *client = program_start("client", BUILD_PLAIN, address);
    channel_send(&client->input, "hello\n", 6);
    client->input.finish = true;
    enum outcome outcome = await(has_ended, client);
    expect_complaint(client, outcome,
                     "one line on standard error, as \"client: connect 127.0.0.1:PORT: "
                     "Connection refused\", and exit status 1",
                     SYMPTOM_client_refused_hangs, SYMPTOM_client_refused_status,
                     SYMPTOM_client_refused_message);
    const char *port = strrchr(address, ':') + 1;
    if (!channel_holds(&client->errors, port) || !channel_holds(&client->errors, "client"))
        failed(SYMPTOM_client_refused_message,
               "the message names the program, the call, the address and the reason",
               "exit status 1, and a message without one of them");
    programs_end();
    if (programs_are_alone()) /* elsewhere a name server may keep us waiting */
        check_unknown_name();
}

static bool is_writing(const struct program *client)
{
    struct blocked_call call;
    return client->pid != 0 && blocked_call_of(client->pid, client->pid, &call) && call.writes;
}

static void leave_early(bool with_reset, size_t given_back, const char *input, size_t length)
{
    struct session session = begin(input, length);
    session.wanted = given_back;
    session.allowed = given_back;
    if (await(has_received, &session) != AWAIT_DONE && session.server == NULL)
        failed(SYMPTOM_client_does_not_connect, "the client connects and sends its input",
               "it did not connect");
    if (await(has_printed, &session) != AWAIT_DONE && program_ended(session.client))
        failed(SYMPTOM_client_leave_status, "the client waits for the rest of its echo",
               "it ended when %zu of %zu bytes had come back", given_back, length);
    step(with_reset
             ? MESSAGE("the grader's server gives %zu bytes back, then resets the connection")
             : MESSAGE("the grader's server gives %zu bytes back, then closes the connection"),
         given_back);
    if (with_reset) {
        peer_reset(session.server);
        session.server = NULL;
    } else {
        peer_finish(session.server);
    }
    enum outcome outcome = await(has_ended, session.client);
    expect_nothing_early(&session);
    expect_complaint(session.client, outcome,
                     "the client ends with exit status 1 and a line on standard error that the "
                     "server went away",
                     outcome == AWAIT_SPINNING    ? SYMPTOM_client_leave_spins
                     : is_writing(session.client) ? SYMPTOM_client_deadlock
                                                  : SYMPTOM_client_leave_hangs,
                     SYMPTOM_client_leave_status, SYMPTOM_client_leave_message);
    end(&session);
}

void check_client_server_leaves(void)
{
    static const char line[] = "only ten bytes of this line will come back\n";
    char *noise = malloc(MIB);
    if (noise == NULL)
        broken("no memory");
    fill_with_noise(noise, MIB);
    leave_early(false, 0, line, sizeof line - 1);
    leave_early(true, 0, line, sizeof line - 1);
    leave_early(false, 10, line, sizeof line - 1);
    leave_early(true, 10, line, sizeof line - 1);
    leave_early(false, 10, noise, MIB);
    leave_early(true, 10, noise, MIB);
    free(noise);
}

static bool has_taken_all(void *argument)
{
    struct session *session = argument;
    serve(session);
    return session->server->channel.out_sent == session->allowed &&
           peer_unread(session->server) == 0;
}

void check_client_short_reads(void)
{
    static const char input[] = "twenty-five bytes, singly";
    enum { LENGTH = sizeof input - 1 };
    struct session session = begin(input, LENGTH);
    session.wanted = LENGTH;
    if (await(has_received, &session) == AWAIT_DONE) {
        step("the grader's server sends the echo a byte at a time, each when the last has been "
             "read");
        for (size_t i = 1; i < LENGTH && !program_ended(session.client); i++) {
            session.allowed = i;
            if (await(has_taken_all, &session) != AWAIT_DONE)
                break;
            expect_nothing_early(&session);
        }
    }
    session.allowed = UNLIMITED;
    expect_success(&session, SYMPTOM_client_one_read, SYMPTOM_client_spins,
                   SYMPTOM_client_one_read);
    expect_output(&session, input, LENGTH, SYMPTOM_client_one_read);
    end(&session);
}
