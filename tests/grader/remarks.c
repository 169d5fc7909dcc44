/* What the compiler said of a file, taken apart; see remarks.h. */
#include "tests/grader/remarks.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/messages/messages.h"

/* As gcc says them; translated() makes words for people of them. */
static const char *const words[] = {[REMARK_ERROR] = MESSAGE("error"),
                                    [REMARK_WARNING] = MESSAGE("warning"),
                                    [REMARK_NOTE] = MESSAGE("note"),
                                    [REMARK_OTHER] = "message"};

const char *remark_word(enum remark_kind kind)
{
    return words[kind];
}

/* Skips a text at the beginning of another. */
static bool skip(const char **at, const char *text)
{
    size_t length = strlen(text);
    if (strncmp(*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

/* Skips `:NUMBER`. A number that is too large for a line of a source is none of its lines. */
static bool skip_number(const char **at, size_t *number)
{
    enum { TOO_LARGE = 100000000 };
    const char *digit = *at + 1;
    if (**at != ':' || !isdigit((unsigned char)*digit))
        return false;
    for (*number = 0; isdigit((unsigned char)*digit); digit++)
        *number = *number < TOO_LARGE ? *number * 10 + (size_t)(*digit - '0') : TOO_LARGE;
    *number = *number < TOO_LARGE ? *number : 0;
    *at = digit;
    return true;
}

static bool skip_kind(const char **at, enum remark_kind *kind)
{
    skip(at, "fatal ");
    for (int i = REMARK_ERROR; i <= REMARK_NOTE; i++) {
        const char *behind = *at;
        if (skip(&behind, words[i]) && skip(&behind, ": ")) {
            *at = behind;
            *kind = (enum remark_kind)i;
            return true;
        }
    }
    return false;
}

/* The linker puts a path before the name, and says neither a column nor what it is: `PATH/NAME:
 * LINE: TEXT`, where only errors are told. */
static bool read_linker(const char *line, const char *name, struct remark *remark)
{
    const char *behind = line + strcspn(line, ": \n"), *start = behind;
    while (start > line && start[-1] != '/')
        start--;
    if (start == line || !skip(&start, name) || start != behind ||
        !skip_number(&behind, &remark->line) || !skip(&behind, ": "))
        return false;
    remark->kind = REMARK_ERROR;
    remark->text = behind;
    return true;
}

/* The compiler's own form: `NAME:LINE:COLUMN: KIND: TEXT`. */
static bool read_compiler(const char *line, const char *name, struct remark *remark)
{
    size_t column;
    const char *at = line;
    if (!skip(&at, name) || !skip_number(&at, &remark->line))
        return false;
    skip_number(&at, &column);
    if (!skip(&at, ": ") || !skip_kind(&at, &remark->kind))
        return false;
    remark->text = at;
    return true;
}

/* `NAME: In function ...:` and `NAME: At top level:` say where the next remark is. */
static bool only_names_a_function(const char *line, size_t length, const char *name)
{
    const char *at = line;
    return line[length - 1] == ':' && skip(&at, name) &&
           (skip(&at, ": In function ") || skip(&at, ": At top level"));
}

static struct remark read_remark(const char *line, const char *name)
{
    struct remark remark = {.kind = REMARK_OTHER};
    if (!read_compiler(line, name, &remark) && !read_linker(line, name, &remark))
        remark = (struct remark){.kind = REMARK_OTHER, .text = line};
    remark.length = strcspn(remark.text, "\n");
    remark.excerpt = remark.text + remark.length + (remark.text[remark.length] == '\n');
    return remark;
}

/* Lines that begin with a blank belong to the remark above them. */
size_t remarks_read(const char *said, const char *name, struct remark **remarks)
{
    size_t count = 0;
    *remarks = NULL;
    for (const char *line = said, *next; line != NULL && *line != '\0'; line = next) {
        size_t length = strcspn(line, "\n");
        next = line + length + (line[length] == '\n');
        if (length == 0 || only_names_a_function(line, length, name))
            continue;
        struct remark *last = count > 0 ? &(*remarks)[count - 1] : NULL;
        if (*line == ' ' && last != NULL && last->excerpt + last->excerpt_length == line) {
            last->excerpt_length += (size_t)(next - line);
            continue;
        }
        struct remark *more = reallocarray(*remarks, count + 1, sizeof *more);
        if (more == NULL)
            return count;
        *remarks = more;
        more[count++] = read_remark(line, name);
    }
    return count;
}
