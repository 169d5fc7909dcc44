/* Placing; see collect_place.h. */
#define _GNU_SOURCE
#include "tests/class/collect_place.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    FILES = 8,
    LISTED = 50 /* of one student, in not-placed.tsv */
};

/* A file that may be a lab's. */
struct candidate {
    const struct entry *entry; /* NULL: none yet */
    int lab, file;
    unsigned long version; /* of Canvas: how often it was handed in before */
    bool named;            /* the lab is told by a folder */
    bool usable;
    size_t depth;
    const char *time;
};

/* One student's work in progress. */
struct work {
    struct collection *collection;
    const struct student *student;
    const struct handed *handed;
    struct entries entries;
    struct candidate (*best)[FILES]; /* for each lab and file */
    struct candidate *others;        /* of which another was better */
    size_t other_count;
    size_t listed, more; /* lines of not-placed.tsv, and what was too much for it */
};

/* ---- records ------------------------------------------------------------------------------------- */

static char *columns(const char *number, const char *path, const char *reason,
                     const char *submissions)
{
    char *line;
    size_t length;
    FILE *memory = open_memstream(&line, &length);
    if (memory == NULL)
        abort();
    fprintf(memory, "%s\t", number);
    column(memory, path);
    fputc('\t', memory);
    column(memory, reason);
    if (submissions != NULL) {
        fputc('\t', memory);
        column(memory, submissions);
    }
    fclose(memory);
    return line;
}

/* A path of many folders with long names is cut in its middle. */
static char *shortened(const char *path)
{
    enum { LONGEST = 400, BEGIN = 250, END = 100 };
    size_t length = strlen(path);
    char *text;
    if (length <= LONGEST)
        return strdup(path);
    if (asprintf(&text, "%.*s...%s", BEGIN, path, path + length - END) == -1)
        abort();
    return text;
}

static char *sentence(const char *path, const char *reason)
{
    char *text;
    size_t length;
    FILE *memory = open_memstream(&text, &length);
    if (memory == NULL)
        abort();
    column(memory, path);
    fputs(": ", memory);
    column(memory, reason);
    fclose(memory);
    return text;
}

void not_placed(struct ledger *ledger, unsigned number, const char *path, const char *reason)
{
    char text[16] = "", *shown = shortened(path), *why = shortened(reason);
    if (number > 0)
        snprintf(text, sizeof text, "%04u", number);
    lines_add(&ledger->unplaced, columns(text, shown, why, ledger->submissions));
    ledger->unplaced_count++;
    if (ledger->shown.count < SHOWN)
        lines_add(&ledger->shown, sentence(shown, why));
    free(shown);
    free(why);
}

void not_counted(struct ledger *ledger, const char *kind)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (ledger->kinds[i].kind == NULL)
            ledger->kinds[i].kind = kind;
        if (strcmp(ledger->kinds[i].kind, kind) == 0) {
            ledger->kinds[i].count++;
            return;
        }
    }
}

