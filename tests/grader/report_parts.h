/**
 * @file tests/grader/report_parts.h
 * @brief What several forms of report have in common.
 */
#ifndef GRADER_REPORT_PARTS_H
#define GRADER_REPORT_PARTS_H

#include "tests/grader/report.h"

enum {
    NAME_SIZE = 160 /**< room for LAB/check */
};

/** Sums over all labs of a report. */
struct totals {
    int score;      /**< points given */
    int maximum;    /**< points that could be given */
    size_t checks;  /**< how many checks there are */
    size_t failed;  /**< how many do not hold */
    size_t skipped; /**< how many another failed check makes pointless */
    size_t without; /**< how many are without a verdict */
    double wall;    /**< seconds */
};

/** @brief Add up a lab. @param totals  what it is added to. @param grading  the lab. The checks
 * of a refused submission count as failed. */
void add_totals(struct totals *totals, const struct grading *grading);

/** @brief Add up all labs. @param report  them. @return the sums. */
struct totals report_totals(const struct report *report);

/** @brief Tell whether some lab is broken: then no total may be given either.
 * @param report  the labs. @return as grading_broken() for any of them. */
bool report_broken(const struct report *report);

/** @brief Name a check: `check`, or `LAB/check` where several labs were asked for.
 * @param report, grading, result  the check. @param name  NAME_SIZE bytes. @return name. */
const char *check_name(const struct report *report, const struct grading *grading,
                       const struct result *result, char *name);

/** @brief Tell what became of a check in one word, which programs read: translated() makes one for
 * people of it.
 * @param grading, result  the check. @return `passed`, `failed`, `skipped`, `refused`, `broken`.
 */
const char *verdict(const struct grading *grading, const struct result *result);

/** @brief Say why a check is without a verdict. @param result  it. @return its `because`, or
 * words for none. */
const char *reason(const struct result *result);

/** @brief Find the check to mend first. @param grading  the lab. @return it, NULL when none
 * failed. */
const struct result *first_failure(const struct grading *grading);

/** A step of what was done, as next_step() finds it. All zero before the first. */
struct step {
    const char *text; /**< what was done; of a gap, how many steps it leaves out */
    int number;       /**< the step's, from 1; of a gap, that of the last step it leaves out */
    bool gap;         /**< it stands for steps like its neighbours */
    size_t next;      /**< the field to look at next */
    char words[80];   /**< what text is of a gap */
};

/** @brief Go to the next step of a check. @param result  the check. @param step  where one is.
 * @return false when there is none. */
bool next_step(const struct result *result, struct step *step);

/** A line of where the programs were, as next_place() finds it. */
struct place {
    const char
        *rest;      /**< what is still to be taken apart; at first the whole `where`, or NULL */
    char label[24]; /**< `server was`; empty for a line that names no program */
    const char *text; /**< what it was doing; not closed */
    size_t length;    /**< of the text */
};

/** @brief Go to the next line of where the programs were. @param place  where one is.
 * @return false when there is none. */
bool next_place(struct place *place);

/** @brief Tell the likely cause of a failure. @param result  the check. @return it in the reader's
 * language; NULL when none is known. */
const char *likely_cause(const struct result *result);

/** @brief Name the section of a handout to read. @param result  the check. @param handout  the
 * path of its lab's own. @param text, size  the caller's buffer. @return text, NULL when the
 * check names no section. Handout and heading are in the reader's language where they are there. */
const char *section_to_read(const struct result *result, const char *handout, char *text,
                            size_t size);

/** @brief As explain(), with the path of the handout.
 * @param out, indent  as there. @param grading, result  the check. */
void explain_check(FILE *out, const struct grading *grading, const struct result *result,
                   int indent);

/** @brief What forms with one text for each check say of it: explain_check(), of a check that
 * holds its sentence, and the note.
 * @param grading, result  the check. @return a text to free(3). */
char *explanation(const struct grading *grading, const struct result *result);

/** @brief Sum up in a few lines: the points of each lab or why there are none, the isolation.
 * @param report  the labs. @return a text to free(3), without a newline at its end. */
char *summary(const struct report *report);

/** @brief Say which rubric held and what it did; nothing where the lab's own points count.
 * @param out, grading  where to, which. */
void say_rubric(FILE *out, const struct grading *grading);

/** @brief Say in one line why there are no points: the first thing that the grader could not do.
 * @param out  where to; no newline is written. @param report  one that is broken. */
void say_why_broken(FILE *out, const struct report *report);

#endif
