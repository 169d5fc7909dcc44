#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *const paths[] = {"@OUTSIDE@/secret",
                                    "@OUTSIDE@",
                                    "@CHECKOUT@",
                                    "@CHECKOUT@/solutions/02-fork/server.c",
                                    "@CHECKOUT@/tests/checks/02-fork.c",
                                    "@BUILD@",
                                    "@BUILD@/checks/02-fork",
                                    "/proc/1/root@OUTSIDE@/secret",
                                    "/proc/1/cwd/../grading/suite",
                                    "/grading",
                                    "/grading/suite",
                                    "/grading/source/server.c",
                                    "/grading/programs",
                                    "/oldroot",
                                    "/newroot",
                                    "/source",
                                    "/kit/common",
                                    "/kit/libcommon.a",
                                    "/kit/compile.filter",
                                    "/kit/trial-tsan",
                                    "/etc/shadow",
                                    "/etc/ssh",
                                    "/etc/hostname",
                                    "/etc/machine-id",
                                    "/root",
                                    "/root/.ssh/id_rsa",
                                    "/home",
                                    "/var",
                                    "/sys/class/net",
                                    "/boot"};

static void look_around(const char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *at; directory != NULL && (at = readdir(directory)) != NULL;)
        if (at->d_name[0] != '.')
            fprintf(stderr, "REACHED %s/%s\n", path, at->d_name);
}

int main(void)
{
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (open(paths[i], O_RDONLY) != -1)
            fprintf(stderr, "REACHED %s\n", paths[i]);
    look_around("/meeting");
    look_around("/tmp");
    look_around("/dev/shm");
    fputs("tried to read\n", stderr);
}
