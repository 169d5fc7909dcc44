/* Labs and their files; see collect_labs.h. */
#define _GNU_SOURCE
#include "tests/class/collect_labs.h"

#include <stdlib.h>
#include <string.h>

#include "tests/grader/grading.h"
#include "tests/grader/text.h"

/* The files of a lab are those of its programs. */
static char *take_files(struct lab *lab, const struct grading *table)
{
    enum { MOST = sizeof lab->files / sizeof lab->files[0] - 1 };
    size_t count = 0;
    lab->name = text("%s", table->lab);
    for (size_t i = 0; i < table->build_count; i++) {
        if (table->builds[i].variant != 0)
            continue;
        if (count == MOST)
            return text("%s has more than %d files", table->lab, MOST);
        lab->files[count++] = text("%s.c", table->builds[i].name);
    }
    return NULL;
}

char *labs_ask(struct labs *labs)
{
    struct grading *tables;
    char *wrong = labs_read(&tables, &labs->count);
    labs->all = calloc(labs->count + 1, sizeof *labs->all);
    if (labs->all == NULL)
        abort();
    for (size_t i = 0; i < labs->count; i++) {
        if (wrong == NULL)
            wrong = take_files(&labs->all[i], &tables[i]);
        grading_free(&tables[i]);
    }
    free(tables);
    return wrong;
}

void labs_free(struct labs *labs)
{
    for (size_t i = 0; i < labs->count; i++) {
        free(labs->all[i].name);
        for (char **file = labs->all[i].files; *file != NULL; file++)
            free(*file);
    }
    free(labs->all);
    *labs = (struct labs){.count = 0};
}

static bool same(const char *word, const char *name, size_t length)
{
    return strlen(word) == length && memcmp(word, name, length) == 0;
}

int lab_named(const struct labs *labs, const char *name, size_t length)
{
    for (size_t i = 0; i < labs->count; i++)
        if (same(labs->all[i].name, name, length))
            return (int)i;
    return -1;
}

int lab_file(const struct lab *lab, const char *name, size_t length)
{
    for (int i = 0; lab->files[i] != NULL; i++)
        if (same(lab->files[i], name, length))
            return i;
    return -1;
}

bool any_lab_file(const struct labs *labs, const char *name, size_t length)
{
    for (size_t i = 0; i < labs->count; i++)
        if (lab_file(&labs->all[i], name, length) != -1)
            return true;
    return false;
}
