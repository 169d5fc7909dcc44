/* An instructor's own points; see rubric.h. */
#define _GNU_SOURCE
#include "tests/grader/rubric.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/grader/text.h"
#include "tests/messages/messages.h"

enum { DAY = 24 * 60 * 60, MOST_POINTS = 1000 };

/* ---- reading ----------------------------------------------------------------------------- */

bool time_read(const char *from, time_t *time)
{
    static const char *const forms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
                                        "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct tm parts = {.tm_isdst = -1};
        const char *end = strptime(from, forms[i], &parts);
        if (end == NULL)
            continue;
        end += strspn(end, " ");
        struct tm local = parts;
        bool zoned = *end != '\0';
        if (zoned && ((end = strptime(end, "%z", &parts)) == NULL || *end != '\0'))
            continue;
        long offset = parts.tm_gmtoff; /* timegm() clears it */
        *time = zoned ? timegm(&parts) - offset : mktime(&local);
        return *time != (time_t)-1;
    }
    return false;
}

/* Reads a number from 0 to a maximum, and puts `*at` behind it and the blanks that follow. */
static bool take_number(char **at, int maximum, int *number)
{
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    errno = 0;
    long value = strtol(*at, &end, 10);
    if (errno != 0 || value > maximum)
        return false;
    *number = (int)value;
    *at = end + strspn(end, " \t");
    return true;
}

static bool take_words(char **at, const char *words)
{
    size_t length = strlen(words);
    if (strncmp(*at, words, length) != 0)
        return false;
    *at += length;
    *at += strspn(*at, " \t");
    return true;
}

/* Cuts off the first word. Returns it, or NULL at the end. */
static char *take_word(char **at)
{
    char *word = *at;
    size_t length = strcspn(word, " \t");
    if (length == 0)
        return NULL;
    *at = word + length;
    if (**at != '\0')
        *(*at)++ = '\0';
    *at += strspn(*at, " \t");
    return word;
}

static const char *take_weight(struct rubric *rubric, char *value, int line, bool left_out)
{
    struct weight weight = {.line = line, .left_out = left_out};
    const char *check = take_word(&value);
    if (check == NULL || (!left_out && !take_number(&value, MOST_POINTS, &weight.points)) ||
        *value != '\0')
        return left_out ? "leave-out takes a check, as 02-fork/any-family"
                        : "points takes a check and a whole number up to 1000, as "
                          "02-fork/any-family 10";
    weight.check = text("%s", check);
    rubric->weights = grown(rubric->weights, rubric->weight_count, sizeof weight);
    rubric->weights[rubric->weight_count++] = weight;
    return NULL;
}

static const char *take_due(struct rubric *rubric, char *value, int line)
{
    struct due due = {.line = line};
    const char *lab = take_word(&value);
    if (lab == NULL || !time_read(value, &due.time))
        return "due takes a lab and a time, as 02-fork 2026-11-20 23:59 +0900";
    for (size_t i = 0; i < rubric->due_count; i++)
        if (strcmp(rubric->dues[i].lab, lab) == 0)
            return "this lab has been given a time already";
    due.lab = text("%s", lab);
    due.shown = text("%s", value);
    rubric->dues = grown(rubric->dues, rubric->due_count, sizeof due);
    rubric->dues[rubric->due_count++] = due;
    return NULL;
}

static const char *take_late(struct rubric *rubric, char *value)
{
    bool right = take_number(&value, 100, &rubric->late) && take_words(&value, "% a day");
    if (right && *value != '\0')
        right = take_words(&value, ",") && take_number(&value, 1000, &rubric->days) &&
                (take_words(&value, "days") || take_words(&value, "day")) && *value == '\0';
    return right ? NULL
                 : "late is written as: 10 % a day, 5 days (or without the number of days)";
}

