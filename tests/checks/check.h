/**
 * @file tests/checks/check.h
 * @brief A lab's suite: a table of checks, and the program around it.
 *
 * A suite is a program of its own, build/checks/LAB. The grader asks it for its table and runs
 * it once for each check, so that a check that dies costs no other. cmocka runs the check.
 */
#ifndef CHECKS_CHECK_H
#define CHECKS_CHECK_H

#include <stddef.h>

/** One check, a row of a lab's table. */
struct check {
    const char *name;  /**< fixed by the contract */
    int points;        /**< a lab's points sum to 100 */
    const char *needs; /**< checks without which this one is pointless, or "" */
    const char
        *programs;     /**< what must have been built: `server`, `client`, `server-asan`, ... */
    const char *holds; /**< one sentence: the check holds when ... */
    void (*run)(void); /**< returns when it holds; otherwise calls failed() */
};

/** A lab's suite. */
struct suite {
    const char *lab;            /**< the lab's name, `02-fork` */
    const char *programs;       /**< what a student writes: `server client`, each NAME.c */
    const struct check *checks; /**< the table, in the order in which a report shows it */
    size_t count;               /**< how many rows it has */
};

/**
 * @brief The main function of a suite.
 * @param argc, argv  the program's: `--list`, or `--check NAME --workspace DIR --isolation LEVEL
 *                    --results FD [--seconds N] [--messages FILE]`; after N seconds the grader
 *                    ends the check; the file is the catalogue of the reader's language.
 * @param suite       the lab's.
 * @return the program's exit status: 0 when the record of the check has been written.
 *
 * `--list` prints a line `programs TAB NAMES`, then one for each check: name, points, needs,
 * programs and sentence, with tabs between.
 */
int suite_main(int argc, char *argv[], const struct suite *suite);

/** @brief Where the grading's files are. @return the workspace, as the suite sees it. */
const char *workspace(void);

/** @brief Read a small file of the workspace. @param name  below the workspace.
 * @return a text to free(3), NULL when there is none. */
char *workspace_text(const char *name);

#endif
