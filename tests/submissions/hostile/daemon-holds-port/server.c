#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/address.h"
#include "common/listener.h"

static void be_deaf(void)
{
    for (int number = 1; number < 65; number++)
        signal(number, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE] = "";
    int listener = open_listener(argc > 1 ? argv[1] : "127.0.0.1:0", &failure);
    address_of_socket(listener, address, sizeof address);
    fputs("left a daemon behind\n", stderr);
    if (fork() == 0) {
        setsid();
        be_deaf();
        if (fork() == 0) {
            printf("listening on %s\n", address);
            fflush(stdout);
            for (;;)
                pause();
        }
    }
}
