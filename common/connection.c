/* Opening a connection; what it promises is told in connection.h. */
#define _GNU_SOURCE
#include "common/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"

static int connect_to(const struct addrinfo *at, struct failure *failure)
{
    int connection = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (connection == -1)
        return failure_errno(failure, "socket");
    if (connect(connection, at->ai_addr, at->ai_addrlen) == 0)
        return connection;
    failure_errno(failure, "connect");
    close(connection);
    return -1;
}

int open_connection(const char *address, struct failure *failure)
{
    struct addrinfo *list;
    int code = address_resolve(address, ADDRESS_TO_CONNECT, &list);
    if (code != 0)
        return failure_gai(failure, "resolve", code);
    int connection = -1;
    for (const struct addrinfo *at = list; at != NULL && connection == -1; at = at->ai_next)
        connection = connect_to(at, failure);
    address_free(list);
    return connection;
}
