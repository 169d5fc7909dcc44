/* Jobs; see jobs.h. One loop, one poll(2) over all pipes and processes. */
#define _GNU_SOURCE
#include "tests/grader/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KEPT = 64 * 1024, JOBS = 64, SAFE_DESCRIPTOR = 10 };

static struct job *first;
static volatile sig_atomic_t interrupted;

double seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void note_signal(int signal)
{
    interrupted = signal;
}

void jobs_catch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    struct sigaction before;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* as by nohup */
        sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int jobs_interrupted(void)
{
    return interrupted;
}

/* A pipe whose numbers are out of the way of the child's descriptors 0 to 5. */
static int open_pipe(int ends[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC) == -1)
        return -1;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, SAFE_DESCRIPTOR);
        close(low[i]);
    }
    return ends[0] == -1 || ends[1] == -1 ? -1 : 0;
}

static int spawn(struct job *job, int writers[CAPTURES])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t every, none;
    char *environment[] = {"PATH=/usr/bin:/bin", NULL};
    sigfillset(&every);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, writers[0], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, writers[0], STDERR_FILENO);
    for (int i = 1; i < CAPTURES; i++)
        posix_spawn_file_actions_adddup2(&actions, writers[i], STDERR_FILENO + i);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigdefault(&attributes, &every);
    posix_spawnattr_setsigmask(&attributes, &none);
    int code = posix_spawn(&job->pid, job->command.words[0], &actions, &attributes,
                           job->command.words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code;
}

void job_start(struct job *job)
{
    int writers[CAPTURES], code = 0;
    job->started = seconds_now();
    job->pid = 0;
    job->pidfd = -1;
    for (int i = 0; i < CAPTURES; i++) {
        int ends[2] = {-1, -1};
        if (open_pipe(ends) == -1)
            code = errno;
        job->captures[i].fd = ends[0];
        job->captures[i].data = calloc(1, 1);
        writers[i] = ends[1];
        if (ends[0] != -1)
            fcntl(ends[0], F_SETFL, O_NONBLOCK);
    }
    if (code == 0)
        code = spawn(job, writers);
    if (code == 0 && (job->pidfd = pidfd_open(job->pid, 0)) == -1)
        code = errno;
    if (code != 0 && asprintf(&job->error, "%s: %s", job->command.words[0], strerror(code)) < 0)
        abort();
    for (int i = 0; i < CAPTURES; i++)
        close(writers[i]);
    job->next = first;
    first = job;
}

static void keep(struct capture *capture, const char *data, size_t length)
{
    size_t maximum = capture->maximum > 0 ? capture->maximum : KEPT;
    size_t room = maximum - capture->length;
    if (length > room) {
        capture->cut = true;
        length = room;
    }
    char *grown = realloc(capture->data, capture->length + length + 1);
    if (grown == NULL)
        abort();
    capture->data = grown;
    memcpy(capture->data + capture->length, data, length);
    capture->length += length;
    capture->data[capture->length] = '\0';
}

/* Reads what is there, no more than 1 MiB at a time, lest a flood keep the others waiting; at
 * its end, or on an error, the pipe is closed. */
static void drain(struct capture *capture)
{
    static char piece[65536];
    for (int pieces = 0; pieces < 16 && capture->fd != -1; pieces++) {
        ssize_t length = read(capture->fd, piece, sizeof piece);
        if (length == -1 && (errno == EAGAIN || errno == EINTR))
            return;
        if (length > 0) {
            keep(capture, piece, (size_t)length);
            continue;
        }
        close(capture->fd);
        capture->fd = -1;
    }
}

static void finish(struct job *job)
{
    if (job->pid > 0 && waitpid(job->pid, &job->status, 0) == -1)
        job->status = -1;
    for (int i = 0; i < CAPTURES; i++) {
        drain(&job->captures[i]);
        if (job->captures[i].fd != -1)
            close(job->captures[i].fd);
        job->captures[i].fd = -1;
    }
    if (job->pidfd != -1)
        close(job->pidfd);
    job->wall = seconds_now() - job->started;
    for (struct job **at = &first; *at != NULL; at = &(*at)->next)
        if (*at == job) {
            *at = job->next;
            break;
        }
}

/* Returns a job that has ended, after a look at all of them. */
static struct job *look_around(void)
{
    struct pollfd sets[JOBS * (CAPTURES + 1)];
    nfds_t count = 0;
    for (struct job *job = first; job != NULL; job = job->next) {
        sets[count++] = (struct pollfd){.fd = job->pidfd, .events = POLLIN};
        for (int i = 0; i < CAPTURES; i++)
            sets[count++] = (struct pollfd){.fd = job->captures[i].fd, .events = POLLIN};
    }
    if (poll(sets, count, 100) == -1 && errno != EINTR)
        abort();
    count = 0;
    for (struct job *job = first; job != NULL; job = job->next, count += CAPTURES + 1) {
        for (int i = 0; i < CAPTURES; i++)
            drain(&job->captures[i]);
        if (job->error != NULL || (sets[count].revents & POLLIN))
            return job;
        if (seconds_now() - job->started > job->limit) {
            job->timed_out = true;
            kill(-job->pid, SIGKILL);
        }
    }
    return NULL;
}

struct job *jobs_wait(void)
{
    while (first != NULL && !interrupted) {
        struct job *job = look_around();
        if (job != NULL) {
            finish(job);
            return job;
        }
    }
    return NULL;
}

size_t jobs_running(void)
{
    size_t count = 0;
    for (struct job *job = first; job != NULL; job = job->next)
        count++;
    return count;
}

void jobs_kill(void)
{
    while (first != NULL) {
        struct job *job = first;
        if (job->pid > 0)
            kill(-job->pid, SIGKILL);
        finish(job);
    }
}

void job_free(struct job *job)
{
    command_free(&job->command);
    for (int i = 0; i < CAPTURES; i++)
        free(job->captures[i].data);
    free(job->error);
    memset(job, 0, sizeof *job);
}
