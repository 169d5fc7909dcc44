/*
 * Layouts; see collect_layout.h.
 *
 * Every layout has one folder in which the students' parts stand side by side. It may itself lie
 * in a folder or two that hold nothing else (a `BASE` here), as most exports do.
 *
 * gradescope   assignment_123_export/submission_metadata.yml
 *              assignment_123_export/submission_456/server.c
 * moodle       Kim Min-su_123456_assignsubmission_file_/server.c
 *              Kim Min-su_123456_assignsubmission_file/server.c
 *              Kim Min-su_123456_assignsubmission_file_server.c
 * canvas       kimminsu_12345_678901_server.c
 *              leejiwoo_LATE_12346_678902_server-1.c
 * classroom    fork-lab-submissions/fork-lab-LOGIN/labs/02-fork/server.c
 * folders      Kim Min-su/02-fork/server.c
 *              Kim Min-su.zip
 *
 * A name's end is what a student has written, so patterns are looked for from the left: a file
 * called `x_999_assignsubmission_file_server.c` stays with who handed it in.
 */
#define _GNU_SOURCE
#include "tests/class/collect_layout.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct layout {
    const char *name;
    const char *shape;   /* for people */
    const char *pattern; /* regex(7): before it is the person's name, behind it a file's */
    int id, late;        /* which of its groups tells these, or 0 */
    bool metadata, versions;
};

static const struct layout layouts[] = {
    {"gradescope", "submission_NUMBER beside " METADATA_NAME, "^submission_[0-9]+$", 0, 0, true,
     false},
    {"moodle", "NAME_NUMBER_assignsubmission_file",
     "_([0-9]+)_assignsubmission_(file|onlinetext)_?", 1, 0, false, false},
    {"canvas", "NAME_NUMBER_NUMBER_FILE", "(_LATE)?_([0-9]+)_([0-9]+)_", 2, 1, false, true},
    {"classroom", "ASSIGNMENT-LOGIN", NULL, 0, 0, false, false},
    {"folders", "one folder or archive for each student", NULL, 0, 0, false, false},
};

enum { LAYOUTS = sizeof layouts / sizeof layouts[0], GROUPS = 4, FOLDERS_CERTAINTY = 40 };

#define CLASSROOM (&layouts[3])
#define FOLDERS   (&layouts[4])

const char *layout_name(const struct layout *layout)
{
    return layout->name;
}

const char *layout_shape(const struct layout *layout)
{
    return layout->shape;
}

bool layout_has_metadata(const struct layout *layout)
{
    return layout->metadata;
}

bool layout_has_versions(const struct layout *layout)
{
    return layout->versions;
}

const char *layout_names(void)
{
    return "gradescope|moodle|canvas|classroom|folders";
}

/* ---- parts ------------------------------------------------------------------------------------- */

bool next_part(const struct entries *entries, const char *base, struct part *part)
{
    size_t start = strlen(base) + (base[0] != '\0'), at = part->first + part->count;
    for (; at < entries->count; at++) {
        const char *path = entries->all[at].path;
        if (strncmp(path, base, strlen(base)) == 0 && strlen(path) > start &&
            (start == 0 || path[start - 1] == '/'))
            break;
    }
    if (at == entries->count)
        return false;
    const char *path = entries->all[at].path;
    *part = (struct part){path + start, strcspn(path + start, "/"), start, at, 0, false};
    for (; at < entries->count; at++, part->count++) {
        const char *other = entries->all[at].path;
        size_t until = start + part->length;
        if (strncmp(path, other, until) != 0 || (other[until] != '\0' && other[until] != '/'))
            break;
        part->is_folder |= other[until] == '/' || entries->all[at].kind == ENTRY_DIRECTORY;
    }
    return true;
}

static bool is_archive(enum content content)
{
    return content == ARCHIVE_TAR || content == ARCHIVE_ZIP || content == ARCHIVE_COMPRESSED ||
           content == ARCHIVE_FOREIGN;
}

/* Whether a part can be a student's: a folder or archive not named as what a kit holds. */
static bool may_be_student(const struct source *source, struct entries *entries,
                           const struct labs *labs, const struct part *part)
{
    static const char *const kit[] = {"labs", "common", "solutions", "tests", "docs", "build"};
    for (size_t i = 0; i < sizeof kit / sizeof kit[0]; i++)
        if (strlen(kit[i]) == part->length && strncmp(kit[i], part->name, part->length) == 0)
            return false;
    if (lab_named(labs, part->name, part->length) != -1)
        return false;
    return part->is_folder || is_archive(entry_content(source, &entries->all[part->first]));
}

/* ---- recognition ------------------------------------------------------------------------------- */

