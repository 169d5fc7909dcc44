/*
 * Echo client of two processes: the child sends standard input and half-closes, the parent
 * prints what comes back until end of file. Through a pipe the child tells how much it has
 * sent, before it half-closes: so the parent can tell an end that was due from an early one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

typedef unsigned long long count;

static const char *text; /* the address as it was given */

static void quit(const char *call, const char *object, const char *reason)
{
    fprintf(stderr, "client: %s %s: %s\n", call, object, reason);
    exit(EXIT_FAILURE);
}

static int open_unix(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (text[5] == '\0' || strlen(text + 5) >= sizeof address.sun_path)
        quit("resolve", text, "the path must have 1 to 107 bytes");
    strcpy(address.sun_path, text + 5);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd == -1)
        quit("socket", text, strerror(errno));
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1)
        quit("connect", text, strerror(errno));
    return fd;
}

static struct addrinfo *resolve(void)
{
    static char host[512];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    snprintf(host, sizeof host, "%s", text + (text[0] == '['));
    char *port = strrchr(host, ':');
    if (port == NULL || port[1] == '\0')
        quit("resolve", text, "expected HOST:PORT or unix:PATH");
    *(port > host && text[0] == '[' ? port - 1 : port) = '\0';
    port++;
    if (port[strspn(port, "0123456789")] == '\0' && strtoul(port, NULL, 10) > 65535)
        quit("resolve", text, "a port is at most 65535");
    int code = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &list);
    if (code != 0)
        quit("resolve", text, gai_strerror(code));
    return list;
}

static int open_network(void)
{
    struct addrinfo *list = resolve();
    int fd = -1, reason = 0;
    for (struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (fd != -1 && connect(fd, at->ai_addr, at->ai_addrlen) == 0)
            break;
        reason = errno;
        if (fd != -1)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    if (fd == -1)
        quit("connect", text, strerror(reason));
    return fd;
}

/* Copies to the end of file, and returns how much that was; *failed is a call's name or NULL.
 */
static count copy(int from, int to, const char **failed)
{
    char buffer[4000];
    count total = 0;
    ssize_t length;
    while ((length = read(from, buffer, sizeof buffer)) > 0) {
        for (ssize_t done = 0, some; done < length; done += some) {
            some = write(to, buffer + done, length - done);
            if (some == -1) {
                *failed = "write";
                return total;
            }
        }
        total += length;
    }
    *failed = length == -1 ? "read" : NULL;
    return total;
}

static int send_input(int connection, int report)
{
    const char *failed;
    count sent = copy(STDIN_FILENO, connection, &failed);
    if (failed != NULL)
        return EXIT_FAILURE; /* the parent sees the connection's end, without a report */
    if (write(report, &sent, sizeof sent) != sizeof sent)
        return EXIT_FAILURE;
    return shutdown(connection, SHUT_WR) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: client ADDRESS\n");
        return 2;
    }
    text = argv[1];
    signal(SIGPIPE, SIG_IGN);
    int connection = strncmp(text, "unix:", 5) == 0 ? open_unix() : open_network();
    int report[2];
    if (pipe2(report, O_NONBLOCK) == -1)
        quit("pipe", text, strerror(errno));
    pid_t child = fork();
    if (child == -1)
        quit("fork", text, strerror(errno));
    if (child == 0) {
        int status = send_input(connection, report[1]);
        if (status != EXIT_SUCCESS)
            shutdown(connection, SHUT_RDWR);
        _exit(status);
    }
    const char *failed;
    count sent = 0, received = copy(connection, STDOUT_FILENO, &failed);
    if (failed != NULL)
        fprintf(stderr, "client: %s %s: %s\n", failed, text, strerror(errno));
    else if (read(report[0], &sent, sizeof sent) != sizeof sent || received != sent)
        fprintf(stderr, "client: read %s: the server left too early\n", text);
    else
        return waitpid(child, NULL, 0) == child && close(connection) == 0 ? 0 : 1;
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    return EXIT_FAILURE;
}
