/* Servers for many clients at once; see concurrent.h. */
#define _GNU_SOURCE
#include "tests/checks/concurrent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/checks/stream.h"
#include "tests/messages/messages.h"

const struct blame crowd_blame = {SYMPTOM_clients_wait, SYMPTOM_clients_mixed_up,
                                  SYMPTOM_client_dropped, SYMPTOM_ended_in_crowd};

static void speak(struct peer *client, size_t number, const char *what)
{
    char text[64];
    int length = snprintf(text, sizeof text, "client %zu says %s\n", number, what);
    peer_send(client, text, (size_t)length);
}

/* Between its turns nothing is read from a client of many: that keeps the pump quick. */
static void hear(struct peer *client, const struct blame *blame)
{
    expect_echo(client, blame);
    client->channel.reading = false;
}

void gather(struct server *server, struct peer *clients[], size_t count,
            const struct blame *blame)
{
    step("%zu clients connect, each after the echo of the one before; all stay", count);
    for (size_t i = 0; i < count; i++) {
        clients[i] = client_connect(server, PEER_QUIET);
        speak(clients[i], i + 1, "hello");
        hear(clients[i], blame);
    }
}

void all_speak(struct peer *clients[], size_t count, const struct blame *blame)
{
    step("all %zu of them speak at once", count);
    for (size_t i = 0; i < count; i++)
        speak(clients[i], i + 1, "that it is still there");
    for (size_t i = count; i-- > 0;)
        hear(clients[i], blame);
}

void all_leave(struct peer *clients[], size_t count)
{
    step("all %zu leave", count);
    for (size_t i = 0; i < count; i++)
        peer_close(clients[i]);
}

static bool is_reached(void *argument)
{
    struct goal *goal = argument;
    goal->seen = goal->measure(goal->server);
    return goal->seen == goal->wanted || (goal->or_less && goal->seen < goal->wanted);
}

bool reaches_soon(struct goal *goal)
{
    return holds_soon(is_reached, goal);
}

unsigned processes_of(const struct server *server)
{
    struct activity seen = activity_of(server->program->pid);
    return seen.processes - seen.zombies;
}

unsigned threads_of(const struct server *server)
{
    return activity_of(server->program->pid).threads;
}

unsigned zombies_of(const struct server *server)
{
    return activity_of(server->program->pid).zombies;
}

unsigned descriptors_of(const struct server *server)
{
    int count = descriptor_count(server->program->pid);
    return count < 0 ? 0 : (unsigned)count;
}

/* A limit of the server's that a check lowers for a while. */
struct limit {
    int resource;   /* RLIMIT_NOFILE or RLIMIT_NPROC */
    const char *of; /* what it bounds: `descriptors` */
    unsigned before;
};

/* What not being up to a lack of something means. */
struct lack {
    struct blame staying;  /* the clients it had are not served on */
    enum symptom ended;    /* it ended */
    enum symptom spins;    /* it spins */
    enum symptom kept;     /* the client turned away is neither closed nor served later */
    enum symptom unserved; /* nobody is served once there is room again */
};

/* A server that has just ended has no limits: that is its own doing. */
static noreturn void blame_limit(const struct server *server)
{
    int error = errno;
    char how[64];
    if (error != ESRCH)
        broken("prlimit: %s", strerror(error));
    await(has_ended, server->program);
    failed(SYMPTOM_server_ended, "the server goes on", "it had ended: %s",
           describe_status(server->program->status, how, sizeof how));
}

/* The soft limit only, so that it can be raised again. */
static void lower_limit(const struct server *server, struct limit *limit, unsigned to)
{
    struct rlimit old, new;
    pid_t pid = server->program->pid;
    if (prlimit(pid, (enum __rlimit_resource)limit->resource, NULL, &old) == -1)
        blame_limit(server);
    limit->before = (unsigned)old.rlim_cur;
    if (to > old.rlim_max) /* it has lowered that itself, below what it has open */
        to = (unsigned)old.rlim_max;
    new = (struct rlimit){.rlim_cur = to, .rlim_max = old.rlim_max};
    if (prlimit(pid, (enum __rlimit_resource)limit->resource, &new, NULL) == -1)
        blame_limit(server);
    step("the server's limit of %s is lowered to %u, so that it gets no more of them",
         translated(limit->of), to);
}

