/* server.c - echo server, one client at a time, select() */

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define OK     0
#define FAILED (-1)

static char host_buffer[256];
static char announced[300];
static char data[8192];
static size_t data_begin, data_end;

static unsigned long clients;
static unsigned long long bytes;

static void complain(const char *call, const char *object, const char *reason)
{
    fprintf(stderr, "server: %s %s: %s\n", call, object, reason);
}

/* HOST:PORT is cut into host_buffer and the port behind the last colon */
static int split_address(const char *address, const char **host, const char **port)
{
    const char *colon;
    size_t length;

    colon = strrchr(address, ':');
    if (colon == NULL || colon[1] == '\0')
        return FAILED;
    if (strtoul(colon + 1, NULL, 10) > 65535) /* getaddrinfo() would cut it */
        return FAILED;
    length = (size_t)(colon - address);
    if (length >= 2 && address[0] == '[' && colon[-1] == ']') {
        address++;
        length -= 2;
    }
    if (length >= sizeof host_buffer)
        return FAILED;
    memcpy(host_buffer, address, length);
    host_buffer[length] = '\0';
    *host = length > 0 ? host_buffer : NULL;
    *port = colon + 1;
    return OK;
}

static int start_listening(int family, const struct sockaddr *name, socklen_t length,
                           const char **call)
{
    int listener, on, reason;

    *call = "socket";
    listener = socket(family, SOCK_STREAM, 0);
    if (listener == -1)
        return FAILED;
    on = 1;
    *call = "setsockopt";
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        goto fail;
    *call = "bind";
    if (bind(listener, name, length) == -1)
        goto fail;
    *call = "listen";
    if (listen(listener, 16) == -1)
        goto fail;
    return listener;
fail:
    reason = errno;
    close(listener);
    errno = reason;
    return FAILED;
}

static int listen_unix(const char *address, const char **call)
{
    struct sockaddr_un name;
    const char *path;

    path = address + 5;
    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    if (path[0] == '\0' || strlen(path) >= sizeof name.sun_path) {
        *call = "resolve";
        errno = path[0] == '\0' ? EINVAL : ENAMETOOLONG;
        return FAILED;
    }
    strcpy(name.sun_path, path);
    snprintf(announced, sizeof announced, "%s", address);
    return start_listening(AF_UNIX, (struct sockaddr *)&name, sizeof name, call);
}

/* with port 0 only the kernel knows the port */
static int describe(int listener)
{
    struct sockaddr_storage name;
    socklen_t length;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    length = sizeof name;
    if (getsockname(listener, (struct sockaddr *)&name, &length) == -1)
        return FAILED;
    if (getnameinfo((struct sockaddr *)&name, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        errno = EAFNOSUPPORT;
        return FAILED;
    }
    snprintf(announced, sizeof announced,
             name.ss_family == AF_INET6 ? "[%.255s]:%.15s" : "%.255s:%.15s", host, port);
    return OK;
}

static int listen_inet(const char *address, const char **call)
{
    struct addrinfo hints, *list, *at;
    const char *host, *port;
    int listener, code;

    listener = FAILED;
    list = NULL;
    *call = "resolve";
    errno = EINVAL;
    if (split_address(address, &host, &port) == FAILED)
        goto out;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    code = getaddrinfo(host, port, &hints, &list);
    if (code != 0) {
        complain("resolve", address, gai_strerror(code));
        exit(EXIT_FAILURE);
    }
    for (at = list; at != NULL && listener == FAILED; at = at->ai_next)
        listener = start_listening(at->ai_family, at->ai_addr, at->ai_addrlen, call);
    if (listener == FAILED)
        goto out;
    if (describe(listener) == FAILED) {
        *call = "getsockname";
        close(listener);
        listener = FAILED;
    }
out:
    if (list != NULL)
        freeaddrinfo(list);
    return listener;
}

static int is_temporary(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* 1: go on, 0: the client has finished, FAILED: the connection is lost */
static int receive(int connection)
{
    ssize_t count;

    count = recv(connection, data, sizeof data, 0);
    if (count == -1)
        return is_temporary() ? 1 : FAILED;
    data_begin = 0;
    data_end = (size_t)count;
    bytes += (unsigned long long)count;
    return count > 0;
}

static int send_back(int connection)
{
    ssize_t count;

    count = send(connection, data + data_begin, data_end - data_begin, 0);
    if (count == -1)
        return is_temporary() ? 1 : FAILED;
    data_begin += (size_t)count;
    return 1;
}

/* waits for what can be done next: to receive when there is nothing to send, else to send */
static int converse(int connection)
{
    fd_set reading, writing;
    int state;

    data_begin = data_end = 0;
    state = fcntl(connection, F_SETFL, O_NONBLOCK) == -1 ? FAILED : 1;
    while (state == 1) {
        FD_ZERO(&reading);
        FD_ZERO(&writing);
        FD_SET(connection, data_begin == data_end ? &reading : &writing);
        if (select(connection + 1, &reading, &writing, NULL, NULL) == -1) {
            if (errno != EINTR)
                state = FAILED;
        } else if (data_begin == data_end) {
            state = receive(connection);
        } else {
            state = send_back(connection);
        }
    }
    return state;
}

static void serve_next(int listener)
{
    int connection;

    connection = accept(listener, NULL, NULL);
    if (connection == -1) {
        complain("accept", announced, strerror(errno));
        sleep(1);
        return;
    }
    if (connection >= FD_SETSIZE) {
        complain("select", announced, "too many descriptors");
        goto out;
    }
    if (converse(connection) == FAILED)
        complain("client of", announced, strerror(errno));
out:
    close(connection);
    clients++;
    printf("served %lu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int listener;
    const char *call;

    if (argc != 2) {
        fprintf(stderr, "usage: server ADDRESS\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (strncmp(argv[1], "unix:", 5) == 0)
        listener = listen_unix(argv[1], &call);
    else
        listener = listen_inet(argv[1], &call);
    if (listener == FAILED)
        goto fail;
    printf("listening on %s\n", announced);
    fflush(stdout);
    for (;;)
        serve_next(listener);
fail:
    complain(call, argv[1], strerror(errno));
    return EXIT_FAILURE;
}
