/**
 * @file tests/grader/report_html.h
 * @brief What the parts of the page for browsers have in common.
 */
#ifndef GRADER_REPORT_HTML_H
#define GRADER_REPORT_HTML_H

#include <stdio.h>

#include "tests/grader/model.h"

/** @brief Write the name of an anchor, `LAB-NAME`, as the value of an attribute. Each pair of
 * names has its own, whatever bytes they hold. @param out  where to. @param lab, name  the names. */
void html_anchor(FILE *out, const char *lab, const char *name);

/** @brief Write a text as xml_shown() does. @param out  where to. @param text  it; NULL is taken
 * for an empty one. */
void html_text(FILE *out, const char *text);

/** @brief Write a text that may have several lines: a paragraph, or a block that keeps them.
 * @param out  where to. @param text, length  it; newlines at its end are left out. */
void html_block(FILE *out, const char *text, size_t length);

/** @brief Write the files of a lab, each with its lines and what the compiler said of them.
 * @param out  where to. @param grading  the lab. */
void html_sources(FILE *out, const struct grading *grading);

#endif
