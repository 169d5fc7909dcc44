/* Workspaces; see workspace.h. Root hands them to the user that sandboxes run as to read, never
 * to write, but for tmp/. */
#define _GNU_SOURCE
#include "tests/grader/workspace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "tests/grader/language.h"
#include "tests/messages/messages.h"
#include "tests/sandbox/sandbox.h"

enum { LARGEST_SOURCE = 1 << 20, LARGEST_FILE = 64 << 20, PATH_SIZE = 1024 };

#define PREFIX "socket-labs."

static char *failure(const char *what, const char *which, const char *why)
{
    char *text;
    if (asprintf(&text, "%s%s%s: %s", what, which[0] != '\0' ? " " : "", which, why) == -1)
        abort();
    return text;
}

const char *kit_directory(void)
{
    static char path[PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    return path;
}

/* Reads a whole file that is open. Returns its bytes to free(3), or NULL with errno set. */
static char *read_all(int fd, size_t maximum, size_t *length)
{
    struct stat status;
    if (fstat(fd, &status) == -1)
        return NULL;
    if ((size_t)status.st_size > maximum) {
        errno = EFBIG;
        return NULL;
    }
    char *data = malloc((size_t)status.st_size + 1);
    *length = 0;
    while (data != NULL && *length < (size_t)status.st_size) {
        ssize_t part = read(fd, data + *length, (size_t)status.st_size - *length);
        if (part == 0)
            break;
        if (part > 0) {
            *length += (size_t)part;
        } else if (errno != EINTR) {
            free(data);
            return NULL;
        }
    }
    if (data != NULL)
        data[*length] = '\0';
    return data;
}

bool workspace_write(const char *workspace, const char *name, const void *data, size_t length,
                     bool executable)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", workspace, name);
    mode_t mode = executable ? 0755 : 0644;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd == -1)
        return false;
    bool written = fchmod(fd, mode) == 0 && write_all(fd, data, length) == 0;
    int error = errno;
    if (close(fd) == -1)
        return false;
    errno = error;
    return written;
}

char *workspace_read(const char *workspace, const char *name, size_t *length)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", workspace, name);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1)
        return NULL;
    char *data = read_all(fd, LARGEST_SOURCE, length);
    int error = errno;
    close(fd);
    errno = error;
    return data;
}

static char *copy_file(const char *from, const char *workspace, const char *name, bool program)
{
    size_t length;
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    char *data = fd == -1 ? NULL : read_all(fd, LARGEST_FILE, &length);
    int error = errno;
    if (fd != -1)
        close(fd);
    if (data == NULL)
        return failure("read", from, strerror(error));
    bool written = workspace_write(workspace, name, data, length, program);
    error = errno;
    free(data);
    return written ? NULL : failure("write", name, strerror(error));
}

/* Copies the regular files of a directory of the kit. */
static char *copy_files(const char *from, const char *workspace, const char *name)
{
    char source[PATH_SIZE + 320], target[PATH_SIZE + 320], *wrong = NULL;
    snprintf(target, sizeof target, "%s/%s", workspace, name);
    if ((mkdir(target, 0755) == -1 && errno != EEXIST) || chmod(target, 0755) == -1)
        return failure("mkdir", target, strerror(errno)); /* whatever the umask was */
    DIR *directory = opendir(from);
    if (directory == NULL)
        return failure("read", from, strerror(errno));
    for (struct dirent *entry; wrong == NULL && (entry = readdir(directory)) != NULL;) {
        struct stat status;
        snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", name, entry->d_name);
        if (stat(source, &status) == 0 && S_ISREG(status.st_mode))
            wrong = copy_file(source, workspace, target, (status.st_mode & S_IXUSR) != 0);
    }
    closedir(directory);
    return wrong;
}

static char *make_directories(const char *workspace)
{
    static const char *const names[] = {"source", "kit", "etc", "programs", "tmp"};
    char path[PATH_SIZE];
    bool root = geteuid() == 0;
    if (chmod(workspace, root ? 0750 : 0700) == -1 ||
        (root && chown(workspace, 0, SANDBOX_USER) == -1))
        return failure("chmod", workspace, strerror(errno));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", workspace, names[i]);
        if (mkdir(path, 0755) == -1 || chmod(path, 0755) == -1)
            return failure("mkdir", path, strerror(errno));
    }
    if (root && (chown(path, SANDBOX_USER, SANDBOX_USER) == -1)) /* tmp/, the last */
        return failure("chown", path, strerror(errno));
    return NULL;
}

/*
 * A grader that was killed leaves its workspace behind. The grader that uses one holds a lock on
 * its file `lock`: one that can be locked is nobody's any more.
 */
static void remove_if_left(const char *path)
{
    char lock[PATH_SIZE + 16];
    struct stat status;
    snprintf(lock, sizeof lock, "%s/lock", path);
    int fd = open(lock, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1)
        return;
    if (fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
        flock(fd, LOCK_EX | LOCK_NB) == 0)
        workspace_remove(path);
    close(fd);
}

