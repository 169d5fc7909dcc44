#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

static void take_pipes(void)
{
    int ends[2];
    for (int i = 0; i < 1000 && pipe(ends) == 0; i++)
        fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
}

static void take_signals(void)
{
    sigset_t every;
    sigfillset(&every);
    sigprocmask(SIG_BLOCK, &every, NULL);
    for (int i = 0; i < 200000; i++)
        if (sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}) == -1)
            break;
}

static void take_watches(void)
{
    for (int i = 0; i < 300; i++)
        inotify_init();
}

static void take_keys(void)
{
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof name, "socket-labs-hostile-%d", i);
        syscall(SYS_add_key, "user", name, "value", 5, -4 /* the user's keyring */);
    }
}

int main(void)
{
    take_keys();
    take_watches();
    take_signals();
    take_pipes();
    fputs("held quotas\n", stderr);
    usleep(300000); /* meanwhile, another grading goes on */
}
