/* Steps and findings; see finding.h. The record is lines of `key value`, newlines and
 * backslashes of the value escaped, closed by a line `end`: a record without it is no record.
 */
#define _GNU_SOURCE
#include "tests/probe/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/io.h"
#include "tests/messages/messages.h"
#include "tests/probe/program.h"
#include "tests/probe/watcher.h"

enum { STEPS_KEPT = 24, TEXT_SIZE = 2048 };

static struct {
    const char *lab, *check;
    const char *status;
    char *steps[STEPS_KEPT]; /* the first half stays, the second half is the latest */
    unsigned step_count;
    char *note, *expected, *came, *where, *said;
    enum symptom symptom;
} finding;

static const struct {
    const char *name, *cause, *by_hand, *handout, *section;
} catalogue[] = {
#define SYMPTOM(name, cause, by_hand, section) {#name, cause, by_hand, HANDOUT, section},
#include "tests/checks/symptoms.def"
#undef SYMPTOM
};

/* In the reader's language, which may want the arguments in another order. */
static char *format_text(const char *format, va_list arguments)
{
    char *text;
    if (vasprintf(&text, translated(format), arguments) == -1)
        abort(); /* out of memory: the grader sees that no record came */
    return text;
}

void finding_begin(const char *lab, const char *check)
{
    memset(&finding, 0, sizeof finding);
    finding.lab = lab;
    finding.check = check;
    finding.status = "passed";
}

void step(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    unsigned half = STEPS_KEPT / 2;
    unsigned slot = finding.step_count;
    if (slot >= STEPS_KEPT)
        slot = half + (slot - half) % half;
    free(finding.steps[slot]);
    finding.steps[slot] = text;
    finding.step_count++;
}

void note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    free(finding.note);
    finding.note = format_text(format, arguments);
    va_end(arguments);
}

/* Programs that were ended for their memory look as if they had ended by themselves. */
static void fail_for_memory(void)
{
    char expected[200];
    snprintf(expected, sizeof expected,
             translated("the program's processes hold at most %d MiB of memory together"),
             watcher_bound() >> 20);
    failed(SYMPTOM_too_much_memory, expected, "%s", watcher_finding());
}

void failed(enum symptom symptom, const char *expected, const char *format, ...)
{
    va_list arguments;
    if (symptom != SYMPTOM_too_much_memory && watcher_saw_too_much())
        fail_for_memory();
    va_start(arguments, format);
    finding.came = format_text(format, arguments);
    va_end(arguments);
    finding.expected = strdup(translated(expected));
    finding.status = "failed";
    finding.symptom = symptom;
    finding.where = programs_where();
    finding.said = programs_said();
    _fail(finding.check, 0);
    abort(); /* _fail() has left by longjmp */
}

void expect_little_memory(void)
{
    if (watcher_saw_too_much())
        fail_for_memory();
    if (!watcher_is_there())
        broken("nobody watches over the programs' memory any more");
}

void broken(const char *format, ...)
{
    va_list arguments;
    if (watcher_has_ended_them())
        fail_for_memory();
    va_start(arguments, format);
    finding.came = format_text(format, arguments);
    va_end(arguments);
    finding.status = "broken";
    _fail(finding.check, 0);
    abort();
}

bool finding_holds(void)
{
    return strcmp(finding.status, "passed") == 0;
}

static void put(FILE *record, const char *key, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    fprintf(record, "%s ", key);
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            fputs("\\n", record);
        else if (*value == '\\')
            fputs("\\\\", record);
        else
            fputc(*value, record);
    }
    fputc('\n', record);
}

static void put_steps(FILE *record)
{
    unsigned half = STEPS_KEPT / 2, count = finding.step_count;
    unsigned left_out = count > STEPS_KEPT ? count - STEPS_KEPT : 0;
    for (unsigned i = 0; i < count; i++) {
        if (left_out > 0 && i == half) {
            fprintf(record, "left-out %u\n", left_out);
            i += left_out;
        }
        put(record, "did", finding.steps[i < STEPS_KEPT ? i : half + (i - half) % half]);
    }
}

/* A command of the catalogue, with the lab's name in the place of LAB. */
static void put_by_hand(FILE *record, const char *command)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        abort();
    for (const char *mark; (mark = strstr(command, "/LAB/")) != NULL; command = mark + 4)
        fprintf(out, "%.*s/%s", (int)(mark - command), command, finding.lab);
    fputs(command, out);
    fclose(out);
    put(record, "by-hand", text);
    free(text);
}

static void put_finding(FILE *record)
{
    fprintf(record, "check %s\nstatus %s\ncpu %.3f\n", finding.check, finding.status,
            programs_cpu());
    put(record, "note", finding.note);
    put(record, "came", finding.came);
    if (strcmp(finding.status, "failed") == 0) {
        put(record, "symptom", catalogue[finding.symptom].name);
        put_steps(record);
        put(record, "expected", finding.expected);
        put(record, "where", finding.where);
        put(record, "said", finding.said);
        put(record, "cause", catalogue[finding.symptom].cause); /* reports translate it */
        put_by_hand(record, translated(catalogue[finding.symptom].by_hand));
        put(record, "handout", catalogue[finding.symptom].handout);
        put(record, "read", catalogue[finding.symptom].section);
    }
    fputs("end\n", record);
}

bool finding_write(int fd)
{
    char *text;
    size_t length;
    FILE *record = open_memstream(&text, &length);
    if (record == NULL)
        return false;
    put_finding(record);
    bool whole = fclose(record) == 0 && write_all(fd, text, length) == 0;
    free(text);
    return whole;
}
