/*
** server.c -- a stream echo server, one client after the other
*/
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG     10   // how many pending connections the queue will hold
#define MAXDATASIZE 1024 // how many bytes we take at once

static char text[512]; // the address from the command line, cut into host and port in here

// cut HOST:PORT in two, without the brackets of an IPv6 address
static int split(char **host, char **port)
{
    char *colon = strrchr(text, ':');

    if (colon == NULL || colon[1] == '\0')
        return -1;
    *colon = '\0';
    *port = colon + 1;
    *host = text;
    if (text[0] == '[' && colon > text + 1 && colon[-1] == ']') {
        colon[-1] = '\0';
        *host = text + 1;
    }
    if (**host == '\0')
        *host = NULL; // every interface
    if (strspn(*port, "0123456789") == strlen(*port) && atol(*port) > 65535)
        return -1;
    return 0;
}

static int listen_unix(const char *address, const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int sockfd;

    if (path[0] == '\0' || strlen(path) >= sizeof name.sun_path) {
        fprintf(stderr, "server: resolve %s: not a path of 1 to 107 bytes\n", address);
        exit(1);
    }
    strcpy(name.sun_path, path);
    if ((sockfd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1) {
        fprintf(stderr, "server: socket %s: %s\n", address, strerror(errno));
        exit(1);
    }
    if (bind(sockfd, (struct sockaddr *)&name, sizeof name) == -1) {
        fprintf(stderr, "server: bind %s: %s\n", address, strerror(errno));
        exit(1);
    }
    return sockfd;
}

static int listen_inet(const char *address)
{
    struct addrinfo hints, *servinfo, *p;
    char *host, *port;
    const char *call = "resolve";
    int rv, sockfd = -1, reason = 0;

    snprintf(text, sizeof text, "%s", address);
    if (split(&host, &port) == -1) {
        fprintf(stderr, "server: resolve %s: not HOST:PORT or unix:PATH\n", address);
        exit(1);
    }
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE; // use my IP
    if ((rv = getaddrinfo(host, port, &hints, &servinfo)) != 0) {
        fprintf(stderr, "server: resolve %s: %s\n", address, gai_strerror(rv));
        exit(1);
    }
    // bind to the first we can
    for (p = servinfo; p != NULL; p = p->ai_next) {
        call = "socket";
        if ((sockfd = socket(p->ai_family, p->ai_socktype, p->ai_protocol)) != -1) {
            call = "bind";
            if (bind(sockfd, p->ai_addr, p->ai_addrlen) == 0)
                break;
        }
        reason = errno;
        if (sockfd != -1)
            close(sockfd);
    }
    freeaddrinfo(servinfo);
    if (p == NULL) {
        fprintf(stderr, "server: %s %s: %s\n", call, address, strerror(reason));
        exit(1);
    }
    return sockfd;
}

// tell where we listen; with port 0 only the kernel knows
static void say_where(int sockfd, const char *address)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (strncmp(address, "unix:", 5) == 0) {
        printf("listening on %s\n", address);
    } else {
        if (getsockname(sockfd, (struct sockaddr *)&ss, &len) == -1) {
            fprintf(stderr, "server: getsockname %s: %s\n", address, strerror(errno));
            exit(1);
        }
        getnameinfo((struct sockaddr *)&ss, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
        printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n" : "listening on %s:%s\n",
               host, port);
    }
    fflush(stdout);
}

// write() may take less than we give it
static int sendall(int fd, const char *buf, int len)
{
    int total = 0;

    while (total < len) {
        int n = write(fd, buf + total, len - total);
        if (n == -1)
            return -1;
        total += n;
    }
    return 0;
}

int main(int argc, char *argv[])
{
    int sockfd, new_fd; // listen on sockfd, new connection on new_fd
    int n;
    char buf[MAXDATASIZE];
    unsigned long clients = 0;
    unsigned long long bytes = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: server ADDRESS\n");
        exit(2);
    }
    signal(SIGPIPE, SIG_IGN); // a client that hangs up must not kill us
    if (strncmp(argv[1], "unix:", 5) == 0)
        sockfd = listen_unix(argv[1], argv[1] + 5);
    else
        sockfd = listen_inet(argv[1]);
    if (listen(sockfd, BACKLOG) == -1) {
        fprintf(stderr, "server: listen %s: %s\n", argv[1], strerror(errno));
        exit(1);
    }
    say_where(sockfd, argv[1]);

    while (1) { // main accept() loop
        if ((new_fd = accept(sockfd, NULL, NULL)) == -1) {
            fprintf(stderr, "server: accept %s: %s\n", argv[1], strerror(errno));
            sleep(1);
            continue;
        }
        while ((n = read(new_fd, buf, sizeof buf)) > 0) {
            bytes += n;
            if (sendall(new_fd, buf, n) == -1)
                break;
        }
        close(new_fd);
        printf("served %lu clients, %llu bytes\n", ++clients, bytes);
        fflush(stdout);
    }
}
