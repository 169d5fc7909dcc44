#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/listener.h"

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE] = "", piece[65536];
    int listener = open_listener(argc > 1 ? argv[1] : "127.0.0.1:0", &failure);
    signal(SIGPIPE, SIG_IGN);
    address_of_socket(listener, address, sizeof address);
    printf("listening on %s\n", address);
    fflush(stdout);
    memset(piece, 'x', sizeof piece);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (fork() == 0)
            for (;;)
                if (write(connection, piece, sizeof piece) == -1)
                    _exit(0);
        close(connection);
    }
}
