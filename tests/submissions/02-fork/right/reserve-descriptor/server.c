/*
 * Echo server, one process per connection. When descriptors run out, the one kept in reserve is
 * closed, so that the client can be accepted and told the truth: its connection is closed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int listener = -1, reserve = -1, records = -1;

static _Noreturn void give_up(const char *call, const char *object, const char *reason)
{
    fprintf(stderr, "server: %s %s: %s\n", call, object, reason);
    exit(1);
}

static void listen_unix(const char *where)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    const char *path = where + strlen("unix:");
    if (*path == '\0' || strlen(path) >= sizeof sa.sun_path)
        give_up("resolve", where, "a path has 1 to 107 bytes");
    strcpy(sa.sun_path, path);
    if ((listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
        give_up("socket", where, strerror(errno));
    if (bind(listener, (struct sockaddr *)&sa, sizeof sa) == -1)
        give_up("bind", where, strerror(errno));
    if (listen(listener, SOMAXCONN) == -1)
        give_up("listen", where, strerror(errno));
    printf("listening on %s\n", where);
}

static void listen_inet(const char *where)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found, *ai;
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    char host[256], port[32], text[NI_MAXHOST];
    const char *colon = strrchr(where, ':');
    const char *call = "socket";
    int on = 1, code;

    if (colon == NULL || (size_t)(colon - where) >= sizeof host)
        give_up("resolve", where, "HOST:PORT is wanted");
    memcpy(host, where, colon - where);
    host[colon - where] = '\0';
    char *name = host;
    if (name[0] == '[' && colon[-1] == ']') {
        host[colon - where - 1] = '\0';
        name++;
    }
    code = getaddrinfo(*name ? name : NULL, colon + 1, &hints, &found);
    if (code != 0)
        give_up("resolve", where, gai_strerror(code));
    for (ai = found; ai != NULL; ai = ai->ai_next) {
        listener = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, ai->ai_protocol);
        if (listener == -1)
            continue;
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        call = "bind";
        if (bind(listener, ai->ai_addr, ai->ai_addrlen) == 0 && (call = "listen") &&
            listen(listener, SOMAXCONN) == 0)
            break;
        code = errno;
        close(listener);
        errno = code;
    }
    if (ai == NULL)
        give_up(call, where, strerror(errno));
    freeaddrinfo(found);
    if (getsockname(listener, (struct sockaddr *)&bound, &length) == -1)
        give_up("getsockname", where, strerror(errno));
    code = getnameinfo((struct sockaddr *)&bound, length, text, sizeof text, port, sizeof port,
                       NI_NUMERICHOST | NI_NUMERICSERV);
    if (code != 0)
        give_up("getnameinfo", where, gai_strerror(code));
    const char *form = strchr(text, ':') ? "listening on [%s]:%s\n" : "listening on %s:%s\n";
    printf(form, text, port);
}

/* A record is appended in one write, so none is lost; the file's length counts the clients. */
static void record(unsigned long long bytes)
{
    unsigned long long total = 0, one;
    struct stat status;
    if (write(records, &bytes, sizeof bytes) != sizeof bytes || fstat(records, &status) == -1)
        give_up("record", "totals", strerror(errno));
    off_t count = status.st_size / (off_t)sizeof one;
    for (off_t i = 0; i < count; i++)
        if (pread(records, &one, sizeof one, i * (off_t)sizeof one) == sizeof one)
            total += one;
    dprintf(STDOUT_FILENO, "served %lld clients, %llu bytes\n", (long long)count, total);
}

static void echo(int fd)
{
    char page[4096];
    unsigned long long bytes = 0;
    ssize_t in, out = 0;
    while (out != -1 && (in = read(fd, page, sizeof page)) > 0) {
        bytes += in;
        for (ssize_t at = 0; at < in && out != -1; at += out)
            out = write(fd, page + at, in - at);
    }
    close(fd);
    record(bytes);
}

static void reap(int signo)
{
    int saved = errno;
    (void)signo;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static void turn_one_away(void)
{
    close(reserve);
    int fd = accept(listener, NULL, NULL);
    if (fd != -1)
        close(fd);
    reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd == -1 || reserve == -1)
        sleep(1);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: server ADDRESS\n", stderr);
        return 2;
    }
    struct sigaction on_end = {.sa_handler = reap, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &on_end, NULL);
    signal(SIGPIPE, SIG_IGN);
    reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    records = memfd_create("records", MFD_CLOEXEC);
    if (records == -1 || fcntl(records, F_SETFL, O_APPEND) == -1)
        give_up("open", "totals", strerror(errno));
    if (strncmp(argv[1], "unix:", 5) == 0)
        listen_unix(argv[1]);
    else
        listen_inet(argv[1]);
    fflush(stdout);
    while (1) {
        /* accept() wants its descriptor before it waits: wait first, so that a failure means a
         * client that is there. */
        struct pollfd waiting = {.fd = listener, .events = POLLIN};
        if (poll(&waiting, 1, -1) == -1)
            continue;
        int fd = accept(listener, NULL, NULL);
        if (fd == -1) {
            fprintf(stderr, "server: accept %s: %s\n", argv[1], strerror(errno));
            if (errno == EMFILE || errno == ENFILE)
                turn_one_away();
            else
                sleep(1);
            continue;
        }
        pid_t pid = fork();
        if (pid == 0) {
            close(listener);
            close(reserve);
            echo(fd);
            _exit(0);
        }
        if (pid == -1)
            fprintf(stderr, "server: fork: %s\n", strerror(errno));
        close(fd);
    }
}
