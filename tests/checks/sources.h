/**
 * @file tests/checks/sources.h
 * @brief The checks that look at how a submission was built, and at its command line.
 */
#ifndef CHECKS_SOURCES_H
#define CHECKS_SOURCES_H

/** @brief builds: the compiler made each program; its warnings become a note. */
void check_builds(void);

/** @brief reports-usage: without an argument, a usage line and exit status 2. */
void check_reports_usage(void);

/**
 * @brief Expect a file to call functions itself, by the undefined symbols of its object.
 * @param program  whose file.
 * @param calls    the functions, closed by NULL; `a|b` means either.
 */
void expect_calls(const char *program, const char *const *calls);

/**
 * @brief Expect server.c to wait for its clients in a given way and in no other.
 * @param wanted  a function that it has to call; `a|b` means either.
 * @param others  functions that it must not call, closed by NULL.
 */
void expect_model(const char *wanted, const char *const *others);

/**
 * @brief Expect a file to leave the sanitizers as they are, by the symbols of its object.
 * @param build  which build of it: `server-asan`.
 */
void expect_own_sanitizers(const char *build);

#endif
