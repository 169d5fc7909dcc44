#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    static const char *const paths[] = {"/proc/self/exe",
                                        "/lab/server",
                                        "/lab/server-asan",
                                        "/grading/programs/server",
                                        "/grading/programs/server-asan",
                                        "/grading/programs/server.symbols",
                                        "/proc/self/root/lab/server",
                                        "/usr/bin/prlimit"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (open(paths[i], O_WRONLY) != -1 || open(paths[i], O_RDWR | O_TRUNC) != -1)
            fprintf(stderr, "REACHED %s\n", paths[i]);
        if (unlink(paths[i]) == 0 || rename(paths[i], "/tmp/x") == 0 ||
            chmod(paths[i], 0777) == 0 || rename("/tmp", paths[i]) == 0)
            fprintf(stderr, "REACHED the name %s\n", paths[i]);
    }
    fputs("tried to overwrite\n", stderr);
}
