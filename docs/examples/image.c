/* Where the parts of a process image are: an address of each, and the mapping that it lies in. */
#include "common/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* [globals] */
static int initialized = 7; /* data: its value comes from the program file */
static int zeroed[1 << 18]; /* bss: zeros, of which the file holds only how many */
/* [globals] */

static void say_where(const char *part, const void *address)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL)
        die_errno("fopen /proc/self/maps");
    char line[512];
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t start, end;
        char rights[5];
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &start, &end, rights) == 3 &&
            (uintptr_t)address >= start && (uintptr_t)address < end)
            printf("%-6s %p  %s  %5zu KiB\n", part, address, rights,
                   (size_t)(end - start) / 1024);
    }
    if (fclose(maps) == EOF)
        die_errno("fclose /proc/self/maps");
}

int main(void)
{
    /* [main] */
    int local = 1;                              /* stack */
    int *allocated = malloc(sizeof *allocated); /* heap */
    if (allocated == NULL)
        die_errno("malloc");
    say_where("text", (const void *)(uintptr_t)main);
    say_where("data", &initialized);
    say_where("bss", zeroed + (1 << 17));
    say_where("heap", allocated);
    say_where("stack", &local);
    /* [main] */
    free(allocated);
}
