#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    struct addrinfo *list, *a;
    int e = address_resolve(argv[1], ADDRESS_TO_CONNECT, &list);
    if (e)
        die_gai(e, "address_resolve %s", argv[1]);
    int fd = -1, saved = 0;
    const char *call = "socket";
    for (a = list; a; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd < 0) { saved = errno; call = "socket"; continue; }
        if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) break;
        saved = errno; call = "connect";
        close(fd);
        fd = -1;
    }
    address_free(list);
    if (fd < 0) { errno = saved; die_errno("%s %s", call, argv[1]); }
    static char in[8192], back[8192];
    unsigned long long sent = 0, got = 0;
    int eof = 0;
    size_t have = 0, off = 0;
    while (!eof || off < have || got < sent) {
        struct pollfd p[2] = {{fd, POLLIN, 0}, {-1, POLLIN, 0}};
        if (off < have) p[0].events |= POLLOUT;
        else if (!eof) p[1].fd = 0;
        if (poll(p, 2, -1) < 0) { if (errno == EINTR) continue; die_errno("poll %s", argv[1]); }
        if (p[1].revents) {
            ssize_t n = read(0, in, sizeof in);
            if (n < 0) { if (errno == EINTR) continue; die_errno("read standard input"); }
            if (n == 0) eof = 1;
            else { have = n; off = 0; if (n < (ssize_t)sizeof in) eof = 1; }
        }
        if (p[0].revents & POLLOUT) {
            ssize_t n = send(fd, in + off, have - off, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN && errno != EINTR) die_errno("send %s", argv[1]);
            if (n > 0) { off += n; sent += n; }
        }
        if (p[0].revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t n = recv(fd, back, sizeof back, MSG_DONTWAIT);
            if (n < 0 && errno != EAGAIN && errno != EINTR) die_errno("recv %s", argv[1]);
            if (n == 0) die("recv %s: the server closed the connection early", argv[1]);
            if (n > 0) { got += n; if (write_all(1, back, n)) die_errno("write standard output"); }
        }
    }
    close(fd);
    return 0;
}
