/*
 * Error lines. Why each verb exists is told in error.h; here they all end in print_line(),
 * which puts the line together in a buffer and writes it at once.
 */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "common/error.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/address.h"

enum { LINE_SIZE = 1024, EXIT_USAGE = 2 };

/* Adds formatted text at *used; what does not fit is cut, a byte being kept for the newline. */
static void append(char *line, size_t *used, const char *format, va_list arguments)
{
    size_t room = LINE_SIZE - 1 - *used;
    int length = vsnprintf(line + *used, room, format, arguments);
    if (length > 0)
        *used += (size_t)length < room ? (size_t)length : room - 1;
}

static void append_text(char *line, size_t *used, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(line, used, format, arguments);
    va_end(arguments);
}

/* A reason of NULL means that the text says it all. errno is the caller's, and stays. */
static void print_line(const char *format, va_list arguments, const char *reason)
{
    int saved = errno;
    char line[LINE_SIZE];
    size_t used = 0;
    append_text(line, &used, "%s: ", program_invocation_short_name);
    append(line, &used, format, arguments);
    if (reason != NULL)
        append_text(line, &used, ": %s", reason);
    line[used++] = '\n';
    if (write(STDERR_FILENO, line, used) == -1) {
        /* Harmless: there is nowhere left to say it. */
    }
    errno = saved;
}

static const char *gai_reason(int code)
{
    return code == EAI_SYSTEM ? strerror(errno) : address_strerror(code);
}

/* Every verb hands its variable arguments on in the same way. */
#define PRINT_LINE(reason)                                                                     \
    do {                                                                                       \
        va_list arguments;                                                                     \
        va_start(arguments, format);                                                           \
        print_line(format, arguments, reason);                                                 \
        va_end(arguments);                                                                     \
    } while (0)

void die_errno(const char *format, ...)
{
    PRINT_LINE(strerror(errno));
    exit(EXIT_FAILURE);
}

void warn_errno(const char *format, ...)
{
    PRINT_LINE(strerror(errno));
}

void die_code(int code, const char *format, ...)
{
    PRINT_LINE(strerror(code));
    exit(EXIT_FAILURE);
}

void warn_code(int code, const char *format, ...)
{
    PRINT_LINE(strerror(code));
}

void die_gai(int code, const char *format, ...)
{
    PRINT_LINE(gai_reason(code));
    exit(EXIT_FAILURE);
}

void warn_gai(int code, const char *format, ...)
{
    PRINT_LINE(gai_reason(code));
}

void die(const char *format, ...)
{
    PRINT_LINE(NULL);
    exit(EXIT_FAILURE);
}

void warn(const char *format, ...)
{
    PRINT_LINE(NULL);
}

void usage(const char *arguments)
{
    fprintf(stderr, "usage: %s %s\n", program_invocation_short_name, arguments);
    exit(EXIT_USAGE);
}

void todo(const char *name, ...)
{
    warn("%s is still to be written", name);
    errno = ENOSYS;
}

int failure_errno(struct failure *failure, const char *call)
{
    *failure = (struct failure){.call = call, .source = FAILURE_ERRNO, .code = errno};
    return -1;
}

int failure_gai(struct failure *failure, const char *call, int code)
{
    if (code == EAI_SYSTEM)
        return failure_errno(failure, call);
    *failure = (struct failure){.call = call, .source = FAILURE_GAI, .code = code};
    return -1;
}

void warn_failure(const struct failure *failure, const char *object)
{
    if (failure->source == FAILURE_GAI)
        warn_gai(failure->code, "%s %s", failure->call, object);
    else
        warn_code(failure->code, "%s %s", failure->call, object);
}

void die_failure(const struct failure *failure, const char *object)
{
    warn_failure(failure, object);
    exit(EXIT_FAILURE);
}
