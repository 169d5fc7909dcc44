/* A structure must not be sent as it is: its bytes depend on the machine and on the compiler. What
 * is sent is written byte by byte, in an order that the protocol names. */
#include "common/error.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* [struct] */
struct header {
    uint8_t kind;
    uint32_t length;
    uint16_t number;
};
/* [struct] */

/* [wire] */
enum { HEADER_SIZE = 1 + 4 + 2 }; /* what the protocol says, not sizeof */

static void put_header(unsigned char *wire, const struct header *header)
{
    uint32_t length = htonl(header->length);
    uint16_t number = htons(header->number);
    wire[0] = header->kind;
    memcpy(wire + 1, &length, sizeof length);
    memcpy(wire + 5, &number, sizeof number);
}

static struct header get_header(const unsigned char *wire)
{
    uint32_t length;
    uint16_t number;
    memcpy(&length, wire + 1, sizeof length);
    memcpy(&number, wire + 5, sizeof number);
    return (struct header){.kind = wire[0], .length = ntohl(length), .number = ntohs(number)};
}
/* [wire] */

static void show(const char *text, const unsigned char *bytes, size_t size)
{
    printf("%s, %zu bytes:", text, size);
    for (size_t i = 0; i < size; i++)
        printf(" %02x", bytes[i]);
    printf("\n");
}

int main(void)
{
    struct header header;
    memset(&header, 0xee, sizeof header); /* what happened to lie there */
    header.kind = 1;
    header.length = 1000;
    header.number = 7;
    show("in memory", (const unsigned char *)&header, sizeof header);
    printf("offsets: kind %zu, length %zu, number %zu\n", offsetof(struct header, kind),
           offsetof(struct header, length), offsetof(struct header, number));

    unsigned char wire[HEADER_SIZE];
    put_header(wire, &header);
    show("on the wire", wire, sizeof wire);
    struct header back = get_header(wire);
    assert(back.kind == 1 && back.length == 1000 && back.number == 7);
}
