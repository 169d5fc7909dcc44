/* Memory cgroups; see group.h. Version 2 allows no processes beside groups, so that a new one
 * stands beside our own; in version 1 it is below. */
#define _GNU_SOURCE
#include "tests/sandbox/group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512, LAST_TRIES = 50 };

#define PREFIX "socket-labs."

/* With room for a suite and for a kernel's own, over what the watcher allows. */
static const char bound[] = "2147483648";

static char parent[PATH_SIZE]; /* where groups are made, empty where they cannot be */

static bool write_to(const char *group, const char *name, const char *text)
{
    char path[PATH_SIZE + 300];
    snprintf(path, sizeof path, "%s/%s", group, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd != -1)
        close(fd);
    return written;
}

/* Lines of /proc/self/cgroup are NUMBER:CONTROLLERS:PATH; version 2 has no controllers. */
static void find_parent(void)
{
    char line[PATH_SIZE], *end;
    FILE *groups = fopen("/proc/self/cgroup", "re");
    while (groups != NULL && fgets(line, sizeof line - 32, groups) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *memory = strstr(line, ":memory:"), *second = strstr(line, "0::/");
        if (memory != NULL) {
            snprintf(parent, sizeof parent, "/sys/fs/cgroup/memory%.400s", memory + 8);
            break;
        }
        if (second == line && access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
            snprintf(parent, sizeof parent, "/sys/fs/cgroup%.400s", line + 3);
            if ((end = strrchr(parent, '/')) != NULL)
                *end = '\0';
        }
    }
    if (groups != NULL)
        fclose(groups);
}

/* Removes groups that are empty: ours, and those of graders that are no more. One that a living
 * grader has just made is empty too. Returns whether one of ours is left. */
static bool remove_empty(void)
{
    bool left = false;
    DIR *groups = parent[0] != '\0' ? opendir(parent) : NULL;
    for (struct dirent *entry; groups != NULL && (entry = readdir(groups)) != NULL;) {
        int pid;
        if (sscanf(entry->d_name, PREFIX "%d.", &pid) != 1)
            continue;
        bool ours = pid == getpid();
        if (ours || (kill(pid, 0) == -1 && errno == ESRCH))
            left |= unlinkat(dirfd(groups), entry->d_name, AT_REMOVEDIR) == -1 && ours;
    }
    if (groups != NULL)
        closedir(groups);
    return left;
}

/* What was killed last may need a moment to be gone. */
static void remove_all(void)
{
    for (int i = 0; i < LAST_TRIES && remove_empty(); i++)
        usleep(10000);
}

/* Swap is no way around the bound; where there is none, there is nothing to forbid. */
static bool limit(const char *group)
{
    if (write_to(group, "memory.max", bound)) {
        write_to(group, "memory.swap.max", "0");
        return true;
    }
    if (!write_to(group, "memory.limit_in_bytes", bound))
        return false;
    write_to(group, "memory.memsw.limit_in_bytes", bound);
    return true;
}

void group_enter(struct command *command)
{
    static unsigned count;
    static bool begun;
    char group[PATH_SIZE + 64];
    if (!begun) {
        begun = true;
        find_parent();
        remove_empty();
        atexit(remove_all);
    }
    if (parent[0] == '\0')
        return;
    snprintf(group, sizeof group, "%s/" PREFIX "%d.%u", parent, getpid(), ++count);
    if (mkdir(group, 0755) == -1)
        return;
    if (!limit(group)) {
        rmdir(group);
        return;
    }
    command_add(command, "/bin/sh", "-c", "echo $$ 2>/dev/null >\"$0\"; exec \"$@\"", NULL);
    command_addf(command, "%s/cgroup.procs", group);
}
