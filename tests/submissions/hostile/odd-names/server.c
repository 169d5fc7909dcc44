#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *rest(void *name)
{
    pthread_setname_np(pthread_self(), name);
    for (;;)
        pause();
    return NULL;
}

int main(int argc, char *argv[])
{
    pthread_t thread;
    (void)argc;
    memset(argv[0], '\n', strlen(argv[0]));
    prctl(PR_SET_NAME, ") R 1 1\n\033[2J");
    pthread_create(&thread, NULL, rest, "x\nThreads:\t1");
    if (fork() == 0)
        prctl(PR_SET_NAME, ") Z 0 0 0");
    rest("\033[31m) S 1\n");
}
