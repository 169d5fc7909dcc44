/**
 * @file tests/class/collect_metadata.h
 * @brief Gradescope's submission_metadata.yml: who handed in which folder, and when.
 */
#ifndef CLASS_COLLECT_METADATA_H
#define CLASS_COLLECT_METADATA_H

#include <stddef.h>

/** One of those who handed in a folder. */
struct submitter {
    char *folder; /**< as `submission_456` */
    char *id;     /**< the student's, as the university has it */
    char *email;  /**< the student's */
    char *name;   /**< the student's */
    char *time;   /**< of the submission, in ISO 8601, or an empty text */
};

/** All of them. */
struct submitters {
    struct submitter *all; /**< several with one folder: a group */
    size_t count;          /**< how many */
};

/**
 * @brief Read the file.
 * @param text        its bytes.
 * @param length      how many.
 * @param submitters  filled in; released by submitters_free().
 * @return NULL, or why it cannot be understood, to free(3).
 */
char *submitters_read(const char *text, size_t length, struct submitters *submitters);

/** @brief Release them. @param submitters  empty afterwards. */
void submitters_free(struct submitters *submitters);

#endif
