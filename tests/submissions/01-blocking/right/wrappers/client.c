/* An echo client with wrapper functions: a capital letter checks the result. */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAXLINE 2048
#define SA      struct sockaddr

static const char *address; /* as it was given, for the messages */

static void err_sys(const char *call)
{
    fprintf(stderr, "client: %s %s: %s\n", call, address, strerror(errno));
    exit(1);
}

static void err_quit(const char *call, const char *reason)
{
    fprintf(stderr, "client: %s %s: %s\n", call, address, reason);
    exit(1);
}

static int Socket(int family, int type, int protocol)
{
    int n = socket(family, type, protocol);
    if (n < 0)
        err_sys("socket");
    return n;
}

static void Connect(int fd, const SA *sa, socklen_t salen)
{
    if (connect(fd, sa, salen) < 0)
        err_sys("connect");
}

static void Close(int fd)
{
    if (close(fd) < 0)
        err_sys("close");
}

static ssize_t Read(int fd, void *ptr, size_t nbytes)
{
    ssize_t n;
    while ((n = read(fd, ptr, nbytes)) < 0)
        if (errno != EINTR)
            err_sys("read");
    return n;
}

static void Writen(int fd, const void *vptr, size_t n)
{
    const char *ptr = vptr;
    while (n > 0) {
        ssize_t nwritten = write(fd, ptr, n);
        if (nwritten < 0 && errno != EINTR)
            err_sys("write");
        if (nwritten > 0) {
            n -= nwritten;
            ptr += nwritten;
        }
    }
}

static struct addrinfo *Host_serv(char *hostport)
{
    struct addrinfo hints, *res;
    char *serv = strrchr(hostport, ':'), *host = hostport;
    int n;

    if (serv == NULL || serv[1] == '\0')
        err_quit("resolve", "HOST:PORT or unix:PATH expected");
    if (serv[1 + strspn(serv + 1, "0123456789")] == '\0' && strtoul(serv + 1, NULL, 10) > 65535)
        err_quit("resolve", "a port is at most 65535");
    *serv++ = '\0';
    n = strlen(host);
    if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        host++;
    }
    bzero(&hints, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    if ((n = getaddrinfo(*host ? host : NULL, serv, &hints, &res)) != 0)
        err_quit("resolve", gai_strerror(n));
    return res;
}

static int Tcp_connect(const char *text)
{
    char *copy = strdup(text);
    struct addrinfo *res = Host_serv(copy), *ai;
    int sockfd = -1;

    free(copy);
    for (ai = res; ai->ai_next != NULL; ai = ai->ai_next) {
        sockfd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        if (sockfd < 0)
            continue;
        if (connect(sockfd, ai->ai_addr, ai->ai_addrlen) == 0)
            break;
        Close(sockfd);
    }
    if (ai->ai_next == NULL) { /* the last one has to do */
        sockfd = Socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        Connect(sockfd, ai->ai_addr, ai->ai_addrlen);
    }
    freeaddrinfo(res);
    return sockfd;
}

static int Unix_connect(const char *path)
{
    struct sockaddr_un servaddr;
    int sockfd;

    bzero(&servaddr, sizeof(servaddr));
    servaddr.sun_family = AF_LOCAL;
    if (*path == '\0' || strlen(path) > sizeof(servaddr.sun_path) - 1)
        err_quit("resolve", "a path has 1 to 107 bytes");
    strcpy(servaddr.sun_path, path);
    sockfd = Socket(AF_LOCAL, SOCK_STREAM, 0);
    Connect(sockfd, (SA *)&servaddr, sizeof(servaddr));
    return sockfd;
}

static void str_cli(int infd, int sockfd)
{
    char sendline[MAXLINE], recvline[MAXLINE];
    ssize_t n, back, got;

    while ((n = Read(infd, sendline, MAXLINE)) > 0) {
        Writen(sockfd, sendline, n);
        for (back = 0; back < n; back += got) {
            if ((got = Read(sockfd, recvline, MAXLINE)) == 0)
                err_quit("read", "server terminated prematurely");
            Writen(STDOUT_FILENO, recvline, got);
        }
    }
}

int main(int argc, char **argv)
{
    int sockfd;

    if (argc != 2) {
        fprintf(stderr, "usage: client ADDRESS\n");
        exit(2);
    }
    address = argv[1];
    signal(SIGPIPE, SIG_IGN);
    if (strncmp(address, "unix:", 5) == 0)
        sockfd = Unix_connect(address + 5);
    else
        sockfd = Tcp_connect(address);
    str_cli(STDIN_FILENO, sockfd);
    Close(sockfd);
    exit(0);
}
