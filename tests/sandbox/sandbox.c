/* Levels of isolation and their command lines; see sandbox.h. */
#define _GNU_SOURCE
#include "tests/sandbox/sandbox.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/messages/messages.h"
#include "tests/sandbox/group.h"

#define MOUNTED_WORKSPACE "/grading"

static const struct {
    const char *name, *meaning;
} levels[ISOLATION_COUNT] = {
    [ISOLATED] = {"isolated",
                  MESSAGE(
                      "the programs ran with a network, a process tree and a file system of "
                      "their own, with limits and a filter of system calls")},
    [ISOLATED_WITHOUT_PROC] = {"isolated-without-proc",
                               MESSAGE(
                                   "the programs ran with a network, a process tree and a "
                                   "file system of their own, with limits and a filter of "
                                   "system calls, but without /proc, which this machine does "
                                   "not let the grader mount: leaks of memory were not looked "
                                   "for")},
    [SEPARATE_UID] =
        {"separate-uid",
         MESSAGE(
             "the programs ran as another user, with limits and a filter of system calls, but "
             "with the machine's own files and network: namespaces are switched off here (see "
             "`make doctor`)")},
    [LIMITS_ONLY] = {"limits-only",
                     MESSAGE(
                         "the programs ran with limits and a filter of system calls only, with "
                         "the machine's own files and network: for code that one trusts")},
};

const char *isolation_name(enum isolation level)
{
    return levels[level].name;
}

const char *isolation_meaning(enum isolation level)
{
    return translated(levels[level].meaning);
}

bool isolation_named(const char *name, enum isolation *level)
{
    for (int i = 0; i < ISOLATION_COUNT; i++)
        if (strcmp(name, levels[i].name) == 0) {
            *level = (enum isolation)i;
            return true;
        }
    return false;
}

static bool has_namespaces(enum isolation level)
{
    return level == ISOLATED || level == ISOLATED_WITHOUT_PROC;
}

const char *session_workspace(enum isolation level, const char *workspace)
{
    return has_namespaces(level) ? MOUNTED_WORKSPACE : workspace;
}

char *sandbox_path(enum isolation level, const char *workspace, const char *name, char *path,
                   size_t size)
{
    snprintf(path, size, "%s/%s", has_namespaces(level) ? "" : workspace, name);
    return path;
}

/* Root has the power to undo most of what follows: it goes first. */
static void add_drop(struct command *command)
{
    if (geteuid() != 0)
        return;
    command_add(command, "/usr/bin/setpriv", NULL);
    command_addf(command, "--reuid=%d", SANDBOX_USER);
    command_addf(command, "--regid=%d", SANDBOX_USER);
    command_add(command, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
                "--no-new-privs", NULL);
}

/* The system's programs and libraries, read-only; Debian has merged /bin and /lib into /usr. */
static void add_system(struct command *command)
{
    command_add(command, "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin",
                "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", NULL);
}

static void add_bind(struct command *command, const char *workspace, const char *name,
                     const char *to)
{
    command_add(command, "--ro-bind", NULL);
    command_addf(command, "%s%s", workspace, name);
    command_add(command, to, NULL);
}

/* The last before the program itself: what stands before it needs calls that are denied. */
static void add_filter(struct command *command, enum isolation level, const char *workspace,
                       const char *filter)
{
    const char *where = has_namespaces(level) ? "" : workspace;
    command_addf(command, "%s/kit/confine", where);
    command_addf(command, "%s/kit/%s.filter", where, filter);
}

static void add_bubblewrap(struct command *command)
{
    command_add(command, "/usr/bin/bwrap", "--unshare-user", "--unshare-uts",
                "--unshare-cgroup", "--die-with-parent", "--cap-drop", "ALL", "--clearenv",
                NULL);
}

void sandbox_compile(struct command *command, enum isolation level, const char *workspace)
{
    add_drop(command);
    if (has_namespaces(level)) {
        add_bubblewrap(command);
        command_add(command, "--unshare-pid", "--unshare-net", "--unshare-ipc",
                    "--disable-userns", "--new-session", "--setenv", "PATH", "/usr/bin",
                    "--setenv", "LC_ALL", "C.UTF-8", NULL);
        add_system(command);
        command_add(command, "--dev", "/dev", "--size", "67108864", "--tmpfs", "/tmp", NULL);
        add_bind(command, workspace, "/source", "/source");
        add_bind(command, workspace, "/kit", "/kit");
        command_add(command, "--chdir", "/source", "--remount-ro", "/dev", "--remount-ro", "/",
                    "--", NULL);
    }
    command_add(command, "/usr/bin/prlimit", "--core=0", "--cpu=20", "--as=1073741824",
                "--fsize=67108864", "--nofile=256", NULL);
    if (has_namespaces(level)) /* elsewhere, it would count all that this user runs */
        command_add(command, "--nproc=512", NULL);
    command_add(command, "--", NULL);
    add_filter(command, level, workspace, "compile");
}

void sandbox_convert(struct command *command, enum isolation level, unsigned seconds)
{
    if (level != LIMITS_ONLY) /* there, it has been found not to work */
        add_drop(command);
    if (has_namespaces(level)) {
        add_bubblewrap(command);
        command_add(command, "--unshare-pid", "--unshare-net", "--unshare-ipc",
                    "--disable-userns", "--new-session", "--setenv", "LC_ALL", "C.UTF-8", NULL);
        add_system(command);
        command_add(command, "--remount-ro", "/", "--", NULL);
    }
    command_add(command, "/usr/bin/prlimit", "--core=0", "--as=1073741824", "--fsize=65536",
                "--nofile=64", NULL);
    command_addf(command, "--cpu=%u", seconds);
    command_add(command, "--", NULL);
}

