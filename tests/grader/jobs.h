/**
 * @file tests/grader/jobs.h
 * @brief Commands run side by side, their output captured up to a limit.
 *
 * Compilations and checks alike are such jobs: a command in its sandbox whose results come back
 * through pipes only. What a job writes beyond a capture's limit is thrown away.
 */
#ifndef GRADER_JOBS_H
#define GRADER_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tests/sandbox/command.h"

enum {
    CAPTURES = 4 /**< standard output and error together, then descriptors 3, 4, 5 */
};

/** What a job wrote to one of its descriptors. */
struct capture {
    int fd;         /**< our end, -1 once it is closed */
    char *data;     /**< what came, closed by a NUL that is not counted */
    size_t length;  /**< how much of it is kept */
    size_t maximum; /**< no more than this is kept; 0 for 64 KiB */
    bool cut;       /**< more came than that */
};

/** A command that runs or has run. */
struct job {
    struct command command;            /**< what to run; released by job_free() */
    double limit;                      /**< seconds after which it is killed */
    struct capture captures[CAPTURES]; /**< what it writes */
    void *owner;                       /**< the caller's */
    pid_t pid;                         /**< the process */
    int pidfd;                         /**< tells when it ends */
    double started;                    /**< on the monotonic clock */
    bool timed_out;                    /**< it was killed for its limit */
    char *error;                       /**< why it could not be started, or NULL */
    int status;                        /**< as waitpid(2) gives it */
    double wall;                       /**< seconds that it took */
    struct job *next;                  /**< the list of running jobs */
};

/** @brief Start a job. @param job  command, limit and maxima filled in; must stay where it is
 * until jobs_wait() returns it, which it does even when it could not be started. */
void job_start(struct job *job);

/** @brief Wait until a job has ended. @return it, or NULL when none runs or a signal came that
 * asks the grader to end (jobs_interrupted()). */
struct job *jobs_wait(void);

/** @brief How many jobs are running. @return the count. */
size_t jobs_running(void);

/** @brief Kill all that run and reap them. */
void jobs_kill(void);

/** @brief End in order on SIGINT, SIGTERM and SIGHUP: jobs_wait() returns. */
void jobs_catch_signals(void);

/** @brief Tell whether such a signal came. @return its number or 0. */
int jobs_interrupted(void);

/** @brief Release what a job holds. @param job  ended. */
void job_free(struct job *job);

/** @brief Seconds on a clock that nobody sets. @return CLOCK_MONOTONIC. */
double seconds_now(void);

#endif