static void raise_limit(const struct server *server, const struct limit *limit)
{
    struct rlimit old, new;
    pid_t pid = server->program->pid;
    if (prlimit(pid, (enum __rlimit_resource)limit->resource, NULL, &old) == -1)
        return; /* it has ended: that is seen next */
    new = (struct rlimit){.rlim_cur = limit->before, .rlim_max = old.rlim_max};
    prlimit(pid, (enum __rlimit_resource)limit->resource, &new, NULL);
    step("the limit of %s is raised again", translated(limit->of));
}

static bool has_echo(void *argument)
{
    const struct channel *channel = argument;
    return channel->in_total >= channel->out_length;
}

static void look_for_end(struct server *server, const struct lack *lack)
{
    char status[64];
    if (program_ended(server->program))
        failed(lack->ended, "the server goes on, whatever becomes of one client",
               "it ended: %s", describe_status(server->program->status, status, sizeof status));
}

/* A client that comes while there is no room: returns NULL when it was served all the same. */
static struct peer *meet_lack(struct server *server, const struct limit *limit,
                              const struct lack *lack)
{
    enum { SPARE = 8 }; /* a server may keep a few in reserve */
    for (int i = 0; i < SPARE; i++) {
        struct peer *client = client_connect_blaming(server, lack->ended);
        client_says(client, "is there room for me?\n");
        settle();
        if (!has_echo(&client->channel))
            return client;
    }
    note("the limit of %s was never met: the server got round it", translated(limit->of));
    return NULL;
}

/* The next client is served, or the one that waits is. */
static void expect_room(struct server *server, struct peer *waiting, const struct lack *lack)
{
    static const char expected[] =
        MESSAGE("a client is served within 2 seconds, now that there is room");
    struct peer *next = NULL;
    if (holds_soon(has_echo_or_end, &waiting->channel) && has_echo(&waiting->channel))
        return;
    look_for_end(server, lack);
    if (!waiting->channel.ended)
        failed(lack->kept,
               "a client that could not be served has its connection closed, or is served when "
               "there is room",
               "%s had neither", waiting->name);
    next = client_connect_blaming(server, lack->ended);
    client_says(next, "is there room now?\n");
    bool came = holds_soon(has_echo_or_end, &next->channel);
    look_for_end(server, lack);
    if (!has_echo(&next->channel))
        failed(lack->unserved, expected,
               came ? MESSAGE("%s was turned away too") : MESSAGE("%s had no answer"),
               next->name);
    peer_close(next);
}

/* A client that cannot be served costs no other, no end, no spin. Returns it, or NULL where the
 * server got round the limit. */
static struct peer *live_through_lack(struct server *server, struct peer *staying,
                                      const struct limit *limit, const struct lack *lack)
{
    struct peer *client = meet_lack(server, limit, lack);
    look_for_end(server, lack);
    if (client != NULL)
        step("%s has no answer: the limit is met", client->name);
    converse(staying, "I was here before\n", &lack->staying);
    if (client == NULL)
        return NULL;
    expect_rest(lack->spins, "with the limit reached and a client that could not be served");
    look_for_end(server, lack);
    return client;
}

static const struct lack no_descriptor = {
    .staying = {SYMPTOM_lack_costs_others, SYMPTOM_altered_echo, SYMPTOM_lack_costs_others,
                SYMPTOM_ended_by_lack},
    .ended = SYMPTOM_ended_by_lack,
    .spins = SYMPTOM_spins_by_lack,
    .kept = SYMPTOM_client_kept_in_lack,
    .unserved = SYMPTOM_unserved_after_lack};

