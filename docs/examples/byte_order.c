/* One number, its bytes in memory, in this machine's order and in the network's. */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* [show] */
static void show(const char *text, const void *number, size_t size)
{
    const unsigned char *byte = number; /* any object may be looked at as bytes */
    printf("%-14s", text);
    for (size_t i = 0; i < size; i++)
        printf(" %02x", byte[i]);
    printf("\n");
}
/* [show] */

int main(void)
{
    /* [main] */
    uint16_t port = 7000; /* 0x1b58 */
    uint16_t port_on_the_wire = htons(port);
    show("7000", &port, sizeof port);
    show("htons(7000)", &port_on_the_wire, sizeof port_on_the_wire);

    uint32_t address = 0x7f000001; /* 127.0.0.1 */
    uint32_t address_on_the_wire = htonl(address);
    show("127.0.0.1", &address, sizeof address);
    show("htonl", &address_on_the_wire, sizeof address_on_the_wire);

    printf("back again: %d\n", ntohs(port_on_the_wire));
    printf("forgotten:  %d\n", port_on_the_wire);
    /* [main] */
}
