/* Archives; see collect_archive.h. */
#define _GNU_SOURCE
#include "tests/class/collect_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include "common/io.h"
#include "tests/grader/jobs.h"

enum { BLOCK = 512, SILENCE_MS = 60000, LONGEST_PATH = 65536, STREAM_BUFFER = 65536 };

#define BSDTAR   "/usr/bin/bsdtar"
#define BSDCAT   "/usr/bin/bsdcat"
#define DAMAGED  "is a damaged archive"
#define TOO_LONG "takes too long to open"

struct allowance student_allowance(void)
{
    return (struct allowance){.bytes = LARGEST_ARCHIVE,
                              .entries = 10000,
                              .archives = 32,
                              .seconds = 30,
                              .patience = 120,
                              .too_large = "holds more than 64 MiB",
                              .too_many = "holds more than 10,000 entries"};
}

struct allowance class_allowance(void)
{
    return (struct allowance){.bytes = (uint64_t)4 << 30,
                              .entries = 1000000,
                              .archives = 1,
                              .seconds = 600,
                              .patience = 7200,
                              .too_large = "holds more than 4 GiB",
                              .too_many = "holds more than 1,000,000 entries"};
}

/* A converter at work, and what has been read from it. */
struct stream {
    pid_t pid;
    int fd, errors;
    char buffer[STREAM_BUFFER];
    size_t at, length;
    bool broken; /* this machine failed, errno tells how */
    bool silent; /* nothing came for too long */
    double started;
};

/* ---- the converter ---------------------------------------------------------------------------- */

static int spawn_converter(struct stream *stream, struct command *command, int input,
                           int output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t every, none;
    char *environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", NULL};
    sigfillset(&every);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, stream->errors, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &every);
    posix_spawnattr_setsigmask(&attributes, &none);
    int code = posix_spawn(&stream->pid, command->words[0], &actions, &attributes,
                           command->words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code;
}

/* Starts one with a file as its standard input. Returns false with errno set. */
static bool stream_start(struct stream *stream, const char *program, enum isolation level,
                         const struct allowance *allowance, int input)
{
    static const char *const options[] = {"-P", "--format=gnutar", "-cf", "-", "@-"};
    struct command command = {.count = 0};
    int ends[2];

    *stream = (struct stream){.fd = -1,
                              .errors = temporary_file(),

                              .started = seconds_now()};
    if (stream->errors == -1 || pipe2(ends, O_CLOEXEC) == -1)
        return false;
    lseek(input, 0, SEEK_SET);
    sandbox_convert(&command, level, allowance->seconds);
    command_add(&command, program, NULL);
    for (size_t i = 0; strcmp(program, BSDTAR) == 0 && i < 5; i++)
        command_add(&command, options[i], NULL);
    int code = spawn_converter(stream, &command, input, ends[1]);
    command_free(&command);
    close(ends[1]);
    stream->fd = ends[0];
    errno = code;
    if (code == 0)
        return true;
    close(stream->fd);
    close(stream->errors);
    return false;
}

/* Reads some more. Returns false at the end, and when nothing has come for too long. */
static bool stream_fill(struct stream *stream)
{
    struct pollfd set = {.fd = stream->fd, .events = POLLIN};
    while (poll(&set, 1, SILENCE_MS) == -1)
        if (errno != EINTR)
            return false;
    stream->silent = set.revents == 0;
    if (stream->silent)
        return false;
    stream->at = 0;
    ssize_t part = read(stream->fd, stream->buffer, sizeof stream->buffer);
    stream->length = part > 0 ? (size_t)part : 0;
    return part > 0;
}

/* Takes up to `maximum` bytes where they lie, at least one but at the end. */
static size_t stream_take(struct stream *stream, size_t maximum, char **data)
{
    if (stream->at == stream->length && !stream_fill(stream))
        return 0;
    size_t length = stream->length - stream->at;
    if (length > maximum)
        length = maximum;
    *data = stream->buffer + stream->at;
    stream->at += length;
    return length;
}

