/* Starting and ending the student's programs; see program.h. */
#define _GNU_SOURCE
#include "tests/probe/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/messages/messages.h"
#include "tests/probe/await.h"
#include "tests/probe/finding.h"
#include "tests/probe/visible.h"
#include "tests/probe/watcher.h"

enum { PROGRAMS = 16, START_SECONDS = 300, HIDING_SECONDS = 5 };

static const char no_sanitizer[] = "FATAL: ThreadSanitizer";

static struct {
    enum isolation level;
    const char *workspace;
    struct program *programs[PROGRAMS];
    size_t count;
    unsigned paths;
    double ran; /* seconds of processor of programs that were killed */
} all;

void programs_setup(enum isolation level, const char *workspace)
{
    all.level = level;
    all.workspace = workspace;
}

/* Whether programs are in a file system of their own. */
static bool has_own_root(void)
{
    return all.level == ISOLATED || all.level == ISOLATED_WITHOUT_PROC;
}

bool program_ended(struct program *program)
{
    int status;
    if (program->ended || waitpid(program->launcher, &status, WNOHANG) != program->launcher)
        return program->ended;
    program->ended = true;
    program->launcher = 0;
    program->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

static bool runs_file(pid_t pid, const struct stat *file)
{
    char path[64];
    struct stat running;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    return stat(path, &running) == 0 && running.st_ino == file->st_ino &&
           running.st_dev == file->st_dev;
}

/*
 * A program may have become another by exec before we came to see it. It is known by one filter
 * of system calls more than ours; only the launcher of the filter has that too, for an instant.
 * A program that becomes this launcher, to hide, is given away by the time.
 */
static bool runs_filtered(pid_t pid, bool late)
{
    static const char key[] = "\nSeccomp_filters:";
    char path[512];
    struct stat launcher;
    snprintf(path, sizeof path, "%s/kit/confine", all.workspace);
    return status_number(pid, key) > status_number(getpid(), key) &&
           (late || (stat(path, &launcher) == 0 && !runs_file(pid, &launcher)));
}

/*
 * Between us and the program stand the sandbox's own processes, which exec one another. The
 * program is the first below us that runs the student's file: the kernel shows that file by its
 * inode, whatever name it is mounted under.
 */
static pid_t find_process(const struct program *program, const struct stat *file, bool late)
{
    static pid_t pids[PROCESSES];
    size_t count = process_tree(program->launcher, pids);
    for (size_t i = 0; i < count; i++)
        if (runs_file(pids[i], file) || runs_filtered(pids[i], late))
            return pids[i];
    return 0;
}

/* A sandbox that failed before it came to the program says nothing of an exit status. */
static void expect_started(const struct program *program)
{
    char shown[400];
    for (double late = now() + 5; !program->launch.ended && now() < late;)
        pump(5);
    while (pump(0) > 0)
        ;
    if (has_own_root() && !channel_holds(&program->launch, "exit-code"))
        broken("the sandbox did not start %s: %s", program->name,
               visible(program->errors.in, program->errors.in_length, shown, sizeof shown));
}

static void wait_for_process(struct program *program, const char *file)
{
    char path[512];
    struct stat status;
    snprintf(path, sizeof path, "%s/programs/%s", all.workspace, file);
    if (stat(path, &status) == -1)
        broken("stat %s: %s", path, strerror(errno));
    double begun = now(), late = begun + START_SECONDS;
    while (program->pid == 0 && !program_ended(program)) {
        program->pid = find_process(program, &status, now() > begun + HIDING_SECONDS);
        if (program->pid == 0)
            pump(1);
        if (now() > late)
            broken("the sandbox did not start %s within %d seconds", program->name,
                   START_SECONDS);
    }
    if (program->pid == 0)
        expect_started(program);
}

/*
 * The child's ends of four pipes become its descriptors 0 to 3; ours become channels. Descriptor
 * 3 is the sandbox's own, for it to say that the program has been started.
 */
static int spawn_with(struct program *program, const struct command *command, int pipes[4][2])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t every, none;
    char *environment[] = {NULL};
    sigfillset(&every);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[0][0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipes[1][1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipes[2][1], STDERR_FILENO);
    if (has_own_root())
        posix_spawn_file_actions_adddup2(&actions, pipes[3][1], SANDBOX_STATUS);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &every);
    posix_spawnattr_setsigmask(&attributes, &none);
    int code = posix_spawn(&program->launcher, command->words[0], &actions, &attributes,
                           (char *const *)command->words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code;
}

/*
 * Older sanitizers, gcc 12's among them, stop at start where the kernel's random addresses
 * are more than they know of (vm.mmap_rnd_bits above 28). So it is told to use none: whatever is
 * started inherits that. Where this is refused, as in some containers, it changes nothing.
 */
static int spawn_at_fixed_addresses(struct program *program, const struct command *command,
                                    int pipes[4][2])
{
    enum { QUERY = 0xffffffffu };
    int before = personality(QUERY);
    personality((unsigned)before | ADDR_NO_RANDOMIZE);
    int code = spawn_with(program, command, pipes);
    personality((unsigned)before);
    return code;
}

static int spawn(struct program *program, const struct command *command)
{
    struct channel *channels[] = {&program->input, &program->output, &program->errors,
                                  &program->launch};
    int pipes[4][2];
    for (int i = 0; i < 4; i++)
        if (pipe2(pipes[i], O_CLOEXEC) == -1)
            return errno;
    int code = program->build != BUILD_PLAIN ? spawn_at_fixed_addresses(program, command, pipes)
                                             : spawn_with(program, command, pipes);
    for (int i = 0; i < 4; i++) {
        int ours = i == 0 ? 1 : 0; /* we write to its standard input, and read the others */
        close(pipes[i][1 - ours]);
        channel_open(channels[i], pipes[i][ours], i != 0);
    }
    return code;
}

static struct program *start(const char *name, const char *file, enum build build,
                             const char *argument)
{
    struct command command = {.count = 0};
    struct program *program = calloc(1, sizeof *program);
    if (program == NULL || all.count == PROGRAMS)
        broken("no room for another program");
    program->build = build;
    snprintf(program->name, sizeof program->name, "%s", name);
    if (build != BUILD_PLAIN)
        watcher_allow_sanitizers();
    struct run_options options = {
        .program = file, .called = name, .sanitized = build != BUILD_PLAIN};
    if (build == BUILD_ASAN) {
        options.variable[0] = "ASAN_OPTIONS";
        options.variable[1] =
            all.level == ISOLATED ? "exitcode=99:detect_leaks=1" : "exitcode=99:detect_leaks=0";
    } else if (build == BUILD_TSAN) { /* a report is all that it adds: the server goes on */
        options.variable[0] = "TSAN_OPTIONS";
        options.variable[1] =
            "exitcode=99:halt_on_error=0:atexit_sleep_ms=0:report_signal_unsafe=0";
    }
    sandbox_run(&command, all.level, all.workspace, &options);
    if (argument != NULL)
        command_add(&command, argument, NULL);
    int code = spawn(program, &command);
    command_free(&command);
    if (code != 0)
        broken("starting %s: %s", name, strerror(code));
    all.programs[all.count++] = program;
    program->output.chatter = program->errors.chatter = program->launch.chatter = true;
    program->errors.in_maximum = 256 * 1024;
    wait_for_process(program, file);
    return program;
}

/* Tells whether a program has ended with the thread sanitizer's message that it does not work. */
static bool met_no_sanitizer(struct program *program)
{
    if (program_ended(program))
        while (pump(0) > 0)
            ;
    return program_ended(program) && channel_holds(&program->errors, no_sanitizer);
}

static bool has_gone(void *program)
{
    return program_ended(program);
}

static void release(struct program *program)
{
    program_kill(program);
    channel_close(&program->input);
    channel_close(&program->output);
    channel_close(&program->errors);
    channel_close(&program->launch);
    free(program);
}

/* Several times: where addresses cannot be fixed, some starts fail by chance. */
static void try_sanitizer(void)
{
    enum { TRIALS = 5 };
    char shown[400];
    for (int i = 0; i < TRIALS; i++) {
        struct program *trial = start("trial", "../kit/trial-tsan", BUILD_TSAN, NULL);
        await(has_gone, trial);
        if (met_no_sanitizer(trial) || !program_ended(trial) || trial->status != 0)
            broken("the thread sanitizer does not work here (see make doctor): %s",
                   printable(trial->errors.in, trial->errors.in_length, shown, sizeof shown));
        release(trial);
        all.count--;
    }
}

/*
 * A thread sanitizer that this machine does not suit stops before it comes to main(): that says
 * nothing of the program. But a program can print the same words: a trial tells whose they are.
 */
static void expect_sanitizer(struct program *program)
{
    char how[64];
    settle();
    if (!met_no_sanitizer(program))
        return;
    describe_status(program->status, how, sizeof how);
    program->killed = true; /* it is over, and no more what is waited for */
    try_sanitizer();
    program->killed = false;
    failed(SYMPTOM_sanitizer_blamed, "the program runs with the thread sanitizer",
           "it ended with the sanitizer's message \"%s\", %s; a program of the grader's own "
           "runs with it at the same place",
           no_sanitizer, how);
}

struct program *program_start(const char *name, enum build build, const char *argument)
{
    static const char *const suffixes[] = {
        [BUILD_PLAIN] = "", [BUILD_ASAN] = "-asan", [BUILD_TSAN] = "-tsan"};
    char file[32];
    snprintf(file, sizeof file, "%s%s", name, suffixes[build]);
    step("start: %s%s%s", name, argument != NULL ? " " : "", argument != NULL ? argument : "");
    struct program *program = start(name, file, build, argument);
    if (build == BUILD_TSAN)
        expect_sanitizer(program);
    return program;
}

void program_signal(struct program *program, int signal)
{
    if (program->pid > 1 && !program_ended(program))
        kill(program->pid, signal);
}

void program_kill(struct program *program)
{
    program->killed = true;
    if (program->pid > 1 && !program_ended(program))
        all.ran += (double)activity_of(program->pid).ran / 1e9;
    program_signal(program, SIGKILL);
    double late = now() + 1;
    while (program->pid > 1 && !program_ended(program) && now() < late)
        pump(1);
    if (!program_ended(program)) {
        kill(program->launcher, SIGKILL);
        while (waitpid(program->launcher, NULL, 0) == -1 && errno == EINTR)
            ;
        program->ended = true;
        program->status = 128 + SIGKILL;
    }
}

void programs_end(void)
{
    for (size_t i = 0; i < all.count; i++)
        release(all.programs[i]);
    all.count = 0;
}

struct program *program_at(int index)
{
    size_t at = index < 0 ? all.count - (size_t)-index : (size_t)index;
    return at < all.count ? all.programs[at] : NULL;
}

bool is_program(pid_t pid)
{
    for (size_t i = 0; i < all.count; i++)
        if (all.programs[i]->pid == pid || all.programs[i]->launcher == pid)
            return true;
    return false;
}

bool programs_any_ended(void)
{
    for (size_t i = 0; i < all.count; i++)
        if (!all.programs[i]->killed && program_ended(all.programs[i]))
            return true;
    return false;
}

struct activity programs_activity(void)
{
    struct activity sum = {.blocked = true, .asleep = true};
    for (size_t i = 0; i < all.count; i++) {
        struct program *program = all.programs[i];
        if (program_ended(program) || program->pid == 0)
            continue;
        struct activity one = activity_of(program->pid);
        sum.processes += one.processes;
        sum.threads += one.threads;
        sum.zombies += one.zombies;
        /* Without a thread left it is about to end, and its launcher will tell how. */
        sum.blocked &= one.blocked && one.threads > 0;
        sum.asleep &= one.asleep && one.threads > 0;
        sum.running |= one.running;
        sum.ran += one.ran;
        sum.waited += one.waited;
        sum.turns += one.turns;
        sum.slept += one.slept;
    }
    return sum;
}

double programs_cpu(void)
{
    struct rusage own, children;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    const struct timeval *parts[] = {&own.ru_utime, &own.ru_stime, &children.ru_utime,
                                     &children.ru_stime};
    double sum = all.ran;
    for (size_t i = 0; i < 4; i++)
        sum += (double)parts[i]->tv_sec + (double)parts[i]->tv_usec / 1e6;
    return sum;
}

char *describe_status(int status, char *text, size_t size)
{
    if (status <= 128 || status > 128 + 64)
        snprintf(text, size, translated("exit status %d"), status);
    else if (sigabbrev_np(status - 128) != NULL)
        snprintf(text, size, translated("killed by SIG%s"), sigabbrev_np(status - 128));
    else
        snprintf(text, size, translated("killed by signal %d"), status - 128);
    return text;
}

char *programs_where(void)
{
    char *text = NULL, status[64];
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    for (size_t i = 0; out != NULL && i < all.count; i++) {
        struct program *program = all.programs[i];
        if (program->killed && i + 1 < all.count)
            continue; /* the check's doing, and long over */
        fflush(out);
        if (length > 0)
            fputc('\n', out);
        if (program_ended(program) || program->pid == 0) {
            fprintf(out, translated("%s: ended, %s"), program->name,
                    describe_status(program->status, status, sizeof status));
            continue;
        }
        char *doing = describe_program(program->name, program->pid);
        fprintf(out, "%s", doing != NULL ? doing : "");
        free(doing);
    }
    if (out != NULL)
        fclose(out);
    return text;
}

/* Of a sanitizer's report: what was found, and where in the student's own file. */
static bool is_told(const struct program *program, const char *line, size_t length)
{
    static const char *const marks[] = {
        "ERROR: ",    "runtime error",   "SUMMARY",
        "freed by",   "allocated by",    "leak of",
        "server.c:",  "client.c:",       "WARNING: ThreadSanitizer",
        " by thread", " by main thread", "Location is"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (memmem(line, length, marks[i], strlen(marks[i])) != NULL)
            return true;
    return program->build == BUILD_PLAIN;
}

/* Where a report of threads tells how one was created: such frames are not those of an access. */
static bool is_creation(const struct program *program, const char *line, size_t length)
{
    static const char mark[] = "  Thread T";
    return program->build == BUILD_TSAN && length >= sizeof mark - 1 &&
           memcmp(line, mark, sizeof mark - 1) == 0;
}

/* Lines as they are shown: one that repeats the one before is counted. */
struct lines {
    FILE *out;
    const char *last;
    size_t last_length, again, shown;
};

static void end_repetition(struct lines *lines)
{
    if (lines->again > 0)
        fprintf(lines->out, translated("(and the same %zu times more)\n"), lines->again);
    lines->again = 0;
}

static void say_line(struct lines *lines, const char *line, size_t length)
{
    char shown[300];
    if (lines->last != NULL && length == lines->last_length &&
        memcmp(line, lines->last, length) == 0) {
        lines->again++;
        return;
    }
    end_repetition(lines);
    fprintf(lines->out, "%s\n", printable(line, length, shown, sizeof shown));
    lines->last = line;
    lines->last_length = length;
    lines->shown++;
}

static void say_lines(FILE *out, const struct program *program)
{
    enum { LINES = 12 };
    struct lines lines = {.out = out};
    const char *end = program->errors.in + program->errors.in_length;
    bool left_out = false; /* up to an empty line */
    for (const char *at = program->errors.in, *next; at < end && lines.shown < LINES;
         at = next) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline != NULL ? newline : end) - at);
        next = at + length + 1;
        left_out = length > 0 && (left_out || is_creation(program, at, length));
        if (!left_out && is_told(program, at, length))
            say_line(&lines, at, length);
    }
    end_repetition(&lines);
    if (lines.shown == LINES)
        fprintf(out, translated("... (%s wrote %zu bytes)\n"), program->name,
                program->errors.in_total);
}

