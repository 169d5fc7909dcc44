/* Steps that checks are made of; see echo.h. */
#define _GNU_SOURCE
#include "tests/checks/echo.h"
#include "tests/messages/messages.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/probe/visible.h"

const struct blame plain_blame = {SYMPTOM_no_echo, SYMPTOM_altered_echo, SYMPTOM_closed_early,
                                  SYMPTOM_server_ended};

static const char ready_line[] = "listening on ";

bool has_ended(void *program)
{
    return program_ended(program);
}

bool is_stopped(void *pid)
{
    return process_state(*(pid_t *)pid) == 'T';
}

bool is_over(void *channel)
{
    return ((struct channel *)channel)->ended;
}

bool has_echo_or_end(void *channel)
{
    const struct channel *seen = channel;
    return seen->ended || seen->in_total >= seen->out_length;
}

char *describe_outcome(enum outcome outcome, const struct program *program, char *text,
                       size_t size)
{
    char status[64];
    switch (outcome) {
    case AWAIT_ENDED:
        snprintf(text, size, translated("the %s ended: %s"), program->name,
                 describe_status(program->status, status, sizeof status));
        break;
    case AWAIT_SPINNING:
        snprintf(text, size, translated("the %s kept the processor busy and did nothing else"),
                 program->name);
        break;
    case AWAIT_STUCK:
        snprintf(text, size, translated("the %s waits, and would wait for ever"),
                 program->name);
        break;
    default:
        snprintf(text, size, translated("nothing came for many seconds, in which the %s slept"),
                 program->name);
    }
    return text;
}

bool find_ready_line(const struct program *program, char address[ADDRESS_SIZE])
{
    const struct channel *output = &program->output;
    const char *at = output->in, *end = at == NULL ? NULL : at + output->in_length;
    for (const char *newline; at != NULL && at < end; at = newline + 1) {
        newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL)
            return false;
        size_t length = (size_t)(newline - at), prefix = sizeof ready_line - 1;
        if (length > prefix && memcmp(at, ready_line, prefix) == 0 &&
            length - prefix < ADDRESS_SIZE) {
            snprintf(address, ADDRESS_SIZE, "%.*s", (int)(length - prefix), at + prefix);
            return true;
        }
    }
    return false;
}

static bool ready(void *argument)
{
    struct server *server = argument;
    return find_ready_line(server->program, server->address);
}

/* The ready line did not come: what the program did instead tells why. */
static noreturn void blame_start(struct server *server, enum outcome outcome,
                                 const enum symptom *any)
{
    static const char expected[] = MESSAGE(
        "the line \"listening on ADDRESS\" on standard output, once clients can connect");
    const struct program *program = server->program;
    char what[128], shown[256], where[ADDRESS_SIZE];
    visible(program->output.in, program->output.in_length, shown, sizeof shown);
    if (outcome == AWAIT_ENDED)
        failed(any ? *any : SYMPTOM_ended_at_start, expected, "%s; standard output held %s",
               describe_outcome(outcome, program, what, sizeof what), shown);
    if (channel_holds(&program->errors, ready_line))
        failed(any ? *any : SYMPTOM_ready_line_on_standard_error, expected,
               "the line came on standard error; standard output held %s", shown);
    if (channel_holds(&program->output, ready_line))
        failed(any ? *any : SYMPTOM_ready_line_without_newline, expected,
               "%s: no newline ends it", shown);
    if (listening_address(program->pid, where, sizeof where))
        failed(any ? *any : SYMPTOM_ready_line_not_flushed, expected,
               "no such line, although the kernel shows that the program listens on %s; "
               "standard output held %s",
               where, shown);
    failed(any ? *any : SYMPTOM_not_listening, expected,
           "no such line, and no listening socket either: %s; standard output held %s",
           describe_outcome(outcome, program, what, sizeof what), shown);
}

static struct server start(const char *address, enum build build, const enum symptom *any)
{
    struct server server = {.program = program_start("server", build, address)};
    enum outcome outcome = await(ready, &server);
    if (outcome != AWAIT_DONE)
        blame_start(&server, outcome, any);
    char shown[2 * ADDRESS_SIZE];
    step("the server says: listening on %s",
         printable(server.address, strlen(server.address), shown, sizeof shown));
    return server;
}

struct server server_start(const char *address, enum build build)
{
    return start(address, build, NULL);
}

struct server server_start_blaming(const char *address, enum symptom any)
{
    return start(address, BUILD_PLAIN, &any);
}

struct server server_start_here(void)
{
    return server_start("127.0.0.1:0", BUILD_PLAIN);
}

