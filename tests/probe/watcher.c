/* Watching over memory; see watcher.h. */
#define _GNU_SOURCE
#include "tests/probe/watcher.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/messages/messages.h"
#include "tests/probe/finding.h"
#include "tests/probe/proc.h"

enum {
    LOOK_EVERY = 50,
    SMALL = 16 << 20,
    MAPPINGS = 1024,
    LISTED = 4 * PROCESSES,
    FILES_EVERY = 4
};

/* Shared with the watcher, whose page it is. */
struct watch {
    atomic_ullong bound, held; /* bytes; held is set once it is over the bound */
};

static struct watch *watch;
static pid_t watcher, suite;
static enum isolation isolation;

/* Shared mappings that were counted: several processes may have the same one. */
static struct {
    unsigned long long files[MAPPINGS]; /* device and inode */
    size_t count;
} counted;

static bool is_counted(unsigned major, unsigned minor, unsigned long inode)
{
    unsigned long long file = ((unsigned long long)major << 8 | minor) << 44 ^ inode;
    for (size_t i = 0; i < counted.count; i++)
        if (counted.files[i] == file)
            return true;
    if (counted.count < MAPPINGS)
        counted.files[counted.count++] = file;
    return false;
}

static FILE *open_proc(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return fopen(path, "re");
}

/* The size of one line's mapping where it is shared and of no file that has a name. */
static unsigned long long shared_size(const char *line)
{
    unsigned long from, to, inode;
    unsigned device[2];
    int path = 0;
    char shared;
    if (sscanf(line, "%lx-%lx %*3c%c %*x %x:%x %lu %n", &from, &to, &shared, &device[0],
               &device[1], &inode, &path) < 6 ||
        shared != 's' || strstr(line + path, "(deleted)") == NULL)
        return 0;
    return is_counted(device[0], device[1], inode) ? 0 : to - from;
}

static unsigned long long shared_of(pid_t pid, unsigned long long otherwise)
{
    unsigned long long sum = 0;
    char line[512];
    FILE *maps = open_proc(pid, "maps");
    if (maps == NULL) /* it hides: then all of it counts */
        return errno == EACCES || errno == EPERM ? otherwise : 0;
    while (fgets(line, sizeof line, maps) != NULL)
        sum += shared_size(line);
    fclose(maps);
    return sum;
}

/* Files of memfd_create() that a process has open, mapped or not. */
static unsigned long long files_of(pid_t pid)
{
    unsigned long long sum = 0;
    char path[64], target[16];
    struct stat file;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof target);
        if (length < 7 || memcmp(target, "/memfd:", 7) != 0 ||
            fstatat(dirfd(directory), entry->d_name, &file, 0) != 0)
            continue;
        if (!is_counted(major(file.st_dev), minor(file.st_dev), file.st_ino))
            sum += (unsigned long long)file.st_blocks * 512;
    }
    if (directory != NULL)
        closedir(directory);
    return sum;
}

/*
 * A file takes memory of the kernel's though it is empty, and bubblewrap has no option for how many
 * there may be: the kernel allows one for every two pages of memory that the machine has.
 */
static unsigned long long names_of(pid_t pid)
{
    enum { INODE = 1024 };
    static const char *const places[] = {"tmp", "dev/shm"};
    unsigned long long sum = 0;
    char path[64];
    struct stat root;
    struct statvfs usage;
    bool own = isolation == ISOLATED || isolation == ISOLATED_WITHOUT_PROC;
    for (size_t i = 0; own && i < sizeof places / sizeof places[0]; i++) {
        snprintf(path, sizeof path, "/proc/%d/root/%s", pid, places[i]);
        if (stat(path, &root) == 0 && statvfs(path, &usage) == 0 &&
            !is_counted(major(root.st_dev), minor(root.st_dev), 0))
            sum += (unsigned long long)(usage.f_files - usage.f_ffree) * INODE;
    }
    return sum;
}

/* What all processes of the group hold of pages that are theirs alone, others by their share. */
static unsigned long long exact_anonymous(pid_t pid)
{
    unsigned long long sum = 0, kilobytes;
    char line[256];
    FILE *rollup = open_proc(pid, "smaps_rollup");
    if (rollup == NULL)
        return (status_number(pid, "\nRssAnon:") + status_number(pid, "\nVmSwap:")) * 1024;
    while (fgets(line, sizeof line, rollup) != NULL)
        if (sscanf(line, "Pss_Anon: %llu", &kilobytes) == 1 ||
            sscanf(line, "SwapPss: %llu", &kilobytes) == 1)
            sum += kilobytes * 1024;
    fclose(rollup);
    return sum;
}

/*
 * A process of a small address space counts with all of it: that is cheap to read. What is
 * exact costs more, and is read only before a verdict: pages that a child has in common with its
 * parent then count once.
 */