static void refuse(struct work *work, const struct entry *entry, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void refuse(struct work *work, const struct entry *entry, const char *format, ...)
{
    va_list arguments;
    char *reason;
    if (work->listed == LISTED) {
        work->more++;
        return;
    }
    work->listed++;
    va_start(arguments, format);
    if (vasprintf(&reason, format, arguments) == -1)
        abort();
    va_end(arguments);
    not_placed(&work->collection->ledger, work->student->number, entry->path, reason);
    free(reason);
}

/* ---- what is nobody's work --------------------------------------------------------------------- */

static bool is_word(const char *const *words, const char *name, size_t length)
{
    for (; *words != NULL; words++)
        if (strlen(*words) == length && memcmp(*words, name, length) == 0)
            return true;
    return false;
}

/* Whether the folder that ends at `length` of a path also holds `labs`, as the kit does. */
static bool is_kit(const struct work *work, const char *path, size_t length)
{
    for (size_t i = 0; i < work->entries.count; i++) {
        const char *other = work->entries.all[i].path;
        if (strncmp(other, path, length) == 0 && strncmp(other + length, "labs/", 5) == 0)
            return true;
    }
    return false;
}

static const char *kind_of(const struct work *work, const struct entry *entry)
{
    static const char *const kit[] = {"build", "common", "docs", "solutions", "tests", NULL};
    const char *at = entry->path + entry->own;
    while (*at != '\0') {
        size_t length = strcspn(at, "/");
        const char *kind = junk_kind(at, length);
        if (kind != NULL)
            return kind;
        if (at[length] == '/' && is_word(kit, at, length) &&
            is_kit(work, entry->path, (size_t)(at - entry->path)))
            return "of the kit itself";
        at += length + (at[length] == '/');
    }
    return NULL;
}

/* ---- which lab and file ------------------------------------------------------------------------ */

/* The deepest folder, or archive, that is named as a lab. */
static int lab_of(const struct work *work, const struct entry *entry)
{
    static const char *const ends[] = {".zip",     ".tar",    ".tgz",     ".tar.gz",
                                       ".tar.bz2", ".tar.xz", ".tar.zst", NULL};
    const char *at = entry->path + entry->own;
    int lab = -1;
    for (size_t length; at[length = strcspn(at, "/")] == '/'; at += length + 1) {
        int found = lab_named(&work->collection->labs, at, length);
        for (size_t i = 0; ends[i] != NULL && found == -1; i++) {
            size_t end = strlen(ends[i]);
            if (length > end && strncasecmp(at + length - end, ends[i], end) == 0)
                found = lab_named(&work->collection->labs, at, length - end);
        }
        lab = found != -1 ? found : lab;
    }
    return lab;
}

/* Takes Canvas' `-2` off the name `server-2.c`, which is then written to `plain`. */
static unsigned long version_of(const char *name, char *plain, size_t size)
{
    const char *dash = strrchr(name, '-');
    char *end = NULL;
    unsigned long version = dash != NULL ? strtoul(dash + 1, &end, 10) : 0;
    if (dash == NULL || dash[1] < '0' || dash[1] > '9' || *end != '.') {
        snprintf(plain, size, "%s", name);
        return 0;
    }
    snprintf(plain, size, "%.*s%s", (int)(dash - name), name, end);
    return version;
}

/* A canvas submission's version is that of what was handed in: of the archive, where the file
 * lies in one. */
static const char *file_name(const struct work *work, const struct entry *entry,
                             struct candidate *candidate, char *plain, size_t size)
{
    const char *own = entry->path + entry->own, *slash = strrchr(own, '/');
    const char *name = slash != NULL ? slash + 1 : own;
    snprintf(plain, size, "%s", name);
    if (!work->collection->versions)
        return plain;
    char first[256];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(own, "/"), own);
    char *target = slash == NULL ? plain : first;
    candidate->version = version_of(slash == NULL ? name : first, target, 256);
    return plain;
}

static size_t slashes(const char *path)
{
    size_t count = 0;
    for (; *path != '\0'; path++)
        count += *path == '/';
    return count;
}

static const char *problem(const struct entry *entry)
{
    return entry->kind == ENTRY_UNUSABLE    ? entry->wrong
           : entry->kind == ENTRY_DIRECTORY ? "is a directory"
           : entry->size > LARGEST_SOURCE   ? "is larger than 1 MiB"
                                            : NULL;
}

/* Of two files for one place: which counts. Equal in all, the later one in the list does, as it
 * would overwrite the other when an archive is unpacked. */
static bool is_better(const struct candidate *one, const struct candidate *other)
{
    if (one->usable != other->usable)
        return one->usable;
    if (strcmp(one->time, other->time) != 0)
        return strcmp(one->time, other->time) > 0;
    if (one->version != other->version)
        return one->version > other->version;
    if (one->named != other->named)
        return one->named;
    if (one->depth != other->depth)
        return one->depth < other->depth;
    return strcmp(one->entry->path, other->entry->path) <= 0;
}

static void enter(struct work *work, const struct candidate *candidate)
{
    struct candidate *best = &work->best[candidate->lab][candidate->file];
    struct candidate other = *candidate;
    if (best->entry == NULL || is_better(candidate, best)) {
        other = *best;
        *best = *candidate;
    }
    if (other.entry == NULL)
        return;
    work->others = reallocarray(work->others, work->other_count + 1, sizeof *work->others);
    if (work->others == NULL)
        abort();
    work->others[work->other_count++] = other;
}

static void list_others(struct work *work)
{
    for (size_t i = 0; i < work->other_count; i++) {
        const struct candidate *other = &work->others[i];
        const struct lab *lab = &work->collection->labs.all[other->lab];
        refuse(work, other->entry, "is one more %s/%s: taken was %s", lab->name,
               lab->files[other->file], work->best[other->lab][other->file].entry->path);
    }
}

/* Finds the lab's place of a file. Returns why it has none; `*other_lab` when it is none that was
 * asked for. */
