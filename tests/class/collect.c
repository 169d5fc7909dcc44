/*
 * build/collect: finds the submissions of a class in what a platform exports, and stages the
 * labs' files, student by student, for grading. What it promises is told in --help, and in
 * docs/en/class-layouts.md.
 *
 * It grades nothing, and asks nobody's network. Left out: forms of archives other than zip and
 * tar, and telling people apart whose names are all that is known of them and are the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/class/collect_metadata.h"
#include "tests/class/collect_place.h"

enum { ALL_PLACED, SOME_NOT_PLACED, NOTHING_FOUND, NOT_DONE };

static const char help[] =
    "usage: collect --into OUT [--lab LAB] [--layout NAME] SUBMISSIONS\n"
    "\n"
    "Finds the submissions of a class and stages the labs' files for grading.\n"
    "\n"
    "  SUBMISSIONS      what a platform exports: a folder, or a zip or tar archive\n"
    "  --into OUT       where to: students.tsv, submitted.tsv, not-placed.tsv and\n"
    "                   staged/NUMBER/LAB/ with each student's files; what is there is kept,\n"
    "                   and added to\n"
    "  --lab LAB        only this lab; files in no lab's folder are taken to be of it\n"
    "  --layout NAME    gradescope, moodle, canvas, classroom or folders; without it, the one\n"
    "                   that fits best\n"
    "  --help           this\n"
    "\n"
    "Exit status: 0 all was placed, 1 something was not, 2 wrong usage or nothing found, 3 it\n"
    "could not do its work (what was staged stays).\n";

/* The command line. */
struct request {
    const char *into, *lab, *layout, *submissions;
};

/* What was handed in, by whom. */
struct pile {
    struct handed *all;
    size_t count;
};

static noreturn void wrong_usage(const char *what, const char *which)
{
    fprintf(stderr, "collect: %s%s%s\n", what, which[0] != '\0' ? ": " : "", which);
    fprintf(stderr, "usage: collect --into OUT [--lab LAB] [--layout %s] SUBMISSIONS\n",
            layout_names());
    exit(NOTHING_FOUND);
}

/* A failure of the sandbox, told better than by errno. */
static void tell_failure(const struct collection *collection)
{
    if (collection->source.failure == NULL)
        return;
    warn("no archive can be opened here: %s", collection->source.failure);
    exit(NOT_DONE);
}

static noreturn void cannot(const char *what, const char *which)
{
    warn_errno("%s %s", what, which);
    exit(NOT_DONE);
}

static bool is_layout(const char *name)
{
    const char *names = layout_names();
    for (size_t length; *names != '\0'; names += length + (names[length] == '|')) {
        length = strcspn(names, "|");
        if (strlen(name) == length && strncmp(name, names, length) == 0)
            return true;
    }
    return false;
}

static struct request read_request(int argc, char *argv[])
{
    static const struct option options[] = {{"into", required_argument, NULL, 'i'},
                                            {"lab", required_argument, NULL, 'l'},
                                            {"layout", required_argument, NULL, 'y'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct request request = {.into = NULL};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h') {
            fputs(help, stdout);
            exit(fflush(stdout) == 0 ? ALL_PLACED : NOT_DONE);
        }
        if (option == '?')
            wrong_usage("no such option, or one without its value", argv[optind - 1]);
        *(option == 'i'   ? &request.into
          : option == 'l' ? &request.lab
                          : &request.layout) = optarg;
    }
    if (request.into == NULL || argc - optind != 1)
        wrong_usage("--into OUT and SUBMISSIONS are needed, and nothing else", "");
    if (request.layout != NULL && !is_layout(request.layout))
        wrong_usage("no such layout", request.layout);
    request.submissions = argv[optind];
    return request;
}

/* ---- what there is ------------------------------------------------------------------------------- */

static void read_archive(struct collection *collection, int fd, const char *submissions)
{
    struct allowance allowance = class_allowance();
    char *why;
    switch (archive_open_fd(&collection->source, fd, collection->level, &allowance,
                            &collection->entries, &why)) {
    case UNPACKED:
        return;
    case NOT_UNPACKED:
        warn("%s: %s", submissions, why);
        exit(NOTHING_FOUND);
    case UNPACK_FAILED:
        tell_failure(collection);
        cannot("open", submissions);
    }
}

