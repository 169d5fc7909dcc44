/* Which families and types does this kernel give to this user? */
#include "common/error.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* [table] */
static const struct {
    const char *name;
    int family, type, protocol;
} sockets[] = {
    {"AF_UNIX,  SOCK_STREAM", AF_UNIX, SOCK_STREAM, 0},
    {"AF_UNIX,  SOCK_DGRAM", AF_UNIX, SOCK_DGRAM, 0},
    {"AF_INET,  SOCK_STREAM", AF_INET, SOCK_STREAM, 0},         /* TCP */
    {"AF_INET,  SOCK_DGRAM", AF_INET, SOCK_DGRAM, 0},           /* UDP */
    {"AF_INET6, SOCK_STREAM", AF_INET6, SOCK_STREAM, 0},        /* TCP */
    {"AF_INET6, SOCK_DGRAM", AF_INET6, SOCK_DGRAM, 0},          /* UDP */
    {"AF_INET,  SOCK_RAW", AF_INET, SOCK_RAW, IPPROTO_ICMP},    /* needs CAP_NET_RAW */
    {"AF_INET,  a mixture", AF_INET, SOCK_STREAM, IPPROTO_UDP}, /* UDP is no stream */
};
/* [table] */

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof sockets / sizeof *sockets; i++) {
        int fd = socket(sockets[i].family, sockets[i].type, sockets[i].protocol);
        printf("%-22s %s\n", sockets[i].name, fd == -1 ? strerror(errno) : "yes");
        if (fd != -1 && close(fd) == -1)
            die_errno("close");
    }
}
