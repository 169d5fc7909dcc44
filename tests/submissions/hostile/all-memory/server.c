#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { PIECE = 64 << 20, PIECES = 32 };

int main(void)
{
    for (int i = 0; i < PIECES; i++) {
        char *piece =
            mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (piece == MAP_FAILED)
            return 1;
        madvise(piece, PIECE, MADV_HUGEPAGE);
        for (int at = 0; at < PIECE; at += 4096)
            piece[at] = 1;
    }
    fputs("REACHED 2 GiB in one process\n", stderr);
}
