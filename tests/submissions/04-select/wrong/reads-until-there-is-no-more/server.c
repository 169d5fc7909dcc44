/*
 * pselect() and signals: SIGTERM and SIGINT remove the unix socket's file and end the server,
 * SIGHUP makes it report on standard error. All three are blocked but for the time that it
 * waits, so that none of them can come between the test of a flag and the wait.
 */
#include <errno.h>
#include <limits.h>
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

static volatile sig_atomic_t wants_report, wants_end;
static sigset_t while_waiting;
static const char *path; /* of the unix socket, or NULL */

static fd_set interest;
static int maximum = -1;
static unsigned long long count_of[FD_SETSIZE], clients, bytes;

static void errExit(const char *format, ...)
{
    int reason = errno;
    va_list arguments;
    fprintf(stderr, "server: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, ": %s\n", strerror(reason));
    exit(EXIT_FAILURE);
}

static void handler(int sig)
{
    if (sig == SIGHUP)
        wants_report = 1;
    else
        wants_end = 1;
}

static void setUpSignals(void)
{
    struct sigaction sa = {.sa_handler = handler};
    sigset_t blocked;
    sigemptyset(&sa.sa_mask);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGHUP);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    if (sigprocmask(SIG_BLOCK, &blocked, &while_waiting) == -1)
        errExit("sigprocmask");
    if (sigaction(SIGHUP, &sa, NULL) == -1 || sigaction(SIGTERM, &sa, NULL) == -1 ||
        sigaction(SIGINT, &sa, NULL) == -1)
        errExit("sigaction");
    sa.sa_handler = SIG_IGN;
    if (sigaction(SIGPIPE, &sa, NULL) == -1)
        errExit("sigaction");
}

static int listenUnix(const char *address)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    if (address[5] == '\0' || strlen(address + 5) > sizeof sa.sun_path - 1) {
        errno = ENAMETOOLONG;
        errExit("bind %s", address);
    }
    strncpy(sa.sun_path, address + 5, sizeof sa.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd == -1)
        errExit("socket %s", address);
    if (bind(fd, (struct sockaddr *)&sa, sizeof sa) == -1)
        errExit("bind %s", address);
    path = address + 5;
    return fd;
}

static int listenInet(const char *address)
{
    char *copy = strdup(address), *colon = copy == NULL ? NULL : strrchr(copy, ':');
    if (colon == NULL) {
        fprintf(stderr, "server: resolve %s: HOST:PORT or unix:PATH expected\n", address);
        exit(EXIT_FAILURE);
    }
    *colon = '\0';
    char *host = copy;
    if (host[0] == '[' && colon[-1] == ']') {
        colon[-1] = '\0';
        host++;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *result;
    int code = getaddrinfo(host[0] == '\0' ? NULL : host, colon + 1, &hints, &result);
    if (code != 0) {
        fprintf(stderr, "server: resolve %s: %s\n", address, gai_strerror(code));
        exit(EXIT_FAILURE);
    }
    int fd = -1, on = 1;
    for (struct addrinfo *rp = result; rp != NULL; rp = rp->ai_next) {
        fd = socket(rp->ai_family, rp->ai_socktype, rp->ai_protocol);
        if (fd == -1)
            continue;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            bind(fd, rp->ai_addr, rp->ai_addrlen) == 0)
            break;
        int reason = errno;
        close(fd);
        errno = reason;
        fd = -1;
    }
    if (fd == -1)
        errExit("bind %s", address);
    freeaddrinfo(result);
    free(copy);
    return fd;
}

static void announce(int fd)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof sa;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (path != NULL) {
        printf("listening on unix:%s\n", path);
        return;
    }
    if (getsockname(fd, (struct sockaddr *)&sa, &len) == -1)
        errExit("getsockname");
    if (getnameinfo((struct sockaddr *)&sa, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        errExit("getnameinfo");
    const char *form = sa.ss_family == AF_INET6 ? "listening on [%s]:%s\n"
                                                : "listening on %s:%s\n";
    printf(form, host, port);
}

static void watch(int fd)
{
    FD_SET(fd, &interest);
    if (fd > maximum)
        maximum = fd;
}

static void hangUp(int fd)
{
    close(fd);
    FD_CLR(fd, &interest);
    while (maximum >= 0 && !FD_ISSET(maximum, &interest))
        maximum--;
    clients++;
    bytes += count_of[fd];
    printf("served %llu clients, %llu bytes\n", clients, bytes);
}

static void echo(int fd)
{
    char buf[BUFSIZ];
    ssize_t numRead;
    while ((numRead = read(fd, buf, sizeof buf)) > 0) {
        count_of[fd] += numRead;
        for (ssize_t done = 0, numWritten; done < numRead; done += numWritten) {
            numWritten = write(fd, buf + done, numRead - done);
            if (numWritten == -1) {
                hangUp(fd);
                return;
            }
        }
    }
    if (numRead == -1 && errno == EAGAIN)
        return; /* all of it was read */
    hangUp(fd);
}

/* What the signals' handler only took note of. */
static void tendSignals(void)
{
    if (wants_report)
        fprintf(stderr, "server: %llu clients and %llu bytes so far\n", clients, bytes);
    wants_report = 0;
    if (wants_end) {
        if (path != NULL)
            unlink(path);
        exit(EXIT_SUCCESS);
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s ADDRESS\n", argv[0]);
        return 2;
    }
    setlinebuf(stdout);
    setUpSignals();
    int lfd = strncmp(argv[1], "unix:", 5) == 0 ? listenUnix(argv[1]) : listenInet(argv[1]);
    if (listen(lfd, 50) == -1)
        errExit("listen %s", argv[1]);
    announce(lfd);

    watch(lfd);
    for (;;) {
        static const struct timespec second = {.tv_sec = 1};
        fd_set ready = interest;
        int resting = !FD_ISSET(lfd, &interest);
        int highest = maximum;
        int n = pselect(highest + 1, &ready, NULL, NULL, resting ? &second : NULL,
                        &while_waiting);
        tendSignals();
        watch(lfd);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            errExit("pselect");
        for (int fd = highest; fd >= 0; fd--) {
            if (!FD_ISSET(fd, &ready))
                continue;
            if (fd != lfd) {
                echo(fd);
                continue;
            }
            int cfd = accept(lfd, NULL, NULL);
            if (cfd >= FD_SETSIZE) {
                close(cfd);
            } else if (cfd >= 0) {
                count_of[cfd] = 0;
                watch(cfd);
            } else if (errno != EINTR && errno != ECONNABORTED) {
                fprintf(stderr, "server: accept: %s\n", strerror(errno));
                FD_CLR(lfd, &interest);
            }
        }
    }
}
