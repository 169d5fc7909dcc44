/**
 * @file tests/probe/finding.h
 * @brief What a check did and found: the steps so far, and the words for a failure.
 *
 * The probe notes each step as it makes it, so that a failed check can replay what was done; a
 * check adds what it expected and what came, and names a symptom of the catalogue
 * (tests/checks/symptoms.def), which knows the likely causes. The finding leaves the process as
 * one record of lines; tests/grader reads it.
 *
 * Formats, and what was expected, are English here, and are translated when they are used. Words
 * among a format's arguments are the caller's to translate (tests/messages/messages.h).
 */
#ifndef PROBE_FINDING_H
#define PROBE_FINDING_H

#include <stdbool.h>
#include <stdnoreturn.h>

/** What can be wrong with a program, one value for each entry of the catalogue. */
enum symptom {
/** @cond the catalogue's entries, told in tests/checks/symptoms.def */
#define SYMPTOM(name, cause, by_hand, section) SYMPTOM_##name,
#include "tests/checks/symptoms.def"
#undef SYMPTOM
    /** @endcond */
    SYMPTOM_COUNT /**< how many there are */
};

/** @brief Forget the steps and begin a check.
 * @param lab    the lab's name, for commands to try by hand; kept, not copied.
 * @param check  the check's name; kept, not copied. */
void finding_begin(const char *lab, const char *check);

/**
 * @brief Note a step that was made, for the report of a failure.
 * @param format  printf(3) format: `"client 1 connects"`. Bytes of the student's must have been
 *                through visible().
 */
void step(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * @brief Note something that a reader of the report should know though the check may hold, as
 *        that a part was left out for want of IPv6.
 * @param format  printf(3) format.
 */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * @brief End the check: the student's program is wrong.
 * @param symptom   what is wrong, as the catalogue names it.
 * @param expected  what a right program would have done.
 * @param format    printf(3) format of what came instead.
 *
 * What the programs are doing at this moment, and what they wrote to standard error, is added
 * here; then cmocka's _fail() ends the test, so this does not return.
 */
noreturn void failed(enum symptom symptom, const char *expected, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * @brief End the check: the grader could not do its own work, and no verdict is possible.
 * @param format  printf(3) format of what could not be done.
 */
noreturn void broken(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** @brief End the check when its programs have held more memory than they may together.
 *
 * failed() and broken() look at that by themselves: a check that holds has to ask.
 */
void expect_little_memory(void);

/** @brief Tell whether the check has held so far. @return false after failed() or broken(). */
bool finding_holds(void);

/**
 * @brief Write the record of the check that ended to the grader.
 * @param fd  where to; the caller's.
 * @return true when all of it was written.
 *
 * Without a failed() or broken() before, the check has held.
 */
bool finding_write(int fd);

#endif
