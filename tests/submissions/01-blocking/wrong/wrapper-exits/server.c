/* An iterative echo server with wrapper functions: a capital letter checks the result. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAXLINE 4096
#define LISTENQ 1024
#define SA      struct sockaddr

static const char *address; /* as it was given, for the messages */

static void err_sys(const char *call)
{
    fprintf(stderr, "server: %s %s: %s\n", call, address, strerror(errno));
    exit(1);
}

static void err_quit(const char *reason)
{
    fprintf(stderr, "server: resolve %s: %s\n", address, reason);
    exit(1);
}

static int Socket(int family, int type, int protocol)
{
    int n = socket(family, type, protocol);
    if (n < 0)
        err_sys("socket");
    return n;
}

static void Setsockopt(int fd, int level, int name, int value)
{
    if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
        err_sys("setsockopt");
}

static void Bind(int fd, const SA *sa, socklen_t salen)
{
    if (bind(fd, sa, salen) < 0)
        err_sys("bind");
}

static void Listen(int fd, int backlog)
{
    char *ptr = getenv("LISTENQ"); /* can override the second argument */
    if (ptr != NULL)
        backlog = atoi(ptr);
    if (listen(fd, backlog) < 0)
        err_sys("listen");
}

/* Always comes back with a connection: a failure to get one is the peer's or passes. */
static int Accept(int fd)
{
    int n;
    while ((n = accept(fd, NULL, NULL)) < 0) {
        if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
            continue;
        fprintf(stderr, "server: accept %s: %s\n", address, strerror(errno));
        sleep(1);
    }
    return n;
}

static void Getsockname(int fd, SA *sa, socklen_t *salenptr)
{
    if (getsockname(fd, sa, salenptr) < 0)
        err_sys("getsockname");
}

static void Close(int fd)
{
    if (close(fd) < 0 && errno != ECONNRESET)
        err_sys("close");
}

static void Signal(int signo, void (*func)(int))
{
    if (signal(signo, func) == SIG_ERR)
        err_sys("signal");
}

static void Printf(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    if (vprintf(format, ap) < 0 || fflush(stdout) == EOF)
        err_sys("printf");
    va_end(ap);
}

/* Write "n" bytes to a descriptor. */
static ssize_t writen(int fd, const void *vptr, size_t n)
{
    const char *ptr = vptr;
    size_t nleft = n;
    ssize_t nwritten;

    while (nleft > 0) {
        if ((nwritten = write(fd, ptr, nleft)) <= 0) {
            if (nwritten < 0 && errno == EINTR)
                nwritten = 0; /* and call write() again */
            else
                return -1;
        }
        nleft -= nwritten;
        ptr += nwritten;
    }
    return n;
}

static void Writen(int fd, const void *ptr, size_t n)
{
    if (writen(fd, ptr, n) != (ssize_t)n)
        err_sys("write");
}

static struct addrinfo *Host_serv(char *hostport)
{
    struct addrinfo hints, *res;
    char *serv = strrchr(hostport, ':'), *host = hostport;
    int n;

    if (serv == NULL || serv[1] == '\0')
        err_quit("HOST:PORT or unix:PATH expected");
    if (serv[1] != '\0' && serv[1 + strspn(serv + 1, "0123456789")] == '\0' &&
        strtoul(serv + 1, NULL, 10) > 65535)
        err_quit("a port is at most 65535");
    *serv++ = '\0';
    n = strlen(host);
    if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        host++;
    }
    bzero(&hints, sizeof(hints));
    hints.ai_flags = AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    if ((n = getaddrinfo(*host ? host : NULL, serv, &hints, &res)) != 0)
        err_quit(gai_strerror(n));
    return res;
}

static int Tcp_listen(const char *text)
{
    char *copy = strdup(text);
    struct addrinfo *res = Host_serv(copy), *ai;
    int listenfd = -1;

    for (ai = res; ai != NULL; ai = ai->ai_next) {
        if (ai->ai_next == NULL) /* the last one has to do */
            listenfd = Socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
        else if ((listenfd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol)) < 0)
            continue;
        Setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (ai->ai_family == AF_INET6)
            Setsockopt(listenfd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        if (ai->ai_next == NULL)
            Bind(listenfd, ai->ai_addr, ai->ai_addrlen);
        else if (bind(listenfd, ai->ai_addr, ai->ai_addrlen) < 0) {
            Close(listenfd);
            continue;
        }
        break;
    }
    freeaddrinfo(res);
    free(copy);
    Listen(listenfd, LISTENQ);
    return listenfd;
}

static int Unix_listen(const char *path)
{
    struct sockaddr_un servaddr;
    int listenfd;

    bzero(&servaddr, sizeof(servaddr));
    servaddr.sun_family = AF_LOCAL;
    if (*path == '\0' || strlen(path) > sizeof(servaddr.sun_path) - 1)
        err_quit("a path has 1 to 107 bytes");
    strcpy(servaddr.sun_path, path);
    listenfd = Socket(AF_LOCAL, SOCK_STREAM, 0);
    Bind(listenfd, (SA *)&servaddr, sizeof(servaddr));
    Listen(listenfd, LISTENQ);
    return listenfd;
}

static void print_name(int listenfd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof(ss);
    char host[NI_MAXHOST], serv[NI_MAXSERV];
    int n;

    Getsockname(listenfd, (SA *)&ss, &len);
    if (ss.ss_family == AF_LOCAL) {
        Printf("listening on unix:%s\n", address + strlen("unix:"));
        return;
    }
    n = getnameinfo((SA *)&ss, len, host, sizeof(host), serv, sizeof(serv),
                    NI_NUMERICHOST | NI_NUMERICSERV);
    if (n != 0)
        err_quit(gai_strerror(n));
    if (ss.ss_family == AF_INET6)
        Printf("listening on [%s]:%s\n", host, serv);
    else
        Printf("listening on %s:%s\n", host, serv);
}

static long long str_echo(int sockfd)
{
    long long total = 0;
    ssize_t n;
    char buf[MAXLINE];

again:
    while ((n = read(sockfd, buf, MAXLINE)) > 0) {
        total += n;
        Writen(sockfd, buf, n);
    }
    if (n < 0 && errno == EINTR)
        goto again;
    if (n < 0)
        err_sys("read");
    return total;
}

int main(int argc, char **argv)
{
    int listenfd, connfd;
    long long clients = 0, bytes = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: server ADDRESS\n");
        exit(2);
    }
    address = argv[1];
    Signal(SIGPIPE, SIG_IGN);
    if (strncmp(address, "unix:", 5) == 0)
        listenfd = Unix_listen(address + 5);
    else
        listenfd = Tcp_listen(address);
    print_name(listenfd);
    for (;;) {
        connfd = Accept(listenfd);
        bytes += str_echo(connfd);
        Close(connfd);
        Printf("served %lld clients, %lld bytes\n", ++clients, bytes);
    }
}
