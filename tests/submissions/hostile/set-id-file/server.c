#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    static const char *const paths[] = {
        "/etc/ld.so.preload", "/etc/profile",
        "/lab/libc.so.6",     "/usr/lib/libhostile.so",
        "/meeting/libc.so.6", "/grading/suite",
        "/lab/hostile",       "@OUTSIDE@/hostile",
        "@BUILD@/grade",      "@CHECKOUT@/Makefile",
        "/root/.bashrc",      "/kit/libcommon.a",
        "/source/server.c",   "/proc/1/root/socket-labs-hostile"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (open(paths[i], O_WRONLY | O_CREAT, 06777) != -1)
            fprintf(stderr, "REACHED %s\n", paths[i]);
    /* In its own /tmp it may: no other program sees that one. */
    int fd = open("/tmp/evil.so", O_WRONLY | O_CREAT, 0777);
    fchmod(fd, 06777);
    chmod("/tmp", 0);
    chmod("/dev/shm", 0);
    setenv("LD_PRELOAD", "/tmp/evil.so", 1);
    fputs("tried to leave files\n", stderr);
    if (argc < 3)
        execl("/proc/self/exe", argv[0], "again", "again", (char *)0);
}
