/* One page for a browser: points, checks, each failed one explained, and the source.
 *
 * The page stands alone: no script, nothing fetched, its style sheet within (report_style.h). It
 * is HTML, and well-formed XML as well, so that either kind of parser reads it. All that comes
 * from students goes through xml_shown(): it can neither end the text that it stands in, nor make
 * it read otherwise than it is. How long everything took is told by the text report. */
#include "tests/grader/report_html.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/grader/escape.h"
#include "tests/grader/language.h"
#include "tests/grader/report_parts.h"
#include "tests/grader/report_style.h"
#include "tests/grader/text.h"
#include "tests/messages/messages.h"

void html_text(FILE *out, const char *text)
{
    xml_shown(out, text, text != NULL ? strlen(text) : 0);
}

static void anchor_part(FILE *out, const char *name)
{
    for (; *name != '\0'; name++) {
        unsigned char byte = (unsigned char)*name;
        if (byte < 0x80 && (isalnum(byte) || byte == '-' || byte == '.'))
            fputc(byte, out);
        else
            fprintf(out, "_%02X", byte);
    }
}

void html_anchor(FILE *out, const char *lab, const char *name)
{
    anchor_part(out, lab);
    fputc('-', out);
    anchor_part(out, name);
}

void html_block(FILE *out, const char *text, size_t length)
{
    while (length > 0 && text[length - 1] == '\n')
        length--;
    bool lines = memchr(text, '\n', length) != NULL;
    fputs(lines ? "<pre><samp>" : "<p>", out);
    xml_shown(out, text, length);
    fputs(lines ? "</samp></pre>" : "</p>", out);
}

/* ---- names and links ----------------------------------------------------------------------- */

static void begin_link(FILE *out, const struct grading *grading, const char *check)
{
    fputs("<a href=\"#", out);
    html_anchor(out, grading->lab, check);
    fputs("\">", out);
}

/* A skipped check is explained by the one that failed, where that is one of this lab. */
static void link_check(FILE *out, const struct grading *grading, const char *check)
{
    bool there = false;
    for (size_t i = 0; i < grading->result_count; i++)
        there |= strcmp(grading->results[i].name, check) == 0;
    if (there)
        begin_link(out, grading, check);
    fputs("<code>", out);
    html_text(out, check);
    fputs(there ? "</code></a>" : "</code>", out);
}

/* A sentence whose %s is a check's name that leads there. */
static void write_with_link(FILE *out, const char *sentence, const struct grading *grading,
                            const char *check)
{
    const char *mark = strstr(sentence, "%s");
    if (mark == NULL)
        mark = sentence + strlen(sentence);
    xml_shown(out, sentence, (size_t)(mark - sentence));
    link_check(out, grading, check);
    html_text(out, *mark != '\0' ? mark + 2 : mark);
}

static void write_points(FILE *out, const struct grading *grading)
{
    if (grading_broken(grading))
        fputs(translated("no score"), out);
    else
        fprintf(out, translated("%d of %d points"), grading_score(grading),
                grading_maximum(grading));
}

/* ---- facts --------------------------------------------------------------------------------- */

static void begin_fact(FILE *out, const char *name)
{
    fprintf(out, "<div><dt>%s</dt><dd>", name);
}

static void end_fact(FILE *out)
{
    fputs("</dd></div>\n", out);
}

static void write_rubric(FILE *out, const struct grading *grading)
{
    begin_fact(out, translated("rubric"));
    html_text(out,
              grading->rubric != NULL ? grading->rubric : translated("the kit's own points"));
    end_fact(out);
    if (grading->deduction <= 0)
        return;
    begin_fact(out, translated("deduction"));
    fprintf(out, grading->deduction == 1 ? translated("%d point") : translated("%d points"),
            grading->deduction);
    end_fact(out);
}

static void write_isolation(FILE *out, const struct grading *grading)
{
    if (grading->refusal != NULL)
        return; /* nothing was run */
    begin_fact(out, translated("isolation"));
    fprintf(out, "<code>%s</code>: %s", isolation_name(grading->isolation),
            isolation_meaning(grading->isolation));
    end_fact(out);
}