static unsigned long long memory_of(pid_t pid, bool exactly)
{
    unsigned long long pages = 0;
    FILE *statm = open_proc(pid, "statm");
    if (statm == NULL)
        return 0;
    bool read = fscanf(statm, "%llu", &pages) == 1;
    fclose(statm);
    unsigned long long size = read ? pages * (unsigned long long)sysconf(_SC_PAGESIZE) : 0;
    if (size == 0 || (size <= SMALL && !exactly))
        return size;
    unsigned long long shared = shared_of(pid, size);
    if (exactly)
        return exact_anonymous(pid) + shared;
    return (status_number(pid, "\nRssAnon:") + status_number(pid, "\nVmSwap:")) * 1024 + shared;
}

/* In a process tree of our own, all processes that there are: a list is harder to escape, and
 * quicker to read, than a tree. */
static size_t list_processes(pid_t pids[LISTED])
{
    size_t count = 0;
    if (isolation != ISOLATED)
        return process_tree(suite, pids);
    DIR *directory = opendir("/proc");
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]) && count < LISTED)
            pids[count++] = atoi(entry->d_name);
    if (directory != NULL)
        closedir(directory);
    return count;
}

static bool is_ours(pid_t pid)
{
    return pid == suite || pid == watcher || pid == getpid() || pid <= 1;
}

/* Segments that no process has attached; the attached ones are mappings. */
static unsigned long long detached_segments(void)
{
    unsigned long long sum = 0, size, attached;
    char line[256];
    bool own = isolation == ISOLATED || isolation == ISOLATED_WITHOUT_PROC;
    FILE *segments = own ? fopen("/proc/sysvipc/shm", "re") : NULL;
    while (segments != NULL && fgets(line, sizeof line, segments) != NULL)
        if (sscanf(line, "%*d %*d %*o %llu %*d %*d %llu", &size, &attached) == 2 &&
            attached == 0)
            sum += size;
    if (segments != NULL)
        fclose(segments);
    return sum;
}

/* Descriptors can be many: they are looked at less often. */
static unsigned long long sum_of_memory(bool exactly, bool files)
{
    static pid_t pids[LISTED];
    size_t count = list_processes(pids);
    counted.count = 0;
    unsigned long long sum = detached_segments();
    for (size_t i = 0; i < count; i++)
        if (!is_ours(pids[i]))
            sum += memory_of(pids[i], exactly) +
                   (files ? files_of(pids[i]) + names_of(pids[i]) : 0);
    return sum;
}

static bool is_too_much(bool files)
{
    unsigned long long bound = atomic_load(&watch->bound);
    if (sum_of_memory(false, files) <= bound)
        return false;
    unsigned long long held = sum_of_memory(true, true);
    if (held <= bound)
        return false;
    atomic_store(&watch->held, held);
    return true;
}

/* Again and again: what forks meanwhile is met the next time. */
static void end_all(void)
{
    static pid_t pids[LISTED];
    for (int round = 0; round < 20; round++) {
        size_t count = list_processes(pids);
        for (size_t i = 0; i < count; i++)
            if (!is_ours(pids[i]))
                kill(pids[i], SIGKILL);
        usleep(1000);
    }
}

static _Noreturn void keep_watching(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != suite)
        _exit(EXIT_SUCCESS);
    close_range(0, ~0u, 0); /* the record's pipe is the suite's */
    for (unsigned look = 0;; look++) {
        if (is_too_much(look % FILES_EVERY == 0))
            end_all();
        usleep(LOOK_EVERY * 1000);
    }
}

void watcher_start(enum isolation level)
{
    isolation = level;
    suite = getpid();
    watch =
        mmap(NULL, sizeof *watch, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (watch == MAP_FAILED)
        broken("mmap: %s", strerror(errno));
    atomic_store(&watch->bound, SANDBOX_MEMORY);
    watcher = fork();
    if (watcher == -1)
        broken("fork: %s", strerror(errno));
    if (watcher == 0)
        keep_watching();
}

void watcher_allow_sanitizers(void)
{
    atomic_store(&watch->bound, SANDBOX_MEMORY_SANITIZED);
}

bool watcher_has_ended_them(void)
{
    return watch != NULL && atomic_load(&watch->held) != 0;
}

bool watcher_saw_too_much(void)
{
    return watcher_has_ended_them() || (watch != NULL && is_too_much(true));
}

bool watcher_is_there(void)
{
    return waitpid(watcher, NULL, WNOHANG) == 0;
}

int watcher_bound(void)
{
    return (int)atomic_load(&watch->bound);
}

const char *watcher_finding(void)
{
    static char text[200];
    snprintf(text, sizeof text, translated("they held %llu MiB, and were all ended"),
             atomic_load(&watch->held) >> 20);
    return text;
}
