#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    static const int numbers[] = {SIGSTOP, SIGTERM, SIGKILL};
    for (int i = 0; i < 3; i++) {
        kill(getppid(), numbers[i]);
        kill(1, numbers[i]);
        kill(-1, numbers[i]);
        for (pid_t pid = 1; pid < 70000; pid++)
            if (pid != getpid()) {
                kill(pid, numbers[i]);
                kill(-pid, numbers[i] == SIGSTOP || pid == getpgrp() ? 0 : numbers[i]);
            }
    }
    fputs("tried to kill\n", stderr);
    kill(0, SIGKILL);
}
