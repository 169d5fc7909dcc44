/**
 * @file tests/sandbox/command.h
 * @brief A command line put together piece by piece.
 */
#ifndef SANDBOX_COMMAND_H
#define SANDBOX_COMMAND_H

#include <stddef.h>

/** Words for posix_spawn(3); all copied, released by command_free(). */
struct command {
    char *words[192]; /**< closed by NULL */
    size_t count;     /**< how many, the NULL excluded */
};

/** @brief Append words. @param command  put together so far. @param first  a word; more follow,
 * closed by NULL. A command of too many words ends the program (abort(3)): a mistake of ours.
 */
void command_add(struct command *command, const char *first, ...) __attribute__((sentinel));

/** @brief Append one word. @param command  as above. @param format  printf(3) format of it. */
void command_addf(struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** @brief Release the words. @param command  empty afterwards. */
void command_free(struct command *command);

#endif
