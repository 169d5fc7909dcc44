/*
 * Prints a model that is filled by hand, in one form of report: `print_report MODEL FORMAT`.
 * tests/unit/formats.sh gives what comes out to parsers that are not ours.
 */
#include "tests/grader/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array)  (sizeof(array) / sizeof(array)[0])
#define FIELDS(array) .fields = (array), .field_count = COUNT(array)

/* What breaks a form that does not escape: quotes, markup, ends of markup, escapes, newlines,
 * tabs, a comment sign and what other forms take for theirs. Then text that must come through
 * whole; then bytes that should not have come so far, and must not get any farther. */
#define NASTY                                                                                  \
    "\"quotes\" 'single' <tag> & &amp; ]]> \\n \\ %s %d #hash # SKIP\n"                        \
    "not ok 1 - forged\nok 99\nBail out! forged\n\ttab  two blanks\n"                          \
    "{\"scores\": {\"forged\": 100}}\n"
#define WHOLE        "\xED\x95\x9C\xEA\xB8\x80 \xF0\x9F\x98\x80"
#define BROKEN_BYTES "\x1B[31m \x01 \x7F \xFF \xC0\xAF \xED\xA0\x80 \xEF\xBF\xBE \xE2\x82"

static struct field nasty_fields[] = {
    {"came", NASTY WHOLE BROKEN_BYTES},
    {"symptom", "altered_echo"},
    {"did", "start server 127.0.0.1:0"},
    {"did", "client 1 sends " NASTY},
    {"left-out", "8"},
    {"did", "client 1 leaves"},
    {"expected", "\"hello\\n\" comes back"},
    {"where", "server: blocked in read() on descriptor 4, its connection with client 1\n"
              "server, a child: ended"},
    {"said", "server: read: " WHOLE},
    {"cause", "A buffer is taken for a C string."},
    {"by-hand", "printf 'a\\0b' | nc -N 127.0.0.1 7000 | od -c"},
    {"read", "A stream of bytes, not of messages"},
};
static struct field plain_fields[] = {
    {"came", "nothing came for 2 seconds"},
    {"symptom", "leaks_descriptor"},
    {"expected", "no descriptor is left open"},
    {"read", "Descriptors"},
};
static struct field note_fields[] = {
    {"note", "the compiler warns:\nserver.c:3:5: warning: unused variable 'a' <b> & ]]>"}};

static struct build builds[] = {
    {.name = "server", .done = true, .built = true, .wall = 0.3, .cpu = 0.2},
    {.name = "server-asan", .done = true, .built = true, .wall = 0.9, .cpu = 0.8},
};

static struct result passed[] = {
    {.name = "builds", .holds = "the file compiles", .status = PASSED, .wall = 0.5},
    {.name = "echoes", .points = 60, .holds = "lines come back", .status = PASSED, .wall = 2},
    {.name = "idles", .points = 40, .holds = "it uses < 2 %", .status = PASSED, .cpu = 0.1},
};
static struct result mixed[] = {
    {.name = "builds", .holds = "compiles", .status = PASSED, FIELDS(note_fields)},
    {.name = "listens", .points = 30, .holds = "it is ready", .status = PASSED, .wall = 0.25},
    {.name = "echoes", .points = 40, .holds = "lines", .status = FAILED, FIELDS(nasty_fields)},
    {.name = "tally", .points = 20, .holds = "totals", .status = SKIPPED, .because = "echoes"},
    {.name = "idles",
     .points = 10,
     .holds = "it idles",
     .status = FAILED,
     FIELDS(plain_fields)},
};
static struct result broken[] = {
    {.name = "builds", .holds = "compiles", .status = PASSED},
    {.name = "listens",
     .points = 50,
     .holds = "it is ready",
     .status = BROKEN,
     .because = NASTY},
    {.name = "echoes",
     .points = 50,
     .holds = "it idles",
     .status = FAILED,
     FIELDS(plain_fields)},
};
static struct result unknown[] = {
    {.name = "builds", .holds = "compiles", .status = PASSED},
    {.name = "listens", .points = 100, .holds = "it is ready", .status = PENDING},
};
static struct result refused[] = {
    {.name = "builds", .holds = "compiles", .status = PENDING},
    {.name = "listens", .points = 100, .holds = "it is ready", .status = PENDING},
};

