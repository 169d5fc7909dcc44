/**
 * @file tests/grader/remarks.h
 * @brief What the compiler said of a file, taken apart: which line each remark is about.
 *
 * The words may be anything, as a source can put its own into them (`#warning`, `#line`): they are
 * taken apart as far as they have gcc's form, and nothing else is made of them. Left out are the
 * lines that only name a function (`In function ...:`), as a remark stands at its line.
 */
#ifndef GRADER_REMARKS_H
#define GRADER_REMARKS_H

#include <stddef.h>

/** What a remark is. */
enum remark_kind {
    REMARK_ERROR,   /**< of the compiler or the linker */
    REMARK_WARNING, /**< the file compiles all the same */
    REMARK_NOTE,    /**< belongs to the remark before it */
    REMARK_OTHER    /**< has no form that is known */
};

/** One remark. The texts are parts of what was read, and not closed. */
struct remark {
    enum remark_kind kind; /**< what it is */
    size_t line;           /**< the line that it is about, from 1; 0 for none of this file */
    const char *text;      /**< what it says, without the place and the kind */
    size_t length;         /**< of the text */
    const char *excerpt;   /**< the lines below it, as the compiler shows the place */
    size_t excerpt_length; /**< of the excerpt, its last newline included; 0 for none */
};

/**
 * @brief Take apart what the compiler said.
 * @param said     its words; NULL for none. The remarks point into them.
 * @param name     the file's name.
 * @param remarks  set to an array to free(3), NULL when there are no remarks.
 * @return how many there are. Without memory, those that were read so far.
 */
size_t remarks_read(const char *said, const char *name, struct remark **remarks);

/** @brief Name what a remark is. @param kind  it. @return `error`, `warning`, `note` or
 * `message`. */
const char *remark_word(enum remark_kind kind);

#endif
