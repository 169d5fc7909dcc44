#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

static int open_it(const char *text)
{
    struct addrinfo *list, *a;
    int e = address_resolve(text, ADDRESS_TO_LISTEN, &list);
    if (e)
        die_gai(e, "address_resolve %s", text);
    int fd = -1, saved = 0;
    const char *call = "socket";
    for (a = list; a; a = a->ai_next) {
        int on = 1;
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd < 0) { saved = errno; call = "socket"; continue; }
        if (a->ai_family != AF_UNIX)
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(fd, a->ai_addr, a->ai_addrlen)) { saved = errno; call = "bind"; close(fd); fd = -1; continue; }
        if (listen(fd, 5)) { saved = errno; call = "listen"; close(fd); fd = -1; continue; }
        break;
    }
    address_free(list);
    if (fd < 0) { errno = saved; die_errno("%s %s", call, text); }
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int lfd = open_it(argv[1]);
    char text[ADDRESS_SIZE];
    int e = address_of_socket(lfd, text, sizeof text);
    if (e)
        die_gai(e, "getsockname %s", argv[1]);
    printf("listening on %s\n", text);
    fflush(stdout);
    unsigned long long clients = 0, bytes = 0;
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            die_errno("accept %s", text);
        }
        unsigned long long b0 = bytes; static char buf[16384];
        for (;;) {
            ssize_t n = read(fd, buf, sizeof buf);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) { warn_errno("read %s", text); break; }
            if (n == 0) break;
            bytes += n;
            if (write_all(fd, buf, n)) { warn_errno("write %s", text); break; }
        }
        close(fd);
        if (bytes > b0) clients++;
        printf("served %llu clients, %llu bytes\n", clients, bytes);
        fflush(stdout);
    }
}
