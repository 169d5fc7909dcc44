/* Two processes add to the same two numbers: one plain, one atomic. Additions to the plain one get lost. */
#include "common/error.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    /* [sum] */
    struct sum {
        volatile long plain; /* volatile: add each time, not once */
        atomic_long atomic;
    } *sum = mmap(NULL, sizeof *sum, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (sum == MAP_FAILED)
        die_errno("mmap");
    pid_t child = fork();
    if (child == -1)
        die_errno("fork");
    for (int i = 0; i < 10000000; i++)
        sum->plain++;
    for (int i = 0; i < 10000000; i++)
        atomic_fetch_add(&sum->atomic, 1);
    if (child == 0)
        _exit(0);
    wait(NULL);
    printf("plain %ld, atomic %ld\n", sum->plain, sum->atomic);
    /* [sum] */
}
