/**
 * @file tests/grader/report.h
 * @brief The forms of report: each is a small writer of the model.
 */
#ifndef GRADER_REPORT_H
#define GRADER_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "tests/grader/model.h"

/** What a report is about, and how much it tells. */
struct report {
    const struct grading *gradings; /**< one for each lab */
    size_t count;                   /**< how many */
    bool all;                       /**< names are LAB/check, as several labs were asked for */
    bool verbose;                   /**< text only: how long everything took */
    const char *student;            /**< whose work it is, or NULL: not every report says so */
};

/** Writes a report to an open stream, whose errors are the caller's to look for (ferror(3)). */
typedef void report_writer(FILE *out, const struct report *report);

/** @brief Find the writer of a format. @param name  `text`, `tap`, `junit`, `gradescope`,
 * `classroom` (GitHub Classroom), `autolab`, `html`, `record` (record.h). @return the writer, NULL when there is none. */
report_writer *report_writer_named(const char *name);

/** @brief All format names for a usage line. @return `text|tap|...`. */
const char *report_formats(void);

/** @brief For people: a line for each check, then each failed one explained. */
report_writer write_text;
/** @brief The Test Anything Protocol, version 13. */
report_writer write_tap;
/** @brief The XML that JUnit made common. */
report_writer write_junit;
/** @brief Gradescope's results.json. */
report_writer write_gradescope;
/** @brief GitHub Classroom's result: JSON in base64. */
report_writer write_classroom;
/** @brief A text report, then the JSON line that Autolab reads last. */
report_writer write_autolab;
/** @brief One page for a browser: the checks, and the source with the compiler's words. */
report_writer write_html;

/** @brief A failed, skipped or broken check explained to a person, without its name line.
 * @param out  where to. @param result  the check. @param indent  blanks before each line. */
void explain(FILE *out, const struct result *result, int indent);

#endif
