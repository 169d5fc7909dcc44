/* The report for people: a line for each check, then each failed one explained, then what to do
 * next. The form is our own. Texts are wrapped; the line of a check is not, so that grep(1)
 * finds all of it. Colour is for terminals only, and left out where NO_COLOR is set
 * (https://no-color.org). */
#include "tests/grader/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/grader/escape.h"
#include "tests/grader/report_parts.h"
#include "tests/grader/text.h"
#include "tests/messages/messages.h"

enum { LABEL = 12 }; /* columns of a paragraph's label, the blank after it included */

static void write_label(FILE *out, int indent, const char *label)
{
    fprintf(out, "%*s", indent, "");
    padded(out, label, LABEL - 1);
    fputc(' ', out);
}

static void paragraph(FILE *out, int indent, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    write_label(out, indent, label);
    wrapped(out, text, indent + LABEL);
}

/* Steps are numbered, and hang behind their numbers; a gap has none. */
static void explain_steps(FILE *out, const struct result *result, int indent)
{
    const char *label = translated("did");
    for (struct step step = {0}; next_step(result, &step); label = "") {
        write_label(out, indent, label);
        if (step.gap)
            fprintf(out, "%4s", "");
        else
            fprintf(out, "%2d. ", step.number);
        wrapped(out, step.text, indent + LABEL + 4);
    }
}

static void explain_where(FILE *out, const struct result *result, int indent)
{
    struct place place = {.rest = result_text(result, "where")};
    while (next_place(&place)) {
        char *line = strndup(place.text, place.length);
        paragraph(out, indent, place.label, line);
        free(line);
    }
}

static void explain_failure(FILE *out, const struct result *result, const char *handout,
                            int indent)
{
    char text[512];
    paragraph(out, indent, translated("checked"), translated(result->holds));
    explain_steps(out, result, indent);
    paragraph(out, indent, translated("expected"), result_text(result, "expected"));
    paragraph(out, indent, translated("came"), result_text(result, "came"));
    explain_where(out, result, indent);
    paragraph(out, indent, translated("it said"), result_text(result, "said"));
    paragraph(out, indent, translated("likely"), likely_cause(result));
    paragraph(out, indent, translated("by hand"), result_text(result, "by-hand"));
    paragraph(out, indent, translated("read"),
              section_to_read(result, handout, text, sizeof text));
}

static void explain_any(FILE *out, const struct result *result, const char *handout,
                        const char *refusal, int indent)
{
    if (result->status == FAILED)
        explain_failure(out, result, handout, indent);
    else if (result->status == SKIPPED)
        fprintf(out, translated("%*snot run, because of %s\n"), indent, "", reason(result));
    else if (result->status == PENDING && refusal != NULL)
        paragraph(out, indent, translated("refused"), refusal);
    else if (result->status != PASSED)
        paragraph(out, indent, translated("no verdict"), reason(result));
}

void explain(FILE *out, const struct result *result, int indent)
{
    explain_any(out, result, translated("the lab's README.md"), NULL, indent);
}

void explain_check(FILE *out, const struct grading *grading, const struct result *result,
                   int indent)
{
    char handout[256];
    snprintf(handout, sizeof handout, "labs/%s/README.md", grading->lab);
    explain_any(out, result, handout, grading->refusal, indent);
}

/* A check's word is coloured on a terminal: green for what holds, red for what does not. */
static void write_word(FILE *out, enum status status)
{
    static const char *const words[] = {[PENDING] = "void",
                                        [PASSED] = "ok",
                                        [FAILED] = "FAIL",
                                        [SKIPPED] = "skip",
                                        [BROKEN] = "void"};
    const char *no_color = getenv("NO_COLOR");
    bool coloured = (status == PASSED || status == FAILED) && isatty(fileno(out)) &&
                    (no_color == NULL || no_color[0] == '\0');
    if (coloured)
        fprintf(out, "  \033[%dm%-4s\033[0m  ", status == PASSED ? 32 : 31, words[status]);
    else
        fprintf(out, "  %-4s  ", words[status]);
}

static void write_points(FILE *out, const struct grading *grading, const struct result *result)
{
    if (grading_broken(grading))
        fprintf(out, translated(" - of %-3d  "), result->points);
    else
        fprintf(out, translated("%2d of %-3d  "), result_score(result), result->points);
}

static int widest_name(const struct grading *grading)
{
    size_t widest = 0;
    for (size_t i = 0; i < grading->result_count; i++) {
        size_t length = strlen(grading->results[i].name);
        widest = length > widest ? length : widest;
    }
    return (int)widest;
}

/* What the line of a check says of it. */
static char *words_of(const struct result *result)
{
    if (result->status == SKIPPED)
        return text(translated("because of %s"), reason(result));
    if (result->status == BROKEN || result->status == PENDING)
        return text(translated("the grader could not do its work: %s"), reason(result));
    return text("%s", translated(result->holds));
}

static void write_check(FILE *out, const struct grading *grading, const struct result *result,
                        int width)
{
    write_word(out, result->status);
    fprintf(out, "%-*s  ", width, result->name);
    write_points(out, grading, result);
    char *words = words_of(result);
    one_line(out, words);
    free(words);
    fputc('\n', out);
}

