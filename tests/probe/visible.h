/**
 * @file tests/probe/visible.h
 * @brief Show bytes to people: what a terminal would act on, or swallow, is spelt out.
 */
#ifndef PROBE_VISIBLE_H
#define PROBE_VISIBLE_H

#include <stddef.h>

/**
 * @brief Write bytes as a C string literal would hold them, in quotes.
 * @param data    the bytes, from anywhere: none of them reaches the reader as it is but
 * printable ASCII and whole UTF-8 sequences (control characters of Unicode excepted).
 * @param length  how many.
 * @param text    the caller's buffer.
 * @param size    its size in bytes, at least 32; where the bytes do not fit, the text ends in
 *                `"... (N bytes)`.
 * @return text.
 */
char *visible(const void *data, size_t length, char *text, size_t size);

/**
 * @brief Make one text safe to print, without quotes; newlines and tabs stay.
 * @param data, length, text, size  as for visible(); a cut text ends in `...`.
 * @return text.
 */
char *printable(const void *data, size_t length, char *text, size_t size);

#endif