void sandbox_session(struct command *command, enum isolation level, const char *workspace)
{
    group_enter(command); /* as whoever grades: the programs' user may not */
    add_drop(command);
    if (!has_namespaces(level))
        return;
    add_bubblewrap(command);
    command_add(command, "--unshare-net", "--unshare-ipc", NULL);
    add_system(command);
    if (level == ISOLATED)
        command_add(command, "--unshare-pid", "--proc", "/proc", NULL);
    else
        command_add(command, "--bind", "/proc", "/proc", NULL); /* its uid_map is written */
    command_add(command, "--dev", "/dev", "--size", "16777216", "--tmpfs", "/tmp", NULL);
    add_bind(command, workspace, "/etc", "/etc");
    add_bind(command, workspace, "", MOUNTED_WORKSPACE);
    command_add(command, "--remount-ro", "/dev", "--remount-ro", "/", "--", NULL);
}

/* Tracing is for where a leak is looked for: see filter.c. */
static const char *filter_of(enum isolation level, const struct run_options *options)
{
    return options->sanitized && level == ISOLATED ? "sanitized" : "run";
}

static void add_run_namespaces(struct command *command, enum isolation level,
                               const char *workspace, const struct run_options *options)
{
    add_bubblewrap(command);
    command_add(command, "--unshare-pid", "--disable-userns", "--new-session",
                "--json-status-fd", NULL);
    command_addf(command, "%d", SANDBOX_STATUS);
    if (options->variable[0] != NULL)
        command_add(command, "--setenv", options->variable[0], options->variable[1], NULL);
    add_system(command);
    if (level == ISOLATED) {
        command_add(command, "--proc", "/proc", NULL);
    } else if (options->sanitized) { /* reports find the names of lines by this file */
        command_add(command, "--symlink", NULL);
        command_addf(command, "/lab/%s", options->called);
        command_add(command, "/proc/self/exe", NULL);
    }
    command_add(command, "--dev", "/dev", "--size", "16777216", "--tmpfs", "/tmp", "--size",
                "4194304", "--tmpfs", "/dev/shm", NULL);
    add_bind(command, workspace, "/etc", "/etc");
    add_bind(command, workspace, "/kit/confine", "/kit/confine"); /* of the kit, no more */
    command_add(command, "--ro-bind", NULL);
    command_addf(command, "%s/kit/%s.filter", workspace, filter_of(level, options));
    command_addf(command, "/kit/%s.filter", filter_of(level, options));
    command_add(command, "--ro-bind", NULL);
    command_addf(command, "%s/programs/%s", workspace, options->program);
    command_addf(command, "/lab/%s", options->called);
    command_add(command, "--ro-bind", "/tmp", SANDBOX_MEETING, NULL); /* the session's */
    command_add(command, "--chdir", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/", "--",
                NULL);
    if (level == ISOLATED)
        command_add(command, "/usr/bin/choom", "-n", "1000", "--", NULL);
}

void sandbox_run(struct command *command, enum isolation level, const char *workspace,
                 const struct run_options *options)
{
    if (has_namespaces(level)) {
        add_run_namespaces(command, level, workspace, options);
    } else if (options->variable[0] != NULL) {
        command_add(command, "/usr/bin/env", NULL);
        command_addf(command, "%s=%s", options->variable[0], options->variable[1]);
    }
    command_add(command, "/usr/bin/prlimit", "--core=0", "--cpu=120", "--fsize=16777216",
                "--nofile=4096", NULL);
    if (!options->sanitized)
        command_add(command, "--as=8589934592", NULL);
    if (level != LIMITS_ONLY) /* there, it would count all that the user runs */
        command_add(command, "--nproc=512", NULL);
    command_add(command, "--", NULL);
    add_filter(command, level, workspace, filter_of(level, options));
    if (has_namespaces(level))
        command_addf(command, "/lab/%s", options->called);
    else
        command_addf(command, "%s/programs/%s", workspace, options->program);
}

/* Runs a command, its output thrown away. Returns whether it ended well. */
static bool works(const struct command *command)
{
    posix_spawn_file_actions_t actions;
    char *environment[] = {NULL};
    pid_t pid;
    int status;
    posix_spawn_file_actions_init(&actions);
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    int code = posix_spawn(&pid, command->words[0], &actions, NULL,
                           (char *const *)command->words, environment);
    posix_spawn_file_actions_destroy(&actions);
    return code == 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* A session that is able to start a program's sandbox, tried without a workspace. */
static bool try_level(enum isolation level)
{
    struct command trial = {.count = 0};
    add_drop(&trial);
    for (int nested = 0; has_namespaces(level) && nested < 2; nested++) {
        add_bubblewrap(&trial);
        command_add(&trial, nested ? "--disable-userns" : "--unshare-net", NULL);
        add_system(&trial);
        if (level == ISOLATED)
            command_add(&trial, "--unshare-pid", "--proc", "/proc", NULL);
        else
            command_add(&trial, nested ? "--unshare-pid" : "--bind", nested ? NULL : "/proc",
                        "/proc", NULL);
        command_add(&trial, "--dev", "/dev", "--tmpfs", "/tmp", "--", NULL);
    }
    command_add(&trial, "/usr/bin/true", NULL);
    bool worked = works(&trial);
    command_free(&trial);
    return worked;
}

enum isolation isolation_available(enum isolation best)
{
    for (enum isolation level = best; level < LIMITS_ONLY; level++)
        if ((level != SEPARATE_UID || geteuid() == 0) && try_level(level))
            return level;
    return LIMITS_ONLY;
}
