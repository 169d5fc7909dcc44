/* Autolab (https://docs.autolabproject.com/lab/): what the student is to read, then the
 * autoresult, a line of JSON that must be the last. Its names are those of the assessment's
 * problems on the Autolab site: one for each check.
 *
 * When the grader could not do its work, the last line is no JSON but says so: Autolab then
 * reports an autograding error. Left out is the scoreboard. */
#include "tests/grader/escape.h"
#include "tests/grader/report_parts.h"

static void write_scores(FILE *out, const struct report *report)
{
    char name[NAME_SIZE];
    const char *before = "";
    fputs("{\"scores\": {", out);
    for (size_t i = 0; i < report->count; i++)
        for (size_t j = 0; j < report->gradings[i].result_count; j++) {
            const struct result *result = &report->gradings[i].results[j];
            fputs(before, out);
            json_string(out, check_name(report, &report->gradings[i], result, name));
            fprintf(out, ": %d", result_score(result));
            before = ", ";
        }
    fputs("}}\n", out);
}

void write_autolab(FILE *out, const struct report *report)
{
    write_text(out, report);
    fputc('\n', out);
    if (!report_broken(report)) {
        write_scores(out, report);
        return;
    }
    say_why_broken(out, report);
    fputc('\n', out);
}
