/* An echo server that carries seven bytes at a time: slow, but right. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"

#define SEVEN 7

static int open_server(const char *address)
{
    struct addrinfo *all;
    struct failure why;
    int s = -1, on = 1;
    int code = address_resolve(address, ADDRESS_TO_LISTEN, &all);
    if (code != 0)
        die_gai(code, "resolve %s", address);
    for (struct addrinfo *one = all; one && s < 0; one = one->ai_next) {
        s = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (s < 0) {
            failure_errno(&why, "socket");
            continue;
        }
        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(s, one->ai_addr, one->ai_addrlen) == 0)
            continue;
        failure_errno(&why, "bind");
        close(s);
        s = -1;
    }
    address_free(all);
    if (s < 0)
        die_failure(&why, address);
    if (listen(s, 20) < 0)
        die_errno("listen %s", address);
    return s;
}

/* Returns 1 while the client is there. */
static int carry(int from, long long *total)
{
    char seven[SEVEN];
    ssize_t got = read(from, seven, SEVEN);
    if (got <= 0)
        return 0;
    *total += got;
    for (ssize_t put = 0, n; put < got; put += n)
        if ((n = write(from, &seven[put], got - put)) < 0)
            return 0;
    return 1;
}

int main(int argc, char *argv[])
{
    char name[ADDRESS_SIZE];
    long long total = 0;
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int s = open_server(argv[1]);
    int code = address_of_socket(s, name, sizeof name);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    dprintf(STDOUT_FILENO, "listening on %s\n", name);
    for (int count = 1;; count++) {
        int c = accept(s, NULL, NULL);
        while (c < 0) {
            warn_errno("accept %s", name);
            sleep(1);
            c = accept(s, NULL, NULL);
        }
        while (carry(c, &total))
            ;
        close(c);
        dprintf(STDOUT_FILENO, "served %d clients, %lld bytes\n", count, total);
    }
}
