/**
 * @file tests/grader/language.h
 * @brief Which language reports and messages are in.
 *
 * Catalogues lie beside the grader's own file: share/locale/LANGUAGE/LC_MESSAGES/socket-labs.mo.
 * One that is not there means English.
 */
#ifndef GRADER_LANGUAGE_H
#define GRADER_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * @brief Choose the language for all that follows.
 * @param name  `en` or `ko`; NULL for what the environment asks for, in the way of gettext:
 *              LC_ALL, LC_MESSAGES or LANG, the first that is not empty, and before it LANGUAGE
 *              where that is another than the locale C. A locale need not be there.
 * @return false when there is no such language. Nothing is changed then.
 */
bool language_choose(const char *name);

/** @brief Tell the language that texts are in. @return `en`, `ko`. */
const char *language(void);

/** @brief Tell where the catalogue of the language lies. @param path, size  the caller's buffer.
 * @return path, NULL when texts are in English. */
char *language_catalogue(char *path, size_t size);

#endif
