#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct addrinfo *list, *a;
    char b[512];
    int code, s = -1;
    ssize_t n, m;
    if (argc != 2)
        usage("ADDRESS");
    if (signal(SIGPIPE, SIG_IGN), code = address_resolve(argv[1], ADDRESS_TO_CONNECT, &list))
        die_gai(code, "resolve %s", argv[1]);
    for (a = list; (s = socket(a->ai_family, a->ai_socktype, 0)) == -1 ||
                   connect(s, a->ai_addr, a->ai_addrlen);
         a = a->ai_next)
        if (!a->ai_next)
            die_errno("connect %s", argv[1]);
        else if (s != -1)
            close(s);
    address_free(list);
    while ((n = read(0, b, sizeof b)) > 0)
        for (m = write_all(s, b, n); n > 0; n -= m)
            if (m == -1 || (m = read(s, b, n)) <= 0 || write_all(1, b, m))
                die("echo %s: the server has left", argv[1]);
    if (n == -1)
        die_errno("read standard input");
    return close(s);
}