static noreturn void blame_connect(struct server *server, int error, const enum symptom *any)
{
    static const char expected[] = MESSAGE("a client can connect to the announced address");
    char shown[2 * ADDRESS_SIZE], where[ADDRESS_SIZE];
    printable(server->address, strlen(server->address), shown, sizeof shown);
    settle(); /* a server that ends closes its sockets first */
    if (program_ended(server->program))
        failed(any ? *any : SYMPTOM_server_ended, "the server goes on and takes the client",
               "it had ended: %s", describe_status(server->program->status, where, 64));
    if (error == EDESTADDRREQ)
        failed(any ? *any : SYMPTOM_announced_address_unusable,
               "the ready line names the address as HOST:PORT or unix:PATH, numerically",
               "\"%s\", which is no such address", shown);
    if (!listening_address(server->program->pid, where, sizeof where))
        failed(any ? *any : SYMPTOM_not_listening, expected,
               "connecting to %s: %s; the kernel shows that the program does not listen", shown,
               strerror(error));
    failed(any ? *any : SYMPTOM_announced_address_refuses, expected,
           "connecting to %s: %s; the kernel shows that the program listens on %s", shown,
           strerror(error), where);
}

static struct peer *reach(struct server *server, int flags, const enum symptom *any)
{
    struct peer *client = peer_connect(server->program, server->address, flags);
    if (client == NULL)
        blame_connect(server, errno, any);
    return client;
}

struct peer *client_connect(struct server *server, int flags)
{
    return reach(server, flags, NULL);
}

struct peer *client_connect_blaming(struct server *server, enum symptom any)
{
    return reach(server, 0, &any);
}

void client_says(struct peer *client, const char *text)
{
    char shown[128];
    step("%s sends %s", client->name, visible(text, strlen(text), shown, sizeof shown));
    peer_send(client, text, strlen(text));
}

/* An echo that is being waited for, compared as it comes. */
struct comparison {
    const struct channel *channel;
    size_t equal; /* so many bytes are as they were sent */
    bool differs;
};

static bool compare(void *argument)
{
    struct comparison *comparison = argument;
    const struct channel *channel = comparison->channel;
    size_t common =
        channel->in_length < channel->out_length ? channel->in_length : channel->out_length;
    while (comparison->equal < common &&
           channel->in[comparison->equal] == channel->out[comparison->equal])
        comparison->equal++;
    comparison->differs = comparison->equal < common || channel->in_total > channel->out_length;
    return comparison->differs || comparison->equal == channel->out_length || channel->ended;
}

/* Where the bytes go on behind a gap, if they do: how many were lost there. */
static size_t lost_at(const struct channel *channel, size_t at)
{
    size_t sample = channel->in_length - at;
    if (sample > 16)
        sample = 16;
    if (sample < 4)
        return 0;
    const char *again =
        memmem(channel->out + at, channel->out_length - at, channel->in + at, sample);
    return again == NULL ? 0 : (size_t)(again - (channel->out + at));
}

/* The first difference with some bytes around it. */
static char *describe_difference(const struct comparison *comparison, char *text, size_t size)
{
    enum { AROUND = 24 };
    const struct channel *channel = comparison->channel;
    char sent[160], came[160];
    size_t at = comparison->equal, lost = lost_at(channel, at);
    size_t sent_left = channel->out_length - at, came_left = channel->in_length - at;
    if (sent_left == 0)
        snprintf(text, size, translated("all of it, and then more that nobody sent: %s"),
                 visible(channel->in + at, came_left, came, sizeof came));
    else
        snprintf(text, size, translated("%zu bytes right, then %s came where %s was sent"), at,
                 visible(channel->in + at, came_left < AROUND ? came_left : AROUND, came,
                         sizeof came),
                 visible(channel->out + at, sent_left < AROUND ? sent_left : AROUND, sent,
                         sizeof sent));
    if (lost > 0)
        snprintf(text + strlen(text), size - strlen(text),
                 translated(": %zu bytes are missing there, and then it goes on"), lost);
    return text;
}

static char *describe_expectation(const struct channel *channel, char *text, size_t size)
{
    enum { SHORT = 64 };
    char shown[300];
    if (channel->out_length <= SHORT)
        snprintf(text, size, translated("all that was sent comes back: %s"),
                 visible(channel->out, channel->out_length, shown, sizeof shown));
    else
        snprintf(text, size, translated("all %zu bytes come back as they were sent"),
                 channel->out_length);
    return text;
}

