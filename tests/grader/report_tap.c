/* The Test Anything Protocol, version 13
 * (https://testanything.org/tap-version-13-specification.html).
 *
 * A skipped check gives no points, so it is `not ok`: TAP's SKIP would count it as passed. For
 * the same reason no description holds a `#`, which could begin a directive. A grading that the
 * grader could not finish ends in `Bail out!`, which every harness takes for a failure.
 * Explanations are comments: harnesses pass them on as they are. Left out are YAML blocks, which
 * would say the same, and points, but for one comment. */
#include <stdlib.h>
#include <string.h>

#include "tests/grader/escape.h"
#include "tests/grader/report_parts.h"

static void comment(FILE *out, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        fprintf(out, "#%s%.*s\n", length > 0 ? " " : "", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void write_check(FILE *out, const struct report *report, const struct grading *grading,
                        const struct result *result, size_t number)
{
    char name[NAME_SIZE];
    bool passed = result->status == PASSED;
    fprintf(out, "%sok %zu - %s\n", passed ? "" : "not ", number,
            check_name(report, grading, result, name));
    if (passed && result_text(result, "note") == NULL)
        return;
    char *text = explanation(grading, result);
    comment(out, text);
    free(text);
}

void write_tap(FILE *out, const struct report *report)
{
    size_t number = 0;
    fprintf(out, "TAP version 13\n1..%zu\n", report_totals(report).checks);
    for (size_t i = 0; i < report->count; i++)
        for (size_t j = 0; j < report->gradings[i].result_count; j++)
            write_check(out, report, &report->gradings[i], &report->gradings[i].results[j],
                        ++number);
    char *text = summary(report);
    comment(out, text);
    free(text);
    if (report_broken(report)) {
        fputs("Bail out! ", out);
        say_why_broken(out, report);
        fputc('\n', out);
    }
}