/* Archives are opened with the best isolation there is; looked for only where it may be asked. */
static void read_submissions(struct collection *collection, const struct request *request)
{
    struct stat status, out = {.st_ino = 0};
    int fd = open(request->submissions, O_RDONLY | O_CLOEXEC);
    if (fd == -1 || fstat(fd, &status) == -1) {
        warn_errno("open %s", request->submissions);
        exit(NOTHING_FOUND);
    }
    collection->source = (struct source){.directory = -1, .spool = temporary_file()};
    if (collection->source.spool == -1)
        cannot("make", "a temporary file");
    collection->level = isolation_available(ISOLATED);
    if (!S_ISDIR(status.st_mode)) {
        read_archive(collection, fd, request->submissions);
        close(fd);
    } else {
        collection->source.directory = fd;
        if (stat(request->into, &out) == -1)
            out.st_ino = 0;
        if (!list_folder(fd, &out, &collection->entries))
            cannot("read", request->submissions);
    }
    entries_sort(&collection->entries);
}

/* The name of what is collected from, an archive's ending taken off. */
static char *name_of(const char *submissions)
{
    char *path = realpath(submissions, NULL);
    char *name = strdup(path != NULL ? basename(path) : "");
    free(path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && strcasecmp(dot, ".zip") == 0)
        *dot = '\0';
    return name;
}

static noreturn void nothing_found(const struct request *request)
{
    fflush(stdout);
    warn("%s: nothing found that looks like submissions of students. Looked for, at the top or "
         "in an only folder there:",
         request->submissions);
    fprintf(stderr, "  gradescope  submission_NUMBER folders beside " METADATA_NAME "\n"
                    "  moodle      NAME_NUMBER_assignsubmission_file, folders or files\n"
                    "  canvas      files named NAME_NUMBER_NUMBER_FILE\n"
                    "  classroom   ASSIGNMENT-submissions with folders named ASSIGNMENT-LOGIN\n"
                    "  folders     a folder or archive for each student, not named as a lab\n");
    exit(NOTHING_FOUND);
}

/* ---- who handed in what --------------------------------------------------------------------------- */

static struct handed *pile_add(struct pile *pile, size_t student, const struct part *part,
                               size_t own)
{
    if ((pile->count & (pile->count - 1)) == 0)
        pile->all =
            reallocarray(pile->all, pile->count > 0 ? pile->count * 2 : 1, sizeof *pile->all);
    if (pile->all == NULL)
        cannot("allocate", "memory");
    struct handed *handed = &pile->all[pile->count++];
    *handed = (struct handed){.student = student, .part = *part, .own = own};
    return handed;
}

static char *part_path(const struct collection *collection, const struct part *part)
{
    return strndup(collection->entries.all[part->first].path, part->start + part->length);
}

static void read_metadata(struct collection *collection, const struct recognised *found,
                          struct submitters *submitters)
{
    char *path, *wrong = NULL;
    if (asprintf(&path, "%s%s" METADATA_NAME, found->base, found->base[0] != '\0' ? "/" : "") ==
        -1)
        abort();
    *submitters = (struct submitters){.count = 0};
    for (size_t i = 0; i < collection->entries.count; i++) {
        const struct entry *entry = &collection->entries.all[i];
        if (strcmp(entry->path, path) != 0)
            continue;
        size_t length;
        char *text = entry->kind == ENTRY_FILE && entry->size <= LARGEST_ARCHIVE
                         ? entry_read(&collection->source, entry, &length)
                         : NULL;
        wrong =
            text != NULL ? submitters_read(text, length, submitters) : strdup("cannot be read");
        free(text);
    }
    if (wrong != NULL)
        not_placed(&collection->ledger, 0, path, wrong);
    free(wrong);
    free(path);
}

/* A folder of a group goes to each of its students. */
static bool hand_to_submitters(struct collection *collection, struct roll *roll,
                               struct pile *pile, struct submitters *submitters,
                               const struct part *part, const struct owner *owner)
{
    bool any = false;
    for (size_t i = 0; i < submitters->count; i++) {
        struct submitter *one = &submitters->all[i];
        if (strlen(one->folder) != part->length ||
            strncmp(one->folder, part->name, part->length) != 0)
            continue;
        any = true;
        size_t student =
            roll_find(roll, strdup(one->id), strdup(one->email), strdup(one->name));
        pile_add(pile, student, part, owner->own)->time = strdup(one->time);
        if (one->time[0] == '\0')
            not_placed(&collection->ledger, roll->all[student].number, one->folder,
                       "tells no time of submission that could be understood");
        one->folder[0] = '\0'; /* has been found */
    }
    return any;
}