static bool find(const struct layout *layout, const struct part *part, regmatch_t *groups)
{
    regex_t pattern;
    char *name = strndup(part->name, part->length);
    if (name == NULL || regcomp(&pattern, layout->pattern, REG_EXTENDED) != 0)
        abort();
    bool found = regexec(&pattern, name, GROUPS, groups, 0) == 0;
    regfree(&pattern);
    free(name);
    return found;
}

/* A person's name stands before the pattern, but with Gradescope. */
static bool matches(const struct layout *layout, const struct part *part, regmatch_t *groups)
{
    return find(layout, part, groups) && (layout->metadata || groups[0].rm_so > 0);
}

static bool holds_file(const struct entries *entries, const char *base, const char *name)
{
    char *path;
    if (asprintf(&path, "%s%s%s", base, base[0] != '\0' ? "/" : "", name) == -1)
        abort();
    bool found = false;
    for (size_t i = 0; i < entries->count && !found; i++)
        found = strcmp(entries->all[i].path, path) == 0;
    free(path);
    return found;
}

static bool is_metadata(const struct layout *layout, const struct part *part)
{
    return layout->metadata && part->length == strlen(METADATA_NAME) &&
           strncmp(part->name, METADATA_NAME, part->length) == 0;
}

static void count_matches(struct recognised *one, struct entries *entries)
{
    regmatch_t groups[GROUPS];
    for (struct part part = {.count = 0}; next_part(entries, one->base, &part);) {
        if (junk_kind(part.name, part.length) != NULL || is_metadata(one->layout, &part))
            continue;
        one->total++;
        one->matched += one->layout->pattern != NULL
                            ? matches(one->layout, &part, groups)
                            : part.is_folder && one->prefix != NULL &&
                                  part.length > strlen(one->prefix) &&
                                  strncmp(part.name, one->prefix, strlen(one->prefix)) == 0;
    }
}

/* Classroom's folder of clones is named as the assignment, and `-submissions`. */
static char *classroom_prefix(const char *base, const char *called)
{
    static const char end[] = "-submissions";
    const char *name = base[0] != '\0' ? strrchr(base, '/') : called;
    name = name == NULL ? base : name[0] == '/' ? name + 1 : name;
    size_t length = strlen(name);
    if (length < sizeof end || strcmp(name + length - (sizeof end - 1), end) != 0)
        return NULL;
    char *prefix = strndup(name, length - (sizeof end - 1) + 1); /* the `-` stays */
    return prefix;
}

/* Without such a name: what the names of several clones have in common, up to a `-`. */
static char *common_prefix(const struct entries *entries, const char *base)
{
    char *prefix = NULL;
    size_t clones = 0;
    for (struct part part = {.count = 0}; next_part(entries, base, &part);) {
        char *below;
        if (!part.is_folder || junk_kind(part.name, part.length) != NULL)
            continue;
        if (asprintf(&below, "%.*s", (int)(part.start + part.length),
                     entries->all[part.first].path) == -1)
            abort();
        clones += holds_file(entries, below, ".git") || holds_file(entries, below, ".git/HEAD");
        free(below);
        if (prefix == NULL)
            prefix = strndup(part.name, part.length);
        size_t same = 0;
        while (prefix[same] != '\0' && same < part.length && prefix[same] == part.name[same])
            same++;
        prefix[same] = '\0';
    }
    char *dash = prefix != NULL ? strrchr(prefix, '-') : NULL;
    if (dash == NULL || clones < 2) {
        free(prefix);
        return NULL;
    }
    dash[1] = '\0';
    return prefix;
}

static void try_folders(struct recognised *one, const struct source *source,
                        struct entries *entries, const struct labs *labs)
{
    for (struct part part = {.count = 0}; next_part(entries, one->base, &part);) {
        if (junk_kind(part.name, part.length) != NULL)
            continue;
        one->total++;
        one->matched += may_be_student(source, entries, labs, &part);
    }
}

static struct recognised try_layout(const struct layout *layout, const char *base,
                                    const struct source *source, struct entries *entries,
                                    const char *called, const struct labs *labs)
{
    struct recognised one = {.layout = layout, .base = strdup(base)};
    if (layout == FOLDERS) {
        try_folders(&one, source, entries, labs);
        one.certainty = one.matched > 0 ? FOLDERS_CERTAINTY : 0;
        return one;
    }
    if (layout == CLASSROOM && (one.prefix = classroom_prefix(base, called)) == NULL)
        one.prefix = common_prefix(entries, base);
    count_matches(&one, entries);
    if (one.total > 0)
        one.certainty = (int)(100 * one.matched / one.total);
    if (layout->metadata && !holds_file(entries, base, METADATA_NAME))
        one.certainty = 0;
    return one;
}

static void recognised_free(struct recognised *found)
{
    free(found->base);
    free(found->prefix);
    *found = (struct recognised){.layout = NULL};
}

