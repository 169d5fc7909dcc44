/* Gradings kept in a file; see record.h. */
#define _GNU_SOURCE
#include "tests/grader/record.h"

#include <stdlib.h>
#include <string.h>

#include "tests/grader/text.h"

#define CLOSED "closed"

/* ---- writing ----------------------------------------------------------------------------- */

static void write_bytes(FILE *out, const char *key, const char *bytes, size_t length)
{
    fprintf(out, "%s ", key);
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            fputs("\\n", out);
        else if (bytes[i] == '\0')
            fputs("\\0", out);
        else if (bytes[i] == '\\')
            fputs("\\\\", out);
        else
            putc(bytes[i], out);
    }
    putc('\n', out);
}

static void write_value(FILE *out, const char *key, const char *value)
{
    if (value != NULL)
        write_bytes(out, key, value, strlen(value));
}

static const char *const statuses[] = {[PENDING] = "pending",
                                       [PASSED] = "passed",
                                       [FAILED] = "failed",
                                       [SKIPPED] = "skipped",
                                       [BROKEN] = "broken"};

static void write_result(FILE *out, const struct result *result)
{
    write_value(out, "check", result->name);
    fprintf(out, "points %d\nwall %.3f\ncpu %.3f\n", result->points, result->wall, result->cpu);
    write_value(out, "status", statuses[result->status]);
    write_value(out, "needs", result->needs);
    write_value(out, "programs", result->programs);
    write_value(out, "holds", result->holds);
    write_value(out, "because", result->because);
    for (size_t i = 0; i < result->field_count; i++) {
        char key[64];
        snprintf(key, sizeof key, "field %s", result->fields[i].key);
        write_value(out, key, result->fields[i].value);
    }
}

static void write_parts(FILE *out, const struct grading *grading)
{
    for (size_t i = 0; i < grading->source_count; i++) {
        write_value(out, "source", grading->sources[i].name);
        write_bytes(out, "text", grading->sources[i].text, grading->sources[i].length);
        write_value(out, "said", grading->sources[i].said);
    }
    for (size_t i = 0; i < grading->build_count; i++) {
        const struct build *build = &grading->builds[i];
        write_value(out, "build", build->name);
        fprintf(out, "variant %zu\ndone %d\nbuilt %d\nwall %.3f\ncpu %.3f\n", build->variant,
                build->done, build->built, build->wall, build->cpu);
        write_value(out, "broken", build->broken);
    }
    for (size_t i = 0; i < grading->result_count; i++)
        write_result(out, &grading->results[i]);
}

void write_record(FILE *out, const struct report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct grading *grading = &report->gradings[i];
        write_value(out, "lab", grading->lab);
        write_value(out, "language", grading->language[0] != '\0' ? grading->language : NULL);
        write_value(out, "isolation", isolation_name(grading->isolation));
        write_value(out, "refusal", grading->refusal);
        fprintf(out, "graded %lld\nwall %.3f\n", (long long)grading->graded, grading->wall);
        write_parts(out, grading);
        fputs(CLOSED "\n", out);
    }
}

/* ---- reading ----------------------------------------------------------------------------- */

/* Returns the length: a NUL may be among the bytes. */
static size_t unescape(char *value)
{
    char *to = value;
    for (const char *from = value; *from != '\0'; from++) {
        if (from[0] != '\\' || from[1] == '\0') {
            *to++ = *from;
            continue;
        }
        from++;
        *to++ = *from == 'n' ? '\n' : *from == '0' ? '\0' : *from;
    }
    *to = '\0';
    return (size_t)(to - value);
}

static char *copied(const char *value)
{
    char *copy = strdup(value);
    if (copy == NULL)
        abort();
    return copy;
}

static void add_field(struct result *result, const char *key, const char *value)
{
    result->fields = grown(result->fields, result->field_count, sizeof *result->fields);
    result->fields[result->field_count++] = (struct field){copied(key), copied(value)};
}

static void set_status(struct result *result, const char *name)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (strcmp(statuses[i], name) == 0)
            result->status = (enum status)i;
}

/* Cuts a line in two at its first blank. Returns its value, or NULL when it has none. */
static char *cut(char *line)
{
    char *blank = strchr(line, ' ');
    if (blank == NULL)
        return NULL;
    *blank = '\0';
    return blank + 1;
}

bool record_read_check(struct result *result, char *record)
{
    bool whole = false, ours = false;
    for (char *line; (line = strsep(&record, "\n")) != NULL;) {
        char *value = cut(line);
        if (value != NULL)
            unescape(value);
        if (value == NULL)
            whole |= strcmp(line, "end") == 0;
        else if (strcmp(line, "check") == 0)
            ours = strcmp(value, result->name) == 0;
        else if (strcmp(line, "status") == 0)
            set_status(result, value);
        else if (strcmp(line, "cpu") == 0)
            result->cpu = strtod(value, NULL);
        else
            add_field(result, line, value);
    }
    return whole && ours && result->status != PENDING;
}

/* What a key is of: the kinds of thing that a record tells of, one after the other. */
enum part { NOTHING, GRADING, SOURCE, BUILD, RESULT };

/* A value that is copied to where a pointer stands, or read as a number. */
static void read_text(char **to, const char *value)
{
    free(*to);
    *to = copied(value);
}

static bool read_grading(struct grading *grading, const char *key, const char *value)
{
    if (strcmp(key, "isolation") == 0)
        return isolation_named(value, &grading->isolation);
    if (strcmp(key, "language") == 0)
        snprintf(grading->language, sizeof grading->language, "%s", value);
    else if (strcmp(key, "refusal") == 0)
        read_text(&grading->refusal, value);
    else if (strcmp(key, "graded") == 0)
        grading->graded = (time_t)strtoll(value, NULL, 10);
    else if (strcmp(key, "wall") == 0)
        grading->wall = strtod(value, NULL);
    else
        return false;
    return true;
}

