/**
 * @file tests/class/collect_place.h
 * @brief Find the labs' files in what one student handed in, and stage them.
 */
#ifndef CLASS_COLLECT_PLACE_H
#define CLASS_COLLECT_PLACE_H

#include "tests/class/collect_archive.h"
#include "tests/class/collect_labs.h"
#include "tests/class/collect_layout.h"
#include "tests/class/collect_out.h"

enum {
    SHOWN = 10, /**< of what could not be placed, so much is shown */
    KINDS = 16  /**< kinds of what is nobody's work */
};

/** How often a kind of what is nobody's work was met. */
struct kind_count {
    const char *kind; /**< as junk_kind() has it */
    size_t count;     /**< how often */
};

/** What is recorded as it happens. */
struct ledger {
    const char *submissions;        /**< what is collected from, as it was given */
    struct lines unplaced;          /**< lines of not-placed.tsv */
    size_t unplaced_count;          /**< how many things they are */
    struct lines shown;             /**< the first of them, for people */
    struct kind_count kinds[KINDS]; /**< what was not looked at */
    struct lines submitted;         /**< lines of submitted.tsv */
};

/** Something that a student handed in. */
struct handed {
    size_t student;   /**< the student's place in the roll */
    struct part part; /**< what it is */
    size_t own;       /**< where the student's own part of the paths begins */
    bool late;        /**< the platform says that it came late */
    char *time;       /**< when it came, in ISO 8601, or an empty text; to free(3) */
};

/** All that placing needs to know. */
struct collection {
    struct source source;   /**< where the bytes are */
    struct entries entries; /**< all that there is, sorted */
    struct labs labs;       /**< the labs */
    int only;               /**< the one lab that is asked for, or -1 */
    bool versions;          /**< `-1`, `-2` mean handed in again */
    enum isolation level;   /**< for archives */
    int out;                /**< the folder for output */
    struct ledger ledger;   /**< the records */
    size_t *placed;         /**< for each lab, how many submissions were staged */
};

/** @brief Record what could not be placed. @param ledger  the records. @param number  whose it
 * is, or 0. @param path  where it lies. @param reason  why. */
void not_placed(struct ledger *ledger, unsigned number, const char *path, const char *reason);

/** @brief Count what is nobody's work. @param ledger  the records. @param kind  a text that stays
 * where it is. */
void not_counted(struct ledger *ledger, const char *kind);

/**
 * @brief Place all that a student handed in.
 * @param collection     all there is.
 * @param student        the student.
 * @param handed, count  what the student handed in.
 * @return false with errno set when this machine failed; what was staged before stays.
 */
bool place_student(struct collection *collection, const struct student *student,
                   const struct handed *handed, size_t count);

#endif
