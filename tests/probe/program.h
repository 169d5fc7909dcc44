/**
 * @file tests/probe/program.h
 * @brief A program of the student's: started in its sandbox, fed, drained, looked at, ended.
 */
#ifndef PROBE_PROGRAM_H
#define PROBE_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "tests/probe/channel.h"
#include "tests/probe/proc.h"
#include "tests/sandbox/sandbox.h"

/** How a program of the student's was compiled. */
enum build {
    BUILD_PLAIN, /**< without sanitizers, as `server` */
    BUILD_ASAN,  /**< with the address and undefined-behaviour sanitizers, as `server-asan` */
    BUILD_TSAN   /**< with the thread sanitizer, as `server-tsan` */
};

/** A started program. */
struct program {
    char name[16];    /**< as its reports call it: `server`, `client` */
    pid_t launcher;   /**< our child: the sandbox's outermost process, 0 once it is reaped */
    pid_t pid;        /**< the program's own first process, 0 while it is not known */
    enum build build; /**< which of its builds it is */
    int status;       /**< exit status once it has ended, 128 + N for signal N */
    bool ended;       /**< whether it has ended */
    bool killed;      /**< whether that was program_kill()'s doing */
    struct channel input;  /**< its standard input */
    struct channel output; /**< its standard output */
    struct channel errors; /**< its standard error */
    struct channel launch; /**< what the sandbox says of its own work */
};

/**
 * @brief Tell where programs are and how they are isolated, once for the suite.
 * @param level      the isolation.
 * @param workspace  the grading's directory; kept, not copied.
 */
void programs_setup(enum isolation level, const char *workspace);

/**
 * @brief Start a program; signals, mask and environment are reset, descriptors limited to
 * 4,096.
 * @param name      `server` or `client`.
 * @param build     which of its builds to take; the check has to list it.
 * @param argument  its argument, or NULL for none.
 * @return the program, to be released by programs_end(); broken() when it cannot be started.
 *
 * It returns once the program runs, or has ended already. Standard input stays open and empty
 * until the caller sends or finishes it.
 */
struct program *program_start(const char *name, enum build build, const char *argument);

/** @brief See whether a program has ended, and reap it. @param program  it.
 * @return program->ended. */
bool program_ended(struct program *program);

/** @brief Send a signal. @param program  a program whose process is known.
 * @param signal  the signal. */
void program_signal(struct program *program, int signal);

/** @brief End a program at once and reap it. @param program  running, or ended already. */
void program_kill(struct program *program);

/** @brief End all programs and release them. */
void programs_end(void);

/** @brief Get one of the programs that were started. @param index  in the order of starting,
 * from 0; counted from the latest when it is negative (-1).
 * @return the program, NULL when there is none. */
struct program *program_at(int index);

/** @brief Tell whether a process is one that program_start() started. @param pid  the process.
 * @return whether it is. */
bool is_program(pid_t pid);

/** @brief See whether some program has ended that programs_end() has not released.
 * @return whether one has. */
bool programs_any_ended(void);

/** @brief Add up what all running programs are doing. @return as activity_of(). */
struct activity programs_activity(void);

/** @brief Tell how much of a processor this check has used so far.
 * @return seconds: our own, and what was seen of the programs before they ended. */
double programs_cpu(void);

/** @brief Say what each running program is doing, or how it ended. @return a text to free(3).
 */
char *programs_where(void);

/** @brief Collect what programs wrote to standard error. @return a text to free(3), with the
 * bytes made visible, cut to what a reader wants. */
char *programs_said(void);

/** @brief Tell whether programs have a network of their own. @return whether. */
bool programs_are_alone(void);

/** @brief Tell a path that a program can create a unix socket at, new each time.
 * @param path, size  the caller's buffer. @return path. */
char *unix_path(char *path, size_t size);

/** @brief As unix_path(), of the greatest length that the contract allows.
 * @param path  108 bytes. @return path. */
char *longest_unix_path(char *path);

/** @brief Tell a path for a unix socket of our own, new each time.
 * @param own     filled in: where we create it. @param theirs  filled in: how a program names it.
 * @param size    the size of either buffer. */
void meeting_path(char *own, char *theirs, size_t size);

/** @brief Tell how the probe itself reaches a path that a program names.
 * @param program  it. @param name  the path. @param path, size  the buffer. @return path. */
char *path_of_program(const struct program *program, const char *name, char *path, size_t size);

/** @brief Say how a status came about. @param status  as in struct program.
 * @param text, size  the caller's buffer. @return text, as in `exit status 1`, `killed by
 * SIGPIPE`. */
char *describe_status(int status, char *text, size_t size);

#endif
