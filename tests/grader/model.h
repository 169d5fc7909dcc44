/**
 * @file tests/grader/model.h
 * @brief What a grading found: the one model that every form of report is written from.
 */
#ifndef GRADER_MODEL_H
#define GRADER_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/sandbox/sandbox.h"

/** What became of a check. */
enum status {
    PENDING, /**< not yet known */
    PASSED,  /**< it holds */
    FAILED,  /**< it does not hold */
    SKIPPED, /**< another check that failed makes it pointless */
    BROKEN   /**< the grader could not do its work: no verdict */
};

/** One line of what a check's record says. */
struct field {
    char *key;   /**< `did` (repeated), `expected`, `came`, `where`, `said`, `cause`, ... */
    char *value; /**< printable text, perhaps of several lines */
};

/** One check. All texts belong to the result and are printable. */
struct result {
    char *name;           /**< as the contract names it */
    int points;           /**< the most that it gives */
    char *needs;          /**< names of checks, blanks between */
    char *programs;       /**< names of builds, blanks between */
    char *holds;          /**< the sentence: the check holds when ... */
    enum status status;   /**< what became of it */
    char *because;        /**< of a skipped one: the check that failed; of a broken one: why */
    struct field *fields; /**< what its record says */
    size_t field_count;   /**< how many fields */
    double wall;          /**< seconds that it took */
    double cpu;           /**< seconds of processor, the student's programs included */
};

/** One program of the submission, in one of its builds. */
struct build {
    char name[32];  /**< `server`; `server-asan`, `server-tsan` with sanitizers */
    size_t variant; /**< which of its builds: 0 is the one without sanitizers */
    bool done;      /**< the compiler has ended */
    bool built;     /**< there is a program */
    char *broken;   /**< why the compiler could not be run at all, or NULL */
    double wall;    /**< seconds that it took */
    double cpu;     /**< seconds of processor */
};

/** One lab of one submission. */
struct grading {
    char *lab;                /**< the lab's directory name */
    enum isolation isolation; /**< the level that held */
    char *refusal;            /**< why the submission could not be taken, or NULL */
    struct result *results;   /**< in the lab's order */
    size_t result_count;      /**< how many */
    struct build *builds;     /**< each program without sanitizers, and as checks need it */
    size_t build_count;       /**< how many */
    double wall;              /**< seconds in all */
};

/** @brief Find a value of a result. @param result, key  where, which.
 * @return the first value, NULL when there is none. */
const char *result_text(const struct result *result, const char *key);

/** @brief Points that a check gave. @param result  it. @return all of them or none. */
int result_score(const struct result *result);

/** @brief Points that a lab gave. @param grading  it. @return the sum. */
int grading_score(const struct grading *grading);

/** @brief Most points that a lab can give. @param grading  it. @return the sum. */
int grading_maximum(const struct grading *grading);

/** @brief Tell whether the grader could not do a part of its work. @param grading  it.
 * @return true when some check is broken: then no score may be given. */
bool grading_broken(const struct grading *grading);

#endif
