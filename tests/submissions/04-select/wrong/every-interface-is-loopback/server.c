/*
 * Wakes up each second, whether anything has come or not, as servers do that have timers to look
 * after. Its own limit of descriptors is lowered to what an fd_set can hold: accept() then fails
 * before select() could be handed a descriptor that is too high. Listens with a queue of five.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 5

struct state {
    int listener;
    int nfds;
    time_t accept_again; /* before this time the listener is not looked at */
    fd_set open;
    unsigned long long received[FD_SETSIZE];
    unsigned long long clients, bytes;
    char buffer[30000];
};

static int complain(const char *call, const char *object, const char *reason)
{
    fprintf(stderr, "%s: %s %s: %s\n", program_invocation_short_name, call, object, reason);
    return -1;
}

static int stay_below_set_size(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return complain("getrlimit", "RLIMIT_NOFILE", strerror(errno));
    if (limit.rlim_cur <= FD_SETSIZE)
        return 0;
    limit.rlim_cur = FD_SETSIZE;
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
        return complain("setrlimit", "RLIMIT_NOFILE", strerror(errno));
    return 0;
}

static int bind_and_listen(int family, const void *name, socklen_t length, const char *address)
{
    int on = 1, off = 0;
    const char *call = "socket";
    int fd = socket(family, SOCK_STREAM, 0);
    if (fd == -1)
        goto failed;
    call = "setsockopt";
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        goto failed;
    if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == -1)
        goto failed;
    call = "bind";
    if (bind(fd, name, length) == -1)
        goto failed;
    call = "listen";
    if (listen(fd, BACKLOG) == -1)
        goto failed;
    return fd;
failed:
    complain(call, address, strerror(errno));
    if (fd != -1)
        close(fd);
    return -1;
}

static int listen_unix(const char *address)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t length = strlen(address + 5);
    if (length == 0 || length >= sizeof name.sun_path)
        return complain("bind", address, "a path has 1 to 107 bytes");
    memcpy(name.sun_path, address + 5, length);
    return bind_and_listen(AF_UNIX, &name, sizeof name, address);
}

static int listen_inet(const char *address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *at;
    const char *colon = strrchr(address, ':');
    char host[256];
    int fd = -1;
    if (colon == NULL || (size_t)(colon - address) >= sizeof host)
        return complain("resolve", address, "HOST:PORT or unix:PATH expected");
    size_t length = (size_t)(colon - address);
    int brackets = length >= 2 && address[0] == '[' && address[length - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)length - 2 * brackets, address + brackets);
    int code = getaddrinfo(length == 0 ? NULL : host, colon + 1, &hints, &list);
    if (code != 0)
        return complain("resolve", address, gai_strerror(code));
    for (at = list; at != NULL && fd == -1; at = at->ai_next)
        fd = bind_and_listen(at->ai_family, at->ai_addr, at->ai_addrlen, address);
    freeaddrinfo(list);
    return fd;
}

static int announce(int fd, const char *address)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (strncmp(address, "unix:", 5) == 0)
        return printf("listening on %s\n", address);
    if (getsockname(fd, (struct sockaddr *)&name, &length) == -1)
        return complain("getsockname", address, strerror(errno));
    int code = getnameinfo((struct sockaddr *)&name, length, host, sizeof host, port,
                           sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (code != 0)
        return complain("getnameinfo", address, gai_strerror(code));
    if (strchr(host, ':') != NULL)
        return printf("listening on [%s]:%s\n", host, port);
    return printf("listening on %s:%s\n", host, port);
}

static void echo(struct state *state, int fd)
{
    ssize_t sent = 0, length = recv(fd, state->buffer, sizeof state->buffer, 0);
    if (length <= 0)
        goto over;
    state->received[fd] += (unsigned long long)length;
    while (sent < length) {
        ssize_t taken = send(fd, state->buffer + sent, (size_t)(length - sent), MSG_NOSIGNAL);
        if (taken == -1 && errno == EINTR)
            continue;
        if (taken == -1)
            goto over;
        sent += taken;
    }
    return;
over:
    FD_CLR(fd, &state->open);
    close(fd);
    state->bytes += state->received[fd];
    printf("served %llu clients, %llu bytes\n", ++state->clients, state->bytes);
}

static void take(struct state *state)
{
    int fd = accept(state->listener, NULL, NULL);
    if (fd == -1) {
        if (errno != EINTR && errno != ECONNABORTED)
            state->accept_again = time(NULL) + 1;
        return;
    }
    state->received[fd] = 0;
    FD_SET(fd, &state->open);
    if (state->nfds <= fd)
        state->nfds = fd + 1;
}

static void serve(struct state *state)
{
    state->nfds = state->listener + 1;
    for (;;) {
        struct timeval tick = {1, 0};
        fd_set ready = state->open;
        if (time(NULL) >= state->accept_again)
            FD_SET(state->listener, &ready);
        int left = select(state->nfds, &ready, NULL, NULL, &tick);
        for (int fd = 0; left > 0; fd++) {
            if (!FD_ISSET(fd, &ready))
                continue;
            left--;
            if (fd == state->listener)
                take(state);
            else
                echo(state, fd);
        }
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s ADDRESS\n", program_invocation_short_name);
        return 2;
    }
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL || stay_below_set_size() == -1)
        return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    int is_unix = strncmp(argv[1], "unix:", 5) == 0;
    state->listener = is_unix ? listen_unix(argv[1]) : listen_inet(argv[1]);
    if (state->listener == -1 || announce(state->listener, argv[1]) == -1)
        return 1;
    serve(state);
}
