/**
 * @file tests/grader/record.h
 * @brief Gradings kept in a file: the form from which every report can be written later.
 *
 * A record is text: lines `KEY VALUE`, a newline in a value written as `\n`, a backslash doubled,
 * a NUL as `\0`. It is closed by a line of its own, so that one that was cut short is known. A
 * suite hands its verdict on a check to the grader in the same form.
 *
 * Left out: versions. A kit reads the records that it has written.
 */
#ifndef GRADER_RECORD_H
#define GRADER_RECORD_H

#include "tests/grader/report.h"

/** @brief Write the gradings of a report as a record. @param out, report  as for all forms. */
report_writer write_record;

/**
 * @brief Read a record.
 * @param in        where it stands.
 * @param gradings  grown by what is read, each to be released by grading_free(); the array by
 *                  free(3).
 * @param count     counted up.
 * @return NULL, or what is wrong with it, to free(3); what was read before stays.
 */
char *record_read(FILE *in, struct grading **gradings, size_t *count);

/**
 * @brief Read what a suite says of one check.
 * @param result  the check: status, processor time and fields are filled in.
 * @param record  its lines; altered.
 * @return whether the record is whole: of this check, with a status, closed by `end`.
 */
bool record_read_check(struct result *result, char *record);

#endif
