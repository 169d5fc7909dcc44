/* Concurrent server: one thread for each client (UNP, chapter 26). */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

#define MAXLINE 4096

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int connected[100]; /* descriptors */
static int nconnected;
long nclients;
long long nbytes;

long long str_echo(int sockfd)
{
    char buf[MAXLINE];
    long long total = 0;
    ssize_t n;

    while ((n = read(sockfd, buf, MAXLINE)) > 0) {
        total += n;
        if (write_all(sockfd, buf, n) < 0)
            break;
    }
    return total;
}

void *doit(void *arg)
{
    int connfd = *(int *)arg;
    long long n;

    free(arg);
    pthread_detach(pthread_self());
    pthread_mutex_lock(&mutex);
    connected[nconnected++] = connfd;
    pthread_mutex_unlock(&mutex);
    n = str_echo(connfd); /* same function as before */

    pthread_mutex_lock(&mutex);
    for (int i = 0; i < nconnected; i++)
        if (connected[i] == connfd) {
            connected[i] = connected[--nconnected];
            break;
        }
    close(connfd); /* done with connected socket */
    nclients++;
    nbytes += n;
    printf("served %ld clients, %lld bytes\n", nclients, nbytes);
    fflush(stdout);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

int main(int argc, char **argv)
{
    int listenfd, connfd, *iptr, n;
    pthread_t tid;
    struct failure failure;
    char name[ADDRESS_SIZE];

    if (argc != 2)
        usage("<address>");
    signal(SIGPIPE, SIG_IGN);
    if ((listenfd = open_listener(argv[1], &failure)) < 0)
        die_failure(&failure, argv[1]);
    if ((n = address_of_socket(listenfd, name, sizeof(name))) != 0)
        die_gai(n, "getsockname");
    printf("listening on %s\n", name);
    fflush(stdout);

    for (;;) {
        if ((connfd = accept(listenfd, NULL, NULL)) < 0) {
            warn_errno("accept error");
            sleep(1);
            continue;
        }
        if ((iptr = malloc(sizeof(int))) == NULL)
            die_errno("malloc");
        *iptr = connfd;
        if ((n = pthread_create(&tid, NULL, doit, iptr)) != 0) {
            warn_code(n, "pthread_create error");
            close(connfd);
            free(iptr);
        }
    }
}
