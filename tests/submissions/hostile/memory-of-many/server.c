#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 128 << 20, PROCESSES = 8 };

static void hold(int ready)
{
    char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (piece == MAP_FAILED)
        _exit(1);
    write(ready, piece, 1);
    for (;;)
        pause();
}

int main(void)
{
    int ready[2], held = 0;
    char byte;
    if (pipe(ready) == -1)
        return 1;
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            hold(ready[1]);
    close(ready[1]);
    while (held < PROCESSES && read(ready[0], &byte, 1) == 1)
        held++;
    usleep(500000);
    if (held == PROCESSES)
        fputs("REACHED 1 GiB in eight processes\n", stderr);
}
