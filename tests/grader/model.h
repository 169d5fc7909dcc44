/**
 * @file tests/grader/model.h
 * @brief What a grading found: the one model that every form of report is written from.
 */
#ifndef GRADER_MODEL_H
#define GRADER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

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

/** One file of the submission, for reports that show it. */
struct source {
    char *name;    /**< as `server.c` */
    char *text;    /**< its bytes, closed by a NUL that is not counted */
    size_t length; /**< how many */
    char *said;    /**< what the compiler said of it: warnings, errors; NULL for nothing */
};

/** One lab of one submission. */
struct grading {
    char *lab;                /**< the lab's directory name */
    char language[8];         /**< of what the checks say, as `ko`; empty for English */
    enum isolation isolation; /**< the level that held */
    char *refusal;            /**< why the submission could not be taken, or NULL */
    struct result *results;   /**< in the lab's order */
    size_t result_count;      /**< how many */
    struct build *builds;     /**< each program without sanitizers, and as checks need it */
    size_t build_count;       /**< how many */
    struct source *sources;   /**< the files that were graded */
    size_t source_count;      /**< how many */
    time_t graded;            /**< when the grading began */
    double wall;              /**< seconds in all */
    char *rubric;             /**< in words, which rubric held and what it did; or NULL */
    int deduction;            /**< points that the rubric takes off, as for being late */
};

/** @brief Find a value of a result. @param result, key  where, which.
 * @return the first value, NULL when there is none. */
const char *result_text(const struct result *result, const char *key);

/** @brief Points that a check gave. @param result  it. @return all of them or none. */
int result_score(const struct result *result);

/** @brief Points that a lab gave. @param grading  it. @return the sum, less the deduction, and
 * never below 0. */
int grading_score(const struct grading *grading);

/** @brief Most points that a lab can give. @param grading  it. @return the sum. */
int grading_maximum(const struct grading *grading);

/** @brief Tell whether the grader could not do a part of its work. @param grading  it.
 * @return true when some check is broken: then no score may be given. */
bool grading_broken(const struct grading *grading);

/** @brief Tell whether every check passed, whatever points a rubric gives for it.
 * @param grading  it. @return false for a refused submission as well. */
bool grading_passed(const struct grading *grading);

/** @brief Release all that a result holds. @param result  it. */
void result_free(struct result *result);

/** @brief Release all that a grading holds. @param grading  it; empty afterwards. */
void grading_free(struct grading *grading);

#endif
