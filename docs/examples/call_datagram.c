/*
 * Datagrams over loopback: each is received whole and by itself, or cut.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"

static int must(int result, const char *call)
{
    if (result == -1)
        die_errno("%s", call);
    return result;
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int server = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    must(bind(server, (struct sockaddr *)&at, sizeof at), "bind");
    socklen_t length = sizeof at;
    must(getsockname(server, (struct sockaddr *)&at, &length), "getsockname");

    int client = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    /* [sendto] */
    const char *texts[] = {"one", "twotwotwotwotwo"};
    size_t lengths[] = {3, 15};
    for (int i = 0; i < 2; i++)
        if (sendto(client, texts[i], lengths[i], 0, (struct sockaddr *)&at, sizeof at) == -1)
            die_errno("sendto");
    /* [sendto] */
    for (int i = 0; i < 2; i++) {
        /* [recvfrom] */
        char buffer[8];
        struct sockaddr_in from;
        socklen_t from_length = sizeof from;
        ssize_t came = recvfrom(server, buffer, sizeof buffer, MSG_TRUNC,
                                (struct sockaddr *)&from, &from_length);
        if (came == -1)
            die_errno("recvfrom");
        size_t kept = (size_t)came < sizeof buffer ? (size_t)came : sizeof buffer;
        printf("%zd bytes came, %zu are here: %.*s\n", came, kept, (int)kept, buffer);
        /* [recvfrom] */
    }
    close(client);
    close(server);
}
