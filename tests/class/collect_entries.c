/* The list of what an export holds; see collect_entries.h. */
#define _GNU_SOURCE
#include "tests/class/collect_entries.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int temporary_file(void)
{
    const char *set = getenv("TMPDIR");
    const char *directory = set != NULL && set[0] != '\0' ? set : "/tmp";
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
        return fd;
    char *path; /* a file system without unnamed files */
    if (asprintf(&path, "%s/collect.XXXXXX", directory) == -1)
        abort();
    fd = mkostemp(path, O_CLOEXEC);
    if (fd != -1)
        unlink(path);
    free(path);
    return fd;
}

/* ---- the list ------------------------------------------------------------------------------- */

struct entry *entries_add(struct entries *entries, char *path, enum entry_kind kind)
{
    if (entries->count == entries->room) {
        entries->room = entries->room > 0 ? entries->room * 2 : 64;
        entries->all = reallocarray(entries->all, entries->room, sizeof *entries->all);
    }
    if (entries->all == NULL || path == NULL)
        abort();
    struct entry *entry = &entries->all[entries->count++];
    *entry = (struct entry){.path = path, .kind = kind, .kept = ON_DISK};
    return entry;
}

/* A slash sorts before every other byte: what is in `a` comes before `a b`. */
static int compare_paths(const void *left, const void *right)
{
    const char *a = ((const struct entry *)left)->path;
    const char *b = ((const struct entry *)right)->path;
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    int first = *a == '/' ? 1 : *a == '\0' ? 0 : 1 + (unsigned char)*a;
    int second = *b == '/' ? 1 : *b == '\0' ? 0 : 1 + (unsigned char)*b;
    return first - second;
}

void entries_sort(struct entries *entries)
{
    if (entries->count > 0)
        qsort(entries->all, entries->count, sizeof *entries->all, compare_paths);
}

void entries_cut(struct entries *entries, size_t count)
{
    while (entries->count > count)
        free(entries->all[--entries->count].path);
}

void entries_free(struct entries *entries)
{
    entries_cut(entries, 0);
    free(entries->all);
    *entries = (struct entries){.count = 0};
}

/* ---- what is nobody's work -------------------------------------------------------------------- */

const char *junk_kind(const char *name, size_t length)
{
    static const char *const kinds[][2] = {
        {".git", "of version control"},
        {".svn", "of version control"},
        {".gitignore", "of version control"},
        {".gitattributes", "of version control"},
        {".gitkeep", "of version control"},
        {".github", "of version control"},
        {"__MACOSX", "of macOS or Windows itself"},
        {".DS_Store", "of macOS or Windows itself"},
        {"._*", "of macOS or Windows itself"},
        {"Thumbs.db", "of macOS or Windows itself"},
        {"desktop.ini", "of macOS or Windows itself"},
        {".vscode", "of an editor"},
        {".idea", "of an editor"},
        {".clang-format", "of an editor"},
        {".clangd", "of an editor"},
        {"*~", "of an editor"},
        {".*.sw?", "of an editor"},
        {"Makefile", "for building (the kit has its own)"},
        {"makefile", "for building (the kit has its own)"},
        {"*.mk", "for building (the kit has its own)"},
        {"CMakeLists.txt", "for building (the kit has its own)"},
        {"*.o", "made by a compiler"},
        {"*.d", "made by a compiler"},
        {"*.a", "made by a compiler"},
        {"*.obj", "made by a compiler"},
        {"*.dSYM", "made by a compiler"},
        {"README*", "named README or LICENSE"},
        {"LICENSE*", "named README or LICENSE"},
    };
    char copy[256];
    if (length >= sizeof copy)
        return NULL;
    memcpy(copy, name, length);
    copy[length] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (fnmatch(kinds[i][0], copy, 0) == 0)
            return kinds[i][1];
    return NULL;
}

/* ---- folders on disk --------------------------------------------------------------------------- */

