#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    static char digits[1 << 20];
    memset(digits, '1', sizeof digits - 1);
    printf("listening on 127.0.0.1:");
    for (int i = 0; i < 100; i++)
        fputs(digits, stdout);
    printf("\n");
    fflush(stdout);
    pause();
}
