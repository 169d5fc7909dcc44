#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void)
{
    for (pid_t pid = 2; pid < 70000; pid++) {
        char byte, path[64];
        struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
        if (pid == getpid())
            continue;
        if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0)
            fprintf(stderr, "REACHED process %d by ptrace\n", (int)pid);
        if (process_vm_writev(pid, &here, 1, &there, 1, 0) == 1)
            fprintf(stderr, "REACHED the memory of process %d\n", (int)pid);
        snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
        if (open(path, O_RDWR) != -1)
            fprintf(stderr, "REACHED %s\n", path);
    }
    fputs("tried to trace\n", stderr);
}
