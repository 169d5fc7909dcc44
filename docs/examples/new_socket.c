/* One program holds all three sockets of a conversation, and asks the kernel what each of them is. */
#include "common/address.h"
#include "common/connection.h"
#include "common/error.h"
#include "common/listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* [show] */
static void show(const char *name, int fd)
{
    int listens;
    socklen_t size = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == -1)
        die_errno("getsockopt %s", name);

    char here[ADDRESS_SIZE];
    int code = address_of_socket(fd, here, sizeof here);
    if (code != 0)
        die_gai(code, "the address of the %s socket", name);

    char there[ADDRESS_SIZE] = "nobody";
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    if (getpeername(fd, (struct sockaddr *)&peer, &length) == -1) {
        if (errno != ENOTCONN)
            die_errno("getpeername %s", name);
    } else if ((code = address_format((struct sockaddr *)&peer, length, there, sizeof there)) !=
               0) {
        die_gai(code, "the partner of the %s socket", name);
    }
    printf("%-9s descriptor %d, %s, here %s, there %s\n", name, fd,
           listens ? "listens  " : "connected", here, there);
}
/* [show] */

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct failure failure;
    int listener = open_listener("127.0.0.1:0", &failure);
    if (listener == -1)
        die_failure(&failure, "127.0.0.1:0");
    char address[ADDRESS_SIZE];
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "the listener's address");

    /* [order] */
    int client = open_connection(address, &failure); /* nobody has called accept yet */
    if (client == -1)
        die_failure(&failure, address);
    if (write(client, "early", 5) != 5)
        die_errno("write");
    printf("connected, and 5 bytes are taken\n");

    int connection = accept(listener, NULL, NULL); /* takes out of the queue what is there */
    if (connection == -1)
        die_errno("accept");
    show("listener", listener);
    show("accept's", connection);
    show("client's", client);
    /* [order] */

    /* [read] */
    char buffer[16];
    ssize_t length = read(connection, buffer, sizeof buffer);
    if (length == -1)
        die_errno("read");
    printf("from the connection: %.*s\n", (int)length, buffer);
    if (read(listener, buffer, sizeof buffer) == -1)
        warn_errno("read from the listener");
    /* [read] */
    if (close(client) == -1 || close(connection) == -1 || close(listener) == -1)
        die_errno("close");
}
