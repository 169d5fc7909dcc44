/* Command lines; see command.h. */
#define _GNU_SOURCE
#include "tests/sandbox/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct command *command, char *word)
{
    if (word == NULL || command->count + 1 >= sizeof command->words / sizeof command->words[0])
        abort();
    command->words[command->count++] = word;
    command->words[command->count] = NULL;
}

void command_add(struct command *command, const char *first, ...)
{
    va_list words;
    va_start(words, first);
    for (const char *word = first; word != NULL; word = va_arg(words, const char *))
        add(command, strdup(word));
    va_end(words);
}

void command_addf(struct command *command, const char *format, ...)
{
    va_list arguments;
    char *word;
    va_start(arguments, format);
    if (vasprintf(&word, format, arguments) == -1)
        abort();
    va_end(arguments);
    add(command, word);
}

void command_free(struct command *command)
{
    for (size_t i = 0; i < command->count; i++)
        free(command->words[i]);
    *command = (struct command){.count = 0};
}
