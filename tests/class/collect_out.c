/* What is left behind; see collect_out.h. */
#define _GNU_SOURCE
#include "tests/class/collect_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"

#define NEW ".new"

int out_open(const char *path)
{
    if (mkdir(path, 0777) == -1 && errno != EEXIST)
        return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == -1) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    if (fd != -1)
        unlinkat(fd, NEW, 0); /* of one that was killed */
    return fd;
}

/* ---- text ------------------------------------------------------------------------------------- */

/* The length of the UTF-8 character that begins here, 0 for none; `code` is filled in. */
static size_t character(const unsigned char *byte, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = byte[0] < 0x80   ? 1
                    : byte[0] < 0xC2 ? 0
                    : byte[0] < 0xE0 ? 2
                    : byte[0] < 0xF0 ? 3
                    : byte[0] < 0xF5 ? 4
                                     : 0;
    *code = length == 1 ? byte[0] : byte[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (byte[i] & 0x3Fu);
    }
    bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return length == 0 || *code < smallest[length] || *code > 0x10FFFF || surrogate ? 0
                                                                                    : length;
}

/* Control characters; separators of lines; embeddings, overrides and isolates of direction. */
static bool is_dangerous(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

void column(FILE *out, const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    while (*byte != '\0') {
        uint32_t code;
        size_t length = character(byte, &code);
        if (*byte == '\t' || *byte == '\n' || *byte == '\\')
            fprintf(out, "\\%c", *byte == '\t' ? 't' : *byte == '\n' ? 'n' : '\\');
        else if (length > 0 && !is_dangerous(code))
            fwrite(byte, 1, length, out);
        else
            for (size_t i = 0; i < (length > 0 ? length : 1); i++)
                fprintf(out, "\\x%02X", byte[i]);
        byte += length > 0 ? length : 1;
    }
}

static int digit(char character)
{
    const char *digits = "0123456789ABCDEF", *at = strchr(digits, character);
    return character != '\0' && at != NULL ? (int)(at - digits) : -1;
}

/* Undoes column(). Returns allocated memory, or NULL for what column() never wrote. */
static char *uncolumn(const char *text)
{
    char *plain = malloc(strlen(text) + 1), *end = plain;
    while (plain != NULL && *text != '\0') {
        if (*text != '\\') {
            *end++ = *text++;
            continue;
        }
        char kind = text[1];
        int high = kind == 'x' ? digit(text[2]) : -1;
        int low = high != -1 ? digit(text[3]) : -1;
        if (kind != 't' && kind != 'n' && kind != '\\' && low == -1) {
            free(plain);
            return NULL;
        }
        *end++ = (char)(kind == 't'   ? '\t'
                        : kind == 'n' ? '\n'
                        : kind == 'x' ? high << 4 | low
                                      : '\\');
        text += kind == 'x' ? 4 : 2;
    }
    if (plain != NULL)
        *end = '\0';
    return plain;
}

/* ---- files -------------------------------------------------------------------------------------- */

/* Whether a file holds exactly these bytes. */
static bool has_bytes(int directory, const char *name, const void *data, size_t length)
{
    struct stat status;
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd == -1)
        return false;
    char *there = NULL;
    bool same = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                (size_t)status.st_size == length && (there = malloc(length + 1)) != NULL;
    for (size_t done = 0; same && done < length;) {
        ssize_t part = read(fd, there + done, length - done);
        same = part > 0;
        done += same ? (size_t)part : 0;
    }
    same = same && memcmp(there, data, length) == 0;
    free(there);
    close(fd);
    return same;
}

static bool replace(int out, int directory, const char *name, const void *data, size_t length)
{
    if (has_bytes(directory, name, data, length))
        return true;
    int fd = openat(out, NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd == -1)
        return false;
    bool good = write_all(fd, data, length) == 0 && fsync(fd) == 0;
    int error = errno;
    if (close(fd) == -1 && good) {
        good = false;
        error = errno;
    }
    if (good && renameat(out, NEW, directory, name) == 0)
        return true;
    error = good ? errno : error;
    unlinkat(out, NEW, 0);
    errno = error;
    return false;
}