enum { HIGHEST = 4096 };

static bool is_open(const struct server *server, unsigned fd)
{
    char path[64], link[8];
    snprintf(path, sizeof path, "/proc/%d/fd/%u", server->program->pid, fd);
    return readlink(path, link, sizeof link) != -1;
}

static unsigned lowest_unused(const struct server *server)
{
    unsigned fd = 0;
    while (is_open(server, fd))
        fd++;
    return fd;
}

static unsigned behind_highest(const struct server *server)
{
    unsigned fd = HIGHEST;
    while (fd > 0 && !is_open(server, fd - 1))
        fd--;
    return fd;
}

/* Room is made by clients that leave: several, as a server may need more than one descriptor for
 * each, a pipe to a child as an example. */
static void make_room_by_leaving(struct server *server, struct peer *staying,
                                 struct limit *limit)
{
    enum { LEAVING = 4 };
    struct peer *clients[LEAVING];
    unsigned before = descriptors_of(server);
    gather(server, clients, LEAVING, &no_descriptor.staying);
    settle();
    if (descriptors_of(server) == before) { /* it would get none back */
        all_leave(clients, LEAVING);
        return;
    }
    struct goal goal = {server, descriptors_of, before, true, 0};
    lower_limit(server, limit, behind_highest(server));
    struct peer *waiting = live_through_lack(server, staying, limit, &no_descriptor);
    all_leave(clients, LEAVING);
    if (waiting != NULL && waiting->channel.ended)
        reaches_soon(&goal); /* otherwise a place is taken as soon as it is there */
    if (waiting != NULL)
        expect_room(server, waiting, &no_descriptor);
    raise_limit(server, limit);
}

static bool all_are_counted(void *argument)
{
    struct goal *goal = argument;
    return last_count(goal->server->program) >= goal->wanted;
}

/* Whoever was turned away may be counted or not; nobody else can be. */
static void expect_no_phantoms(struct server *server)
{
    struct goal goal = {.server = server, .wanted = peers_made()};
    step("all leave");
    peers_end();
    holds_soon(all_are_counted, &goal);
    settle();
    unsigned long long counted = last_count(server->program);
    if (counted > goal.wanted)
        failed(SYMPTOM_phantom_clients, "at the end, no more clients are counted than came",
               "%u clients came, and the tally shows %llu", goal.wanted, counted);
}

void check_out_of_descriptors(void)
{
    struct limit limit = {.resource = RLIMIT_NOFILE, .of = MESSAGE("descriptors")};
    struct server server = server_start_here();
    struct peer *staying = client_connect(&server, 0);
    converse(staying, "hello\n", &plain_blame);
    settle();
    lower_limit(&server, &limit, lowest_unused(&server));
    struct peer *waiting = live_through_lack(&server, staying, &limit, &no_descriptor);
    raise_limit(&server, &limit);
    if (waiting != NULL)
        expect_room(&server, waiting, &no_descriptor);
    make_room_by_leaving(&server, staying, &limit);
    expect_no_phantoms(&server);
}

static const struct lack no_task = {.staying = {SYMPTOM_lack_costs_others, SYMPTOM_altered_echo,
                                                SYMPTOM_lack_costs_others,
                                                SYMPTOM_ended_by_failed_start},
                                    .ended = SYMPTOM_ended_by_failed_start,
                                    .spins = SYMPTOM_spins_by_failed_start,
                                    .kept = SYMPTOM_kept_after_failed_start,
                                    .unserved = SYMPTOM_unserved_after_failed_start};

/* The kernel counts a user's processes and threads together: with a limit of one there is no
 * second. Root has no such limit. */
