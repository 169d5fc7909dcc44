/**
 * @file tests/grader/escape.h
 * @brief Texts made fit for the forms of report: for JSON, XML and base64, for one line, and
 *        wrapped for people.
 *
 * What is not whole UTF-8, or may not stand in the form, comes out as U+FFFD, the replacement
 * character: no text can break the form that it is put in, or work on a reader's terminal.
 */
#ifndef GRADER_ESCAPE_H
#define GRADER_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

enum {
    TEXT_COLUMNS = 92 /**< people's text is wrapped at so many columns */
};

/** @brief Write a JSON string, its quotes included. @param out  where to. @param text  it; NULL
 * is taken for an empty one. */
void json_string(FILE *out, const char *text);

/** @brief Write the content of an XML element. @param out, text  as above. */
void xml_text(FILE *out, const char *text);

/** @brief Write the value of an XML attribute, without its quotes; newlines and tabs survive.
 * @param out, text  as above. */
void xml_attribute(FILE *out, const char *text);

/**
 * @brief Write bytes as the content of an XML element that a browser shows.
 *
 * What a browser would swallow, or what makes a line read otherwise than a compiler reads it, is
 * named in a `<mark>`, as `U+202E`: control characters, those of bidirectional text, and others
 * without a look of their own. Newlines and tabs stay.
 * @param out     where to.
 * @param bytes   the text, NUL bytes among it perhaps; a NUL stands behind it, or more text.
 * @param length  how many bytes.
 */
void xml_shown(FILE *out, const char *bytes, size_t length);

/** @brief The same without markup, `[U+202E]`, for attributes and for the title of a page.
 * @param out, text  as for xml_attribute(). */
void xml_shown_plain(FILE *out, const char *text);

/** @brief Write bytes in base64 (RFC 4648), on one line, without a newline. @param out  where
 * to. @param data  the bytes. @param length  how many. */
void base64(FILE *out, const void *data, size_t length);

/** @brief Write a text, and blanks until so many columns are full. @param out, text  as above.
 * @param columns  as many; a text that is wider is not cut. */
void padded(FILE *out, const char *text, int columns);

/** @brief Write a text on one line: newlines and tabs become blanks, but one at the
 * end is dropped. @param out, text  as above. */
void one_line(FILE *out, const char *text);

/**
 * @brief Write a text whose lines are wrapped at ::TEXT_COLUMNS, and a newline. Characters of
 *        East Asia, Hangul among them, have two columns.
 * @param out     where to; the line there has come to the column `indent`.
 * @param text    the text. A line that fits stays as it is, its blanks included, and a word is
 *                never broken: paths and commands can be copied.
 * @param indent  blanks before each further line.
 */
void wrapped(FILE *out, const char *text, int indent);

#endif