static bool stream_read(struct stream *stream, void *data, size_t length)
{
    char *part;
    for (size_t done = 0, got; done < length; done += got) {
        got = stream_take(stream, length - done, &part);
        if (got == 0)
            return false;
        memcpy((char *)data + done, part, got);
    }
    return true;
}

/* What the converter said, its first line without its name. */
static char *complaint(int errors)
{
    char line[200] = "";
    ssize_t length = pread(errors, line, sizeof line - 1, 0);
    line[length > 0 ? length : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    const char *begin = line;
    static const char *const prefixes[] = {
        "bsdtar: ", "bsdcat: ", "<stdin>: ", "Error reading archive -: "};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(begin, prefixes[i], strlen(prefixes[i])) == 0)
            begin += strlen(prefixes[i]);
    if (strncmp(begin, "Enter passphrase:", 17) == 0) /* it asks until its output is full */
        return strdup("is an encrypted archive");
    if (strcmp(begin, "(null)") == 0)
        begin = "";
    char *text;
    if (asprintf(&text, DAMAGED "%s%s", begin[0] != '\0' ? ": " : "", begin) == -1)
        abort();
    return text;
}

/* Whether it was killed, as for its time: bubblewrap passes this on by its exit status. */
static bool is_killed(int status)
{
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128;
    return signal == SIGKILL || signal == SIGXCPU;
}

/* Whether it was not the converter that failed, but what starts it. */
static bool is_ours(const char *why)
{
    static const char *const starters[] = {"bwrap: ", "setpriv: ", "prlimit: "};
    const char *words = why + (strncmp(why, DAMAGED ": ", sizeof DAMAGED + 1) == 0
                                   ? sizeof DAMAGED + 1
                                   : 0); /* no student's text comes before those */
    for (size_t i = 0; i < sizeof starters / sizeof starters[0]; i++)
        if (strncmp(words, starters[i], strlen(starters[i])) == 0)
            return true;
    return false;
}

/* Ends it. Returns NULL when it did all its work, or why not, to free(3). */
static char *stream_finish(struct source *source, struct stream *stream,
                           struct allowance *allowance, bool stop)
{
    int status = 0, error = errno;
    stop |= stream->broken || stream->silent;
    if (stop)
        kill(stream->pid, SIGKILL);
    close(stream->fd);
    while (waitpid(stream->pid, &status, 0) == -1 && errno == EINTR)
        ;
    char *why = status != 0 ? complaint(stream->errors) : NULL;
    close(stream->errors);
    allowance->patience -= seconds_now() - stream->started;
    if (stream->silent || (why != NULL && !stop && is_killed(status))) {
        free(why);
        why = strdup(TOO_LONG);
    }
    if (why != NULL && is_ours(why) && !stream->broken) {
        stream->broken = true;
        source->failure = why;
        why = NULL;
    }
    errno = error;
    return why;
}

/* ---- the stream of bsdtar ------------------------------------------------------------------------ */

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
    char link[100], magic[8], rest[247];
};

/* Octal digits; where those do not suffice, a number of base 256. */
static uint64_t size_of(const struct header *header)
{
    uint64_t size = 0;
    for (size_t i = 0; i < sizeof header->size; i++) {
        unsigned char byte = (unsigned char)header->size[i];
        if (header->size[0] & 0x80)
            size = size << 8 | (i == 0 ? byte & 0x7fu : byte);
        else if (byte >= '0' && byte <= '7')
            size = size << 3 | (byte - '0');
    }
    return size;
}

static size_t padding(uint64_t size)
{
    return (size_t)(-size & (BLOCK - 1));
}

/* Passes over bytes. */
static bool skip(struct stream *stream, uint64_t length)
{
    char *data;
    while (length > 0) {
        size_t got =
            stream_take(stream, length < BLOCK ? (size_t)length : STREAM_BUFFER, &data);
        if (got > length) {
            stream->at -= got - (size_t)length;
            got = (size_t)length;
        }
        if (got == 0)
            return false;
        length -= got;
    }
    return true;
}

