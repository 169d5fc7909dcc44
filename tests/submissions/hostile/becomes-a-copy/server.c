#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    if (argc > 2)
        for (;;)
            pause();
    int own = open("/proc/self/exe", O_RDONLY), copy = memfd_create("copy", 0);
    while (sendfile(copy, own, NULL, 1 << 20) > 0)
        ;
    fexecve(copy, (char *[]){"init", argv[0], "again", NULL}, (char *[]){NULL});
}
