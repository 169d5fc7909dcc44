/* Where reports go; see output.h. */
#define _GNU_SOURCE
#include "tests/grader/output.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Begins the next pair where the one under way has that half already. */
static struct output *next(struct outputs *outputs, bool taken)
{
    if (taken && ++outputs->last >= OUTPUTS)
        return NULL;
    return &outputs->each[outputs->last];
}

bool outputs_format(struct outputs *outputs, const char *name)
{
    struct output *output = next(outputs, outputs->each[outputs->last].write != NULL);
    return output != NULL && (output->write = report_writer_named(name)) != NULL;
}

bool outputs_path(struct outputs *outputs, const char *path)
{
    struct output *output = next(outputs, outputs->each[outputs->last].path != NULL);
    if (output != NULL)
        output->path = path;
    return output != NULL;
}

static bool write_to(FILE *out, const struct output *output, const struct report *report)
{
    errno = 0;
    (output->write != NULL ? output->write : write_text)(out, report);
    return !(ferror(out) | (fflush(out) != 0));
}

static bool replace_file(const char *path, const struct output *output,
                         const struct report *report)
{
    char *temporary;
    if (asprintf(&temporary, "%s.%d", path, getpid()) == -1)
        abort();
    FILE *out = fopen(temporary, "wxe");
    bool written = out != NULL && write_to(out, output, report) && fsync(fileno(out)) == 0;
    int error = errno;
    if (out != NULL && fclose(out) != 0 && written) {
        error = errno;
        written = false;
    }
    if (written && rename(temporary, path) == -1) {
        error = errno;
        written = false;
    }
    if (!written && out != NULL)
        unlink(temporary);
    free(temporary);
    errno = error;
    return written;
}

static bool is_replaceable(const char *path)
{
    struct stat status;
    return stat(path, &status) == -1 || S_ISREG(status.st_mode);
}

bool output_write(const struct output *output, const struct report *report)
{
    if (output->path == NULL)
        return write_to(stdout, output, report);
    if (is_replaceable(output->path)) {
        char *behind_links = realpath(output->path, NULL);
        bool written =
            replace_file(behind_links != NULL ? behind_links : output->path, output, report);
        free(behind_links);
        return written;
    }
    FILE *out = fopen(output->path, "we");
    bool written = out != NULL && write_to(out, output, report);
    if (out != NULL)
        fclose(out);
    return written;
}