/* Files as a student may hand them in to deceive a reader, or to break the page. */
static const char hostile_text[] =
    "int a; /* " NASTY "</code></li></ol></div></details><script>alert(1)</script> */\r\n"
    "int b; /*\xE2\x80\xAE } \xE2\x81\xA6 if (admin)\xE2\x81\xA9 */\n"
    "int \0c\0\0; \x1B[2J \xFF " WHOLE "\n"
    "int without_an_end;";
static struct source hostile_sources[] = {
    {.name = "server.c",
     .text = (char *)hostile_text,
     .length = sizeof hostile_text - 1,
     .said = "server.c: In function 'main':\n"
             "server.c:2:5: warning: <b>unused</b> & \xE2\x80\xAE\n"
             "    2 | </samp></pre><script>\n"
             "      |  ^\n"
             "server.c:2:7: note: \x1B[31mdeclared here\n"
             "server.c:99:1: error: past the end\n"
             "common/io.h:3:1: error: of <another> file\n"},
    {.name = "long.c", .said = "long.c:450:1: warning: shown\nlong.c:5990:1: warning: not\n"},
    {.name = "wide.c"},
    {.name = "</h4><script>.c", .text = "", .length = 0},
};
static struct source plain_sources[] = {
    {.name = "server.c", .text = "int main;\n", .length = 10},
};

/* A text of `length` bytes whose every line, the last one perhaps excepted, has `width`. */
static void fill(struct source *source, size_t length, size_t width)
{
    source->length = length;
    source->text = calloc(1, length + 1);
    if (source->text == NULL)
        abort();
    memset(source->text, 'x', length);
    for (size_t end = width - 1; end < length; end += width)
        source->text[end] = '\n';
}

#define LAB(name, array)                                                                       \
    {                                                                                          \
        .lab = (name), .isolation = ISOLATED, .results = (array),                              \
        .result_count = COUNT(array), .builds = builds, .build_count = COUNT(builds),          \
        .wall = 1.5                                                                            \
    }

static struct grading passed_labs[] = {LAB("01-blocking", passed)};
static struct grading mixed_labs[] = {LAB("01-blocking", mixed)};
static struct grading broken_labs[] = {LAB("01-blocking", broken)};
static struct grading unknown_labs[] = {LAB("01-blocking", unknown)};
static struct grading two_labs[] = {LAB("01-blocking", passed), LAB("02-fork", mixed)};
static struct grading refused_labs[] = {LAB("01-blocking", passed), LAB("02-fork", refused)};
static struct grading broken_of_two[] = {LAB("01-blocking", passed), LAB("02-fork", broken)};

static struct grading sources_labs[] = {LAB("01-blocking", mixed), LAB("02-fork", passed)};
static struct grading rubric_labs[] = {LAB("01-blocking", passed)};

static void fill_models(void)
{
    refused_labs[1].refusal = "server.c: " NASTY;
    fill(&hostile_sources[1], 60000, 10);
    fill(&hostile_sources[2], 1 << 20, 1 << 21);
    sources_labs[0].sources = hostile_sources;
    sources_labs[0].source_count = COUNT(hostile_sources);
    sources_labs[0].graded = 86400;
    sources_labs[1].sources = plain_sources;
    sources_labs[1].source_count = COUNT(plain_sources);
    rubric_labs[0].rubric = "late <2 days>: 5 points a day";
    rubric_labs[0].deduction = 10;
}

#define REPORT(array) .report = {.gradings = (array), .count = COUNT(array)}

static struct {
    const char *name;
    struct report report;
} models[] = {
    {"passed", REPORT(passed_labs)},
    {"mixed", REPORT(mixed_labs)},
    {"broken", REPORT(broken_labs)},
    {"unknown", REPORT(unknown_labs)},
    {"two", REPORT(two_labs)},
    {"refused", REPORT(refused_labs)},
    {"broken-of-two", REPORT(broken_of_two)},
    {"sources", REPORT(sources_labs)},
    {"rubric", REPORT(rubric_labs)},
};

int main(int argc, char *argv[])
{
    report_writer *write = argc >= 3 ? report_writer_named(argv[2]) : NULL;
    fill_models();
    for (size_t i = 0; write != NULL && i < COUNT(models); i++) {
        if (strcmp(models[i].name, argv[1]) != 0)
            continue;
        models[i].report.all = models[i].report.count > 1;
        models[i].report.verbose = argc > 3;
        if (strcmp(argv[1], "sources") == 0)
            models[i].report.student = "</title><script> \xE2\x80\xAE" WHOLE;
        write(stdout, &models[i].report);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    fprintf(stderr, "usage: print_report MODEL %s [verbose]\n", report_formats());
    return 2;
}
