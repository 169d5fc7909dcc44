#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 150; i++)
        if (fork() == 0) {
            setsid();
            for (;;)
                ;
        }
    for (;;)
        ;
}