static void hand_out(struct collection *collection, const struct recognised *found,
                     struct roll *roll, struct pile *pile, struct submitters *submitters,
                     const struct part *part)
{
    struct owner owner;
    const char *kind = junk_kind(part->name, part->length);
    if (kind != NULL) {
        not_counted(&collection->ledger, kind);
        return;
    }
    char *path = part_path(collection, part);
    const char *wrong = owner_of(found, &collection->source, &collection->entries,
                                 &collection->labs, part, &owner);
    bool metadata = layout_has_metadata(found->layout);
    if (wrong != NULL) {
        if (!metadata || strcmp(path + part->start, METADATA_NAME) != 0)
            not_placed(&collection->ledger, 0, path, wrong);
    } else if (!metadata) {
        size_t student = roll_find(roll, owner.id, owner.login, owner.name);
        struct handed *handed = pile_add(pile, student, part, owner.own);
        handed->late = owner.late;
        handed->time = strdup("");
    } else {
        if (!hand_to_submitters(collection, roll, pile, submitters, part, &owner))
            not_placed(&collection->ledger, 0, path, "is not in " METADATA_NAME);
        free(owner.id);
        free(owner.login);
        free(owner.name);
    }
    free(path);
}

static void find_owners(struct collection *collection, const struct recognised *found,
                        struct roll *roll, struct pile *pile)
{
    struct submitters submitters = {.count = 0};
    if (layout_has_metadata(found->layout))
        read_metadata(collection, found, &submitters);
    for (struct part part = {.count = 0}; next_part(&collection->entries, found->base, &part);)
        hand_out(collection, found, roll, pile, &submitters, &part);
    for (size_t i = 0; i < submitters.count; i++) {
        struct submitter *one = &submitters.all[i];
        if (one->folder[0] == '\0')
            continue;
        size_t student =
            roll_find(roll, strdup(one->id), strdup(one->email), strdup(one->name));
        not_placed(&collection->ledger, roll->all[student].number, one->folder,
                   "is in " METADATA_NAME ", and its folder is missing");
    }
    submitters_free(&submitters);
}

/* What lies beside the folder of the students: above it there is nothing but other folders and
 * what is nobody's work. */
static void count_outside(struct collection *collection, const char *base)
{
    char *folder = strdup(base);
    for (char *slash; folder[0] != '\0';) {
        slash = strrchr(folder, '/');
        *(slash != NULL ? slash : folder) = '\0';
        for (struct part part = {.count = 0}; next_part(&collection->entries, folder, &part);) {
            const char *kind = junk_kind(part.name, part.length);
            if (kind != NULL)
                not_counted(&collection->ledger, kind);
        }
    }
    free(folder);
}

/* ---- records --------------------------------------------------------------------------------------- */

/* Lines of earlier runs stay, but for those that this run has written anew. */
static void keep_submitted(struct collection *collection)
{
    struct lines before, all = {.count = 0};
    if (!lines_read(collection->out, "submitted.tsv", &before))
        cannot("read", "submitted.tsv");
    const struct lines *now = &collection->ledger.submitted;
    for (size_t i = 0; i < before.count; i++) {
        const char *tab = strchr(before.all[i], '\t');
        size_t length = tab != NULL ? (size_t)(tab + 1 - before.all[i]) : 0;
        length += length > 0 ? strcspn(before.all[i] + length, "\t") : 0;
        bool again = false;
        for (size_t j = 0; j < now->count && !again; j++)
            again =
                strncmp(before.all[i], now->all[j], length) == 0 && now->all[j][length] == '\t';
        if (!again)
            lines_add(&all, strdup(before.all[i]));
    }
    for (size_t i = 0; i < now->count; i++)
        lines_add(&all, strdup(now->all[i]));
    lines_free(&before);
    lines_free(&collection->ledger.submitted);
    collection->ledger.submitted = all;
}

