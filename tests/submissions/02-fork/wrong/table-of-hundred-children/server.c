/* Concurrent server: one child for each client (UNP, chapter 5). */
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

#define MAXLINE 4096

struct shared {
    sem_t mutex;
    long nclients;
    long long nbytes;
} *shared;

static pid_t children[100];
static int nchildren;

void sig_chld(int signo)
{
    pid_t pid;
    int i, stat, save = errno;

    while ((pid = waitpid(-1, &stat, WNOHANG)) > 0)
        for (i = 0; i < nchildren; i++)
            if (children[i] == pid)
                children[i] = children[--nchildren];
    errno = save;
    (void)signo;
}

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

void add_to_shared(long long n)
{
    sem_wait(&shared->mutex);
    shared->nclients++;
    shared->nbytes += n;
    printf("served %ld clients, %lld bytes\n", shared->nclients, shared->nbytes);
    fflush(stdout);
    sem_post(&shared->mutex);
}

int main(int argc, char **argv)
{
    int listenfd, connfd, code;
    pid_t childpid;
    long long n;
    struct failure failure;
    struct sigaction act;
    char name[ADDRESS_SIZE];

    if (argc != 2)
        usage("<address>");

    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
    if (shared == MAP_FAILED)
        die_errno("mmap");
    if (sem_init(&shared->mutex, 1, 1) < 0)
        die_errno("sem_init");

    if ((listenfd = open_listener(argv[1], &failure)) < 0)
        die_failure(&failure, argv[1]);

    sigemptyset(&act.sa_mask);
    act.sa_handler = sig_chld;
    act.sa_flags = SA_RESTART;
    if (sigaction(SIGCHLD, &act, NULL) < 0)
        die_errno("sigaction");
    signal(SIGPIPE, SIG_IGN);

    if ((code = address_of_socket(listenfd, name, sizeof(name))) != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", name);
    fflush(stdout);

    for (;;) {
        if ((connfd = accept(listenfd, NULL, NULL)) < 0) {
            if (errno == EINTR)
                continue;
            warn_errno("accept error");
            sleep(1);
            continue;
        }
        if ((childpid = fork()) == 0) { /* child process */
            close(listenfd);            /* close listening socket */
            n = str_echo(connfd);       /* process the request */
            close(connfd);
            add_to_shared(n);
            exit(0);
        }
        if (childpid < 0)
            warn_errno("fork error");
        else
            children[nchildren++] = childpid;
        close(connfd); /* parent closes connected socket */
    }
}
