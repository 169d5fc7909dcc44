/* echo server with pthreads, after a tutorial */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 10
#define BUFSIZE 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long clients, total;
static int sockfd;

void error(const char *call, const char *what)
{
    fprintf(stderr, "server: %s %s: %s\n", call, what, strerror(errno));
    exit(1);
}

int sendall(int s, char *buf, size_t len)
{
    size_t sent = 0;
    while (sent < len) {
        ssize_t n = send(s, buf + sent, len - sent, MSG_NOSIGNAL);
        if (n == -1)
            return -1;
        sent += n;
    }
    return 0;
}

int open_unix(const char *arg)
{
    struct sockaddr_un un;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memset(&un, 0, sizeof un);
    un.sun_family = AF_UNIX;
    if (strlen(arg + 5) >= sizeof un.sun_path) {
        fprintf(stderr, "server: %s: the path is too long\n", arg);
        exit(1);
    }
    strcpy(un.sun_path, arg + 5);
    if (fd == -1 || bind(fd, (struct sockaddr *)&un, sizeof un) == -1)
        error("bind", arg);
    if (listen(fd, BACKLOG) == -1)
        error("listen", arg);
    printf("listening on %s\n", arg);
    return fd;
}

int open_inet(const char *arg)
{
    struct addrinfo hints, *servinfo, *p;
    struct sockaddr_storage sa;
    socklen_t salen = sizeof sa;
    char node[300], port[32], bound[NI_MAXHOST];
    const char *colon = strrchr(arg, ':');
    int fd = -1, yes = 1, rv;

    if (colon == NULL || colon[1] == '\0' || colon - arg > 299) {
        fprintf(stderr, "server: %s: HOST:PORT is wanted\n", arg);
        exit(1);
    }
    sprintf(node, "%.*s", (int)(colon - arg), arg);
    char *host = node;
    if (*host == '[' && colon[-1] == ']') {
        node[strlen(node) - 1] = '\0';
        host++;
    }
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    if ((rv = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &servinfo)) != 0) {
        fprintf(stderr, "server: getaddrinfo %s: %s\n", arg, gai_strerror(rv));
        exit(1);
    }
    for (p = servinfo; p != NULL; p = p->ai_next) {
        if ((fd = socket(p->ai_family, p->ai_socktype, p->ai_protocol)) == -1)
            continue;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1)
            error("setsockopt", arg);
        if (bind(fd, p->ai_addr, p->ai_addrlen) == 0)
            break;
        rv = errno;
        close(fd);
        errno = rv;
    }
    if (p == NULL)
        error("bind", arg);
    freeaddrinfo(servinfo);
    if (listen(fd, BACKLOG) == -1)
        error("listen", arg);
    getsockname(fd, (struct sockaddr *)&sa, &salen);
    getnameinfo((struct sockaddr *)&sa, salen, bound, sizeof bound, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    if (sa.ss_family == AF_INET6)
        printf("listening on [%s]:%s\n", bound, port);
    else
        printf("listening on %s:%s\n", bound, port);
    return fd;
}

void *thread_main(void *arg)
{
    int new_fd = (int)(long)arg;
    close(sockfd); /* this thread does not need the listener */
    char buf[BUFSIZE];
    unsigned long bytes = 0;
    ssize_t n;

    while ((n = recv(new_fd, buf, sizeof buf, 0)) > 0) {
        bytes += n;
        if (sendall(new_fd, buf, n) == -1)
            break;
    }
    if (n == -1)
        perror("server: recv");
    close(new_fd);

    pthread_mutex_lock(&lock);
    clients++;
    total += bytes;
    printf("served %lu clients, %lu bytes\n", clients, total);
    fflush(stdout);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(int argc, char *argv[])
{
    pthread_attr_t attr;
    pthread_t thread;
    int new_fd, rv;

    if (argc != 2) {
        fprintf(stderr, "usage: server ADDRESS\n");
        exit(2);
    }
    if (strncmp(argv[1], "unix:", 5) == 0)
        sockfd = open_unix(argv[1]);
    else
        sockfd = open_inet(argv[1]);
    fflush(stdout);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);

    while (1) { /* main accept() loop */
        new_fd = accept(sockfd, NULL, NULL);
        if (new_fd == -1) {
            perror("server: accept");
            sleep(1);
            continue;
        }
        rv = pthread_create(&thread, &attr, thread_main, (void *)(long)new_fd);
        if (rv != 0) {
            fprintf(stderr, "server: pthread_create: %s\n", strerror(rv));
            close(new_fd);
        }
    }
}
