#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned long long clients, bytes;

static void *run(void *p)
{
    char b[8192];
    unsigned long long mine = 0, c;
    ssize_t n;
    int f = (long)p;
    while ((n = read(f, b, sizeof b)) > 0 && (mine += n, !write_all(f, b, n)))
        ;
    close(f), __atomic_add_fetch(&bytes, mine, __ATOMIC_SEQ_CST);
    c = __atomic_add_fetch(&clients, 1, __ATOMIC_SEQ_CST);
    dprintf(1, "served %llu clients, %llu bytes\n", c, __atomic_load_n(&bytes, __ATOMIC_SEQ_CST));
    return NULL;
}

int main(int argc, char **argv)
{
    struct failure why;
    char name[ADDRESS_SIZE];
    pthread_t t;
    int s, code;
    if (argc != 2)
        usage("ADDRESS");
    if (signal(SIGPIPE, SIG_IGN), (s = open_listener(argv[1], &why)) == -1)
        die_failure(&why, argv[1]);
    if ((code = address_of_socket(s, name, sizeof name)))
        die_gai(code, "getsockname");
    dprintf(1, "listening on %s\n", name);
    for (long f;;)
        if ((f = accept(s, NULL, NULL)) == -1)
            warn_errno("accept"), sleep(1);
        else if ((code = pthread_create(&t, NULL, run, (void *)f)))
            warn_code(code, "pthread_create"), close(f);
        else
            pthread_detach(t);
}
