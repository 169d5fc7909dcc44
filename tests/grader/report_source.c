/* The files of a submission on the page for browsers: numbered lines, each with an anchor, and
 * below a line what the compiler said of it.
 *
 * A file of any kind gives a page that still opens: what is shown of one is bounded, and the page
 * says what it leaves out. Left out too is colour for the words of C: it would need markup for
 * each, and tells nothing that the check of a server needs. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/grader/escape.h"
#include "tests/grader/remarks.h"
#include "tests/grader/report_html.h"
#include "tests/grader/text.h"
#include "tests/messages/messages.h"

enum {
    MOST_LINES = 5000,       /* so many lines are shown of a file, */
    MOST_BYTES = 512 * 1024, /* of so many bytes together; */
    LONGEST_LINE = 4000,     /* and so many bytes of a line */
    LONG_SOURCE = 400        /* more lines stay closed until one opens them */
};

/* A file, and how much of it is shown. */
struct listing {
    const char *lab;
    const struct source *source;
    struct remark *remarks;
    size_t remark_count;
    size_t lines, shown_lines; /* how many there are, and how many are shown */
    size_t bytes_behind;       /* in the lines that are not shown */
    bool returns;              /* some line ends with a carriage return */
};

/* A line, without its end. Where it stands at first: all zero. */
struct line {
    const char *text;
    size_t length, number;
    size_t next;  /* where the next line begins */
    bool returns; /* it ends with a carriage return and a newline */
};

static bool next_line(const struct source *source, struct line *line)
{
    if (line->next >= source->length)
        return false;
    line->text = source->text + line->next;
    size_t left = source->length - line->next;
    const char *end = memchr(line->text, '\n', left);
    line->length = end != NULL ? (size_t)(end - line->text) : left;
    line->next += line->length + (end != NULL);
    line->returns = end != NULL && line->length > 0 && end[-1] == '\r';
    line->length -= line->returns;
    line->number++;
    return true;
}

static size_t shown_length(const struct line *line)
{
    return line->length < LONGEST_LINE ? line->length : LONGEST_LINE;
}

static struct listing measure(const char *lab, const struct source *source)
{
    struct listing listing = {.lab = lab, .source = source};
    size_t bytes = 0;
    bool room = true;
    for (struct line line = {0}; next_line(source, &line); listing.lines++) {
        bytes += shown_length(&line) + 1;
        room = room && line.number <= MOST_LINES && bytes <= MOST_BYTES;
        listing.returns |= line.returns;
        if (room)
            listing.shown_lines++;
        else
            listing.bytes_behind += line.length + 1;
    }
    listing.remark_count = remarks_read(source->said, source->name, &listing.remarks);
    return listing;
}

static void write_word(FILE *out, const struct remark *remark)
{
    if (remark->kind != REMARK_OTHER)
        fprintf(out, "<strong>%s:</strong> ", translated(remark_word(remark->kind)));
}

static void write_excerpt(FILE *out, const struct remark *remark)
{
    size_t length = remark->excerpt_length;
    while (length > 0 && remark->excerpt[length - 1] == '\n')
        length--;
    if (length == 0)
        return;
    fputs("<pre class=\"excerpt\"><samp>", out);
    xml_shown(out, remark->excerpt, length);
    fputs("</samp></pre>", out);
}

static void write_remarks_on(FILE *out, const struct listing *listing, size_t number)
{
    for (size_t i = 0; i < listing->remark_count; i++) {
        const struct remark *remark = &listing->remarks[i];
        if (remark->line != number)
            continue;
        fprintf(out, "<div class=\"remark %s\"><p>", remark_word(remark->kind));
        write_word(out, remark);
        xml_shown(out, remark->text, remark->length);
        fputs("</p>", out);
        write_excerpt(out, remark);
        fputs("</div>", out);
    }
}

