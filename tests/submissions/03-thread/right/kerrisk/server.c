/*
 * A concurrent echo server: a detached thread for each connection.  Nobody waits for a thread,
 * and a small stack is enough for a small buffer.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"

#define BACKLOG 5
#define BUF_SIZE 4096
#define STACK_SIZE (64 * 1024)

static pthread_mutex_t totalsMtx = PTHREAD_MUTEX_INITIALIZER;
static unsigned long totalClients;
static unsigned long long totalBytes;

static int
inetListen(const char *address)
{
    struct addrinfo *result, *rp;
    int lfd = -1, optval = 1;
    int s = address_resolve(address, ADDRESS_TO_LISTEN, &result);

    if (s != 0)
        die_gai(s, "resolve %s", address);

    for (rp = result; rp != NULL; rp = rp->ai_next) {
        lfd = socket(rp->ai_family, rp->ai_socktype, rp->ai_protocol);
        if (lfd == -1)
            continue;                   /* On error, try next address */
        if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &optval, sizeof(optval)) == -1)
            die_errno("setsockopt %s", address);
        if (bind(lfd, rp->ai_addr, rp->ai_addrlen) == 0)
            break;                      /* Success */
        s = errno;                      /* bind() failed: close this socket and try next */
        close(lfd);
        errno = s;
    }
    if (rp == NULL)
        die_errno("bind %s", address);
    if (listen(lfd, BACKLOG) == -1)
        die_errno("listen %s", address);
    address_free(result);
    return lfd;
}

/* Copy socket input back to socket; returns number of bytes received */
static unsigned long long
handleRequest(int cfd)
{
    char buf[BUF_SIZE];
    ssize_t numRead, numSent;
    unsigned long long received = 0;

    while ((numRead = recv(cfd, buf, BUF_SIZE, 0)) > 0) {
        received += numRead;
        for (ssize_t done = 0; done < numRead; done += numSent) {
            numSent = send(cfd, buf + done, numRead - done, MSG_NOSIGNAL);
            if (numSent == -1) {
                warn_errno("send");
                return received;
            }
        }
    }
    if (numRead == -1)
        warn_errno("recv");
    return received;
}

static void *
threadFunc(void *arg)
{
    int cfd = (intptr_t) arg;
    unsigned long long received = handleRequest(cfd);
    int s;

    if (close(cfd) == -1)
        warn_errno("close");

    s = pthread_mutex_lock(&totalsMtx);
    if (s != 0)
        die_code(s, "pthread_mutex_lock");
    totalClients++;
    totalBytes += received;
    printf("served %lu clients, %llu bytes\n", totalClients, totalBytes);
    s = pthread_mutex_unlock(&totalsMtx);
    if (s != 0)
        die_code(s, "pthread_mutex_unlock");
    return NULL;
}

int
main(int argc, char *argv[])
{
    pthread_attr_t attr;
    char name[ADDRESS_SIZE];
    int s;

    if (argc != 2)
        usage("ADDRESS");
    setlinebuf(stdout);

    s = pthread_attr_init(&attr);
    if (s != 0)
        die_code(s, "pthread_attr_init");
    s = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (s != 0)
        die_code(s, "pthread_attr_setdetachstate");
    s = pthread_attr_setstacksize(&attr, STACK_SIZE);
    if (s != 0)
        die_code(s, "pthread_attr_setstacksize");

    int lfd = inetListen(argv[1]);
    s = address_of_socket(lfd, name, sizeof(name));
    if (s != 0)
        die_gai(s, "getsockname %s", argv[1]);
    printf("listening on %s\n", name);

    for (;;) {
        pthread_t t;
        int cfd = accept(lfd, NULL, NULL);      /* Wait for connection */
        if (cfd == -1) {
            warn_errno("accept %s", name);
            sleep(1);
            continue;
        }
        s = pthread_create(&t, &attr, threadFunc, (void *) (intptr_t) cfd);
        if (s != 0) {
            warn_code(s, "pthread_create");
            close(cfd);                         /* Give up on this client */
        }
    }
}
