#include <string.h>
#include <unistd.h>

int main(void)
{
    char piece[65536];
    memset(piece, 'x', sizeof piece);
    for (;;)
        write(STDOUT_FILENO, piece, sizeof piece);
}
