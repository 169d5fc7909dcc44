#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 15 << 20, FILES = 69 };

int main(void)
{
    int held = 0;
    for (int i = 0; i < FILES; i++) {
        int fd = memfd_create("hoard", 0);
        if (fd == -1 || fallocate(fd, 0, 0, PIECE) == -1)
            break;
        held++;
    }
    usleep(500000);
    if (held == FILES)
        fputs("REACHED 1 GiB in memory files\n", stderr);
}