static void write_graded(FILE *out, const struct grading *grading)
{
    char machine[32], people[32];
    struct tm utc;
    if (grading->graded == 0 || gmtime_r(&grading->graded, &utc) == NULL ||
        strftime(machine, sizeof machine, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0 ||
        strftime(people, sizeof people, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0)
        return;
    begin_fact(out, translated("graded"));
    fprintf(out, "<time datetime=\"%s\">%s</time>", machine, people);
    end_fact(out);
}

static void write_facts(FILE *out, const struct grading *grading)
{
    fputs("<dl class=\"facts\">\n", out);
    write_rubric(out, grading);
    write_isolation(out, grading);
    write_graded(out, grading);
    fputs("</dl>\n", out);
}

/* ---- the table of checks ------------------------------------------------------------------- */

/* A sign beside the word, so that a column of them can be looked through; colour adds nothing
 * that these two do not say. */
static void write_status(FILE *out, const struct grading *grading, const struct result *result)
{
    static const char *const signs[] = {[PENDING] = "!",
                                        [PASSED] = "\xE2\x9C\x93",  /* a check mark */
                                        [FAILED] = "\xE2\x9C\x97",  /* a cross */
                                        [SKIPPED] = "\xE2\x80\x93", /* a dash */
                                        [BROKEN] = "!"};
    const char *word = verdict(grading, result);
    fprintf(out, "<span class=\"status %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
            word, signs[result->status],
            strcmp(word, "broken") == 0 ? translated("no verdict") : translated(word));
}

static void write_reason(FILE *out, const struct grading *grading, const struct result *result)
{
    if (result->status == PASSED || result->status == FAILED)
        return;
    fputs("<div class=\"reason\">", out);
    if (result->status == SKIPPED) {
        fputs("<p>", out);
        write_with_link(out, translated("not run, because of %s"), grading, reason(result));
        fputs("</p>", out);
    } else {
        fprintf(out, "<p>%s</p>", translated("The grader could not do its work:"));
        html_block(out, reason(result), strlen(reason(result)));
    }
    fputs("</div>", out);
}

static void write_row(FILE *out, const struct grading *grading, const struct result *result)
{
    bool explained = result->status == FAILED;
    fputs("<tr role=\"row\"", out);
    if (!explained) { /* otherwise the explanation has the anchor */
        fputs(" id=\"", out);
        html_anchor(out, grading->lab, result->name);
        fputc('"', out);
    }
    fputs("><td role=\"cell\">", out);
    write_status(out, grading, result);
    fputs("</td><th scope=\"row\" role=\"rowheader\">", out);
    if (explained)
        begin_link(out, grading, result->name);
    html_text(out, result->name);
    fprintf(out, "%s</th><td class=\"points\" role=\"cell\">", explained ? "</a>" : "");
    if (grading_broken(grading))
        fprintf(out, translated("- of %d"), result->points);
    else
        fprintf(out, translated("%d of %d"), result_score(result), result->points);
    fputs("</td><td class=\"holds\" role=\"cell\">", out);
    html_text(out, translated(result->holds));
    write_reason(out, grading, result);
    fputs("</td></tr>\n", out);
}

/* The roles are said once more, as some browsers forget them where the style sheet turns rows
 * into grids, which it does on a phone. */
static void write_checks(FILE *out, const struct grading *grading)
{
    static const char *const columns[] = {MESSAGE("result"), MESSAGE("check"),
                                          MESSAGE("points"), MESSAGE("it holds when")};
    fprintf(out,
            "<h3>%s</h3>\n<table class=\"checks\" role=\"table\">\n<thead role=\"rowgroup\">"
            "<tr role=\"row\">",
            translated("Checks"));
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        fprintf(out, "<th scope=\"col\" role=\"columnheader\">%s</th>", translated(columns[i]));
    fputs("</tr></thead>\n<tbody role=\"rowgroup\">\n", out);
    for (size_t i = 0; i < grading->result_count; i++)
        write_row(out, grading, &grading->results[i]);
    fputs("</tbody>\n</table>\n", out);
}

/* ---- failed checks ------------------------------------------------------------------------- */

static void write_value(FILE *out, const char *label, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    fprintf(out, "<dt>%s</dt><dd>", label);
    html_block(out, value, strlen(value));
    fputs("</dd>\n", out);
}

/* A gap has the number of the last step that it leaves out, but does not show it. */
static void write_steps(FILE *out, const struct result *result)
{
    struct step step = {0};
    if (result_text(result, "did") == NULL)
        return;
    fprintf(out, "<dt>%s</dt><dd><ol class=\"steps\">\n", translated("did"));
    while (next_step(result, &step)) {
        if (step.gap)
            fprintf(out, "<li class=\"gap\" value=\"%d\">", step.number);
        else
            fputs("<li>", out);
        html_text(out, step.text);
        fputs("</li>\n", out);
    }
    fputs("</ol></dd>\n", out);
}

static void write_places(FILE *out, const struct result *result)
{
    struct place place = {.rest = result_text(result, "where")};
    for (bool first = true; next_place(&place); first = false) {
        if (first || place.label[0] != '\0')
            fprintf(out, "<dt>%s</dt>",
                    place.label[0] != '\0' ? place.label : translated("where"));
        fputs("<dd>", out);
        html_block(out, place.text, place.length);
        fputs("</dd>\n", out);
    }
}

static void write_command(FILE *out, const char *command)
{
    if (command == NULL)
        return;
    fprintf(out, "<dt>%s</dt><dd><pre><code>", translated("by hand"));
    html_text(out, command);
    fputs("</code></pre></dd>\n", out);
}

static void write_explanation(FILE *out, const struct grading *grading,
                              const struct result *result)
{
    char handout[256], section[512];
    snprintf(handout, sizeof handout, "labs/%s/README.md", grading->lab);
    fputs("<dl class=\"why\">\n", out);
    write_value(out, translated("checked"), translated(result->holds));
    write_steps(out, result);
    write_value(out, translated("expected"), result_text(result, "expected"));
    write_value(out, translated("came"), result_text(result, "came"));
    write_places(out, result);
    write_value(out, translated("it said"), result_text(result, "said"));
    write_value(out, translated("likely"), likely_cause(result));
    write_command(out, result_text(result, "by-hand"));
    write_value(out, translated("read"),
                section_to_read(result, handout, section, sizeof section));
    fputs("</dl>\n", out);
}

static void write_failure(FILE *out, const struct grading *grading, const struct result *result)
{
    fputs("<article id=\"", out);
    html_anchor(out, grading->lab, result->name);
    fputs("\">\n<h4>", out);
    html_text(out, result->name);
    if (!grading_broken(grading))
        fprintf(out, translated(": 0 of %d points"), result->points);
    fputs("</h4>\n", out);
    write_explanation(out, grading, result);
    fputs("</article>\n", out);
}

static void write_failures(FILE *out, const struct grading *grading)
{
    const struct result *first = first_failure(grading);
    if (first == NULL)
        return;
    fprintf(out, "<h3>%s</h3>\n<p>", translated("What failed"));
    write_with_link(out, translated("Mend %s first."), grading, first->name);
    fputs("</p>\n", out);
    for (size_t i = 0; i < grading->result_count; i++)
        if (grading->results[i].status == FAILED)
            write_failure(out, grading, &grading->results[i]);
}

static void write_notes(FILE *out, const struct grading *grading)
{
    bool any = false;
    for (size_t i = 0; i < grading->result_count; i++) {
        const struct result *result = &grading->results[i];
        const char *note = result_text(result, "note");
        if (note == NULL)
            continue;
        if (!any)
            fprintf(out, "<h3>%s</h3>\n<dl class=\"why\">\n", translated("Notes"));
        fputs("<dt>", out);
        html_text(out, result->name);
        fputs("</dt><dd>", out);
        html_block(out, note, strlen(note));
        fputs("</dd>\n", out);
        any = true;
    }
    fputs(any ? "</dl>\n" : "", out);
}

/* ---- a lab --------------------------------------------------------------------------------- */

static void write_refusal(FILE *out, const struct grading *grading)
{
    fprintf(out, "<div class=\"notice\"><p>%s</p>", translated("The submission was refused:"));
    html_block(out, grading->refusal, strlen(grading->refusal));
    fputs("</div>\n", out);
}

static void write_outcome(FILE *out, const struct grading *grading)
{
    if (grading_broken(grading))
        fprintf(out, "<p class=\"notice\">%s</p>\n",
                translated("No points are given or taken, as the grader could not do its work. "
                           "The table says at which check."));
    else if (first_failure(grading) == NULL)
        fprintf(out, "<p>%s</p>\n", translated("Every check passed: well done."));
}

static void write_lab(FILE *out, const struct grading *grading)
{
    fputs("<section>\n<h2 id=\"", out);
    anchor_part(out, grading->lab);
    fputs("\">", out);
    html_text(out, grading->lab);
    fputs("</h2>\n<p class=\"score\">", out);
    write_points(out, grading);
    fputs("</p>\n", out);
    if (grading->refusal != NULL)
        write_refusal(out, grading);
    else
        write_outcome(out, grading);
    write_facts(out, grading);
    if (grading->refusal == NULL) {
        write_checks(out, grading);
        write_failures(out, grading);
        write_notes(out, grading);
    }
    html_sources(out, grading);
    fputs("</section>\n", out);
}

/* ---- the page ------------------------------------------------------------------------------ */

static void write_what_is_next(FILE *out, const struct grading *grading)
{
    const struct result *next = first_failure(grading);
    if (grading->refusal != NULL) {
        fputs(translated("refused"), out);
    } else if (next != NULL) {
        write_with_link(out, translated("mend %s first"), grading, next->name);
    } else {
        fputs(grading_broken(grading) ? translated("the grader could not do its work")
                                      : translated("every check passed"),
              out);
    }
}

static void write_overview(FILE *out, const struct report *report)
{
    fprintf(out,
            "<nav aria-labelledby=\"overview\">\n<h2 id=\"overview\">%s</h2>\n<table>\n"
            "<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
            "<th scope=\"col\">%s</th></tr></thead>\n<tbody>\n",
            translated("All labs"), translated("lab"), translated("points"),
            translated("next"));
    for (size_t i = 0; i < report->count; i++) {
        const struct grading *grading = &report->gradings[i];
        fputs("<tr><th scope=\"row\"><a href=\"#", out);
        anchor_part(out, grading->lab);
        fputs("\">", out);
        html_text(out, grading->lab);
        fputs("</a></th><td>", out);
        write_points(out, grading);
        fputs("</td><td>", out);
        write_what_is_next(out, grading);
        fputs("</td></tr>\n", out);
    }
    fputs("</tbody>\n</table>\n</nav>\n", out);
}

typedef void text_writer(FILE *out, const char *text);

/* Whose work it is, or what was graded; in the page's title both. */
static void write_name(FILE *out, const struct report *report, text_writer *write, bool both)
{
    char *labs = report->count == 1 ? text("%s", report->gradings[0].lab)
                                    : text(translated("%zu labs"), report->count);
    char *name = report->student == NULL ? text(translated("Report on %s"), labs)
                 : both                  ? text("%s: %s", report->student, labs)
                                         : text("%s", report->student);
    write(out, name);
    free(name);
    free(labs);
}

static void write_head(FILE *out, const struct report *report)
{
    fprintf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n", language());
    fputs(
        "<meta charset=\"utf-8\"/>\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>",
        out);
    write_name(out, report, xml_shown_plain, true);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n", report_style);
}

static void write_total(FILE *out, const struct totals *totals)
{
    fputs("<p class=\"score\">", out);
    fprintf(out, translated("%d of %d points in all"), totals->score, totals->maximum);
    fputs("</p>\n", out);
}

static void write_header(FILE *out, const struct report *report)
{
    struct totals totals = report_totals(report);
    fputs("<header>\n<h1><bdi>", out);
    write_name(out, report, html_text, false);
    fputs("</bdi></h1>\n", out);
    if (report->count > 1 && report_broken(report))
        fprintf(out, "<p class=\"score\">%s</p>\n", translated("no score in all"));
    else if (report->count > 1)
        write_total(out, &totals);
    fputs("</header>\n", out);
}

void write_html(FILE *out, const struct report *report)
{
    write_head(out, report);
    fputs("<body>\n", out);
    write_header(out, report);
    if (report->count > 1)
        write_overview(out, report);
    fputs("<main>\n", out);
    for (size_t i = 0; i < report->count; i++)
        write_lab(out, &report->gradings[i]);
    fputs("</main>\n</body>\n</html>\n", out);
}
