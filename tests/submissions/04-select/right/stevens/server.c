/*
 * tcpserv/select, after the book: an array of connected descriptors with -1 for a free place,
 * maxi the last place in use, maxfd for select(). A function with a capital letter checks for
 * errors and ends the program; for the clients' calls the plain ones are used.
 */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTENQ 64
#define MAXLINE 4096
#define SA struct sockaddr

static void err_quit(const char *fmt, ...)
{
    va_list ap;
    fputs("server: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static int Socket(int family, const char *what)
{
    int n;
    if ((n = socket(family, SOCK_STREAM, 0)) < 0)
        err_quit("socket %s: %s", what, strerror(errno));
    return n;
}

static void Listen(int fd, const char *what)
{
    if (listen(fd, LISTENQ) < 0)
        err_quit("listen %s: %s", what, strerror(errno));
}

static int unix_listen(const char *what)
{
    struct sockaddr_un un;
    const char *path = what + 5;
    memset(&un, 0, sizeof(un));
    un.sun_family = AF_UNIX;
    if (strlen(path) == 0 || strlen(path) >= sizeof(un.sun_path))
        err_quit("bind %s: path too short or too long", what);
    strcpy(un.sun_path, path);
    int fd = Socket(AF_UNIX, what);
    if (bind(fd, (SA *)&un, sizeof(un)) < 0)
        err_quit("bind %s: %s", what, strerror(errno));
    Listen(fd, what);
    return fd;
}

static int tcp_listen(const char *what)
{
    struct addrinfo hints, *res, *ressave;
    char host[300];
    const int on = 1;
    int n, fd = -1, saved = 0;

    if (strlen(what) >= sizeof(host) || strrchr(what, ':') == NULL)
        err_quit("resolve %s: HOST:PORT or unix:PATH expected", what);
    strcpy(host, what);
    char *serv = strrchr(host, ':'), *name = host;
    *serv++ = 0;
    if (*name == '[' && name[strlen(name) - 1] == ']') {
        name[strlen(name) - 1] = 0;
        name++;
    }
    memset(&hints, 0, sizeof(hints));
    hints.ai_flags = AI_PASSIVE;
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    if ((n = getaddrinfo(*name ? name : NULL, serv, &hints, &res)) != 0)
        err_quit("resolve %s: %s", what, gai_strerror(n));
    for (ressave = res; res != NULL; res = res->ai_next) {
        if ((fd = socket(res->ai_family, res->ai_socktype, res->ai_protocol)) < 0) {
            saved = errno;
            continue;
        }
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (bind(fd, res->ai_addr, res->ai_addrlen) == 0)
            break;
        saved = errno;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(ressave);
    if (fd < 0)
        err_quit("bind %s: %s", what, strerror(saved));
    Listen(fd, what);
    return fd;
}

static void announce(int listenfd, const char *what)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof(ss);
    char host[NI_MAXHOST], serv[NI_MAXSERV];
    if (strncmp(what, "unix:", 5) == 0) {
        printf("listening on %s\n", what);
    } else {
        if (getsockname(listenfd, (SA *)&ss, &len) < 0)
            err_quit("getsockname %s: %s", what, strerror(errno));
        getnameinfo((SA *)&ss, len, host, sizeof(host), serv, sizeof(serv),
                    NI_NUMERICHOST | NI_NUMERICSERV);
        printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n" : "listening on %s:%s\n",
               host, serv);
    }
    fflush(stdout);
}

/* Write "n" bytes to a descriptor. */
static ssize_t writen(int fd, const void *vptr, size_t n)
{
    size_t nleft = n;
    ssize_t nwritten;
    const char *ptr = vptr;
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

int main(int argc, char **argv)
{
    int i, maxi, maxfd, listenfd, connfd, sockfd, nready, client[FD_SETSIZE];
    unsigned long long nbytes[FD_SETSIZE], clients = 0, bytes = 0;
    ssize_t n;
    fd_set rset, allset;
    char buf[MAXLINE];
    struct timeval tv;

    if (argc != 2) {
        fprintf(stderr, "usage: server ADDRESS\n");
        exit(2);
    }
    signal(SIGPIPE, SIG_IGN);
    listenfd = strncmp(argv[1], "unix:", 5) == 0 ? unix_listen(argv[1]) : tcp_listen(argv[1]);
    announce(listenfd, argv[1]);

    maxfd = listenfd; /* initialize */
    maxi = -1;        /* index into client[] array */
    for (i = 0; i < FD_SETSIZE; i++)
        client[i] = -1; /* -1 indicates available entry */
    FD_ZERO(&allset);
    FD_SET(listenfd, &allset);

    for (;;) {
        rset = allset; /* structure assignment */
        tv.tv_sec = 1;
        tv.tv_usec = 0;
        nready = select(maxfd + 1, &rset, NULL, NULL, FD_ISSET(listenfd, &allset) ? NULL : &tv);
        FD_SET(listenfd, &allset);
        if (nready < 0) {
            if (errno == EINTR)
                continue;
            err_quit("select: %s", strerror(errno));
        }

        if (FD_ISSET(listenfd, &rset)) { /* new client connection */
            nready--;
            connfd = accept(listenfd, NULL, NULL);
            for (i = 0; i < FD_SETSIZE; i++)
                if (client[i] < 0)
                    break;
            if (connfd < 0) {
                perror("server: accept");
                FD_CLR(listenfd, &allset); /* have a second's rest */
            } else if (i == FD_SETSIZE || connfd >= FD_SETSIZE) {
                fprintf(stderr, "server: accept: too many clients\n");
                close(connfd);
            } else {
                client[i] = connfd; /* save descriptor */
                nbytes[i] = 0;
                FD_SET(connfd, &allset); /* add new descriptor to set */
                if (connfd > maxfd)
                    maxfd = connfd; /* for select */
                if (i > maxi)
                    maxi = i; /* max index in client[] array */
            }
        }

        for (i = 0; i <= maxi && nready > 0; i++) { /* check all clients for data */
            if ((sockfd = client[i]) < 0 || !FD_ISSET(sockfd, &rset))
                continue;
            nready--;
            if ((n = read(sockfd, buf, MAXLINE)) > 0) {
                nbytes[i] += n;
                if (writen(sockfd, buf, n) == n)
                    continue;
            }
            close(sockfd); /* connection closed by client, or lost */
            FD_CLR(sockfd, &allset);
            client[i] = -1;
            clients++;
            bytes += nbytes[i];
            printf("served %llu clients, %llu bytes\n", clients, bytes);
            fflush(stdout);
        }
    }
}