static const char *wrong_kind(mode_t mode)
{
    return S_ISLNK(mode)    ? "is a symbolic link"
           : S_ISFIFO(mode) ? "is a named pipe"
           : S_ISSOCK(mode) ? "is a socket"
                            : "is a device";
}

static char *joined(const char *folder, const char *name)
{
    char *path;
    if (asprintf(&path, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name) == -1)
        abort();
    return path;
}

static void list_into(DIR *directory, const char *folder, unsigned depth,
                      const struct stat *except, struct entries *entries);

static void mark(struct entry *entry, const char *wrong)
{
    entry->kind = ENTRY_UNUSABLE;
    entry->wrong = wrong;
}

/* `at` is the number of the folder's own entry: the list may move while it grows. */
static void list_below(int parent, const char *name, size_t at, unsigned depth,
                       const struct stat *except, struct entries *entries)
{
    if (depth > DEEPEST_FOLDER) {
        mark(&entries->all[at], "is more than 64 folders deep");
        return;
    }
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd != -1 ? fdopendir(fd) : NULL;
    if (directory == NULL) {
        mark(&entries->all[at], "is a folder that cannot be read");
        if (fd != -1)
            close(fd);
        return;
    }
    char *path = strdup(entries->all[at].path);
    list_into(directory, path, depth, except, entries);
    free(path);
    closedir(directory);
}

static void list_one(DIR *directory, const char *folder, const char *name, unsigned depth,
                     const struct stat *except, struct entries *entries)
{
    struct stat status;
    struct entry *entry = entries_add(entries, joined(folder, name), ENTRY_FILE);
    if (fstatat(dirfd(directory), name, &status, AT_SYMLINK_NOFOLLOW) == -1) {
        mark(entry, "cannot be looked at");
    } else if (S_ISDIR(status.st_mode)) {
        entry->kind = ENTRY_DIRECTORY;
        if (except->st_dev == status.st_dev && except->st_ino == status.st_ino)
            entries_cut(entries, entries->count - 1);
        else if (junk_kind(name, strlen(name)) == NULL)
            list_below(dirfd(directory), name, entries->count - 1, depth + 1, except, entries);
    } else if (S_ISREG(status.st_mode)) {
        entry->size = (uint64_t)status.st_size;
    } else {
        mark(entry, wrong_kind(status.st_mode));
    }
}

static void list_into(DIR *directory, const char *folder, unsigned depth,
                      const struct stat *except, struct entries *entries)
{
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            list_one(directory, folder, entry->d_name, depth, except, entries);
}

bool list_folder(int directory, const struct stat *except, struct entries *entries)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *opened = fd != -1 ? fdopendir(fd) : NULL;
    if (opened == NULL)
        return false;
    list_into(opened, "", 0, except, entries);
    closedir(opened);
    return true;
}

/* ---- bytes ------------------------------------------------------------------------------------- */

static int open_on_disk(int directory, const char *path)
{
    char *copy = strdup(path), *rest = copy;
    int fd = directory, next = -1;
    for (char *name; (name = strsep(&rest, "/")) != NULL; fd = next) {
        int flags = rest != NULL ? O_DIRECTORY : O_NONBLOCK;
        next = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);
        int error = errno;
        if (fd != directory)
            close(fd);
        errno = error;
        if (next == -1)
            break;
    }
    free(copy);
    struct stat status;
    if (next != -1 && (fstat(next, &status) == -1 || !S_ISREG(status.st_mode))) {
        close(next);
        errno = EINVAL;
        return -1;
    }
    return next;
}