static noreturn void blame_echo(struct peer *client, const struct comparison *comparison,
                                enum outcome outcome, const struct blame *blame)
{
    const struct channel *channel = comparison->channel;
    struct program *server = program_at(-1);
    char expected[400], came[600], how[160];
    settle(); /* a server that ends closes its sockets first */
    describe_expectation(channel, expected, sizeof expected);
    if (comparison->differs)
        failed(blame->altered, expected, "%s",
               describe_difference(comparison, came, sizeof came));
    if (outcome == AWAIT_ENDED || program_ended(server))
        failed(server->status == 128 + SIGPIPE ? SYMPTOM_killed_by_sigpipe : blame->died,
               expected, "%zu of %zu bytes, then %s", comparison->equal, channel->out_length,
               describe_outcome(AWAIT_ENDED, server, how, sizeof how));
    if (channel->ended)
        failed(blame->closed, expected, "%zu of %zu bytes, then %s", comparison->equal,
               channel->out_length,
               channel->error == 0 ? translated("end of file: the server closed the connection")
                                   : strerror(channel->error));
    failed(blame->silent, expected, "%s: %zu of %zu bytes came, then %s", client->name,
           comparison->equal, channel->out_length,
           describe_outcome(outcome, server, how, sizeof how));
}

void expect_echo(struct peer *client, const struct blame *blame)
{
    struct comparison comparison = {.channel = &client->channel};
    client->channel.reading = true;
    enum outcome outcome = await(compare, &comparison);
    if (outcome != AWAIT_DONE || comparison.equal < client->channel.out_length ||
        comparison.differs)
        blame_echo(client, &comparison, outcome, blame);
}

void converse(struct peer *client, const char *text, const struct blame *blame)
{
    client_says(client, text);
    expect_echo(client, blame);
}

static bool ended(void *argument)
{
    const struct channel *channel = argument;
    return channel->ended || channel->in_total > channel->out_length;
}

void expect_end(struct peer *client, enum symptom never, enum symptom reset)
{
    static const char expected[] = MESSAGE(
        "the server closes the connection: the client reads end of file (read() returns 0)");
    char how[160];
    client->channel.reading = true;
    enum outcome outcome = await_patiently(ended, &client->channel);
    if (client->channel.in_total > client->channel.out_length)
        failed(SYMPTOM_altered_echo, expected, "more bytes than were ever sent");
    if (client->channel.ended && client->channel.error == 0)
        return;
    if (client->channel.ended)
        failed(reset, expected, "%s", strerror(client->channel.error));
    failed(outcome == AWAIT_ENDED ? SYMPTOM_server_ended : never, expected, "no end: %s",
           describe_outcome(outcome, program_at(-1), how, sizeof how));
}

void serve_one(struct server *server, const struct blame *blame)
{
    struct peer *client = client_connect(server, 0);
    converse(client, "hello\n", blame);
    peer_close(client);
}

/* The 2 seconds are the program's own: only what it sleeps, in small steps, and what it uses of a
 * processor is counted, so that a busy machine, on which it or we get none, makes no difference. */
bool holds_soon(bool (*holds)(void *argument), void *argument)
{
    static const double grace = 2.5, longest_step = 0.1, longest = 120;
    double begun = now(), last = begun, slept = 0;
    double ran_before = (double)programs_activity().ran / 1e9;
    for (int pause = 1; !holds(argument); pause = pause < 16 ? 2 * pause : 16) {
        double step_taken = now() - last;
        last = now();
        struct activity seen = programs_activity();
        double ran = (double)seen.ran / 1e9 - ran_before;
        if (seen.asleep)
            slept += step_taken < longest_step ? step_taken : longest_step;
        if (slept + ran > grace || last - begun > longest)
            return false;
        pump(pause);
    }
    return true;
}

bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd != -1 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd != -1)
        close(fd);
    return has;
}

void fill_with_noise(char *data, size_t length)
{
    uint64_t state = 88172645463325252u; /* xorshift64 */
    for (size_t i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data[i] = (char)(state >> 32);
    }
}

/* Binding tells whether it is free; no lingering connection is left, as none was made. */
static bool is_free(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is = fd != -1 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd != -1)
        close(fd);
    return is;
}

unsigned free_port(void)
{
    enum { LOWEST = 10000, COUNT = 20000 }; /* below the ports that the kernel gives out */
    unsigned start = (unsigned)getpid() * 2654435761u;
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned port = LOWEST + (start + i * 7919u) % COUNT;
        if ((port & 0xFF) != port >> 8 && is_free(port))
            return port;
    }
    broken("no free TCP port between %d and %d", LOWEST, LOWEST + COUNT);
}
