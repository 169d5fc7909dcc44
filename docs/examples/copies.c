/* Copy on write, counted: a child reads 1,000 pages for nothing, and pays for each that it writes. */
#include "common/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 1000 };

static long faults(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == -1)
        die_errno("getrusage");
    return usage.ru_minflt; /* times that the kernel had to provide a page, without a disk */
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory =
        mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die_errno("mmap");
    if (madvise(memory, PAGES * page, MADV_NOHUGEPAGE) == -1) /* pages of the usual size */
        die_errno("madvise");
    memset(memory, 'p', PAGES * page);

    pid_t child = fork();
    if (child == -1)
        die_errno("fork");
    if (child == 0) {
        /* [child] */
        long before = faults();
        long sum = 0;
        for (size_t i = 0; i < PAGES; i++)
            sum += memory[i * page]; /* the parent's pages */
        long after_reading = faults();
        for (size_t i = 0; i < PAGES; i++)
            memory[i * page] = 'c'; /* from now on pages of its own */
        long after_writing = faults();
        /* [child] */
        printf("child: read %d pages (sum %ld), about %ld faults\n", PAGES, sum,
               (after_reading - before) / 100 * 100);
        printf("child: wrote %d pages, about %ld faults\n", PAGES,
               (after_writing - after_reading) / 100 * 100);
        _exit(EXIT_SUCCESS);
    }
    int status;
    if (waitpid(child, &status, 0) == -1)
        die_errno("waitpid");
    printf("parent: still has '%c'\n", memory[0]);
    if (munmap(memory, PAGES * page) == -1)
        die_errno("munmap");
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