static const char *find_place(const struct work *work, struct candidate *candidate,
                              const char *name, bool *other_lab)
{
    const struct collection *collection = work->collection;
    int lab = lab_of(work, candidate->entry);
    candidate->named = lab != -1;
    candidate->lab = lab != -1 ? lab : collection->only;
    if (candidate->lab == -1)
        return "no lab can be told from its folders: say --lab";
    *other_lab = collection->only != -1 && candidate->lab != collection->only;
    candidate->file = lab_file(&collection->labs.all[candidate->lab], name, strlen(name));
    return candidate->file == -1 ? "is no file of its lab" : NULL;
}

static void consider(struct work *work, const struct entry *entry)
{
    struct candidate candidate = {.entry = entry, .depth = slashes(entry->path + entry->own)};
    char name[256];
    file_name(work, entry, &candidate, name, sizeof name);
    bool known = any_lab_file(&work->collection->labs, name, strlen(name)), other_lab = false;
    if (entry->kind == ENTRY_MISPLACED || (entry->kind == ENTRY_UNUSABLE && !known)) {
        refuse(work, entry, "%s", entry->wrong);
    } else if (!known) {
        if (entry->kind == ENTRY_FILE)
            refuse(work, entry, "is not named as any lab's file");
    } else {
        const char *wrong = find_place(work, &candidate, name, &other_lab);
        candidate.usable = problem(entry) == NULL;
        candidate.time = work->handed[entry->handed].time;
        if (other_lab)
            not_counted(&work->collection->ledger, "of other labs than the one asked for");
        else if (wrong != NULL)
            refuse(work, entry, "%s", wrong);
        else
            enter(work, &candidate);
    }
}

/* ---- one student ----------------------------------------------------------------------------------- */

static void gather(struct work *work, size_t number)
{
    const struct handed *handed = &work->handed[number];
    for (size_t i = 0; i < handed->part.count; i++) {
        const struct entry *from = &work->collection->entries.all[handed->part.first + i];
        size_t length = strlen(from->path), own = handed->own;
        if (own >= length && from->kind == ENTRY_DIRECTORY)
            continue;
        struct entry *entry = entries_add(&work->entries, strdup(from->path), from->kind);
        char *path = entry->path;
        *entry = *from;
        entry->path = path;
        entry->own = own < length ? own : handed->part.start;
        entry->handed = number;
    }
}

static bool is_archive(enum content content)
{
    return content == ARCHIVE_TAR || content == ARCHIVE_ZIP || content == ARCHIVE_COMPRESSED;
}

/* A report written with an office program is a zip too, and none to look into. */
static bool is_document(const char *path)
{
    static const char *const ends[] = {".docx", ".xlsx", ".pptx", ".odt",
                                       ".ods",  ".odp",  ".hwpx"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t length = strlen(path), end = strlen(ends[i]);
        if (length > end && strcasecmp(path + length - end, ends[i]) == 0)
            return true;
    }
    return false;
}

/* Opens every archive, those in archives too: the list grows while it is gone through. An opened
 * one is marked as a folder. */
static bool open_archives(struct work *work)
{
    struct collection *collection = work->collection;
    struct allowance allowance = student_allowance();
    for (size_t i = 0; i < work->entries.count; i++) {
        struct entry *entry = &work->entries.all[i];
        char *why;
        if (entry->kind != ENTRY_FILE || kind_of(work, entry) != NULL ||
            is_document(entry->path) || !is_archive(entry_content(&collection->source, entry)))
            continue;
        enum unpacked result = archive_open(&collection->source, entry, collection->level,
                                            &allowance, &work->entries, &why);
        entry = &work->entries.all[i];
        if (result == UNPACK_FAILED)
            return false;
        entry->kind = ENTRY_DIRECTORY;
        if (result == NOT_UNPACKED)
            refuse(work, entry, "%s", why);
        free(why);
    }
    return true;
}

static void look_at(struct work *work, struct entry *entry)
{
    struct ledger *ledger = &work->collection->ledger;
    const char *kind = kind_of(work, entry);
    enum content content = ORDINARY;
    if (kind == NULL && entry->kind == ENTRY_FILE)
        content = entry_content(&work->collection->source, entry);
    if (kind == NULL && content == COMPILED)
        kind = "made by a compiler";
    const char *slash = strrchr(entry->path, '/');
    const char *name = slash != NULL ? slash + 1 : entry->path;
    bool looked_into = entry->kind == ENTRY_DIRECTORY && junk_kind(name, strlen(name)) == NULL;
    if (kind != NULL && !looked_into)
        not_counted(ledger, kind);
    else if (kind == NULL && content == ARCHIVE_FOREIGN)
        refuse(work, entry, "is an archive of a form that is not opened: zip or tar is");
    else if (kind == NULL)
        consider(work, entry);
}

