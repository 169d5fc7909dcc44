/*
 * confine: puts a filter of system calls into force and becomes another program.
 *
 *     confine FILTER PROGRAM [ARGUMENT...]
 *
 * FILTER is a file of filter.c's. It is the last link of each sandbox's chain of commands, at all
 * levels of isolation: what stands before it needs calls that the filter denies. The filter holds
 * for the program and all its descendants, and nothing takes it away again.
 *
 * Exit status: 126 when it could not do its work, as of a shell that cannot execute.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CANNOT_EXECUTE = 126 };

static void expect(int holds, const char *what)
{
    if (holds)
        return;
    perror(what);
    exit(CANNOT_EXECUTE);
}

int main(int argc, char *argv[])
{
    static struct sock_filter instructions[BPF_MAXINSNS];
    if (argc < 3) {
        fprintf(stderr, "usage: confine FILTER PROGRAM [ARGUMENT...]\n");
        return CANNOT_EXECUTE;
    }
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    expect(fd != -1, argv[1]);
    ssize_t length = read(fd, instructions, sizeof instructions);
    expect(length > 0, argv[1]);
    struct sock_fprog filter = {.len =
                                    (unsigned short)((size_t)length / sizeof instructions[0]),
                                .filter = instructions};
    expect(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    expect(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0, "seccomp");
    close(fd);
    execv(argv[2], argv + 2);
    perror(argv[2]);
    return CANNOT_EXECUTE;
}