static void write_line(FILE *out, const struct listing *listing, const struct line *line)
{
    size_t length = shown_length(line);
    fputs("<li id=\"", out);
    html_anchor(out, listing->lab, listing->source->name);
    fprintf(out, "-L%zu\"><code>", line->number);
    xml_shown(out, line->text, length);
    fputs("</code>", out);
    if (length < line->length) {
        fputs("<p class=\"cut\">", out);
        fprintf(out, translated("%zu more bytes of this line are not shown."),
                line->length - length);
        fputs("</p>", out);
    }
    write_remarks_on(out, listing, line->number);
    fputs("</li>\n", out);
}

static void write_lines(FILE *out, const struct listing *listing)
{
    const char *name = listing->source->name;
    fprintf(out, "<details%s>\n<summary>",
            listing->lines <= LONG_SOURCE ? " open=\"open\"" : "");
    html_text(out, name);
    fprintf(out, listing->lines == 1 ? translated(", %zu line") : translated(", %zu lines"),
            listing->lines);
    fputs("</summary>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"",
          out);
    char *label = text(translated("source of %s"), name);
    xml_shown_plain(out, label);
    free(label);
    fputs("\">\n<ol class=\"lines\">\n", out);
    struct line line = {0};
    while (line.number < listing->shown_lines && next_line(listing->source, &line))
        write_line(out, listing, &line);
    fputs("</ol>\n</div>\n", out);
    if (listing->shown_lines < listing->lines) {
        fputs("<p class=\"cut\">", out);
        fprintf(out, translated("Not shown: the %zu lines after line %zu, %zu bytes."),
                listing->lines - listing->shown_lines, listing->shown_lines,
                listing->bytes_behind);
        fputs("</p>\n", out);
    }
    fputs("</details>\n", out);
}

/* A remark in the list above the source. One on a line that is not shown keeps its excerpt. */
static void write_remark(FILE *out, const struct listing *listing, const struct remark *remark)
{
    bool placed = remark->line > 0 && remark->line <= listing->shown_lines;
    fprintf(out, "<li class=\"%s\">", remark_word(remark->kind));
    if (placed) {
        fputs("<a href=\"#", out);
        html_anchor(out, listing->lab, listing->source->name);
        fprintf(out, "-L%zu\">", remark->line);
    }
    if (remark->line > 0) {
        fprintf(out, translated("line %zu"), remark->line);
        fputs(placed ? "</a>: " : ": ", out);
    }
    write_word(out, remark);
    xml_shown(out, remark->text, remark->length);
    if (!placed)
        write_excerpt(out, remark);
    fputs("</li>\n", out);
}

static void write_remarks(FILE *out, const struct listing *listing)
{
    if (listing->remark_count == 0)
        return;
    fprintf(out, "<p>%s</p>\n<ul class=\"remarks\">\n", translated("The compiler said:"));
    for (size_t i = 0; i < listing->remark_count; i++)
        write_remark(out, listing, &listing->remarks[i]);
    fputs("</ul>\n", out);
}

static void write_source(FILE *out, const char *lab, const struct source *source)
{
    struct listing listing = measure(lab, source);
    fputs("<h4 id=\"", out);
    html_anchor(out, lab, source->name);
    fputs("\">", out);
    html_text(out, source->name);
    fputs("</h4>\n", out);
    write_remarks(out, &listing);
    if (listing.returns)
        fprintf(
            out, "<p>%s</p>\n",
            translated("Some lines end with a carriage return and a newline, as on Windows; "
                       "these returns are not shown."));
    if (listing.lines > 0)
        write_lines(out, &listing);
    else
        fprintf(out, "<p>%s</p>\n", translated("The file is empty."));
    free(listing.remarks);
}

void html_sources(FILE *out, const struct grading *grading)
{
    if (grading->source_count == 0)
        return;
    fprintf(out, "<h3>%s</h3>\n", translated("Source"));
    for (size_t i = 0; i < grading->source_count; i++)
        write_source(out, grading->lab, &grading->sources[i]);
}