char *programs_said(void)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    for (size_t i = 0; out != NULL && i < all.count; i++) {
        const struct program *program = all.programs[i];
        if (program->errors.in_length > 0)
            say_lines(out, program);
    }
    if (out != NULL)
        fclose(out);
    if (length > 0)
        text[length - 1] = '\0'; /* the last newline */
    return text;
}

char *unix_path(char *path, size_t size)
{
    snprintf(path, size, "%s/tmp/%d-%u.sock", has_own_root() ? "" : all.workspace, getpid(),
             ++all.paths);
    return path;
}

bool programs_are_alone(void)
{
    return has_own_root();
}

char *longest_unix_path(char *path)
{
    enum { LONGEST = 107 };
    unix_path(path, LONGEST + 1);
    size_t length = strlen(path);
    memset(path + length, 'x', LONGEST - length);
    path[LONGEST] = '\0';
    return path;
}

void meeting_path(char *own, char *theirs, size_t size)
{
    const char *directory = has_own_root() ? "" : all.workspace;
    all.paths++;
    snprintf(own, size, "%s/tmp/%d-%u.sock", directory, getpid(), all.paths);
    snprintf(theirs, size, "%s/%d-%u.sock", has_own_root() ? SANDBOX_MEETING : "", getpid(),
             all.paths);
    if (!has_own_root())
        snprintf(theirs, size, "%s", own);
}

char *path_of_program(const struct program *program, const char *name, char *path, size_t size)
{
    if (has_own_root())
        snprintf(path, size, "/proc/%d/root%s", program->pid, name);
    else
        snprintf(path, size, "%s", name);
    return path;
}
