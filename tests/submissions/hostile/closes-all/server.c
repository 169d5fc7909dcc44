#define _GNU_SOURCE
#include <unistd.h>

int main(void)
{
    close_range(0, ~0u, 0);
    for (;;)
        pause();
}
