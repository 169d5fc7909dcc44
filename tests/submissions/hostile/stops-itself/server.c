#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/address.h"
#include "common/listener.h"

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE] = "";
    int listener = open_listener(argc > 1 ? argv[1] : "127.0.0.1:0", &failure);
    address_of_socket(listener, address, sizeof address);
    printf("listening on %s\n", address);
    fflush(stdout);
    kill(getppid(), SIGSTOP);
    raise(SIGSTOP);
}