static const char *take_setting(struct rubric *rubric, const char *key, char *value, int line)
{
    if (strcmp(key, "points") == 0 || strcmp(key, "leave-out") == 0)
        return take_weight(rubric, value, line, key[0] == 'l');
    if (strcmp(key, "due") == 0)
        return take_due(rubric, value, line);
    if (strcmp(key, "late") == 0)
        return take_late(rubric, value);
    if (strcmp(key, "name") == 0) {
        free(rubric->name);
        rubric->name = text("%s", value);
        return value[0] != '\0' ? NULL : "name takes words";
    }
    if (strcmp(key, "grace") == 0)
        return take_number(&value, 7 * 24 * 60, &rubric->grace) &&
                       (take_words(&value, "minutes") || take_words(&value, "minute")) &&
                       *value == '\0'
                   ? NULL
                   : "grace is written as: 15 minutes";
    if (strcmp(key, "free-days") == 0)
        return take_number(&value, 1000, &rubric->free_days) && *value == '\0'
                   ? NULL
                   : "free-days takes a whole number";
    return "no such setting; there are name, points, leave-out, due, late, grace and free-days";
}

static const char *take_line(struct rubric *rubric, char *line, int number)
{
    line[strcspn(line, "#\r\n")] = '\0';
    for (size_t end = strlen(line); end > 0 && strchr(" \t", line[end - 1]) != NULL; end--)
        line[end - 1] = '\0';
    line += strspn(line, " \t");
    const char *key = take_word(&line);
    return key != NULL ? take_setting(rubric, key, line, number) : NULL;
}

char *rubric_read(struct rubric *rubric, const char *path)
{
    char *line = NULL, *wrong = NULL;
    size_t size = 0;
    const char *slash = strrchr(path, '/');
    *rubric = (struct rubric){.name = text("%s", slash != NULL ? slash + 1 : path)};
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return text("%s: %s", path, strerror(errno));
    for (int number = 1; wrong == NULL && getline(&line, &size, in) != -1; number++) {
        const char *why = take_line(rubric, line, number);
        if (why != NULL)
            wrong = text("%s:%d: %s", path, number, why);
    }
    if (wrong == NULL && ferror(in))
        wrong = text("%s: %s", path, strerror(errno));
    free(line);
    fclose(in);
    return wrong;
}

/* ---- applying ---------------------------------------------------------------------------- */

/* Tells whether a weight is about a check: by `LAB/check`, or by `check` alone. */
static bool is_about(const struct weight *weight, const char *lab, const char *check)
{
    const char *slash = strchr(weight->check, '/');
    if (slash == NULL)
        return strcmp(weight->check, check) == 0;
    return strlen(lab) == (size_t)(slash - weight->check) &&
           strncmp(weight->check, lab, strlen(lab)) == 0 && strcmp(slash + 1, check) == 0;
}

/* Tells whether a lab is among these; `length` as its name may be followed by a check's. */
static bool has_lab(const struct grading *labs, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(labs[i].lab) == length && strncmp(labs[i].lab, name, length) == 0)
            return true;
    return false;
}

static bool has_check(const struct grading *labs, size_t count, const struct weight *weight)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < labs[i].result_count; j++)
            if (is_about(weight, labs[i].lab, labs[i].results[j].name))
                return true;
    return false;
}

char *rubric_misfit(const struct rubric *rubric, const struct grading *labs, size_t count,
                    bool all)
{
    for (size_t i = 0; i < rubric->weight_count; i++) {
        const struct weight *weight = &rubric->weights[i];
        const char *slash = strchr(weight->check, '/');
        size_t length = slash != NULL ? (size_t)(slash - weight->check) : 0;
        bool elsewhere = !all && !has_lab(labs, count, weight->check, length);
        if (!elsewhere && !has_check(labs, count, weight))
            return text("%s, line %d: there is no check %s", rubric->name, weight->line,
                        weight->check);
    }
    for (size_t i = 0; all && i < rubric->due_count; i++) {
        const struct due *due = &rubric->dues[i];
        if (!has_lab(labs, count, due->lab, strlen(due->lab)))
            return text("%s, line %d: there is no lab %s", rubric->name, due->line, due->lab);
    }
    return NULL;
}

static const struct weight *weight_of(const struct rubric *rubric, const char *lab,
                                      const char *check)
{
    const struct weight *last = NULL;
    for (size_t i = 0; i < rubric->weight_count; i++)
        if (is_about(&rubric->weights[i], lab, check))
            last = &rubric->weights[i];
    return last;
}

