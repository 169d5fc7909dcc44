/* An echo client that takes seven bytes of the reply at a time: slow, but right. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

#define SEVEN 7

static int open_client(const char *address)
{
    struct addrinfo *all;
    struct failure why;
    int c = -1;
    int code = address_resolve(address, ADDRESS_TO_CONNECT, &all);
    if (code != 0)
        die_gai(code, "resolve %s", address);
    for (struct addrinfo *one = all; one && c < 0; one = one->ai_next) {
        c = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (c < 0) {
            failure_errno(&why, "socket");
        } else if (connect(c, one->ai_addr, one->ai_addrlen) < 0) {
            failure_errno(&why, "connect");
            close(c);
            c = -1;
        }
    }
    address_free(all);
    if (c < 0)
        die_failure(&why, address);
    return c;
}

/* What is sent goes in one piece; what comes back is taken seven bytes at a time. */
static void take_back(int c, ssize_t due, const char *address)
{
    char seven[SEVEN];
    while (due > 0) {
        ssize_t back = read(c, seven, SEVEN);
        if (back < 0)
            die_errno("read %s", address);
        if (back == 0)
            die("read %s: the server has hung up", address);
        if (write_all(STDOUT_FILENO, seven, back) < 0)
            die_errno("write standard output");
        due -= back;
    }
}

int main(int argc, char *argv[])
{
    char line[777];
    ssize_t in;
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int c = open_client(argv[1]);
    while ((in = read(STDIN_FILENO, line, sizeof line)) > 0) {
        if (write_all(c, line, in) < 0)
            die_errno("write %s", argv[1]);
        take_back(c, in, argv[1]);
    }
    if (in < 0)
        die_errno("read standard input");
    close(c);
    return 0;
}