static void write_failures(FILE *out, const struct grading *grading)
{
    for (size_t i = 0; i < grading->result_count; i++) {
        const struct result *result = &grading->results[i];
        if (result->status != FAILED)
            continue;
        if (grading_broken(grading))
            fprintf(out, translated("\n%s: failed\n"), result->name);
        else
            fprintf(out, translated("\n%s: failed, 0 of %d points\n"), result->name,
                    result->points);
        explain_check(out, grading, result, 2);
    }
}

static void write_notes(FILE *out, const struct grading *grading)
{
    bool any = false;
    for (size_t i = 0; i < grading->result_count; i++) {
        const struct result *result = &grading->results[i];
        const char *note = result_text(result, "note");
        if (note == NULL)
            continue;
        fprintf(out, "%s  %s: ", any ? "" : translated("\nnotes\n"), result->name);
        wrapped(out, note, 4);
        any = true;
    }
}

static void write_time(FILE *out, int width, const char *name, double wall, double cpu)
{
    fprintf(out, "  %-*s  %8.2f  %9.2f  %7.2f\n", width, name, wall, cpu,
            wall > cpu ? wall - cpu : 0.0);
}

static void write_builds(FILE *out, const struct grading *grading, int width)
{
    for (size_t i = 0; i < grading->build_count; i++) {
        const struct build *build = &grading->builds[i];
        char name[64];
        snprintf(name, sizeof name, "compile %s", build->name);
        write_time(out, width, name, build->wall, build->cpu);
    }
}

/* Checks run side by side: the sums can exceed what the clock shows. */
static void write_times(FILE *out, const struct grading *grading)
{
    enum { BUILDS = sizeof "compile server-asan" - 1 };
    int width = widest_name(grading) > BUILDS ? widest_name(grading) : BUILDS;
    double compiling = 0, running = 0, waiting = 0;
    fputs("\n  ", out);
    padded(out, translated("seconds"), width);
    fputs(translated("    in all  processor  waiting\n"), out);
    write_builds(out, grading, width);
    for (size_t i = 0; i < grading->build_count; i++)
        compiling += grading->builds[i].wall;
    for (size_t i = 0; i < grading->result_count; i++) {
        const struct result *result = &grading->results[i];
        write_time(out, width, result->name, result->wall, result->cpu);
        running += result->cpu;
        waiting += result->wall > result->cpu ? result->wall - result->cpu : 0;
    }
    fprintf(
        out,
        translated("  compiling %.2f, running %.2f, waiting %.2f; %.2f seconds on the clock\n"),
        compiling, running, waiting, grading->wall);
}

static void write_next(FILE *out, const struct grading *grading)
{
    const struct result *next = first_failure(grading);
    if (next != NULL)
        fprintf(out, translated("\nnext: mend %s first\n"), next->name);
    else if (!grading_broken(grading) && grading->refusal == NULL)
        fputs(translated("\nEvery check passed: well done.\n"), out);
}

static void write_refused(FILE *out, const struct grading *grading)
{
    fprintf(out, translated("%s: refused, 0 of %d points\n  "), grading->lab,
            grading_maximum(grading));
    wrapped(out, grading->refusal, 2);
    say_rubric(out, grading);
}

static void write_grading(FILE *out, const struct grading *grading, bool verbose)
{
    int width = widest_name(grading);
    if (grading_broken(grading))
        fprintf(out, translated("%s: no score, as the grader could not do its work\n\n"),
                grading->lab);
    else
        fprintf(out, translated("%s: %d of %d points\n\n"), grading->lab,
                grading_score(grading), grading_maximum(grading));
    for (size_t i = 0; i < grading->result_count; i++)
        write_check(out, grading, &grading->results[i], width);
    write_failures(out, grading);
    write_notes(out, grading);
    if (verbose)
        write_times(out, grading);
    write_next(out, grading);
    fprintf(out, translated("isolation: %s: %s\n"), isolation_name(grading->isolation),
            isolation_meaning(grading->isolation));
    say_rubric(out, grading);
}

/* The end of a long report is what one sees of it: where to go on, lab by lab. */
static void write_overview(FILE *out, const struct report *report)
{
    const char *first = NULL; /* the first lab with something to mend */
    fputs(translated("\nall labs\n"), out);
    for (size_t i = 0; i < report->count; i++) {
        const struct grading *grading = &report->gradings[i];
        const struct result *next = first_failure(grading);
        fprintf(out, "  %-12s  ", grading->lab);
        if (grading_broken(grading))
            fputs(translated("no score"), out);
        else
            fprintf(out, translated("%3d of %d"), grading_score(grading),
                    grading_maximum(grading));
        if (grading->refusal != NULL)
            fputs(translated("  refused"), out);
        else if (next != NULL)
            fprintf(out, translated("  next: %s"), next->name);
        fputc('\n', out);
        first = first == NULL && next != NULL ? grading->lab : first;
    }
    if (first != NULL)
        fprintf(out, translated("One lab alone: make grade LAB=%s\n"), first);
}

void write_text(FILE *out, const struct report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct grading *grading = &report->gradings[i];
        if (i > 0)
            fputc('\n', out);
        if (grading->refusal != NULL)
            write_refused(out, grading);
        else
            write_grading(out, grading, report->verbose);
    }
    if (report->count > 1)
        write_overview(out, report);
}
