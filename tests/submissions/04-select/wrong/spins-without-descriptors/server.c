/* One set, one buffer, one loop. */
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

int main(int argc, char *argv[])
{
    static unsigned long long got[FD_SETSIZE], clients, bytes;
    static char buffer[65536], name[ADDRESS_SIZE];
    struct failure failure;
    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    if (listener >= FD_SETSIZE || address_of_socket(listener, name, sizeof name) != 0)
        die("no usable socket for %s", argv[1]);
    printf("listening on %s\n", name);

    fd_set all, ready;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    for (;;) {
        ready = all;
        int count = select(FD_SETSIZE, &ready, NULL, NULL, NULL);
        for (int fd = 0; count > 0 && fd < FD_SETSIZE; fd++) {
            if (!FD_ISSET(fd, &ready))
                continue;
            count--;
            if (fd == listener) {
                int connection = accept(listener, NULL, NULL);
                if (connection >= FD_SETSIZE) {
                    close(connection);
                } else if (connection >= 0) {
                    got[connection] = 0;
                    FD_SET(connection, &all);
                } else {
                    warn_errno("accept");
                }
                continue;
            }
            ssize_t length = read(fd, buffer, sizeof buffer);
            if (length > 0)
                got[fd] += (unsigned long long)length;
            if (length > 0 && write_all(fd, buffer, (size_t)length) == 0)
                continue;
            FD_CLR(fd, &all);
            close(fd);
            clients++;
            bytes += got[fd];
            printf("served %llu clients, %llu bytes\n", clients, bytes);
        }
    }
}