void check_out_of_tasks(const char *kind)
{
    struct limit limit = {.resource = RLIMIT_NPROC, .of = kind};
    if (geteuid() == 0) {
        note("at this level of isolation the server runs as root, whom no limit of %s holds: "
             "this was not tried",
             translated(kind));
        return;
    }
    struct server server = server_start_here();
    struct peer *staying = client_connect(&server, 0);
    converse(staying, "hello\n", &plain_blame);
    lower_limit(&server, &limit, 1);
    struct peer *waiting = live_through_lack(&server, staying, &limit, &no_task);
    raise_limit(&server, &limit);
    if (waiting != NULL)
        expect_room(&server, waiting, &no_task);
    converse(staying, "and I am still here\n", &no_task.staying);
}

void clients_at_once(size_t count)
{
    static struct peer *clients[MANY];
    struct server server = server_start_here();
    gather(&server, clients, count, &crowd_blame);
    all_speak(clients, count, &crowd_blame);
    all_leave(clients, count);
    serve_one(&server, &crowd_blame);
}

void check_clients_at_once(void)
{
    clients_at_once(50);
}

void check_clients_beside_slow_reader(void)
{
    enum { OFFERED = 1 << 20 };
    char *noise = calloc(1, OFFERED);
    if (noise == NULL)
        broken("no memory");
    clients_at_once(50);
    peers_end();
    programs_end();
    struct server server = server_start_here();
    struct peer *before = client_connect(&server, 0);
    converse(before, "hello\n", &crowd_blame);
    struct peer *slow = client_connect(&server, PEER_READS_LATER);
    peer_send(slow, noise, OFFERED);
    free(noise);
    fill_up(slow);
    converse(before, "does a client that reads nothing hold me up?\n", &crowd_blame);
    struct peer *next = client_connect(&server, 0);
    converse(next, "or me?\n", &crowd_blame);
}

/* The server finds all of this at once: what becomes of one client must not touch another. */
static void reset_among_others(struct server *server)
{
    enum { CLIENTS = 12 };
    struct peer *clients[CLIENTS];
    gather(server, clients, CLIENTS, &crowd_blame);
    step("the server is stopped; of %d clients every second one speaks, the others reset or "
         "leave, the first and the last among them; the server is continued",
         CLIENTS);
    program_signal(server->program, SIGSTOP);
    settle();
    for (size_t i = 1; i < CLIENTS - 1; i += 2)
        speak(clients[i], i + 1, "something at that moment");
    while (pump(0) > 0)
        ;
    for (size_t i = 0; i < CLIENTS; i += 2)
        if (i % 4 == 0)
            peer_reset(clients[i]);
        else
            peer_close(clients[i]);
    peer_reset(clients[CLIENTS - 1]);
    program_signal(server->program, SIGCONT);
    for (int round = 0; round < 2; round++)
        for (size_t i = 1; i < CLIENTS - 1; i += 2) {
            hear(clients[i], &crowd_blame);
            speak(clients[i], i + 1, "that it stays");
        }
}

void check_survives_reset_of_many(void)
{
    check_survives_reset();
    struct server server = server_start_here();
    reset_among_others(&server);
    peers_end();
    serve_one(&server, &crowd_blame);
}

static void expect_one_thread(struct server *server, const char *when)
{
    struct activity seen = activity_of(server->program->pid);
    if (seen.processes > 1)
        failed(SYMPTOM_other_process, "one process with one thread serves all clients",
               "%u processes %s", seen.processes, translated(when));
    if (seen.threads > 1)
        failed(SYMPTOM_other_thread, "one process with one thread serves all clients",
               "%u threads %s", seen.threads, translated(when));
}

void check_one_thread(void)
{
    enum { CLIENTS = 10 };
    struct peer *clients[CLIENTS];
    struct server server = server_start_here();
    gather(&server, clients, CLIENTS, &crowd_blame);
    expect_one_thread(&server, "with 10 clients connected");
    for (size_t i = 0; i < CLIENTS; i++)
        speak(clients[i], i + 1, "something else");
    expect_one_thread(&server, "while 10 clients speak");
    all_speak(clients, CLIENTS, &crowd_blame);
    all_leave(clients, CLIENTS);
    expect_one_thread(&server, "after they left");
}
