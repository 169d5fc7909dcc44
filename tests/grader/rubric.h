/**
 * @file tests/grader/rubric.h
 * @brief An instructor's own points: weights of checks, checks left out, what being late costs.
 *
 * A rubric is a text file, a setting on each line, `#` before a remark:
 *
 *     name       Network programming, autumn 2026
 *     points     02-fork/reaps-children 20
 *     points     any-family 0
 *     leave-out  05-poll/survives-signals
 *     due        02-fork 2026-11-20 23:59 +0900
 *     late       10 % a day, 5 days
 *     grace      15 minutes
 *     free-days  3
 *
 * A check without a lab means that of every lab that has it. `late` takes so many of a hundred of
 * the lab's points for each day begun, and after so many days all of them; `free-days` of each
 * student cost nothing, used up from the first late lab on. A time without an offset is in the
 * time zone of whoever writes the reports (TZ).
 *
 * It changes points, not verdicts: a check that was skipped because of one that is left out stays
 * skipped.
 */
#ifndef GRADER_RUBRIC_H
#define GRADER_RUBRIC_H

#include <stdio.h>

#include "tests/grader/model.h"

/** What a line says of a check. */
struct weight {
    char *check;   /**< `LAB/check`, or `check` in every lab */
    int line;      /**< where it stands */
    int points;    /**< the points that it gives */
    bool left_out; /**< it does not count, and is not in the reports */
};

/** When a lab is due. */
struct due {
    char *lab;   /**< the lab's directory name */
    int line;    /**< where it stands */
    time_t time; /**< until then nothing is late */
    char *shown; /**< the same, as it is written */
};

/** A rubric that was read. */
struct rubric {
    char *name;             /**< as the instructor calls it, or the file's name */
    struct weight *weights; /**< in the file's order: a later one wins */
    size_t weight_count;    /**< how many */
    struct due *dues;       /**< one for each lab at most */
    size_t due_count;       /**< how many */
    int late;               /**< percent of a lab's points for each day */
    int days;               /**< late days that are accepted; 0 for any number */
    int grace;              /**< minutes that are not late yet */
    int free_days;          /**< late days without a cost, for each student */
};

/** When a student handed in a lab. */
struct handed_in {
    const char *lab;   /**< the lab's directory name */
    time_t time;       /**< when */
    const char *shown; /**< the same, as it was written */
};

/**
 * @brief Read a rubric.
 * @param rubric  filled in; released by rubric_free() in any case.
 * @param path    its file.
 * @return NULL, or what is wrong, naming the line; to free(3).
 */
char *rubric_read(struct rubric *rubric, const char *path);

/**
 * @brief Look for checks and labs that a rubric names and that are not there.
 * @param rubric       it.
 * @param labs, count  labs with all their checks, as grading_begin() gives them.
 * @param all          whether these are all labs: otherwise what is said of others passes.
 * @return NULL, or what is wrong, to free(3).
 */
char *rubric_misfit(const struct rubric *rubric, const struct grading *labs, size_t count,
                    bool all);

/**
 * @brief Put a rubric into effect on the labs of one student.
 * @param rubric           it.
 * @param gradings, count  the labs in their order; points, checks, deduction and
 *                         struct grading::rubric, which tells what was done, are changed.
 * @param times, known     when they were handed in, as far as that is known: a lab without a
 *                         time is taken as in time, and the words say so.
 */
void rubric_apply(const struct rubric *rubric, struct grading *gradings, size_t count,
                  const struct handed_in *times, size_t known);

/** @brief Read a time: `2026-11-20 23:59`, with a `T` for the blank, with seconds, and an offset
 * (`+0900`, `+09:00`, `Z`). @param text  it. @param time  filled in. @return whether it is one. */
bool time_read(const char *text, time_t *time);

/** @brief Release a rubric. @param rubric  it. */
void rubric_free(struct rubric *rubric);

#endif