/* A path of an archive, made one of ours: below the archive's own, without `.` and empty parts.
 * Sets `wrong` when it leads elsewhere; those parts are kept, to be shown. */
static char *clean_path(const char *prefix, const char *path, const char **wrong)
{
    size_t length = strlen(prefix), depth = 0;
    char *clean = malloc(length + strlen(path) + 3);
    if (clean == NULL)
        abort();
    memcpy(clean, prefix, length);
    if (path[0] == '/')
        *wrong = "has a path that leads outside its archive";
    while (*path != '\0') {
        size_t part = strcspn(path, "/");
        if (part == 2 && strncmp(path, "..", 2) == 0)
            *wrong = "has a path that leads outside its archive";
        if (part > 0 && !(part == 1 && path[0] == '.')) {
            if (length > 0)
                clean[length++] = '/';
            memcpy(clean + length, path, part);
            length += part;
            depth++;
        }
        path += part + (path[part] == '/');
    }
    if (depth > DEEPEST_FOLDER + 1)
        *wrong = "is more than 64 folders deep";
    clean[length] = '\0';
    return clean;
}

static bool ends_in(const char *path, const char *end)
{
    size_t length = strlen(path), tail = strlen(end);
    return length >= tail && strcmp(path + length - tail, end) == 0;
}

/* Whether somebody may ask for a file's bytes. */
static bool is_wanted(const struct entry *entry)
{
    if (entry->content == ARCHIVE_TAR || entry->content == ARCHIVE_ZIP ||
        entry->content == ARCHIVE_COMPRESSED || ends_in(entry->path, ".yml"))
        return entry->size <= LARGEST_ARCHIVE;
    return ends_in(entry->path, ".c") && entry->size <= LARGEST_SOURCE;
}

static bool keep(struct source *source, struct stream *stream, const void *data, size_t length)
{
    if (lseek(source->spool, source->end, SEEK_SET) == -1 ||
        write_all(source->spool, data, length) == -1) {
        stream->broken = true;
        return false;
    }
    source->end += (off_t)length;
    return true;
}

static bool take_bytes(struct source *source, struct stream *stream, struct entry *entry)
{
    char first[SNIFFED], *data;
    size_t length = entry->size < SNIFFED ? (size_t)entry->size : SNIFFED;
    if (!stream_read(stream, first, length))
        return false;
    entry->content = sniff((const unsigned char *)first, length);
    entry->kept = NOT_KEPT;
    uint64_t left = entry->size - length;
    if (!is_wanted(entry))
        return skip(stream, left + padding(entry->size));
    entry->kept = source->end;
    if (!keep(source, stream, first, length))
        return false;
    while (left > 0) {
        size_t got =
            stream_take(stream, left < STREAM_BUFFER ? (size_t)left : STREAM_BUFFER, &data);
        if (got == 0 || !keep(source, stream, data, got))
            return false;
        left -= got;
    }
    return skip(stream, padding(entry->size));
}

static bool take_entry(struct source *source, struct stream *stream,
                       const struct header *header, char *path, const char *wrong,
                       struct entries *entries)
{
    bool folder = header->type == '5', misplaced = wrong != NULL;
    struct entry *entry = entries_add(entries, path, folder ? ENTRY_DIRECTORY : ENTRY_FILE);
    entry->kept = NOT_KEPT;
    entry->size = header->type == '0' ? size_of(header) : 0;
    if (wrong == NULL && header->type != '0' && !folder)
        wrong = header->type == '2'   ? "is a symbolic link"
                : header->type == '1' ? "is a hard link"
                : header->type == '6' ? "is a named pipe"
                                      : "is a device";
    if (wrong != NULL) {
        entry->kind = misplaced ? ENTRY_MISPLACED : ENTRY_UNUSABLE;
        entry->wrong = wrong;
        return skip(stream, entry->size + padding(entry->size));
    }
    return folder || take_bytes(source, stream, entry);
}

