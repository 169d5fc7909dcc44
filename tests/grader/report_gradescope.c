/* Gradescope's results.json (https://gradescope-autograders.readthedocs.io/en/latest/specs/).
 *
 * A score at the top overrides the sum of the tests; both are given and agree. When the grader
 * could not do its work there is neither, so that Gradescope records no score and shows the
 * output, which says why. The catalogue's name of what went wrong is kept as extra_data.symptom.
 * Left out are visibility, tags and leaderboards: whoever runs the
 * assignment adds them, as with jq(1). */
#include <stdlib.h>
#include <string.h>

#include "tests/grader/escape.h"
#include "tests/grader/report_parts.h"

/* A check without a verdict has no status either. */
static void write_test(FILE *out, const struct report *report, const struct grading *grading,
                       const struct result *result)
{
    char name[NAME_SIZE], *text = explanation(grading, result);
    fputs("    {\"name\": ", out);
    json_string(out, check_name(report, grading, result, name));
    if (!report_broken(report))
        fprintf(out, ", \"score\": %d", result_score(result));
    fprintf(out, ", \"max_score\": %d", result->points);
    if (strcmp(verdict(grading, result), "broken") != 0)
        fprintf(out, ", \"status\": \"%s\"", result->status == PASSED ? "passed" : "failed");
    fputs(", \"output\": ", out);
    json_string(out, text);
    if (result->status == FAILED && result_text(result, "symptom") != NULL) {
        fputs(", \"extra_data\": {\"symptom\": ", out);
        json_string(out, result_text(result, "symptom"));
        fputs(", \"cause\": ", out);
        json_string(out, likely_cause(result));
        fputc('}', out);
    }
    fputc('}', out);
    free(text);
}

static void write_tests(FILE *out, const struct report *report)
{
    const char *before = "";
    for (size_t i = 0; i < report->count; i++)
        for (size_t j = 0; j < report->gradings[i].result_count; j++) {
            fprintf(out, "%s\n", before);
            write_test(out, report, &report->gradings[i], &report->gradings[i].results[j]);
            before = ",";
        }
}

/* Beside the published form: what a class is summed up from. */
static void write_lab(FILE *out, const struct grading *grading)
{
    double cpu = 0;
    for (size_t i = 0; i < grading->build_count; i++)
        cpu += grading->builds[i].cpu;
    for (size_t i = 0; i < grading->result_count; i++)
        cpu += grading->results[i].cpu;
    fputs("{\"lab\": ", out);
    json_string(out, grading->lab);
    if (!grading_broken(grading))
        fprintf(out, ", \"score\": %d", grading_score(grading));
    fprintf(out, ", \"max_score\": %d, \"deduction\": %d", grading_maximum(grading),
            grading->deduction);
    fprintf(out, ", \"graded\": %lld, \"seconds\": %.3f, \"processor_seconds\": %.3f",
            (long long)grading->graded, grading->wall, cpu);
    fputs(", \"isolation\": ", out);
    json_string(out, isolation_name(grading->isolation));
    if (grading->refusal != NULL) {
        fputs(", \"refusal\": ", out);
        json_string(out, grading->refusal);
    }
    if (grading->rubric != NULL) {
        fputs(", \"rubric\": ", out);
        json_string(out, grading->rubric);
    }
    fputc('}', out);
}

static void write_extra_data(FILE *out, const struct report *report)
{
    fputs("  \"extra_data\": {", out);
    if (report->student != NULL) {
        fputs("\"student\": ", out);
        json_string(out, report->student);
        fputs(", ", out);
    }
    fputs("\"labs\": [", out);
    for (size_t i = 0; i < report->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        write_lab(out, &report->gradings[i]);
    }
    fputs("]},\n", out);
}

void write_gradescope(FILE *out, const struct report *report)
{
    struct totals totals = report_totals(report);
    char *text = summary(report);
    fputs("{\n", out);
    if (!report_broken(report))
        fprintf(out, "  \"score\": %d,\n", totals.score);
    fprintf(out, "  \"execution_time\": %.3f,\n  \"output\": ", totals.wall);
    json_string(out, text);
    fputs(",\n", out);
    write_extra_data(out, report);
    fputs("  \"tests\": [", out);
    write_tests(out, report);
    fputs("\n  ]\n}\n", out);
    free(text);
}