/* A converter needs a file of its own, from its first byte on. */
static int copy_of_kept(const struct source *source, const struct entry *entry)
{
    int fd = temporary_file();
    off_t from = entry->kept, end = entry->kept + (off_t)entry->size;
    while (fd != -1 && from < end) {
        ssize_t part = copy_file_range(source->spool, &from, fd, NULL, (size_t)(end - from), 0);
        if (part > 0 || (part == -1 && errno == EINTR))
            continue;
        int error = part == 0 ? EIO : errno;
        close(fd);
        errno = error;
        return -1;
    }
    if (fd != -1)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

int entry_open(const struct source *source, const struct entry *entry)
{
    errno = ENODATA;
    if (entry->kept == NOT_KEPT)
        return -1;
    return entry->kept == ON_DISK ? open_on_disk(source->directory, entry->path)
                                  : copy_of_kept(source, entry);
}

/* Reads up to `maximum` bytes from a place on. Returns how many, or -1 with errno set. */
static ssize_t read_at(int fd, off_t at, char *data, size_t maximum)
{
    size_t length = 0;
    while (length < maximum) {
        ssize_t part = pread(fd, data + length, maximum - length, at + (off_t)length);
        if (part == 0)
            break;
        if (part > 0)
            length += (size_t)part;
        else if (errno != EINTR)
            return -1;
    }
    return (ssize_t)length;
}

static ssize_t read_entry(const struct source *source, const struct entry *entry, char *data,
                          size_t maximum)
{
    if (entry->kept >= 0)
        return read_at(source->spool, entry->kept, data, maximum);
    int fd = entry_open(source, entry);
    if (fd == -1)
        return -1;
    ssize_t length = read_at(fd, 0, data, maximum);
    int error = errno;
    close(fd);
    errno = error;
    return length;
}

char *entry_read(const struct source *source, const struct entry *entry, size_t *length)
{
    char *data = malloc(entry->size + 1);
    ssize_t got = data != NULL ? read_entry(source, entry, data, entry->size) : -1;
    if (got == -1) {
        free(data);
        return NULL;
    }
    *length = (size_t)got;
    data[got] = '\0';
    return data;
}

/* The checksum of a tar header counts its own field as blanks. */
static bool is_tar(const unsigned char *data, size_t length)
{
    if (length < SNIFFED || memcmp(data + 257, "ustar", 5) != 0)
        return false;
    char field[9] = "";
    unsigned sum = 0;
    memcpy(field, data + 148, 8);
    for (size_t i = 0; i < SNIFFED; i++)
        sum += i >= 148 && i < 156 ? ' ' : data[i];
    return strtoul(field, NULL, 8) == sum;
}

enum content sniff(const unsigned char *data, size_t length)
{
    static const struct {
        const char *begins;
        size_t length;
        enum content content;
    } known[] = {
        {"PK\3\4", 4, ARCHIVE_ZIP},
        {"PK\5\6", 4, ARCHIVE_ZIP}, /* an empty one */
        {"\x1f\x8b", 2, ARCHIVE_COMPRESSED},
        {"BZh", 3, ARCHIVE_COMPRESSED},
        {"\xfd"
         "7zXZ",
         6, ARCHIVE_COMPRESSED},
        {"\x28\xb5\x2f\xfd", 4, ARCHIVE_COMPRESSED},
        {"7z\xbc\xaf\x27\x1c", 6, ARCHIVE_FOREIGN},
        {"Rar!\x1a\x07", 6, ARCHIVE_FOREIGN},
        {"\x7f"
         "ELF",
         4, COMPILED},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (length >= known[i].length && memcmp(data, known[i].begins, known[i].length) == 0)
            return known[i].content;
    return is_tar(data, length) ? ARCHIVE_TAR : ORDINARY;
}

enum content entry_content(const struct source *source, struct entry *entry)
{
    if (entry->content != NOT_LOOKED)
        return entry->content;
    char data[SNIFFED];
    entry->content = ORDINARY;
    if (entry->kind == ENTRY_FILE) {
        ssize_t length = read_entry(source, entry, data, sizeof data);
        if (length == -1)
            mark(entry, "cannot be read");
        else
            entry->content = sniff((const unsigned char *)data, (size_t)length);
    }
    return entry->content;
}
