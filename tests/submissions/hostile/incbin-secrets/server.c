#include <stdio.h>

__asm__(".data\n.globl loot\nloot:\n"
        ".incbin \"@OUTSIDE@/secret\"\n"
        ".byte 0\n");
extern char loot[];

int main(void)
{
    fprintf(stderr, "REACHED %s\n", loot);
}
