/**
 * @file tests/messages/messages.h
 * @brief What the grader and its suites say, in the reader's language.
 *
 * Texts stand in the sources in English. A compiled catalogue of gettext (msgfmt) has them in
 * another language; it is read here and not by the C library's own gettext(), which translates
 * nothing where only the locale C.UTF-8 is there, as on a fresh Debian (since glibc 2.39 whatever
 * LANGUAGE says), and by whose setlocale() numbers would change too.
 *
 * tests/messages/messages.sh finds the texts by the names of the functions that take them.
 */
#ifndef MESSAGES_MESSAGES_H
#define MESSAGES_MESSAGES_H

#include <stdbool.h>

/** Marks a text that is translated later, where it is used. */
#define MESSAGE(english) english

/**
 * @brief Read a catalogue: from now on texts are in its language.
 * @param path  the file that msgfmt made.
 * @return false when it is not there, or is no whole catalogue: texts stay in English.
 */
bool messages_open(const char *path);

/** @brief Translate a text. @param english  it, perhaps a format of printf(3).
 * @return it in the catalogue's language, or itself. */
const char *translated(const char *english) __attribute__((format_arg(1)));

/** @brief Translate a text that has a meaning of its own in some place.
 * @param context  the place. @param english  the text. @return as translated(). */
const char *translated_in(const char *context, const char *english)
    __attribute__((format_arg(2)));

#endif
