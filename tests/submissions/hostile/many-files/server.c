#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 20000; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s/%d", i % 2 ? "/tmp" : "/dev/shm", i);
        close(open(name, O_CREAT | O_WRONLY, 0));
    }
    for (int i = 0; i < 1000; i++)
        if (mkdir("deeper", 0700) == -1 || chdir("deeper") == -1)
            break;
    fputs("made files\n", stderr);
}
