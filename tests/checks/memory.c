/* memory-clean; see memory.h. A program that fails at its task here without a report has failed
 * another check already: only reports count. */
#define _GNU_SOURCE
#include "tests/checks/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/checks/client.h"
#include "tests/checks/echo.h"
#include "tests/probe/visible.h"

enum { FULL = 256 * 1024, REPORTED = 99 /* exit status, by ASAN_OPTIONS */ };

/* The line that says what was found, without the addresses around it. */
static void expect_no_report(struct program *program)
{
    static const struct {
        const char *mark;
        enum symptom symptom;
    } reports[] = {{"ERROR: LeakSanitizer", SYMPTOM_memory_leak},
                   {"ERROR: AddressSanitizer", SYMPTOM_memory_error},
                   {"runtime error: ", SYMPTOM_undefined_behaviour}};
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
               "no report of the sanitizers (gcc -fsanitize=address,undefined)", "%s: %s",
               program->name,
               printable(at, (size_t)((newline != NULL ? newline : end) - at), shown,
                         sizeof shown));
    }
}

static bool has_echo(void *argument)
{
    const struct channel *channel = argument;
    return channel->ended || channel->in_total >= channel->out_length;
}

/* The second client's bytes are all there when the server comes to it: its first read is full.
 */
static void full_buffers(struct server *server, const char *noise)
{
    struct peer *first = client_connect(server, 0);
    client_says(first, "hello\n");
    await(has_echo, &first->channel);
    struct peer *second = client_connect(server, 0);
    peer_send(second, noise, FULL);
    step("%s sends 256 KiB at once, and finishes", second->name);
    settle();
    peer_finish(second);
    peer_close(first);
    await(has_echo, &second->channel);
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
    struct server server = server_start("127.0.0.1:0", true);
    full_buffers(&server, noise);
    reset_in(&server, noise, 0);
    reset_in(&server, noise, 7);
    reset_in(&server, noise, FULL);
    reset_in(&server, noise, 7);
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
    expect_no_report(run_client(noise, FULL, false));
    expect_no_report(run_client(noise, 100, true));
    free(noise);
    peers_end();
    programs_end();
}
