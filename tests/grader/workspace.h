/**
 * @file tests/grader/workspace.h
 * @brief The directory that a grading works in: all that its sandboxes get to see.
 *
 * It holds copies, so that sandboxes need no way to the kit or to where submissions lie:
 *
 *     source/    the submission's files, and nothing else of it
 *     kit/       common/'s headers and libraries, for the compiler; the filters of system calls
 *     etc/       a minimal /etc, in which localhost resolves
 *     suite      the lab's suite
 *     programs/  what was compiled, with what the compiler said
 *     tmp/       where programs may write when they are not isolated
 *     messages   the catalogue of the reader's language, where that is not English
 *     lock       held by the grader that uses it: see workspace_make()
 */
#ifndef GRADER_WORKSPACE_H
#define GRADER_WORKSPACE_H

#include <stdbool.h>
#include <stddef.h>

/** The catalogue's name in a workspace. */
#define WORKSPACE_MESSAGES "messages"

/** @brief Tell where the built kit is. @return build/, found from the grader's own file. */
const char *kit_directory(void);

/**
 * @brief Make a workspace below $TMPDIR or /tmp.
 * @param lab   whose suite to put into it.
 * @param path  filled in.
 * @param size  its size.
 * @return NULL, or what failed, to free(3).
 *
 * Workspaces that killed graders have left there are removed first.
 */
char *workspace_make(const char *lab, char *path, size_t size);

/**
 * @brief Take the named files of a submission.
 * @param workspace  where to.
 * @param directory  the submission.
 * @param programs   the names, blanks between: each is a file NAME.c.
 * @param follow     whether the directory itself may be a symbolic link: not where a student
 *                   has made it.
 * @return NULL, or why it cannot be taken, naming the file; to free(3).
 *
 * Only regular files are taken, opened without following links, of at most 1 MiB.
 */
char *submission_take(const char *workspace, const char *directory, const char *programs,
                      bool follow);

/** @brief Write a file of a workspace. @param workspace, name  where. @param data, length  what.
 * @param executable  whether it is a program. @return false with errno set on failure. */
bool workspace_write(const char *workspace, const char *name, const void *data, size_t length,
                     bool executable);

/** @brief Read a file of a workspace. @param workspace, name  where. @param length  filled in.
 * @return its bytes, closed by a NUL that is not counted, to free(3); NULL with errno set. */
char *workspace_read(const char *workspace, const char *name, size_t *length);

/** @brief Remove a workspace with all that is in it. @param path  it, or an empty text. */
void workspace_remove(const char *path);

#endif