/* Reads a header, with the long name that may stand before it. Returns 1, 0 at the stream's end,
 * -1 for a stream that breaks off. */
static int next_header(struct stream *stream, struct header *header, char **name)
{
    static const char zeros[BLOCK];
    *name = NULL;
    while (stream_read(stream, header, BLOCK)) {
        uint64_t size = size_of(header);
        if (memcmp(header, zeros, BLOCK) == 0)
            return 0;
        if (header->type != 'L' && header->type != 'K') {
            if (*name == NULL)
                *name = strndup(header->name, sizeof header->name);
            return 1;
        }
        char *text = size <= LONGEST_PATH ? calloc(1, size + 1) : NULL;
        if (text == NULL || !stream_read(stream, text, size) || !skip(stream, padding(size))) {
            free(text);
            break;
        }
        char **place = header->type == 'L' ? name : &text; /* a link's target is dropped */
        if (place == name) {
            free(*name);
            *name = text;
        } else {
            free(text);
        }
    }
    free(*name);
    return -1;
}

/* Returns NULL when all was read, or what the archive exceeds. */
static const char *read_entries(struct source *source, struct stream *stream,
                                const char *prefix, struct allowance *allowance,
                                struct entries *entries, bool *complete)
{
    struct header header;
    char *name;
    int got;
    *complete = false;
    while ((got = next_header(stream, &header, &name)) > 0) {
        uint64_t size = header.type == '0' ? size_of(&header) : 0;
        const char *exceeds = allowance->entries == 0   ? allowance->too_many
                              : size > allowance->bytes ? allowance->too_large
                                                        : NULL;
        if (exceeds != NULL) {
            free(name);
            return exceeds;
        }
        allowance->entries--;
        allowance->bytes -= size;
        const char *wrong = NULL;
        char *path = clean_path(prefix, name, &wrong);
        free(name);
        if (!take_entry(source, stream, &header, path, wrong, entries))
            return NULL;
    }
    *complete = got == 0;
    char *rest; /* blocks behind the end: left unread, they would stop the writer */
    while (*complete && stream_take(stream, STREAM_BUFFER, &rest) > 0)
        ;
    return NULL;
}

static enum unpacked convert(struct source *source, int fd, const char *prefix,
                             enum isolation level, struct allowance *allowance,
                             struct entries *entries, char **why)
{
    struct stream stream;
    bool complete;
    if (!stream_start(&stream, BSDTAR, level, allowance, fd))
        return UNPACK_FAILED;
    const char *exceeds = read_entries(source, &stream, prefix, allowance, entries, &complete);
    *why = stream_finish(source, &stream, allowance, exceeds != NULL);
    if (stream.broken)
        return UNPACK_FAILED;
    if (exceeds != NULL || (*why == NULL && !complete)) {
        free(*why);
        *why = strdup(exceeds != NULL ? exceeds : DAMAGED ": it breaks off");
    }
    return *why == NULL ? UNPACKED : NOT_UNPACKED;
}

/* ---- decompression ----------------------------------------------------------------------------- */

/* Decompresses into an unnamed file. A tar's headers come on top of what its files may hold. */
static enum unpacked decompress(struct source *source, int *fd, enum isolation level,
                                struct allowance *allowance, char **why)
{
    uint64_t left = allowance->bytes + (uint64_t)allowance->entries * 3 * BLOCK;
    struct stream stream = {.broken = false};
    int out = temporary_file();
    bool started = out != -1 && stream_start(&stream, BSDCAT, level, allowance, *fd);
    char *data;
    for (size_t got;
         started && left > 0 && (got = stream_take(&stream, STREAM_BUFFER, &data));) {
        stream.broken = write_all(out, data, got) == -1;
        if (stream.broken)
            break;
        left -= got < left ? got : left;
    }
    if (started)
        *why = stream_finish(source, &stream, allowance, left == 0);
    if (started && left == 0 && !stream.broken) {
        free(*why);
        *why = strdup(allowance->too_large);
    }
    bool good = started && !stream.broken && *why == NULL;
    int error = errno;
    if (out != -1 && !good)
        close(out);
    errno = error;
    if (good) {
        close(*fd);
        *fd = out;
    }
    return good ? UNPACKED : !started || stream.broken ? UNPACK_FAILED : NOT_UNPACKED;
}