static void remove_what_was_left(const char *temporary)
{
    char path[PATH_SIZE];
    DIR *directory = opendir(temporary);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0) {
            snprintf(path, sizeof path, "%s/%s", temporary, entry->d_name);
            remove_if_left(path);
        }
    closedir(directory);
}

/* The lock ends with the process, or when the file is removed with its workspace. */
static char *lock_workspace(const char *path)
{
    static int locked = -1;
    char fresh[PATH_SIZE + 16], lock[PATH_SIZE + 16];
    snprintf(fresh, sizeof fresh, "%s/fresh", path); /* nobody looks for it under this name */
    snprintf(lock, sizeof lock, "%s/lock", path);
    if (locked != -1)
        close(locked);
    locked = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (locked == -1 || flock(locked, LOCK_EX) == -1 || rename(fresh, lock) == -1)
        return failure("lock", lock, strerror(errno));
    return NULL;
}

static char *make_empty(char *path, size_t size)
{
    const char *temporary = getenv("TMPDIR");
    if (temporary == NULL || temporary[0] != '/')
        temporary = "/tmp";
    remove_what_was_left(temporary);
    snprintf(path, size, "%s/" PREFIX "XXXXXX", temporary);
    if (mkdtemp(path) != NULL)
        return NULL;
    char *wrong = failure("mkdtemp", path, strerror(errno));
    path[0] = '\0';
    return wrong;
}

char *workspace_make(const char *lab, char *path, size_t size)
{
    static const char *const copies[][2] = {
        {"kit", "kit"}, {"kit/common", "kit/common"}, {"kit/etc", "etc"}};
    char from[PATH_SIZE + 64];
    char *wrong = make_empty(path, size);
    if (wrong == NULL)
        wrong = lock_workspace(path);
    if (wrong == NULL)
        wrong = make_directories(path);
    if (wrong == NULL) {
        snprintf(from, sizeof from, "%s/checks/%s", kit_directory(), lab);
        wrong = copy_file(from, path, "suite", true);
    }
    for (size_t i = 0; wrong == NULL && i < sizeof copies / sizeof copies[0]; i++) {
        snprintf(from, sizeof from, "%s/%s", kit_directory(), copies[i][0]);
        wrong = copy_files(from, path, copies[i][1]);
    }
    if (wrong == NULL && language_catalogue(from, sizeof from) != NULL)
        wrong = copy_file(from, path, WORKSPACE_MESSAGES, false);
    return wrong;
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? translated("is a directory")
           : S_ISLNK(mode)  ? translated("is a symbolic link")
           : S_ISFIFO(mode) ? translated("is a named pipe")
           : S_ISSOCK(mode) ? translated("is a socket")
                            : translated("is a device");
}

/* Opens one file of a submission, never through a link and never waiting for a pipe's writer. */
static char *take_file(int directory, const char *shown, const char *name,
                       const char *workspace)
{
    char which[PATH_SIZE], target[PATH_SIZE];
    struct stat status;
    size_t length;
    snprintf(which, sizeof which, "%s/%s", shown, name);
    snprintf(target, sizeof target, "source/%s", name);
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == -1)
        return failure(which, "", errno == ENOENT ? translated("is missing") : strerror(errno));
    if (!S_ISREG(status.st_mode))
        return failure(which, "", kind_of(status.st_mode));
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd == -1 || fstat(fd, &status) == -1 || !S_ISREG(status.st_mode))
        return failure(which, "",
                       fd == -1 ? strerror(errno) : translated("is no regular file"));
    char *data = read_all(fd, LARGEST_SOURCE, &length);
    char *wrong = NULL;
    if (data == NULL)
        wrong = failure(which, "",
                        errno == EFBIG ? translated("is larger than 1 MiB") : strerror(errno));
    else if (!workspace_write(workspace, target, data, length, false))
        wrong = failure("write", target, strerror(errno));
    close(fd);
    free(data);
    return wrong;
}

char *submission_take(const char *workspace, const char *directory, const char *programs,
                      bool follow)
{
    int opened =
        open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
    if (opened == -1)
        return failure(directory, "",
                       errno == ENOENT ? translated("is missing") : strerror(errno));
    char *names = strdup(programs), *rest = names, *wrong = NULL;
    for (char *name; wrong == NULL && (name = strsep(&rest, " ")) != NULL;) {
        char file[64];
        snprintf(file, sizeof file, "%s.c", name);
        wrong = take_file(opened, directory, file, workspace);
    }
    free(names);
    close(opened);
    return wrong;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    remove(path); /* what cannot be removed stays; the directory's name tells whose it is */
    return 0;
}

void workspace_remove(const char *path)
{
    if (path[0] != '\0')
        nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
