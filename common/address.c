/* Addresses as text; the forms are told in address.h. */
#include "common/address.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum { HOST_SIZE = 256, PORT_MAXIMUM = 65535 };

static const char unix_prefix[] = "unix:";

/* A list of one unix address, in one block, to be handed out as getaddrinfo's lists are. */
struct unix_entry {
    struct addrinfo info;
    struct sockaddr_un address;
};

static int resolve_unix(const char *path, struct addrinfo **list)
{
    size_t length = strlen(path);
    if (length == 0)
        return ADDRESS_NO_PATH;
    if (length >= sizeof((struct sockaddr_un *)0)->sun_path)
        return ADDRESS_PATH_TOO_LONG;
    struct unix_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return EAI_MEMORY;
    entry->address.sun_family = AF_UNIX;
    memcpy(entry->address.sun_path, path, length + 1);
    entry->info.ai_family = AF_UNIX;
    entry->info.ai_socktype = SOCK_STREAM;
    entry->info.ai_addr = (struct sockaddr *)&entry->address;
    entry->info.ai_addrlen = sizeof entry->address;
    *list = &entry->info;
    return 0;
}

/* Cuts HOST:PORT in two: the host is copied without brackets, the port is a part of the text. */
static int split(const char *text, char host[HOST_SIZE], const char **port)
{
    const char *start = text;
    const char *end = strrchr(text, ':');
    if (text[0] == '[') {
        start = text + 1;
        end = strchr(text, ']');
        if (end == NULL)
            return ADDRESS_NO_BRACKET;
        if (end[1] != ':' || end[2] == '\0')
            return ADDRESS_NO_PORT;
        *port = end + 2;
    } else {
        if (end == NULL || end[1] == '\0')
            return ADDRESS_NO_PORT;
        if (memchr(text, ':', (size_t)(end - text)) != NULL)
            return ADDRESS_BARE_IPV6;
        *port = end + 1;
    }
    size_t length = (size_t)(end - start);
    if (length >= HOST_SIZE)
        return ADDRESS_HOST_TOO_LONG;
    memcpy(host, start, length);
    host[length] = '\0';
    return 0;
}

static int is_number(const char *text)
{
    return text[strspn(text, "0123456789")] == '\0';
}

int address_resolve(const char *text, enum address_use use, struct addrinfo **list)
{
    if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0)
        return resolve_unix(text + strlen(unix_prefix), list);

    char host[HOST_SIZE];
    const char *port;
    int code = split(text, host, &port);
    if (code != 0)
        return code;
    /* getaddrinfo(3) would read " 80" and "+70000" as strtoul(3) does. */
    if (!isalnum((unsigned char)port[0]))
        return EAI_SERVICE;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    if (use == ADDRESS_TO_LISTEN)
        hints.ai_flags |= AI_PASSIVE;
    if (is_number(port)) {
        /* getaddrinfo(3) would take 70000 and keep its low 16 bits. */
        if (strtoul(port, NULL, 10) > PORT_MAXIMUM)
            return ADDRESS_BAD_PORT;
        hints.ai_flags |= AI_NUMERICSERV;
    }
    struct addrinfo *found;
    code = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found);
    if (code == 0)
        *list = found;
    return code;
}

void address_free(struct addrinfo *list)
{
    if (list != NULL && list->ai_family == AF_UNIX)
        free(list);
    else if (list != NULL)
        freeaddrinfo(list);
}

/* The path ends at its NUL or, where the kernel left that out, at the address's length. */
static int format_unix(const struct sockaddr_un *address, socklen_t length, char *text,
                       size_t size)
{
    const char *path = address->sun_path;
    size_t room = length - offsetof(struct sockaddr_un, sun_path);
    int abstract = room > 0 && path[0] == '\0';
    if (abstract) {
        path++;
        room--;
    }
    int bytes = (int)strnlen(path, room);
    int needed = snprintf(text, size, "unix:%s%.*s", abstract ? "@" : "", bytes, path);
    return needed < 0 || (size_t)needed >= size ? EAI_OVERFLOW : 0;
}

int address_format(const struct sockaddr *address, socklen_t length, char *text, size_t size)
{
    if (address->sa_family == AF_UNIX)
        return format_unix((const struct sockaddr_un *)address, length, text, size);
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
        return EAI_FAMILY;

    char host[NI_MAXHOST], port[NI_MAXSERV];
    int code = getnameinfo(address, length, host, sizeof host, port, sizeof port,
                           NI_NUMERICHOST | NI_NUMERICSERV);
    if (code != 0)
        return code;
    const char *form = address->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s";
    int needed = snprintf(text, size, form, host, port);
    return needed < 0 || (size_t)needed >= size ? EAI_OVERFLOW : 0;
}

int address_of_socket(int fd, char *text, size_t size)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) == -1)
        return EAI_SYSTEM;
    return address_format((struct sockaddr *)&address, length, text, size);
}

const char *address_strerror(int code)
{
    switch (code) {
    case ADDRESS_NO_PORT:
        return "no port: an address is HOST:PORT or unix:PATH";
    case ADDRESS_NO_BRACKET:
        return "the [ of an IPv6 address has no ]";
    case ADDRESS_BARE_IPV6:
        return "an IPv6 address goes in brackets, as in [::1]:7000";
    case ADDRESS_BAD_PORT:
        return "a port is at most 65535";
    case ADDRESS_HOST_TOO_LONG:
        return "a host name is at most 255 bytes";
    case ADDRESS_NO_PATH:
        return "no path behind unix:";
    case ADDRESS_PATH_TOO_LONG:
        return "the path of a unix socket is at most 107 bytes";
    default:
        return gai_strerror(code);
    }
}