/* Returns whether the check stays. */
static bool weigh(struct result *result, const struct weight *weight, FILE *words)
{
    if (weight == NULL)
        return true;
    if (weight->left_out) {
        fprintf(words, translated("\n%s is left out"), result->name);
        return false;
    }
    if (weight->points != result->points)
        fprintf(words, translated("\n%s gives %d points instead of %d"), result->name,
                weight->points, result->points);
    result->points = weight->points;
    return true;
}

static void weigh_all(const struct rubric *rubric, struct grading *grading, FILE *words)
{
    size_t kept = 0;
    for (size_t i = 0; i < grading->result_count; i++) {
        struct result *result = &grading->results[i];
        if (weigh(result, weight_of(rubric, grading->lab, result->name), words))
            grading->results[kept++] = *result;
        else
            result_free(result);
    }
    grading->result_count = kept;
}

static int days_late(const struct rubric *rubric, time_t due, time_t handed_in)
{
    if (handed_in <= due + rubric->grace * 60)
        return 0;
    return (int)((handed_in - due + DAY - 1) / DAY);
}

/* Tells what being late costs; `free` days are used up. */
static void deduct(const struct rubric *rubric, struct grading *grading, int late,
                   int *free_days, FILE *words)
{
    int used = late < *free_days ? late : *free_days;
    int maximum = grading_maximum(grading);
    *free_days -= used;
    late -= used;
    if (used > 0)
        fprintf(words, translated(", %d of the free days used"), used);
    bool too_late = rubric->days > 0 && late > rubric->days;
    int cost = too_late ? maximum : (maximum * rubric->late * late + 50) / 100;
    grading->deduction = cost < maximum ? cost : maximum;
    if (too_late)
        fprintf(words, translated(", later than the %d days accepted: all points off"),
                rubric->days);
    else
        fprintf(words, translated(": %d points off"), grading->deduction);
}

static void judge_time(const struct rubric *rubric, struct grading *grading,
                       const struct handed_in *handed_in, int *free_days, FILE *words)
{
    const struct due *due = NULL;
    for (size_t i = 0; i < rubric->due_count; i++)
        if (strcmp(rubric->dues[i].lab, grading->lab) == 0)
            due = &rubric->dues[i];
    if (due == NULL)
        return;
    fprintf(words, translated("\ndue %s"), due->shown);
    if (handed_in == NULL) {
        fputs(translated("; when it was handed in is not known: taken as in time"), words);
        return;
    }
    fprintf(words, translated("; handed in %s"), handed_in->shown);
    int late = days_late(rubric, due->time, handed_in->time);
    if (late == 0)
        fputs(translated(", in time"), words);
    else
        fprintf(words, late == 1 ? translated(", %d day late") : translated(", %d days late"),
                late);
    if (late > 0)
        deduct(rubric, grading, late, free_days, words);
}

void rubric_apply(const struct rubric *rubric, struct grading *gradings, size_t count,
                  const struct handed_in *times, size_t known)
{
    int free_days = rubric->free_days;
    for (size_t i = 0; i < count; i++) {
        const struct handed_in *handed_in = NULL;
        size_t length;
        FILE *words = open_memstream(&gradings[i].rubric, &length);
        if (words == NULL)
            abort();
        fputs(rubric->name, words);
        weigh_all(rubric, &gradings[i], words);
        for (size_t j = 0; j < known; j++)
            if (strcmp(times[j].lab, gradings[i].lab) == 0)
                handed_in = &times[j];
        judge_time(rubric, &gradings[i], handed_in, &free_days, words);
        if (fclose(words) != 0)
            abort();
    }
}

void rubric_free(struct rubric *rubric)
{
    for (size_t i = 0; i < rubric->weight_count; i++)
        free(rubric->weights[i].check);
    for (size_t i = 0; i < rubric->due_count; i++) {
        free(rubric->dues[i].lab);
        free(rubric->dues[i].shown);
    }
    free(rubric->weights);
    free(rubric->dues);
    free(rubric->name);
    *rubric = (struct rubric){0};
}
