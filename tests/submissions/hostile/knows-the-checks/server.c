#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/listener.h"

int main(int argc, char *argv[])
{
    static const char *const suites[] = {"/grading/suite", "/proc/1/exe",
                                         "@BUILD@/checks/02-fork", "/meeting/suite",
                                         "/kit/suite"};
    struct failure failure;
    char address[ADDRESS_SIZE] = "";
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        if (open(suites[i], O_RDONLY) != -1 && i != 1)
            fprintf(stderr, "REACHED %s\n", suites[i]);
    fputs("no table\n", stderr);
    int listener = open_listener(argc > 1 ? argv[1] : "127.0.0.1:0", &failure);
    address_of_socket(listener, address, sizeof address);
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        write(connection, "hello\n", 6);
        close(connection);
    }
}
