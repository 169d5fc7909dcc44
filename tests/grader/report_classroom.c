/* GitHub Classroom: the `result` that an autograding step hands to the reporter
 * (https://github.com/classroom-resources/autograding-grading-reporter), JSON in base64 on one
 * line. Classroom's own graders give one test; here each check is one, and since the points that
 * the reporter hands on are the sum of the tests' scores, partial points survive.
 *
 * When the grader could not do its work, the status is `error`, max_score is 0, which the
 * reporter takes for a step without points, and no test has a score. Its log shows the message
 * of an error, but not of a failure: a text report in the log is for that. Left out is
 * test_code; filename and line_no are there because the reporter prints a line that is not 0. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "tests/grader/escape.h"
#include "tests/grader/report_parts.h"

static void write_test(FILE *out, const struct report *report, const struct grading *grading,
                       const struct result *result)
{
    char name[NAME_SIZE], *text = explanation(grading, result);
    bool broken = strcmp(verdict(grading, result), "broken") == 0;
    const char *status = broken ? "error" : result->status == PASSED ? "pass" : "fail";
    fputs("{\"name\":", out);
    json_string(out, check_name(report, grading, result, name));
    fprintf(out, ",\"status\":\"%s\"", status);
    if (!report_broken(report))
        fprintf(out, ",\"score\":%d", result_score(result));
    fputs(",\"message\":", out);
    json_string(out, text);
    fprintf(out, ",\"test_code\":\"\",\"filename\":\"\",\"line_no\":0,\"execution_time\":%.3f}",
            result->wall);
    free(text);
}

static void write_json(FILE *out, const struct report *report)
{
    struct totals totals = report_totals(report);
    bool broken = report_broken(report);
    bool passed = totals.failed + totals.skipped == 0;
    const char *before = "";
    fprintf(out, "{\"version\":1,\"status\":\"%s\",\"max_score\":%d,\"tests\":[",
            broken   ? "error"
            : passed ? "pass"
                     : "fail",
            broken ? 0 : totals.maximum);
    for (size_t i = 0; i < report->count; i++)
        for (size_t j = 0; j < report->gradings[i].result_count; j++) {
            fputs(before, out);
            write_test(out, report, &report->gradings[i], &report->gradings[i].results[j]);
            before = ",";
        }
    fputs("]}", out);
}

void write_classroom(FILE *out, const struct report *report)
{
    char *json;
    size_t length;
    FILE *stream = open_memstream(&json, &length);
    if (stream == NULL)
        abort(); /* out of memory */
    write_json(stream, report);
    if (fclose(stream) != 0)
        abort();
    base64(out, json, length);
    fputc('\n', out);
    free(json);
}
