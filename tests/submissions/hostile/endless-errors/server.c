#include <stdio.h>
#include <unistd.h>

int main(void)
{
    fork();
    fork();
    for (unsigned long i = 0;; i++)
        fprintf(stderr, "line %lu\n", i);
}
