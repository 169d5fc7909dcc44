/**
 * @file tests/class/collect_layout.h
 * @brief The layouts in which platforms export a class: which one it is, and whose each part is.
 */
#ifndef CLASS_COLLECT_LAYOUT_H
#define CLASS_COLLECT_LAYOUT_H

#include "tests/class/collect_entries.h"
#include "tests/class/collect_labs.h"

struct layout;

/** A part of the export: an entry of the folder in which students stand side by side, with all
 * that is in it. */
struct part {
    const char *name; /**< its name, up to `length`; what follows is not part of it */
    size_t length;    /**< of the name */
    size_t start;     /**< where the name begins in the paths */
    size_t first;     /**< its first entry in the list, */
    size_t count;     /**< and how many there are */
    bool is_folder;   /**< something is in it */
};

/** Who handed in a part, as far as its name tells. */
struct owner {
    char *id;    /**< the platform's, to free(3); empty where nothing is told */
    char *login; /**< likewise */
    char *name;  /**< likewise */
    size_t own;  /**< where the student's own part of the paths begins */
    bool late;   /**< the platform says that it came late */
};

/** What was recognised. */
struct recognised {
    const struct layout *layout; /**< the layout, or NULL */
    char *base;                  /**< the folder of the students, below the root; to free(3) */
    char *prefix;                /**< Classroom: what folders' names begin with; to free(3) */
    size_t matched;              /**< so many of its parts look as they should, */
    size_t total;                /**< of so many */
    int certainty;               /**< in percent */
};

/** @brief Name a layout. @param layout  it. @return its name, as `moodle`. */
const char *layout_name(const struct layout *layout);

/** @brief Say how a layout's parts are named. @param layout  it. @return words for people. */
const char *layout_shape(const struct layout *layout);

/** @brief Tell whether a layout holds a file of metadata, from which people are known. @param
 * layout  it. @return whether it does. */
bool layout_has_metadata(const struct layout *layout);

/** @brief Tell whether files handed in again get `-1`, `-2` behind their names. @param layout
 * it. @return whether they do. */
bool layout_has_versions(const struct layout *layout);

/** @brief List the layouts. @return their names, `|` between. */
const char *layout_names(void);

/** The name of Gradescope's file. */
#define METADATA_NAME "submission_metadata.yml"

/**
 * @brief Recognise a layout.
 * @param source   where the bytes are.
 * @param entries  all that there is, sorted.
 * @param called   the name of what is collected from, as it may be `hw-submissions`.
 * @param labs     the labs: their folders are nobody's name.
 * @param forced   the name of a layout that is taken whatever is there, or NULL.
 * @return what was found; `layout` is NULL when nothing was, or `forced` is unknown.
 */
struct recognised recognise(const struct source *source, struct entries *entries,
                            const char *called, const struct labs *labs, const char *forced);

/** @brief Go through the parts of a folder. @param entries  sorted. @param base  the folder.
 * @param part  all zeros at first, then the last one; filled in. @return false at the end. */
bool next_part(const struct entries *entries, const char *base, struct part *part);

/**
 * @brief Tell whose a part is.
 * @param found    what was recognised.
 * @param source, entries, labs  as above.
 * @param part     the part.
 * @param owner    filled in; of Gradescope, `id` is the submission's folder.
 * @return NULL, or why nobody can be told.
 */
const char *owner_of(const struct recognised *found, const struct source *source,
                     struct entries *entries, const struct labs *labs, const struct part *part,
                     struct owner *owner);

#endif