static void keep_better(struct recognised *best, struct recognised *one, bool forced)
{
    bool enough = one->certainty > (one->layout == FOLDERS || forced ? 0 : 50);
    if (enough && one->certainty > best->certainty) {
        recognised_free(best);
        *best = *one;
    } else {
        recognised_free(one);
    }
}

/* The only folder in a folder, or NULL. `students` is how many of its own parts may be some. */
static char *only_folder(const struct source *source, struct entries *entries, const char *base,
                         const struct labs *labs, size_t *students)
{
    struct part only = {.count = 0};
    size_t count = 0;
    for (struct part part = {.count = 0}; next_part(entries, base, &part);)
        if (junk_kind(part.name, part.length) == NULL) {
            count++;
            only = part;
        }
    *students = 0;
    if (count != 1 || !only.is_folder)
        return NULL;
    char *path = strndup(entries->all[only.first].path, only.start + only.length);
    for (struct part part = {.count = 0}; next_part(entries, path, &part);)
        *students += junk_kind(part.name, part.length) == NULL &&
                     may_be_student(source, entries, labs, &part);
    return path;
}

struct recognised recognise(const struct source *source, struct entries *entries,
                            const char *called, const struct labs *labs, const char *forced)
{
    struct recognised best = {.layout = NULL};
    char *base = strdup("");
    bool folders_settled = false;
    for (int depth = 0; base != NULL && depth < 4; depth++) {
        size_t students;
        char *below = only_folder(source, entries, base, labs, &students);
        for (size_t i = 0; i < LAYOUTS; i++) {
            bool inner = &layouts[i] == FOLDERS && (folders_settled || students > 1);
            if (inner || (forced != NULL && strcmp(forced, layouts[i].name) != 0))
                continue;
            struct recognised one =
                try_layout(&layouts[i], base, source, entries, called, labs);
            folders_settled |= &layouts[i] == FOLDERS && one.matched > 0;
            keep_better(&best, &one, forced != NULL);
        }
        free(base);
        base = below;
    }
    free(base);
    return best;
}

/* ---- owners ------------------------------------------------------------------------------------ */

static char *piece(const struct part *part, regoff_t from, regoff_t to)
{
    return from >= 0 && to > from ? strndup(part->name + from, (size_t)(to - from))
                                  : strdup("");
}

static const char *by_pattern(const struct layout *layout, const struct part *part,
                              struct owner *owner)
{
    regmatch_t groups[GROUPS];
    if (!matches(layout, part, groups))
        return "is not named as this layout names what students hand in";
    regmatch_t id = groups[layout->id];
    owner->id = piece(part, id.rm_so, id.rm_eo);
    owner->name = piece(part, 0, groups[0].rm_so);
    owner->login = strdup("");
    owner->late = layout->late != 0 && groups[layout->late].rm_so != -1;
    size_t end = (size_t)groups[0].rm_eo;
    owner->own = part->start + (end == part->length ? end + 1 : end);
    if (layout->metadata)
        owner->own = part->start + part->length + 1;
    return NULL;
}

/* An archive is named as its student, and its form. */
static size_t stem_length(const struct part *part)
{
    static const char *const ends[] = {".zip",    ".tar",     ".tgz",    ".tbz2",
                                       ".txz",    ".tzst",    ".tar.gz", ".tar.bz2",
                                       ".tar.xz", ".tar.zst", ".7z",     ".rar"};
    size_t best = part->length;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t length = strlen(ends[i]);
        if (part->length > length && part->length - length < best &&
            strncasecmp(part->name + part->length - length, ends[i], length) == 0)
            best = part->length - length;
    }
    return best;
}

const char *owner_of(const struct recognised *found, const struct source *source,
                     struct entries *entries, const struct labs *labs, const struct part *part,
                     struct owner *owner)
{
    *owner = (struct owner){.own = part->start};
    if (found->layout->pattern != NULL)
        return by_pattern(found->layout, part, owner);
    if (found->layout == FOLDERS) {
        if (!may_be_student(source, entries, labs, part))
            return part->is_folder ? "stands where a student's folder was expected"
                                   : "is in no student's folder";
        owner->name = strndup(part->name, part->is_folder ? part->length : stem_length(part));
        owner->login = strdup("");
    } else {
        size_t length = found->prefix != NULL ? strlen(found->prefix) : 0;
        if (!part->is_folder || length >= part->length ||
            strncmp(part->name, found->prefix != NULL ? found->prefix : "", length) != 0)
            return "is not named as this layout names what students hand in";
        owner->login = strndup(part->name + length, part->length - length);
        owner->name = strdup("");
    }
    owner->id = strdup("");
    if (part->is_folder)
        owner->own = part->start + part->length + 1;
    return NULL;
}
