/**
 * @file tests/grader/grading.h
 * @brief Grade one lab of a submission: take its files, build them, run the checks.
 */
#ifndef GRADER_GRADING_H
#define GRADER_GRADING_H

#include "tests/grader/model.h"

/** How to grade. */
struct grading_options {
    enum isolation isolation; /**< the level that this machine allows */
    size_t jobs;              /**< how many builds and checks at a time */
    bool follow;              /**< the directory may be named by a symbolic link */
};

/**
 * @brief List the labs that can be graded, in order.
 * @param count  filled in.
 * @return names, a NULL behind the last; all to free(3).
 */
char **labs_list(size_t *count);

/**
 * @brief Read a lab's table of checks from its suite.
 * @param grading  filled in, all checks PENDING; released by grading_free().
 * @param lab      a lab of labs_list().
 * @return NULL, or what failed, to free(3).
 */
char *grading_begin(struct grading *grading, const char *lab);

/**
 * @brief Read the tables of all labs.
 * @param labs   an array to be released by grading_free() each, then free(3).
 * @param count  how many.
 * @return NULL, or what failed, to free(3).
 */
char *labs_read(struct grading **labs, size_t *count);

/**
 * @brief Grade. Checks that do not depend on one another run side by side.
 * @param grading    begun.
 * @param directory  holds the lab's files.
 * @param options    how.
 *
 * Afterwards no check is PENDING, unless the submission was refused (grading->refusal) or a
 * signal came (jobs_interrupted()).
 */
void grading_run(struct grading *grading, const char *directory,
                 const struct grading_options *options);

#endif