static enum content content_of(int fd)
{
    unsigned char data[SNIFFED];
    ssize_t length = pread(fd, data, sizeof data, 0);
    return sniff(data, length > 0 ? (size_t)length : 0);
}

/* A zip ends in a list of what it holds, and that in a record of up to 64 KiB. One that was cut
 * off may well be read up to there, and seem whole. */
static bool is_whole_zip(int fd)
{
    enum { RECORD = 22, TAIL = RECORD + 65535 };
    off_t size = lseek(fd, 0, SEEK_END);
    off_t from = size > TAIL ? size - TAIL : 0;
    unsigned char *tail = malloc(TAIL);
    ssize_t length = tail != NULL ? pread(fd, tail, TAIL, from) : -1;
    bool whole = length >= RECORD && memmem(tail, (size_t)length, "PK\5\6", 4) != NULL;
    free(tail);
    return whole;
}

/* Takes over the descriptor. */
static enum unpacked open_any(struct source *source, int fd, const char *prefix,
                              enum isolation level, struct allowance *allowance,
                              struct entries *entries, char **why)
{
    size_t count = entries->count;
    enum unpacked result = UNPACKED;
    *why = NULL;
    if (content_of(fd) == ARCHIVE_COMPRESSED)
        result = decompress(source, &fd, level, allowance, why);
    enum content content = content_of(fd);
    if (result == UNPACKED && content != ARCHIVE_TAR && content != ARCHIVE_ZIP) {
        *why = strdup("is no zip and no tar archive");
        result = NOT_UNPACKED;
    }
    if (result == UNPACKED && content == ARCHIVE_ZIP && !is_whole_zip(fd)) {
        *why = strdup(DAMAGED ": its end is missing");
        result = NOT_UNPACKED;
    }
    if (result == UNPACKED)
        result = convert(source, fd, prefix, level, allowance, entries, why);
    int error = errno;
    close(fd);
    if (result != UNPACKED)
        entries_cut(entries, count);
    errno = error;
    return result;
}

enum unpacked archive_open(struct source *source, const struct entry *archive,
                           enum isolation level, struct allowance *allowance,
                           struct entries *entries, char **why)
{
    const char *refused = archive->archives >= 3      ? "lies more than three archives deep"
                          : allowance->patience <= 0  ? TOO_LONG
                          : allowance->archives == 0  ? "is one archive too many: 32 are opened"
                          : archive->kept == NOT_KEPT ? "is larger than 64 MiB"
                          : archive->kept == ON_DISK && archive->size > LARGEST_ARCHIVE
                              ? "is larger than 64 MiB"
                              : NULL;
    *why = NULL;
    if (refused != NULL) {
        *why = strdup(refused);
        return NOT_UNPACKED;
    }
    allowance->archives--;
    size_t count = entries->count;
    unsigned depth = archive->archives + 1;
    size_t own = archive->own, handed = archive->handed;
    char *prefix = strdup(archive->path); /* the list may be the one that is appended to */
    int fd = entry_open(source, archive);
    enum unpacked result =
        fd == -1 ? UNPACK_FAILED : open_any(source, fd, prefix, level, allowance, entries, why);
    for (size_t i = count; i < entries->count; i++) {
        entries->all[i].archives = depth;
        entries->all[i].own = own;
        entries->all[i].handed = handed;
    }
    free(prefix);
    return result;
}

enum unpacked archive_open_fd(struct source *source, int fd, enum isolation level,
                              struct allowance *allowance, struct entries *entries, char **why)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy == -1)
        return UNPACK_FAILED;
    enum unpacked result = open_any(source, copy, "", level, allowance, entries, why);
    for (size_t i = 0; result == UNPACKED && i < entries->count; i++)
        entries->all[i].archives = 1;
    return result;
}
