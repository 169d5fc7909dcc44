/* The forms of report, and what they have in common; see report.h and report_parts.h. */
#define _GNU_SOURCE
#include "tests/grader/report.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/grader/escape.h"
#include "tests/grader/language.h"
#include "tests/grader/record.h"
#include "tests/grader/report_parts.h"
#include "tests/messages/messages.h"

static const struct {
    const char *name;
    report_writer *writer;
} forms[] = {
    {"text", write_text},           {"tap", write_tap},
    {"junit", write_junit},         {"gradescope", write_gradescope},
    {"classroom", write_classroom}, {"autolab", write_autolab},
    {"html", write_html},           {"record", write_record},
};

report_writer *report_writer_named(const char *name)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(forms[i].name, name) == 0)
            return forms[i].writer;
    return NULL;
}

const char *report_formats(void)
{
    return "text|tap|junit|gradescope|classroom|autolab|html|record";
}

void add_totals(struct totals *totals, const struct grading *grading)
{
    totals->score += grading_score(grading);
    totals->maximum += grading_maximum(grading);
    totals->wall += grading->wall;
    totals->checks += grading->result_count;
    for (size_t i = 0; i < grading->result_count; i++) {
        enum status status = grading->results[i].status;
        bool refused = status == PENDING && grading->refusal != NULL;
        totals->failed += status == FAILED || refused;
        totals->skipped += status == SKIPPED;
        totals->without += status == BROKEN || (status == PENDING && !refused);
    }
}

struct totals report_totals(const struct report *report)
{
    struct totals totals = {0};
    for (size_t i = 0; i < report->count; i++)
        add_totals(&totals, &report->gradings[i]);
    return totals;
}

bool report_broken(const struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        if (grading_broken(&report->gradings[i]))
            return true;
    return false;
}

const char *check_name(const struct report *report, const struct grading *grading,
                       const struct result *result, char *name)
{
    snprintf(name, NAME_SIZE, "%s%s%s", report->all ? grading->lab : "", report->all ? "/" : "",
             result->name);
    return name;
}

const char *verdict(const struct grading *grading, const struct result *result)
{
    static const char *const words[] = {[PASSED] = MESSAGE("passed"),
                                        [FAILED] = MESSAGE("failed"),
                                        [SKIPPED] = MESSAGE("skipped"),
                                        [BROKEN] = MESSAGE("broken")};
    if (result->status == PENDING)
        return grading->refusal != NULL ? MESSAGE("refused") : "broken";
    return words[result->status];
}

const char *reason(const struct result *result)
{
    bool known = result->because != NULL && result->because[0] != '\0';
    return known ? result->because : translated("no reason is known");
}

const struct result *first_failure(const struct grading *grading)
{
    for (size_t i = 0; i < grading->result_count; i++)
        if (grading->results[i].status == FAILED)
            return &grading->results[i];
    return NULL;
}

/* A long list of steps has a gap: the field `left-out` says how many steps. */
bool next_step(const struct result *result, struct step *step)
{
    while (step->next < result->field_count) {
        const struct field *field = &result->fields[step->next++];
        step->gap = strcmp(field->key, "left-out") == 0;
        if (!step->gap && strcmp(field->key, "did") != 0)
            continue;
        int steps = step->gap ? atoi(field->value) : 1;
        if (step->gap)
            snprintf(step->words, sizeof step->words, translated("(%d steps like these)"),
                     steps);
        step->text = step->gap ? step->words : field->value;
        step->number += steps;
        return true;
    }
    return false;
}

/* A line of `where` is `NAME: what it was doing`; the label becomes `NAME was`. */
bool next_place(struct place *place)
{
    enum { LONGEST_NAME = 11 };
    size_t name = 0;
    const char *line = place->rest;
    if (line == NULL || *line == '\0')
        return false;
    place->text = line;
    place->length = strcspn(line, "\n");
    place->rest = line + place->length + (line[place->length] == '\n');
    place->label[0] = '\0';
    while (islower((unsigned char)line[name]) || line[name] == '-')
        name++;
    if (name > LONGEST_NAME || strncmp(line + name, ": ", 2) != 0)
        return true;
    char program[LONGEST_NAME + 1];
    snprintf(program, sizeof program, "%.*s", (int)name, line);
    snprintf(place->label, sizeof place->label, translated("%s was"), program);
    place->text += name + 2;
    place->length -= name + 2;
    return true;
}

