/* Opening a listening socket; what it promises is told in listener.h. */
#define _GNU_SOURCE
#include "common/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/address.h"

/* Connections that the kernel may complete before the server takes them. */
enum { BACKLOG = 128 };

/*
 * A server that was killed leaves its unix socket's file behind, and the file alone keeps the
 * next one from binding. Only a connect tells whether anybody still listens. Two servers that
 * start in the same moment can both find the file stale; for a lab that is good enough.
 */
static int remove_stale(const struct addrinfo *at)
{
    const struct sockaddr_un *address = (const struct sockaddr_un *)at->ai_addr;
    struct stat status;
    if (lstat(address->sun_path, &status) == -1 || !S_ISSOCK(status.st_mode))
        return -1;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe == -1)
        return -1;
    int refused = connect(probe, at->ai_addr, at->ai_addrlen) == -1 && errno == ECONNREFUSED;
    close(probe);
    return refused ? unlink(address->sun_path) : -1;
}

static int bind_at(int listener, const struct addrinfo *at)
{
    if (bind(listener, at->ai_addr, at->ai_addrlen) == 0)
        return 0;
    if (errno != EADDRINUSE || at->ai_family != AF_UNIX)
        return -1;
    if (remove_stale(at) == 0)
        return bind(listener, at->ai_addr, at->ai_addrlen);
    errno = EADDRINUSE;
    return -1;
}

/* What is set here holds for the connections too: accept() hands it on. */
static int set_options(int listener, int family)
{
    int on = 1, off = 0;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        return -1;
    if (family == AF_INET6 &&
        setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == -1)
        return -1;
    if (family == AF_UNIX)
        return 0;
    return setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int listen_at(const struct addrinfo *at, struct failure *failure)
{
    int listener = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (listener == -1)
        return failure_errno(failure, "socket");
    if (set_options(listener, at->ai_family) == -1)
        failure_errno(failure, "setsockopt");
    else if (bind_at(listener, at) == -1)
        failure_errno(failure, "bind");
    else if (listen(listener, BACKLOG) == -1)
        failure_errno(failure, "listen");
    else
        return listener;
    close(listener);
    return -1;
}

int open_listener(const char *address, struct failure *failure)
{
    struct addrinfo *list;
    int code = address_resolve(address, ADDRESS_TO_LISTEN, &list);
    if (code != 0)
        return failure_gai(failure, "resolve", code);
    int listener = -1;
    for (const struct addrinfo *at = list; at != NULL && listener == -1; at = at->ai_next)
        listener = listen_at(at, failure);
    address_free(list);
    return listener;
}