static int compare_lines(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void add_kinds(struct ledger *ledger)
{
    for (size_t i = 0; i < KINDS && ledger->kinds[i].kind != NULL; i++) {
        char *line;
        size_t length;
        FILE *memory = open_memstream(&line, &length);
        if (memory == NULL)
            abort();
        fprintf(memory, "\t\tnot looked at: %zu %s\t", ledger->kinds[i].count,
                ledger->kinds[i].kind);
        column(memory, ledger->submissions);
        fclose(memory);
        lines_add(&ledger->unplaced, line);
    }
}

/* What an earlier run could not place of something else is still not placed. */
static void keep_unplaced(struct collection *collection)
{
    struct lines before;
    struct ledger *ledger = &collection->ledger;
    char *end;
    size_t length;
    FILE *memory = open_memstream(&end, &length);
    if (memory == NULL || !lines_read(collection->out, "not-placed.tsv", &before))
        cannot("read", "not-placed.tsv");
    column(memory, ledger->submissions);
    fclose(memory);
    for (size_t i = 0; i < before.count; i++) {
        const char *tab = strrchr(before.all[i], '\t');
        if (tab == NULL || strcmp(tab + 1, end) != 0)
            lines_add(&ledger->unplaced, strdup(before.all[i]));
    }
    lines_free(&before);
    free(end);
}

static void write_records(struct collection *collection)
{
    struct ledger *ledger = &collection->ledger;
    keep_submitted(collection);
    if (ledger->submitted.count > 0)
        qsort(ledger->submitted.all, ledger->submitted.count, sizeof(char *), compare_lines);
    add_kinds(ledger);
    keep_unplaced(collection);
    if (!lines_write(collection->out, "submitted.tsv", &ledger->submitted))
        cannot("write", "submitted.tsv");
    if (!lines_write(collection->out, "not-placed.tsv", &ledger->unplaced))
        cannot("write", "not-placed.tsv");
}

static void say_layout(const struct recognised *found, const struct collection *collection,
                       bool forced)
{
    printf("layout: %s (%s): %zu of %zu entries are so%s", layout_name(found->layout),
           layout_shape(found->layout), found->matched, found->total,
           forced ? ", as you said" : "");
    if (found->base[0] != '\0') {
        printf(", in ");
        column(stdout, found->base);
    }
    if (found->prefix != NULL) {
        printf("; logins are what follows ");
        column(stdout, found->prefix);
    }
    printf("\narchives: opened %s\n", isolation_name(collection->level));
}

static void say_summary(const struct collection *collection, const struct roll *roll,
                        const char *into)
{
    const struct ledger *ledger = &collection->ledger;
    size_t added = 0;
    for (size_t i = 0; i < roll->count; i++)
        added += roll->all[i].is_new;
    printf("students: %zu, %zu of them new\nsubmissions:", roll->count, added);
    const char *separator = " ";
    for (size_t i = 0; i < collection->labs.count; i++)
        if (collection->placed[i] > 0) {
            printf("%s%s %zu", separator, collection->labs.all[i].name, collection->placed[i]);
            separator = ", ";
        }
    printf("%s\nnot placed: %zu\n", separator[0] == ' ' ? " none" : "", ledger->unplaced_count);
    for (size_t i = 0; i < ledger->shown.count; i++)
        printf("  %s\n", ledger->shown.all[i]);
    if (ledger->unplaced_count > ledger->shown.count)
        printf("  and %zu more: see %s/not-placed.tsv\n",
               ledger->unplaced_count - ledger->shown.count, into);
    for (size_t i = 0; i < KINDS && ledger->kinds[i].kind != NULL; i++)
        printf("not looked at: %zu %s\n", ledger->kinds[i].count, ledger->kinds[i].kind);
}

/* ---- all of it ------------------------------------------------------------------------------------- */

static int compare_handed(const void *left, const void *right)
{
    const struct handed *a = left, *b = right;
    if (a->student != b->student)
        return a->student < b->student ? -1 : 1;
    return a->part.first < b->part.first ? -1 : a->part.first > b->part.first;
}

static void place_all(struct collection *collection, const struct roll *roll, struct pile *pile)
{
    if (pile->count > 0)
        qsort(pile->all, pile->count, sizeof *pile->all, compare_handed);
    for (size_t first = 0, next; first < pile->count; first = next) {
        const struct student *student = &roll->all[pile->all[first].student];
        for (next = first; next < pile->count; next++)
            if (pile->all[next].student != pile->all[first].student)
                break;
        if (!place_student(collection, student, &pile->all[first], next - first)) {
            char number[16];
            snprintf(number, sizeof number, "%04u", student->number);
            tell_failure(collection);
            cannot("stage the files of student", number);
        }
    }
}

static void open_out(struct collection *collection, const char *into, struct roll *roll)
{
    collection->out = out_open(into);
    if (collection->out == -1 && errno == EWOULDBLOCK) {
        warn("%s: another collection is at work there", into);
        exit(NOT_DONE);
    }
    if (collection->out == -1)
        cannot("open", into);
    char *wrong = roll_read(collection->out, roll);
    if (wrong != NULL) {
        warn("%s/%s", into, wrong);
        exit(NOT_DONE);
    }
}

static void release(struct collection *collection, struct roll *roll, struct pile *pile,
                    struct recognised *found)
{
    for (size_t i = 0; i < pile->count; i++)
        free(pile->all[i].time);
    free(pile->all);
    roll_free(roll);
    free(found->base);
    free(found->prefix);
    free(collection->placed);
    entries_free(&collection->entries);
    labs_free(&collection->labs);
    lines_free(&collection->ledger.unplaced);
    lines_free(&collection->ledger.shown);
    lines_free(&collection->ledger.submitted);
}

static int collect(struct collection *collection, const struct request *request)
{
    struct roll roll;
    struct pile pile = {.count = 0};
    char *called = name_of(request->submissions);
    read_submissions(collection, request);
    struct recognised found = recognise(&collection->source, &collection->entries, called,
                                        &collection->labs, request->layout);
    free(called);
    if (found.layout == NULL)
        nothing_found(request);
    open_out(collection, request->into, &roll);
    say_layout(&found, collection, request->layout != NULL);
    collection->versions = layout_has_versions(found.layout);
    find_owners(collection, &found, &roll, &pile);
    count_outside(collection, found.base);
    if (!roll_write(collection->out, &roll)) /* before anything is staged under a number */
        cannot("write", "students.tsv");
    place_all(collection, &roll, &pile);
    size_t staged = collection->ledger.submitted.count;
    write_records(collection);
    say_summary(collection, &roll, request->into);
    bool all = collection->ledger.unplaced_count == 0;
    release(collection, &roll, &pile, &found);
    if (staged == 0)
        warn(
            "%s: students, but no file of a lab: the files of a lab are named as in labs/, and "
            "lie in a folder named as the lab, or --lab says which one it is",
            request->submissions);
    return staged == 0 ? NOTHING_FOUND : all ? ALL_PLACED : SOME_NOT_PLACED;
}

static void ask_labs(struct collection *collection, const struct request *request)
{
    char *wrong = labs_ask(&collection->labs);
    if (wrong != NULL) {
        warn("%s", wrong);
        exit(NOT_DONE);
    }
    if (request->lab != NULL) {
        collection->only = lab_named(&collection->labs, request->lab, strlen(request->lab));
        if (collection->only == -1)
            wrong_usage("no such lab", request->lab);
    }
    collection->placed = calloc(collection->labs.count, sizeof *collection->placed);
    if (collection->placed == NULL)
        cannot("allocate", "memory");
}

int main(int argc, char *argv[])
{
    close_range(STDERR_FILENO + 1, ~0u,
                CLOSE_RANGE_CLOEXEC); /* whatever the caller left open */
    signal(SIGXFSZ, SIG_IGN);         /* a limit on files is an error of write(2) */
    struct request request = read_request(argc, argv);
    struct collection collection = {.only = -1, .ledger = {.submissions = request.submissions}};
    if (access("/usr/bin/bsdtar", X_OK) == -1 || access("/usr/bin/bsdcat", X_OK) == -1) {
        warn("bsdtar is not installed: run tests/host/packages.sh class");
        return NOT_DONE;
    }
    ask_labs(&collection, &request);
    int status = collect(&collection, &request);
    if (ferror(stdout) | (fflush(stdout) != 0))
        cannot("write", "standard output");
    return status;
}
