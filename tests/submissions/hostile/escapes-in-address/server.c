#include <stdio.h>
#include <unistd.h>

int main(void)
{
    puts("listening on unix:/tmp/\033[31mred\a");
    puts("listening on \033[2J127.0.0.1:1\r");
    puts("listening on [\xff\x9b::1]:99999");
    fflush(stdout);
    pause();
}
