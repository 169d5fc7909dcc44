/*
** client.c -- a stream echo client
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

#define MAXDATASIZE 1000 // max number of bytes we send before we wait for the echo

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
        *host = NULL; // this machine
    if (strspn(*port, "0123456789") == strlen(*port) && atol(*port) > 65535)
        return -1;
    return 0;
}

static int connect_unix(const char *address, const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int sockfd;

    if (path[0] == '\0' || strlen(path) >= sizeof name.sun_path) {
        fprintf(stderr, "client: resolve %s: not a path of 1 to 107 bytes\n", address);
        exit(1);
    }
    strcpy(name.sun_path, path);
    if ((sockfd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1) {
        fprintf(stderr, "client: socket %s: %s\n", address, strerror(errno));
        exit(1);
    }
    if (connect(sockfd, (struct sockaddr *)&name, sizeof name) == -1) {
        fprintf(stderr, "client: connect %s: %s\n", address, strerror(errno));
        exit(1);
    }
    return sockfd;
}

static int connect_inet(const char *address)
{
    struct addrinfo hints, *servinfo, *p;
    char *host, *port;
    int rv, sockfd = -1, reason = 0;

    snprintf(text, sizeof text, "%s", address);
    if (split(&host, &port) == -1) {
        fprintf(stderr, "client: resolve %s: not HOST:PORT or unix:PATH\n", address);
        exit(1);
    }
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    if ((rv = getaddrinfo(host, port, &hints, &servinfo)) != 0) {
        fprintf(stderr, "client: resolve %s: %s\n", address, gai_strerror(rv));
        exit(1);
    }
    // connect to the first we can
    for (p = servinfo; p != NULL; p = p->ai_next) {
        sockfd = socket(p->ai_family, p->ai_socktype, p->ai_protocol);
        if (sockfd != -1 && connect(sockfd, p->ai_addr, p->ai_addrlen) == 0)
            break;
        reason = errno;
        if (sockfd != -1)
            close(sockfd);
    }
    freeaddrinfo(servinfo);
    if (p == NULL) {
        fprintf(stderr, "client: connect %s: %s\n", address, strerror(reason));
        exit(1);
    }
    return sockfd;
}

static void sendall(int fd, const char *buf, int len, const char *where)
{
    int total = 0;

    while (total < len) {
        int n = write(fd, buf + total, len - total);
        if (n == -1) {
            fprintf(stderr, "client: write %s: %s\n", where, strerror(errno));
            exit(1);
        }
        total += n;
    }
}

int main(int argc, char *argv[])
{
    int sockfd, n, numbytes;
    char buf[MAXDATASIZE];

    if (argc != 2) {
        fprintf(stderr, "usage: client ADDRESS\n");
        exit(2);
    }
    signal(SIGPIPE, SIG_IGN);
    if (strncmp(argv[1], "unix:", 5) == 0)
        sockfd = connect_unix(argv[1], argv[1] + 5);
    else
        sockfd = connect_inet(argv[1]);

    while ((n = read(0, buf, sizeof buf)) > 0) {
        sendall(sockfd, buf, n, argv[1]);
        while (n > 0) { // the echo comes in pieces, or not at all
            if ((numbytes = read(sockfd, buf, n)) == -1) {
                fprintf(stderr, "client: read %s: %s\n", argv[1], strerror(errno));
                exit(1);
            }
            if (numbytes == 0) {
                fprintf(stderr, "client: read %s: the server has left\n", argv[1]);
                exit(1);
            }
            sendall(1, buf, numbytes, "standard output");
            n -= numbytes;
        }
    }
    if (n == -1) {
        fprintf(stderr, "client: read standard input: %s\n", strerror(errno));
        exit(1);
    }
    close(sockfd);
    return 0;
}