/* Stages a file that was chosen. Returns false when this machine failed. What is no good is
 * told in `refused`, and an earlier run's file taken away: the later submission counts. */
static bool stage_one(struct work *work, const struct candidate *best, FILE *refused)
{
    const struct collection *collection = work->collection;
    const struct lab *lab = &collection->labs.all[best->lab];
    const char *file = lab->files[best->file], *wrong = problem(best->entry);
    size_t length = 0;
    char *data = NULL;
    if (wrong == NULL && (data = entry_read(&collection->source, best->entry, &length)) == NULL)
        wrong = "cannot be read";
    if (wrong != NULL) {
        fprintf(refused, "%s %s\n", file, wrong);
        refuse(work, best->entry, "%s", wrong);
    }
    bool good = stage(collection->out, work->student->number, lab->name, file, data, length);
    int error = errno;
    free(data);
    errno = error;
    return good;
}

static void record(struct work *work, int lab, const struct candidate *best)
{
    struct collection *collection = work->collection;
    char number[16];
    bool late = false;
    const char *time = "";
    snprintf(number, sizeof number, "%04u", work->student->number);
    for (size_t i = 0; i < FILES; i++)
        if (best[i].entry != NULL) {
            late |= work->handed[best[i].entry->handed].late;
            if (strcmp(best[i].time, time) > 0)
                time = best[i].time;
        }
    lines_add(&collection->ledger.submitted,
              columns(number, collection->labs.all[lab].name, time, late ? "late" : ""));
    collection->placed[lab]++;
}

static bool stage_lab(struct work *work, int lab)
{
    const struct candidate *best = work->best[lab];
    char *text = NULL;
    size_t length, found = 0;
    FILE *refused = open_memstream(&text, &length);
    if (refused == NULL)
        return false;
    bool good = true;
    for (size_t i = 0; i < FILES && good; i++)
        if (best[i].entry != NULL) {
            found++;
            good = stage_one(work, &best[i], refused);
        }
    int error = errno;
    fclose(refused);
    errno = error;
    if (good && found > 0) {
        good = stage(work->collection->out, work->student->number,
                     work->collection->labs.all[lab].name, "refused", length > 0 ? text : NULL,
                     length);
        record(work, lab, best);
    }
    error = errno;
    free(text);
    errno = error;
    return good;
}

/* Records something about all that the student handed in, named as the first of it. */
static void refuse_all(struct work *work, const char *reason)
{
    const struct part *part = &work->handed[0].part;
    const char *first = work->collection->entries.all[part->first].path;
    char *path = strndup(first, part->start + part->length);
    not_placed(&work->collection->ledger, work->student->number, path, reason);
    free(path);
}

static bool place(struct work *work)
{
    struct collection *collection = work->collection;
    size_t before = collection->ledger.unplaced_count;
    if (!open_archives(work))
        return false;
    for (size_t i = 0; i < work->entries.count; i++)
        look_at(work, &work->entries.all[i]);
    list_others(work);
    bool good = true, any = false;
    for (size_t lab = 0; lab < collection->labs.count && good; lab++) {
        size_t count = collection->ledger.submitted.count;
        good = stage_lab(work, (int)lab);
        any |= collection->ledger.submitted.count > count;
    }
    if (good && !any && collection->ledger.unplaced_count == before)
        refuse_all(work, "holds no lab's file");
    if (work->more > 0) {
        char reason[64];
        snprintf(reason, sizeof reason, "and %zu more that were not placed", work->more);
        refuse_all(work, reason);
    }
    return good;
}

bool place_student(struct collection *collection, const struct student *student,
                   const struct handed *handed, size_t count)
{
    struct work work = {.collection = collection, .student = student, .handed = handed};
    off_t end = collection->source.end;
    work.best = calloc(collection->labs.count, sizeof *work.best);
    if (work.best == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        gather(&work, i);
    bool good = place(&work);
    int error = errno;
    entries_free(&work.entries);
    free(work.best);
    free(work.others);
    collection->source.end = end; /* what this student's archives held is used no more */
    if (collection->source.spool != -1 && ftruncate(collection->source.spool, end) == -1 &&
        good)
        return false;
    errno = error;
    return good;
}
