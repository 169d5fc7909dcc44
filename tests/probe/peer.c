/* Our ends of connections; see peer.h. The student's first lab is to open sockets, so this does
 * it on its own and not with common/. */
#define _GNU_SOURCE
#include "tests/probe/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/sockios.h>
#include <unistd.h>

#include "common/address.h"
#include "tests/messages/messages.h"
#include "tests/probe/finding.h"
#include "tests/probe/visible.h"

enum { SMALL_BUFFER = 4096, SMALL_SEGMENT = 536, CONNECT_SECONDS = 60, BACKLOG = 64 };

static struct peer *all;
static unsigned named;

/* The port of a socket's own end, by getsockname(), or of its other end, by getpeername(). */
static unsigned port_of(int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (get(fd, (struct sockaddr *)&address, &length) == -1)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

static int own_name(int fd, struct sockaddr *address, socklen_t *length)
{
    return getsockname(fd, address, length);
}

static int other_name(int fd, struct sockaddr *address, socklen_t *length)
{
    return getpeername(fd, address, length);
}

static struct peer *add_peer(int fd, const char *kind, int flags)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        abort();
    snprintf(peer->name, sizeof peer->name, "%s %u", kind, ++named);
    peer->port = port_of(fd, own_name);
    channel_open(&peer->channel, fd, (flags & PEER_READS_LATER) == 0);
    peer->next = all;
    all = peer;
    return peer;
}

static void set_option(int fd, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof value) == -1)
        broken("setsockopt %d, %d: %s", level, option, strerror(errno));
}

/*
 * With little room at either end, the server meets a full connection after some 100 KiB.
 * Loopback's segments of 64 KiB would let the buffers at both ends grow to several MiB, so that
 * it never did: small segments keep them small.
 */
static void keep_buffers_small(int fd, int family)
{
    set_option(fd, SOL_SOCKET, SO_RCVBUF, SMALL_BUFFER);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, SMALL_BUFFER);
    if (family != AF_UNIX)
        set_option(fd, IPPROTO_TCP, TCP_MAXSEG, SMALL_SEGMENT);
}

/* A unix socket's full queue says EAGAIN and leaves the waiting to us; TCP waits by itself. */
static int complete(int fd, const struct addrinfo *at)
{
    double late = now() + CONNECT_SECONDS;
    while (connect(fd, at->ai_addr, at->ai_addrlen) == -1) {
        if (errno == EISCONN)
            return 0;
        if (errno != EAGAIN && errno != EINPROGRESS && errno != EALREADY && errno != EINTR)
            return -1;
        if (now() > late) {
            errno = ETIMEDOUT;
            return -1;
        }
        if (errno == EAGAIN)
            pump(2);
        else
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 10);
    }
    return 0;
}

static int connect_one(const struct addrinfo *at, int flags)
{
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        broken("a socket for a client: %s", strerror(errno));
    if (flags & PEER_READS_LATER)
        keep_buffers_small(fd, at->ai_family);
    if (complete(fd, at) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* The way to a program's own files is long, and sun_path is not: we go there for a moment. */
static int connect_unix(struct program *server, const char *path, int flags)
{
    char real[2 * ADDRESS_SIZE], name[ADDRESS_SIZE] = "unix:";
    struct addrinfo *list;
    path_of_program(server, path, real, sizeof real);
    char *slash = strrchr(real, '/');
    int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (slash == NULL || here == -1)
        return -1;
    *slash = '\0';
    snprintf(name + 5, sizeof name - 5, "%s", slash + 1);
    int fd = -1;
    if (chdir(real) == 0 && address_resolve(name, ADDRESS_TO_CONNECT, &list) == 0) {
        fd = connect_one(list, flags);
        address_free(list);
    }
    int error = errno;
    if (fchdir(here) == -1)
        broken("fchdir: %s", strerror(errno));
    close(here);
    errno = error;
    return fd;
}

static int connect_tcp(const char *address, int flags)
{
    struct addrinfo *list;
    if (address_resolve(address, ADDRESS_TO_CONNECT, &list) != 0) {
        errno = EDESTADDRREQ;
        return -1;
    }
    int fd = connect_one(list, flags);
    int error = errno;
    address_free(list);
    errno = error;
    return fd;
}

struct peer *peer_connect(struct program *server, const char *address, int flags)
{
    char shown[2 * ADDRESS_SIZE];
    bool is_unix = strncmp(address, "unix:/", 6) == 0;
    int fd = is_unix ? connect_unix(server, address + 5, flags) : connect_tcp(address, flags);
    int error = errno;
    struct peer *peer = fd == -1 ? NULL : add_peer(fd, translated("client"), flags);
    if (peer == NULL || !(flags & PEER_QUIET))
        step("%s connects to %s%s%s", peer != NULL ? peer->name : translated("a client"),
             printable(address, strlen(address), shown, sizeof shown), peer ? "" : ": ",
             peer ? "" : strerror(error));
    errno = error;
    return peer;
}

int peer_listen(const char *wanted, char *address, size_t size)
{
    struct addrinfo *at;
    if (address_resolve(wanted, ADDRESS_TO_LISTEN, &at) != 0)
        broken("no address: %s", wanted);
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1 || bind(fd, at->ai_addr, at->ai_addrlen) == -1 || listen(fd, BACKLOG) == -1 ||
        address_of_socket(fd, address, size) != 0)
        broken("listening on %s: %s", wanted, strerror(errno));
    address_free(at);
    return fd;
}

struct peer *peer_accept(int listener, int flags)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd == -1 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
        return NULL;
    if (fd == -1)
        broken("accept: %s", strerror(errno));
    struct peer *peer = add_peer(fd, translated("connection"), flags);
    snprintf(peer->name, sizeof peer->name, "%s", translated("the grader's server"));
    step("the client connects to the grader's server");
    return peer;
}

void peer_send(struct peer *peer, const void *data, size_t length)
{
    channel_send(&peer->channel, data, length);
}

void peer_finish(struct peer *peer)
{
    peer->channel.finish = true;
}

static void forget(struct peer *peer)
{
    channel_close(&peer->channel);
    for (struct peer **at = &all; *at != NULL; at = &(*at)->next)
        if (*at == peer) {
            *at = peer->next;
            break;
        }
    free(peer);
}

void peer_close(struct peer *peer)
{
    forget(peer);
}

void peer_reset(struct peer *peer)
{
    struct linger now_and_hard = {.l_onoff = 1, .l_linger = 0};
    if (peer->port != 0 && setsockopt(peer->channel.fd, SOL_SOCKET, SO_LINGER, &now_and_hard,
                                      sizeof now_and_hard) == -1)
        broken("setsockopt SO_LINGER: %s", strerror(errno));
    forget(peer);
}

int peer_in_flight(const struct peer *peer)
{
    int bytes = 0;
    if (peer->channel.fd != -1)
        ioctl(peer->channel.fd, SIOCOUTQ, &bytes);
    return bytes;
}

unsigned peer_unread(const struct peer *peer)
{
    return tcp_unread(port_of(peer->channel.fd, other_name), peer->port);
}

unsigned peers_made(void)
{
    return named;
}

const char *peer_name(unsigned port)
{
    for (struct peer *peer = all; peer != NULL; peer = peer->next)
        if (peer->port == port && port != 0)
            return peer->name;
    return NULL;
}

bool peers_in_flight(void)
{
    for (struct peer *peer = all; peer != NULL; peer = peer->next)
        if (peer->channel.out_sent < peer->channel.out_length || peer_in_flight(peer) > 0)
            return true;
    return false;
}

void peers_end(void)
{
    while (all != NULL)
        forget(all);
    named = 0;
}
