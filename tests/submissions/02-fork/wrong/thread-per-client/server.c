/* An echo server: each client is served by a thread of its own. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long long clients, bytes;

static void *run(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char buffer[8192];
    unsigned long long received = 0;
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        received += (unsigned long long)n;
        if (write_all(fd, buffer, (size_t)n) == -1)
            break;
    }
    close(fd);
    pthread_mutex_lock(&mutex);
    clients++;
    bytes += received;
    printf("served %llu clients, %llu bytes\n", clients, bytes);
    fflush(stdout);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void serve(int fd)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, run, (void *)(intptr_t)fd);
    if (code == 0) {
        pthread_detach(thread);
    } else {
        warn_code(code, "pthread_create");
        close(fd);
    }
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd == -1) {
            warn_errno("accept");
            sleep(1);
        } else {
            serve(fd);
        }
    }
}