static bool read_source(struct source *source, const char *key, const char *value,
                        size_t length)
{
    if (strcmp(key, "said") == 0) {
        read_text(&source->said, value);
        return true;
    }
    if (strcmp(key, "text") != 0)
        return false;
    free(source->text);
    source->text = calloc(length + 1, 1);
    if (source->text == NULL)
        abort();
    memcpy(source->text, value, length);
    source->length = length;
    return true;
}

static bool read_build(struct build *build, const char *key, const char *value)
{
    if (strcmp(key, "variant") == 0)
        build->variant = strtoul(value, NULL, 10);
    else if (strcmp(key, "done") == 0)
        build->done = value[0] == '1';
    else if (strcmp(key, "built") == 0)
        build->built = value[0] == '1';
    else if (strcmp(key, "wall") == 0)
        build->wall = strtod(value, NULL);
    else if (strcmp(key, "cpu") == 0)
        build->cpu = strtod(value, NULL);
    else if (strcmp(key, "broken") == 0)
        read_text(&build->broken, value);
    else
        return false;
    return true;
}

static bool read_result(struct result *result, const char *key, char *value)
{
    if (strcmp(key, "status") == 0)
        set_status(result, value);
    else if (strcmp(key, "points") == 0)
        result->points = atoi(value);
    else if (strcmp(key, "wall") == 0)
        result->wall = strtod(value, NULL);
    else if (strcmp(key, "cpu") == 0)
        result->cpu = strtod(value, NULL);
    else if (strcmp(key, "needs") == 0)
        read_text(&result->needs, value);
    else if (strcmp(key, "programs") == 0)
        read_text(&result->programs, value);
    else if (strcmp(key, "holds") == 0)
        read_text(&result->holds, value);
    else if (strcmp(key, "because") == 0)
        read_text(&result->because, value);
    else if (strcmp(key, "field") == 0 && strchr(value, ' ') != NULL)
        add_field(result, value, cut(value));
    else
        return false;
    return true;
}

/* Begins a source, a build or a check. */
static enum part begin_part(struct grading *grading, const char *key, const char *value)
{
    if (strcmp(key, "source") == 0) {
        grading->sources =
            grown(grading->sources, grading->source_count, sizeof *grading->sources);
        struct source *source = &grading->sources[grading->source_count++];
        *source = (struct source){.name = copied(value), .text = copied("")};
        return SOURCE;
    }
    if (strcmp(key, "build") == 0) {
        grading->builds = grown(grading->builds, grading->build_count, sizeof *grading->builds);
        struct build *build = &grading->builds[grading->build_count++];
        snprintf(build->name, sizeof build->name, "%s", value);
        return BUILD;
    }
    if (strcmp(key, "check") == 0) {
        grading->results =
            grown(grading->results, grading->result_count, sizeof *grading->results);
        grading->results[grading->result_count++].name = copied(value);
        return RESULT;
    }
    return NOTHING;
}

static bool read_line(struct grading *grading, enum part *part, const char *key, char *value,
                      size_t length)
{
    enum part begun = begin_part(grading, key, value);
    if (begun != NOTHING) {
        *part = begun;
        return true;
    }
    if (*part == SOURCE)
        return read_source(&grading->sources[grading->source_count - 1], key, value, length);
    if (*part == BUILD)
        return read_build(&grading->builds[grading->build_count - 1], key, value);
    if (*part == RESULT)
        return read_result(&grading->results[grading->result_count - 1], key, value);
    return read_grading(grading, key, value);
}

/* Returns whether the line belongs there; a new grading begins with its lab. */
static bool take_line(char *line, struct grading **gradings, size_t *count, enum part *part)
{
    char *value = cut(line);
    if (value == NULL && strcmp(line, CLOSED) == 0 && *part != NOTHING) {
        *part = NOTHING;
        return true;
    }
    if (value == NULL)
        return false;
    size_t length = unescape(value);
    if (*part != NOTHING)
        return read_line(&(*gradings)[*count - 1], part, line, value, length);
    if (strcmp(line, "lab") != 0)
        return false;
    *gradings = grown(*gradings, *count, sizeof **gradings);
    (*gradings)[(*count)++].lab = copied(value);
    *part = GRADING;
    return true;
}

/* Texts that a check always has: reports need not ask. */
static void complete(struct grading *grading)
{
    for (size_t i = 0; i < grading->result_count; i++) {
        struct result *result = &grading->results[i];
        char **texts[] = {&result->needs, &result->programs, &result->holds};
        for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++)
            if (*texts[j] == NULL)
                *texts[j] = copied("");
    }
}

char *record_read(FILE *in, struct grading **gradings, size_t *count)
{
    char *line = NULL, *wrong = NULL;
    size_t size = 0, number = 0, before = *count;
    enum part part = NOTHING;
    for (ssize_t length; wrong == NULL && (length = getline(&line, &size, in)) != -1;) {
        number++;
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (!take_line(line, gradings, count, &part) &&
            asprintf(&wrong, "line %zu is no line of a record", number) == -1)
            abort();
    }
    free(line);
    if (wrong == NULL && (part != NOTHING || *count == before))
        wrong = copied(*count == before ? "it holds no grading" : "it was cut short");
    for (size_t i = before; i < *count; i++)
        complete(&(*gradings)[i]);
    return wrong;
}
