/* memory-clean; see memory.h. A program that fails at its task here without a report has failed
 * another check already: only reports count. */
#define _GNU_SOURCE
#include "tests/checks/memory.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/checks/client.h"
#include "tests/checks/echo.h"
#include "tests/checks/sources.h"
#include "tests/messages/messages.h"
#include "tests/probe/proc.h"
#include "tests/probe/visible.h"

enum { FULL = 256 * 1024, REPORTED = 99 /* exit status, by ASAN_OPTIONS and TSAN_OPTIONS */ };

/* A report that goes elsewhere than to us is not seen: each process has to have its standard
 * error still. Those that have ended meanwhile had it from their parent. */
static void expect_errors_arrive(const struct program *program)
{
    static pid_t pids[PROCESSES];
    size_t count = program->ended || program->pid == 0 ? 0 : program_tree(program->pid, pids);
    for (size_t i = 0; i < count && program->errors.fd != -1; i++)
        if (!holds_pipe(pids[i], STDERR_FILENO, program->errors.fd))
            failed(SYMPTOM_errors_elsewhere,
                   "standard error stays open: the sanitizers' reports come by it",
                   "%s: descriptor 2 is closed, or another file", program->name);
}

/* The line that says what was found, without the addresses around it. */
void expect_no_report(struct program *program)
{
    static const struct {
        const char *mark;
        enum symptom symptom;
    } reports[] = {{"ERROR: LeakSanitizer", SYMPTOM_memory_leak},
                   {"ERROR: AddressSanitizer", SYMPTOM_memory_error},
                   {"runtime error: ", SYMPTOM_undefined_behaviour},
                   {"WARNING: ThreadSanitizer", SYMPTOM_data_race}};
    const struct channel *errors = &program->errors;
    while (pump(0) > 0)
        ;
    if (program_ended(program) && program->status == REPORTED && errors->in_length == 0)
        failed(SYMPTOM_memory_error, "no report of the sanitizers",
               "the sanitizer ended the %s; its report was lost", program->name);
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        const char *mark = reports[i].mark;
        if (!channel_holds(errors, mark))
            continue;
        const char *end = errors->in + errors->in_length;
        const char *at = memmem(errors->in, errors->in_length, mark, strlen(mark));
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        char shown[256];
        failed(reports[i].symptom,
               program->build == BUILD_TSAN
                   ? MESSAGE("no report of the thread sanitizer (gcc -fsanitize=thread)")
                   : MESSAGE("no report of the sanitizers (gcc -fsanitize=address,undefined)"),
               "%s: %s", program->name,
               printable(at, (size_t)((newline != NULL ? newline : end) - at), shown,
                         sizeof shown));
    }
    expect_errors_arrive(program);
}

/* The second client's bytes are all there when the server comes to it: its first read is full.
 */
static void full_buffers(struct server *server, const char *noise)
{
    struct peer *first = client_connect(server, 0);
    client_says(first, "hello\n");
    await(has_echo_or_end, &first->channel);
    struct peer *second = client_connect(server, 0);
    peer_send(second, noise, FULL);
    step("%s sends 256 KiB at once, and finishes", second->name);
    settle();
    peer_finish(second);
    peer_close(first);
    await(has_echo_or_end, &second->channel);
    settle();
    expect_no_report(server->program);
    peer_close(second);
}

static void reset_in(struct server *server, const char *noise, size_t length)
{
    if (program_ended(server->program))
        return;
    struct peer *client = peer_connect(server->program, server->address, PEER_READS_LATER);
    if (client == NULL)
        return;
    peer_send(client, noise, length);
    settle();
    step("%s resets its connection", client->name);
    peer_reset(client);
    settle();
    expect_no_report(server->program);
}

void memory_of_server(void)
{
    char *noise = malloc(FULL);
    if (noise == NULL)
        broken("no memory");
    fill_with_noise(noise, FULL);
    expect_own_sanitizers("server-asan");
    struct server server = server_start("127.0.0.1:0", BUILD_ASAN);
    full_buffers(&server, noise);
    reset_in(&server, noise, 0);
    reset_in(&server, noise, 7);
    reset_in(&server, noise, FULL);
    reset_in(&server, noise, 7);
    free(noise);
    peers_end();
    programs_end();
}

/* The server finds all of it at its first read: it was stopped while it came. */
static void full_buffers_at_once(struct server *server, const char *noise)
{
    step("the server is stopped (SIGSTOP)");
    program_signal(server->program, SIGSTOP);
    struct peer *client = client_connect(server, 0);
    peer_send(client, noise, FULL);
    settle();
    step("%s sends 256 KiB at once, and finishes; the server is continued", client->name);
    program_signal(server->program, SIGCONT);
    peer_finish(client);
    await(has_echo_or_end, &client->channel);
    expect_no_report(server->program);
    peer_close(client);
}

/* Returns how many of them came: all, unless the server has ended or does not answer. */
static size_t come_and_speak(struct server *server, struct peer *clients[], size_t count)
{
    step("%zu clients connect and speak, and stay", count);
    for (size_t i = 0; i < count; i++) {
        clients[i] = program_ended(server->program)
                         ? NULL
                         : peer_connect(server->program, server->address, PEER_QUIET);
        if (clients[i] == NULL)
            return i;
        peer_send(clients[i], "hello, all of you\n", 18);
        if (await(has_echo_or_end, &clients[i]->channel) != AWAIT_DONE)
            return i + 1;
    }
    return count;
}

static void leave_in_turns(struct server *server, struct peer *clients[], size_t count)
{
    static const size_t turns[] = {2, 0, 1};
    for (size_t i = 0; i < 3; i++) {
        step("every third client leaves, beginning with number %zu", turns[i] + 1);
        for (size_t at = turns[i]; at < count; at += 3)
            peer_close(clients[at]);
        settle();
        expect_no_report(server->program);
    }
}

/* With output due to a client that does not read. What is lost when it ends is a leak. */
static void end_by_signal(struct server *server, const char *noise)
{
    struct peer *client = peer_connect(server->program, server->address, PEER_READS_LATER);
    if (client == NULL)
        return;
    peer_send(client, noise, FULL);
    settle();
    step("%s has output due and does not read; the server gets SIGTERM", client->name);
    program_signal(server->program, SIGTERM);
    holds_soon(has_ended, server->program);
    expect_no_report(server->program);
}

void memory_of_crowd(bool ends_by_signal)
{
    enum { CLIENTS = 150 };
    struct peer *clients[CLIENTS];
    char *noise = malloc(FULL);
    if (noise == NULL)
        broken("no memory");
    fill_with_noise(noise, FULL);
    expect_own_sanitizers("server-asan");
    struct server server = server_start("127.0.0.1:0", BUILD_ASAN);
    full_buffers_at_once(&server, noise);
    size_t count = come_and_speak(&server, clients, CLIENTS);
    expect_no_report(server.program);
    reset_in(&server, noise, 7);
    reset_in(&server, noise, FULL);
    leave_in_turns(&server, clients, count);
    if (ends_by_signal)
        end_by_signal(&server, noise);
    free(noise);
    peers_end();
    programs_end();
}

void memory_of_client(void)
{
    char *noise = malloc(FULL);
    if (noise == NULL)
        broken("no memory");
    fill_with_noise(noise, FULL);
    expect_own_sanitizers("client-asan");
    expect_no_report(run_client(noise, FULL, false));
    expect_no_report(run_client(noise, 100, true));
    free(noise);
    peers_end();
    programs_end();
}