const char *likely_cause(const struct result *result)
{
    const char *cause = result_text(result, "cause");
    return cause != NULL ? translated(cause) : NULL;
}

/* The catalogue has the headings of those handouts that are translated. */
const char *section_to_read(const struct result *result, const char *handout, char *text,
                            size_t size)
{
    static const char ending[] = ".md";
    const char *section = result_text(result, "read");
    const char *other = result_text(result, "handout"); /* an earlier lab explains it */
    char path[256];
    if (section == NULL)
        return NULL;
    snprintf(path, sizeof path, "%s%s%s", other != NULL ? "labs/" : "",
             other != NULL ? other : handout, other != NULL ? "/README.md" : "");
    const char *heading = translated_in(path, section);
    size_t length = strlen(path);
    if (heading != section && length > sizeof ending)
        snprintf(path + length + 1 - sizeof ending, sizeof ending + 8, ".%s%s", language(),
                 ending);
    snprintf(text, size, translated("%s, section \"%s\""), path, heading);
    return text;
}

/* What open_memstream(3) gave, its last newline taken away. Without memory there is no report:
 * one that leaves something out in silence would be worse. */
static char *closed(FILE *stream, char **text, size_t *length)
{
    if (stream == NULL || fclose(stream) != 0)
        abort();
    if (*length > 0 && (*text)[*length - 1] == '\n')
        (*text)[*length - 1] = '\0';
    return *text;
}

static FILE *opened(char **text, size_t *length)
{
    FILE *stream = open_memstream(text, length);
    if (stream == NULL)
        abort();
    return stream;
}

char *explanation(const struct grading *grading, const struct result *result)
{
    char *text;
    size_t length;
    FILE *out = opened(&text, &length);
    if (result->status == PASSED)
        wrapped(out, translated(result->holds), 0);
    else
        explain_check(out, grading, result, 0);
    const char *note = result_text(result, "note");
    if (note != NULL) {
        padded(out, translated("note"), 12);
        wrapped(out, note, 12);
    }
    return closed(out, &text, &length);
}

void say_rubric(FILE *out, const struct grading *grading)
{
    if (grading->rubric == NULL)
        return;
    fputs(translated("rubric: "), out);
    wrapped(out, grading->rubric, 2);
}

static void sum_up(FILE *out, const struct grading *grading)
{
    const struct report alone = {.gradings = grading, .count = 1};
    fprintf(out, "%s: ", grading->lab);
    if (grading_broken(grading)) {
        say_why_broken(out, &alone);
        fputc('\n', out);
        return;
    }
    fprintf(out, translated("%d of %d points\n"), grading_score(grading),
            grading_maximum(grading));
    if (grading->refusal != NULL) {
        fputs(translated("the submission was refused: "), out);
        one_line(out, grading->refusal);
        fputc('\n', out);
    } else {
        fprintf(out, translated("isolation: %s: %s\n"), isolation_name(grading->isolation),
                isolation_meaning(grading->isolation));
    }
    say_rubric(out, grading);
}

char *summary(const struct report *report)
{
    char *text;
    size_t length;
    FILE *out = opened(&text, &length);
    for (size_t i = 0; i < report->count; i++)
        sum_up(out, &report->gradings[i]);
    return closed(out, &text, &length);
}

static const struct result *first_broken(const struct grading *grading)
{
    for (size_t i = 0; i < grading->result_count; i++)
        if (strcmp(verdict(grading, &grading->results[i]), "broken") == 0)
            return &grading->results[i];
    return NULL;
}

void say_why_broken(FILE *out, const struct report *report)
{
    fputs(translated("no score: the grader could not do its work"), out);
    for (size_t i = 0; i < report->count; i++) {
        const struct result *result = first_broken(&report->gradings[i]);
        char name[NAME_SIZE];
        if (result == NULL)
            continue;
        fprintf(out, " (%s: ", check_name(report, &report->gradings[i], result, name));
        one_line(out, reason(result));
        fputc(')', out);
        return;
    }
}
