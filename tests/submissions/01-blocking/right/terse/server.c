#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct addrinfo *list;
    char b[8192], name[ADDRESS_SIZE];
    unsigned long long c = 0, total = 0;
    int code, s = -1, on = 1;
    ssize_t n;
    if (argc != 2)
        usage("ADDRESS");
    if (signal(SIGPIPE, SIG_IGN), code = address_resolve(argv[1], ADDRESS_TO_LISTEN, &list))
        die_gai(code, "resolve %s", argv[1]);
    for (struct addrinfo *a = list; a; a = a->ai_next)
        if ((s = socket(a->ai_family, a->ai_socktype, 0)) == -1 ||
            setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
            bind(s, a->ai_addr, a->ai_addrlen))
            if (!a->ai_next)
                die_errno("bind %s", argv[1]);
            else
                close(s);
        else
            break;
    address_free(list);
    if (listen(s, 5))
        die_errno("listen %s", argv[1]);
    if ((code = address_of_socket(s, name, sizeof name)))
        die_gai(code, "getsockname %s", argv[1]);
    for (printf("listening on %s\n", name);; fflush(stdout)) {
        int f = (fflush(stdout), accept(s, NULL, NULL));
        if (f == -1 && (warn_errno("accept %s", name), sleep(1), 1))
            continue;
        while ((n = read(f, b, sizeof b)) > 0 && (total += n, !write_all(f, b, n)))
            ;
        printf("served %llu clients, %llu bytes\n", ++c, total), close(f);
    }
}
