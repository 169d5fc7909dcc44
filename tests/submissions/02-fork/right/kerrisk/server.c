/*
 * A concurrent echo server: a child for each connection.  (After "The Linux Programming
 * Interface", listing 60-4.)  The totals are kept in a temporary file that parent and children
 * have open together; a record lock makes each change one step.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"

#define BACKLOG 5
#define BUF_SIZE 4096

typedef unsigned long long Count;

struct Totals {
    Count clients;
    Count bytes;
};

static int totalsFd;

/* SIGCHLD handler to reap dead child processes */
static void
grimReaper(int sig)
{
    int savedErrno = errno;             /* Save 'errno' in case changed here */

    (void) sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    errno = savedErrno;
}

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

static int
lockTotals(short type)
{
    struct flock fl = { .l_type = type, .l_whence = SEEK_SET };
    int s;

    do
        s = fcntl(totalsFd, F_SETLKW, &fl);
    while (s == -1 && errno == EINTR);
    return s;
}

static void
addToTotals(Count received)
{
    struct Totals totals;

    if (lockTotals(F_WRLCK) == -1)
        die_errno("lock the totals");
    if (pread(totalsFd, &totals, sizeof(totals), 0) != sizeof(totals))
        die_errno("read the totals");
    totals.clients++;
    totals.bytes += received;
    if (pwrite(totalsFd, &totals, sizeof(totals), 0) != sizeof(totals))
        die_errno("write the totals");
    printf("served %llu clients, %llu bytes\n", totals.clients, totals.bytes);
    fflush(stdout);                     /* _exit() would not do it */
    lockTotals(F_UNLCK);
}

/* Handle a client request: copy socket input back to socket */
static void
handleRequest(int cfd)
{
    char buf[BUF_SIZE];
    ssize_t numRead;
    Count received = 0;

    while ((numRead = recv(cfd, buf, BUF_SIZE, 0)) > 0) {
        received += numRead;
        for (ssize_t sent = 0, n; sent < numRead; sent += n) {
            n = send(cfd, buf + sent, numRead - sent, MSG_NOSIGNAL);
            if (n == -1) {
                warn_errno("send");
                goto done;
            }
        }
    }
    if (numRead == -1)
        warn_errno("recv");
done:
    close(cfd);
    addToTotals(received);
}

int
main(int argc, char *argv[])
{
    struct sigaction sa;
    struct Totals none = { 0, 0 };
    char name[ADDRESS_SIZE];

    if (argc != 2)
        usage("ADDRESS");

    totalsFd = memfd_create("totals", MFD_CLOEXEC);
    if (totalsFd == -1 || pwrite(totalsFd, &none, sizeof(none), 0) == -1)
        die_errno("make the totals");

    sigemptyset(&sa.sa_mask);
    sa.sa_flags = SA_RESTART;
    sa.sa_handler = grimReaper;
    if (sigaction(SIGCHLD, &sa, NULL) == -1)
        die_errno("sigaction");

    int lfd = inetListen(argv[1]);
    int s = address_of_socket(lfd, name, sizeof(name));
    if (s != 0)
        die_gai(s, "getsockname %s", argv[1]);
    printf("listening on %s\n", name);
    fflush(stdout);

    for (;;) {
        int cfd = accept(lfd, NULL, NULL);      /* Wait for connection */
        if (cfd == -1) {
            warn_errno("accept %s", name);
            sleep(1);
            continue;
        }

        switch (fork()) {
        case -1:
            warn_errno("Can't create child");
            close(cfd);                 /* Give up on this client */
            break;                      /* May be temporary; try next client */

        case 0:                         /* Child */
            close(lfd);                 /* Unneeded copy of listening socket */
            handleRequest(cfd);
            _exit(EXIT_SUCCESS);

        default:                        /* Parent */
            close(cfd);                 /* Unneeded copy of connected socket */
            break;                      /* Loop to accept next connection */
        }
    }
}
