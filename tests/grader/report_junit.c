/* The XML that JUnit made common, as far as its readers agree (the schema that Jenkins uses,
 * junit-10.xsd): a testsuite for each lab, a testcase for each check.
 *
 * A check that failed, or whose submission was refused, is a <failure>; one without a verdict an
 * <error>. Points have no place in this form: they are properties of the suite. Left out are
 * timestamp, hostname, and the students' output beyond what explains a failure. */
#include <stdlib.h>
#include <string.h>

#include "tests/grader/escape.h"
#include "tests/grader/report_parts.h"
#include "tests/messages/messages.h"

static void attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    xml_attribute(out, value);
    fputc('"', out);
}

static void write_property(FILE *out, const char *name, const char *value)
{
    fputs("      <property", out);
    attribute(out, "name", name);
    attribute(out, "value", value);
    fputs("/>\n", out);
}

static void write_properties(FILE *out, const struct grading *grading)
{
    char points[16];
    fputs("    <properties>\n", out);
    if (!grading_broken(grading)) {
        snprintf(points, sizeof points, "%d", grading_score(grading));
        write_property(out, "score", points);
    }
    snprintf(points, sizeof points, "%d", grading_maximum(grading));
    write_property(out, "maximum", points);
    if (grading->refusal == NULL)
        write_property(out, "isolation", isolation_name(grading->isolation));
    fputs("    </properties>\n", out);
}

/* The message says what came instead, or why nothing did; the text is the whole explanation. */
static void write_trouble(FILE *out, const char *element, const char *type, const char *message,
                          const char *text)
{
    fprintf(out, "      <%s", element);
    attribute(out, "message", message);
    attribute(out, "type", type);
    fputc('>', out);
    xml_text(out, text);
    fprintf(out, "</%s>\n", element);
}

static void write_outcome(FILE *out, const struct grading *grading, const struct result *result)
{
    const char *word = verdict(grading, result);
    const char *symptom = result_text(result, "symptom"), *came = result_text(result, "came");
    char *text = explanation(grading, result);
    if (result->status == FAILED)
        write_trouble(out, "failure", symptom != NULL ? symptom : word,
                      came != NULL ? came : translated(result->holds), text);
    else if (result->status == SKIPPED)
        write_trouble(out, "skipped", word, text, "");
    else if (strcmp(word, "refused") == 0)
        write_trouble(out, "failure", word, grading->refusal, text);
    else if (result->status != PASSED)
        write_trouble(out, "error", word, reason(result), text);
    free(text);
}

static void write_case(FILE *out, const struct grading *grading, const struct result *result)
{
    const char *note = result_text(result, "note");
    fputs("    <testcase", out);
    attribute(out, "classname", grading->lab);
    attribute(out, "name", result->name);
    fprintf(out, " time=\"%.3f\">\n", result->wall);
    write_outcome(out, grading, result);
    if (note != NULL) {
        fputs("      <system-out>", out);
        xml_text(out, note);
        fputs("</system-out>\n", out);
    }
    fputs("    </testcase>\n", out);
}

static void write_suite(FILE *out, const struct grading *grading)
{
    struct totals totals = {0};
    add_totals(&totals, grading);
    fputs("  <testsuite", out);
    attribute(out, "name", grading->lab);
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"",
            totals.checks, totals.failed, totals.without, totals.skipped, totals.wall);
    fputs(">\n", out);
    write_properties(out, grading);
    for (size_t i = 0; i < grading->result_count; i++)
        write_case(out, grading, &grading->results[i]);
    fputs("  </testsuite>\n", out);
}

void write_junit(FILE *out, const struct report *report)
{
    struct totals totals = report_totals(report);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    fprintf(out, "<testsuites tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n",
            totals.checks, totals.failed, totals.without, totals.wall);
    for (size_t i = 0; i < report->count; i++)
        write_suite(out, &report->gradings[i]);
    fputs("</testsuites>\n", out);
}
