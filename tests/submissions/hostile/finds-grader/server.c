#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a path of the machine's would tell. */
static void search(const char *path)
{
    static const char *const signs[] = {"@CHECKOUT@",   "@BUILD@",   "@OUTSIDE@",
                                        "socket-labs.", "--results", "--check"};
    static char text[65536];
    int fd = open(path, O_RDONLY);
    ssize_t length = fd == -1 ? 0 : read(fd, text, sizeof text);
    close(fd);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (length > 0 && memmem(text, (size_t)length, signs[i], strlen(signs[i])) != NULL)
            fprintf(stderr, "REACHED \"%s\" in %s\n", signs[i], path);
}

int main(int argc, char *argv[], char *environment[])
{
    (void)argc;
    (void)argv;
    struct stat status;
    for (char **at = environment; *at != NULL; at++)
        if (strncmp(*at, "PWD=", 4) != 0)
            fprintf(stderr, "REACHED the environment %s\n", *at);
    for (int fd = 3; fd < 4096; fd++)
        if (fstat(fd, &status) == 0)
            fprintf(stderr, "REACHED descriptor %d, mode %o\n", fd, status.st_mode);
    search("/proc/1/environ");
    search("/proc/1/cmdline");
    search("/proc/self/cgroup");
    search("/proc/self/environ");
    search("/proc/keys");
    if (open("/dev/tty", O_RDWR) != -1)
        fputs("REACHED a terminal\n", stderr);
    fputs("looked for the grader\n", stderr);
}
