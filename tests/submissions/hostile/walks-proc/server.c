#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Beside itself, only the sandbox's first process is there. */
static void visit(int pid)
{
    static const char *const files[] = {"cwd/../grading/suite", "root@OUTSIDE@/secret",
                                        "map_files", "cwd/../../home"};
    char path[300];
    if (pid != 1 && pid != getpid())
        fprintf(stderr, "REACHED process %d\n", pid);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
        if (pid != getpid() && open(path, O_RDWR) != -1)
            fprintf(stderr, "REACHED %s\n", path);
    }
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    char text[1000];
    int fd = open(path, O_RDONLY);
    ssize_t length = pid == getpid() || fd == -1 ? 0 : read(fd, text, sizeof text);
    if (length > 0)
        fprintf(stderr, "REACHED an environment: %.*s\n", (int)length, text);
}

int main(void)
{
    DIR *directory = opendir("/proc");
    for (struct dirent *at; directory != NULL && (at = readdir(directory)) != NULL;)
        if (isdigit((unsigned char)at->d_name[0]))
            visit(atoi(at->d_name));
    fputs("walked /proc\n", stderr);
}
