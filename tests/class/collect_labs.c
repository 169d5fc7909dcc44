/* Labs and their files; see collect_labs.h. */
#define _GNU_SOURCE
#include "tests/class/collect_labs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/grader/grading.h"
#include "tests/grader/jobs.h"
#include "tests/grader/workspace.h"

/* The first line of a suite's list: `programs`, a tab, `server client`. */
static bool read_files(struct lab *lab, char *list)
{
    static const char word[] = "programs\t";
    enum { MOST = sizeof lab->files / sizeof lab->files[0] - 1 };
    list[strcspn(list, "\n")] = '\0';
    if (strncmp(list, word, sizeof word - 1) != 0)
        return false;
    char *rest = list + sizeof word - 1, *name;
    for (size_t i = 0; (name = strsep(&rest, " ")) != NULL; i++)
        if (i == MOST || asprintf(&lab->files[i], "%s.c", name) == -1)
            return false;
    return lab->files[0] != NULL;
}

static char *ask(struct lab *lab)
{
    struct job job = {.limit = 20};
    char *wrong = NULL;
    command_addf(&job.command, "%s/checks/%s", kit_directory(), lab->name);
    command_add(&job.command, "--list", NULL);
    job_start(&job);
    jobs_wait();
    if ((job.error != NULL || job.status != 0 || !read_files(lab, job.captures[0].data)) &&
        asprintf(&wrong, "the suite of %s does not list its programs", lab->name) == -1)
        abort();
    job_free(&job);
    return wrong;
}

char *labs_ask(struct labs *labs)
{
    char **names = labs_list(&labs->count), *wrong = NULL;
    if (names == NULL || labs->count == 0) {
        free(names);
        return strdup("no suite is built: run make");
    }
    labs->all = calloc(labs->count, sizeof *labs->all);
    if (labs->all == NULL)
        abort();
    for (size_t i = 0; i < labs->count; i++) {
        labs->all[i].name = names[i];
        if (wrong == NULL)
            wrong = ask(&labs->all[i]);
    }
    free(names);
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
