/* What a context switch costs: two processes on one processor hand a byte back and forth. */
#define _GNU_SOURCE
#include "common/error.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 10000 };

static void stay_on_one_processor(void)
{
    int processor = sched_getcpu();
    if (processor == -1)
        die_errno("sched_getcpu");
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    if (sched_setaffinity(0, sizeof set, &set) == -1)
        die_errno("sched_setaffinity");
}

static double seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
        die_errno("clock_gettime");
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void pass(int fd)
{
    if (write(fd, "x", 1) != 1)
        die_errno("write");
}

static void wait_for(int fd)
{
    char byte;
    if (read(fd, &byte, 1) != 1)
        die_errno("read");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    stay_on_one_processor();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
        die_errno("socketpair");
    pid_t child = fork();
    if (child == -1)
        die_errno("fork");
    if (child == 0) {
        for (int i = 0; i < ROUNDS; i++) {
            wait_for(ends[1]);
            pass(ends[1]);
        }
        _exit(EXIT_SUCCESS);
    }
    /* [rounds] */
    double start = seconds();
    for (int i = 0; i < ROUNDS; i++) {
        pass(ends[0]);     /* wakes the child */
        wait_for(ends[0]); /* nothing to do here: the child runs */
    }
    double took = seconds() - start;
    /* [rounds] */

    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == -1)
        die_errno("getrusage");
    printf("%d rounds: %ld voluntary switches, %ld others\n", ROUNDS, usage.ru_nvcsw,
           usage.ru_nivcsw);
    printf("a round, with two switches and four system calls: %.1f microseconds\n",
           took / ROUNDS * 1e6);
    int status;
    if (waitpid(child, &status, 0) == -1)
        die_errno("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
