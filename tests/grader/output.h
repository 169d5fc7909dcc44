/**
 * @file tests/grader/output.h
 * @brief Where reports go: one file for each form that was asked for, or standard output.
 */
#ifndef GRADER_OUTPUT_H
#define GRADER_OUTPUT_H

#include "tests/grader/report.h"

enum {
    OUTPUTS = 8 /**< so many reports of one grading */
};

/** One report to write. */
struct output {
    report_writer *write; /**< its form; NULL for the text report */
    const char *path;     /**< its file; NULL for standard output */
};

/** All reports that the command line asks for: `--format` and `--output` in pairs, in either
 * order; a second one of either begins the next pair. */
struct outputs {
    struct output each[OUTPUTS]; /**< the pairs; the first is there even if none was given */
    size_t last;                 /**< index of the pair under way */
};

/** @brief Take a `--format`. @param outputs  so far. @param name  the form's name.
 * @return false when there is no such form, or there are too many. */
bool outputs_format(struct outputs *outputs, const char *name);

/** @brief Take an `--output`. @param outputs  so far. @param path  a file; kept as it is.
 * @return false when there are too many. */
bool outputs_path(struct outputs *outputs, const char *path);

/**
 * @brief Write a report.
 * @param output  its form and place.
 * @param report  what it tells.
 * @return false with errno set when it could not be written whole.
 *
 * A regular file is replaced when the report is whole (rename(2)): a full disk, or a kill, leaves
 * what was there before. Anything else, as a pipe or a device, is written to as it is.
 */
bool output_write(const struct output *output, const struct report *report);

#endif
