/**
 * @file tests/grader/text.h
 * @brief Texts and arrays that grow. Without memory there is no report: the program ends
 *        (abort(3)), as one that leaves something out in silence would be worse.
 */
#ifndef GRADER_TEXT_H
#define GRADER_TEXT_H

#include <stddef.h>

/** @brief Make a text. @param format  as of printf(3). @return it, to free(3). */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** @brief Make room for one more. @param array  of count elements; may move. @param count, size
 * its elements, and the bytes of one. @return it, the new element all zeros; to free(3). */
void *grown(void *array, size_t count, size_t size);

#endif
