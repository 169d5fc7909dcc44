/**
 * @file tests/sandbox/sandbox.h
 * @brief The isolation of a submission: which level this machine allows, and the command lines
 *        that put it into effect.
 *
 * The work is done by tools made for it: bubblewrap (bwrap(1)) for namespaces, setpriv(1) to
 * drop root, prlimit(1) and choom(1) for limits. Three kinds of process are put apart:
 *
 * - the compiler, which reads a file of the student's: no network, its output through pipes
 * only;
 * - the session, one around each check: a network and a process tree of its own, in which the
 *   kit's suite drives the student's programs, and which takes with it all that is left
 * running;
 * - the student's programs, inside the session: a file system of their own, read-only but for a
 *   small /tmp, without sight of the suite's processes and files, with limits.
 *
 * All of them run as an ordinary user, even when root grades; the compiler and the programs with
 * a filter of system calls too (filter.c), at all levels. What the programs hold of memory
 * together is watched over by the suite (tests/probe/watcher.h), and bounded by a cgroup where
 * the machine allows it (group.h).
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>

#include "tests/sandbox/command.h"

enum {
    SANDBOX_STATUS = 3, /**< the descriptor on which a program's sandbox reports to the suite */
    SANDBOX_MEMORY = 512 << 20, /**< bytes that all of a check's programs may hold together */
    SANDBOX_MEMORY_SANITIZED = 1 << 30, /**< the same, where one is built with sanitizers */
    SANDBOX_USER = 61000                /**< whom root grades as: no such user needs to exist */
};

/** Where an isolated program finds, read-only, what the suite has put into its own /tmp: a unix
 * socket of the suite's can be connected to there. */
#define SANDBOX_MEETING "/meeting"

/** How far a submission is kept apart, the best first. */
enum isolation {
    ISOLATED,              /**< session and program in namespaces of their own */
    ISOLATED_WITHOUT_PROC, /**< the same, but /proc cannot be mounted anew (some containers) */
    SEPARATE_UID,          /**< another user's id only: files and network are shared */
    LIMITS_ONLY,           /**< limits and reaping only: for one's own code */
    ISOLATION_COUNT        /**< how many levels there are */
};

/** @brief Name a level. @param level  it. @return its name, as `isolated`. */
const char *isolation_name(enum isolation level);

/** @brief Find a level by its name. @param name  the name. @param level  filled in.
 * @return whether there is one. */
bool isolation_named(const char *name, enum isolation *level);

/** @brief Say what a level keeps apart. @param level  it. @return a sentence for reports. */
const char *isolation_meaning(enum isolation level);

/**
 * @brief Find the best level by trying them for real.
 * @param best  where to begin: better levels are not tried.
 * @return the first that works; ::LIMITS_ONLY needs nothing.
 */
enum isolation isolation_available(enum isolation best);

/**
 * @brief Begin the command line of a compilation; the command itself is to follow.
 * @param command    empty.
 * @param level      the isolation.
 * @param workspace  the grading's directory: its `source` and `kit` can be read.
 *
 * Inside, `/source` is the working directory and `/kit` the kit; where nothing is isolated,
 * these are the workspace's own (sandbox_path()).
 */
void sandbox_compile(struct command *command, enum isolation level, const char *workspace);

/**
 * @brief Begin the command line of a program that makes standard output of standard input, as of
 * an archive; its own command is to follow. Where namespaces can be had it sees the system's
 * programs and nothing else, and can write nowhere.
 * @param command  empty.
 * @param level    the isolation.
 * @param seconds  of a processor's time that it may use.
 */
void sandbox_convert(struct command *command, enum isolation level, unsigned seconds);

/**
 * @brief Begin the command line of a session; the suite's command is to follow.
 * @param command, level, workspace  as above; the workspace can be read.
 */
void sandbox_session(struct command *command, enum isolation level, const char *workspace);

/** What a student's program is given. */
struct run_options {
    const char *program;     /**< its file's name in the workspace's `programs` */
    const char *called;      /**< the name under which it is started, as `server` */
    bool sanitized;          /**< built with sanitizers: they reserve a lot of address space,
                                  which has no limit then, and look for their own program */
    const char *variable[2]; /**< a name and value for its environment, or NULL */
};

/**
 * @brief Begin the command line of a student's program, from within a session; its own
 * arguments are to follow.
 * @param command, level, workspace  as above, the workspace as the session sees it.
 * @param options                    what to run.
 */
void sandbox_run(struct command *command, enum isolation level, const char *workspace,
                 const struct run_options *options);

/** @brief Tell how a path of the workspace is named inside a sandbox of the compiler.
 * @param level  the isolation. @param workspace, name  the path's parts.
 * @param path, size  the caller's buffer. @return path. */
char *sandbox_path(enum isolation level, const char *workspace, const char *name, char *path,
                   size_t size);

/** @brief Tell how a session names the workspace. @param level, workspace  as above.
 * @return the workspace itself, or where it is mounted. */
const char *session_workspace(enum isolation level, const char *workspace);

#endif
