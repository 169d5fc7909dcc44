/*
 * Addresses: text to structure and back, by the resolver and by hand, and the order of bytes.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/error.h"

/* [getnameinfo] */
static void print_address(const struct sockaddr *address, socklen_t length)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    int code = getnameinfo(address, length, host, sizeof host, port, sizeof port,
                           NI_NUMERICHOST | NI_NUMERICSERV);
    if (code != 0)
        die_gai(code, "getnameinfo");
    printf("host %s, port %s\n", host, port);
}
/* [getnameinfo] */

static void resolve(const char *host, const char *port, int flags)
{
    /* [getaddrinfo] */
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *list;
    int code = getaddrinfo(host, port, &hints, &list);
    if (code != 0) {
        printf("getaddrinfo %s: %s\n", host, gai_strerror(code)); /* not strerror() */
        return;
    }
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next)
        print_address(at->ai_addr, at->ai_addrlen);
    freeaddrinfo(list);
    /* [getaddrinfo] */
}

static void read_by_hand(const char *text)
{
    /* [inet_pton] */
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) == 1)
        printf("%s is an IPv4 address\n", text);
    else /* 0; -1 comes only where the family is wrong */
        printf("%s is no IPv4 address\n", text);
    /* [inet_pton] */
}

static void write_by_hand(void)
{
    /* [inet_ntop] */
    struct in_addr address = {.s_addr = htonl(INADDR_LOOPBACK)};
    char text[INET_ADDRSTRLEN]; /* INET6_ADDRSTRLEN for IPv6 */
    if (inet_ntop(AF_INET, &address, text, sizeof text) == NULL)
        die_errno("inet_ntop");
    printf("INADDR_LOOPBACK is %s\n", text);
    /* [inet_ntop] */
}

static void show_order(void)
{
    /* [htons] */
    uint16_t port = htons(7000); /* 7000 is 0x1b58 */
    unsigned char bytes[sizeof port];
    memcpy(bytes, &port, sizeof port);
    printf("htons(7000) lies in memory as %02x %02x\n", bytes[0], bytes[1]);
    printf("ntohs gives %d back\n", ntohs(port));
    /* [htons] */
}

int main(void)
{
    resolve("127.0.0.1", "7000", 0);
    resolve("::1", "7000", AI_NUMERICHOST);
    resolve("localhost", "7000", AI_NUMERICHOST); /* a name, where only numbers are allowed */
    read_by_hand("127.0.0.1");
    read_by_hand("127.0.0.256");
    read_by_hand("::1");
    write_by_hand();
    show_order();
}