static int open_folder(int parent, const char *name, bool make)
{
    if (make && mkdirat(parent, name, 0777) == -1 && errno != EEXIST)
        return -1;
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool stage(int out, unsigned number, const char *lab, const char *name, const void *data,
           size_t length)
{
    char folder[16];
    snprintf(folder, sizeof folder, "%04u", number);
    const char *names[] = {"staged", folder, lab};
    int directory = out;
    for (size_t i = 0; i < 3 && directory != -1; i++) {
        int next = open_folder(directory, names[i], data != NULL);
        int error = errno;
        if (directory != out)
            close(directory);
        errno = error;
        directory = next;
    }
    if (directory == -1)
        return data == NULL && errno == ENOENT;
    bool good = data != NULL ? replace(out, directory, name, data, length)
                             : unlinkat(directory, name, 0) == 0 || errno == ENOENT;
    int error = errno;
    close(directory);
    errno = error;
    return good;
}

/* ---- lines --------------------------------------------------------------------------------------- */

void lines_add(struct lines *lines, char *line)
{
    if ((lines->count & (lines->count - 1)) == 0) { /* full at each power of two */
        size_t room = lines->count > 0 ? lines->count * 2 : 1;
        lines->all = reallocarray(lines->all, room, sizeof *lines->all);
    }
    if (lines->all == NULL || line == NULL)
        abort();
    lines->all[lines->count++] = line;
}

bool lines_read(int out, const char *name, struct lines *lines)
{
    *lines = (struct lines){.count = 0};
    int fd = openat(out, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1)
        return errno == ENOENT;
    FILE *in = fdopen(fd, "r");
    char *line = NULL;
    size_t room = 0;
    for (ssize_t length; in != NULL && (length = getline(&line, &room, in)) != -1;) {
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = '\0';
        lines_add(lines, strdup(line));
    }
    free(line);
    bool good = in != NULL && !ferror(in);
    if (in != NULL)
        fclose(in);
    return good;
}

bool lines_write(int out, const char *name, const struct lines *lines)
{
    char *text = NULL;
    size_t length;
    FILE *memory = open_memstream(&text, &length);
    if (memory == NULL)
        return false;
    for (size_t i = 0; i < lines->count; i++)
        fprintf(memory, "%s\n", lines->all[i]);
    bool good = fclose(memory) == 0 && replace(out, out, name, text, length);
    int error = errno;
    free(text);
    errno = error;
    return good;
}

void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->all[i]);
    free(lines->all);
    *lines = (struct lines){.count = 0};
}

/* ---- the roll ------------------------------------------------------------------------------------ */

#define STUDENTS "students.tsv"

static struct student *append(struct roll *roll)
{
    roll->all = reallocarray(roll->all, roll->count + 1, sizeof *roll->all);
    if (roll->all == NULL)
        abort();
    roll->all[roll->count] = (struct student){.number = (unsigned)roll->count + 1};
    return &roll->all[roll->count++];
}

/* One line: number, id, login, name. Numbers have no gaps. */
static bool read_student(struct roll *roll, const char *text)
{
    char *copy = strdup(text), *rest = copy, *columns[4], *end;
    bool good = copy != NULL;
    for (size_t i = 0; i < 4 && good; i++)
        good = (columns[i] = strsep(&rest, "\t")) != NULL;
    good = good && rest == NULL && strtoul(columns[0], &end, 10) == roll->count + 1 &&
           *end == '\0';
    if (good) {
        struct student *student = append(roll);
        student->id = uncolumn(columns[1]);
        student->login = uncolumn(columns[2]);
        student->name = uncolumn(columns[3]);
        good = student->id != NULL && student->login != NULL && student->name != NULL;
    }
    free(copy);
    return good;
}

char *roll_read(int out, struct roll *roll)
{
    struct lines lines;
    char *wrong = NULL;
    *roll = (struct roll){.count = 0};
    if (!lines_read(out, STUDENTS, &lines))
        wrong = strdup(STUDENTS " cannot be read");
    for (size_t i = 0; i < lines.count && wrong == NULL; i++)
        if (!read_student(roll, lines.all[i]) &&
            asprintf(&wrong, STUDENTS ", line %zu: not as it was written", i + 1) == -1)
            abort();
    lines_free(&lines);
    return wrong;
}

static bool is_same(const struct student *student, const char *id, const char *login,
                    const char *name)
{
    if (id[0] != '\0' || student->id[0] != '\0')
        return strcmp(student->id, id) == 0;
    if (login[0] != '\0' || student->login[0] != '\0')
        return strcmp(student->login, login) == 0;
    return strcmp(student->name, name) == 0;
}

size_t roll_find(struct roll *roll, char *id, char *login, char *name)
{
    for (size_t i = 0; i < roll->count; i++)
        if (is_same(&roll->all[i], id, login, name)) {
            free(id);
            free(login);
            free(name);
            return i;
        }
    struct student *student = append(roll);
    student->id = id;
    student->login = login;
    student->name = name;
    student->is_new = true;
    return roll->count - 1;
}

bool roll_write(int out, const struct roll *roll)
{
    struct lines lines = {.count = 0};
    for (size_t i = 0; i < roll->count; i++) {
        const struct student *student = &roll->all[i];
        char *line;
        size_t length;
        FILE *memory = open_memstream(&line, &length);
        if (memory == NULL)
            abort();
        fprintf(memory, "%04u\t", student->number);
        column(memory, student->id);
        fputc('\t', memory);
        column(memory, student->login);
        fputc('\t', memory);
        column(memory, student->name);
        fclose(memory);
        lines_add(&lines, line);
    }
    bool good = lines_write(out, STUDENTS, &lines);
    int error = errno;
    lines_free(&lines);
    errno = error;
    return good;
}

void roll_free(struct roll *roll)
{
    for (size_t i = 0; i < roll->count; i++) {
        free(roll->all[i].id);
        free(roll->all[i].login);
        free(roll->all[i].name);
    }
    free(roll->all);
    *roll = (struct roll){.count = 0};
}
