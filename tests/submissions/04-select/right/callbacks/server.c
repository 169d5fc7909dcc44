/*
 * A reactor: it knows descriptors and what to call when one is ready, and nothing of echoing.
 * The echo service knows nothing of select().
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

/* ---- the reactor ---- */

struct reactor;
typedef void handler(struct reactor *reactor, int fd, void *context);

struct slot {
    handler *on_ready;
    void *context;
    unsigned paused_for; /* rounds of a second that it is not looked at */
};

struct reactor {
    struct slot slots[FD_SETSIZE];
    int limit;  /* one more than the highest descriptor in use */
    int paused; /* how many slots are */
};

static int reactor_add(struct reactor *reactor, int fd, handler *on_ready, void *context)
{
    if (fd < 0 || fd >= FD_SETSIZE) {
        errno = ERANGE;
        return -1;
    }
    reactor->slots[fd] = (struct slot){on_ready, context, 0};
    if (fd >= reactor->limit)
        reactor->limit = fd + 1;
    return 0;
}

static void reactor_remove(struct reactor *reactor, int fd)
{
    memset(&reactor->slots[fd], 0, sizeof reactor->slots[fd]);
    while (reactor->limit > 0 && reactor->slots[reactor->limit - 1].on_ready == NULL)
        reactor->limit--;
}

static void reactor_pause(struct reactor *reactor, int fd)
{
    reactor->slots[fd].paused_for = 1;
    reactor->paused++;
}

static void reactor_select(struct reactor *reactor, fd_set *ready)
{
    struct timeval tick = {.tv_sec = 1, .tv_usec = 0};
    FD_ZERO(ready);
    for (int fd = 0; fd < reactor->limit; fd++)
        if (reactor->slots[fd].on_ready != NULL && reactor->slots[fd].paused_for == 0)
            FD_SET(fd, ready);
    int count = select(reactor->limit, ready, NULL, NULL, reactor->paused > 0 ? &tick : NULL);
    if (count == -1 && errno != EINTR)
        die_errno("select");
    if (count <= 0)
        FD_ZERO(ready);
    for (int fd = 0; fd < reactor->limit && reactor->paused > 0; fd++)
        if (reactor->slots[fd].paused_for > 0 && --reactor->slots[fd].paused_for == 0)
            reactor->paused--;
}

static void reactor_run(struct reactor *reactor)
{
    for (;;) {
        fd_set ready;
        reactor_select(reactor, &ready);
        int limit = reactor->limit;
        for (int fd = limit - 1; fd >= 0; fd--)
            if (FD_ISSET(fd, &ready) && reactor->slots[fd].on_ready != NULL)
                reactor->slots[fd].on_ready(reactor, fd, reactor->slots[fd].context);
    }
}

/* ---- the echo service ---- */

struct service {
    unsigned long long clients, bytes;
};

struct session {
    struct service *service;
    unsigned long long received;
};

static void end_session(struct reactor *reactor, int fd, struct session *session)
{
    struct service *service = session->service;
    reactor_remove(reactor, fd);
    close(fd);
    service->clients++;
    service->bytes += session->received;
    free(session);
    printf("served %llu clients, %llu bytes\n", service->clients, service->bytes);
}

static void on_input(struct reactor *reactor, int fd, void *context)
{
    struct session *session = context;
    char data[12345];
    ssize_t length = read(fd, data, sizeof data);
    if (length > 0)
        session->received += (unsigned long long)length;
    if (length <= 0 || write_all(fd, data, (size_t)length) == -1)
        end_session(reactor, fd, session);
}

static void on_caller(struct reactor *reactor, int listener, void *context)
{
    int fd = accept(listener, NULL, NULL);
    if (fd == -1) {
        warn_errno("accept");
        reactor_pause(reactor, listener);
        return;
    }
    struct session *session = calloc(1, sizeof *session);
    if (session != NULL)
        session->service = context;
    if (session == NULL || reactor_add(reactor, fd, on_input, session) == -1) {
        warn_errno("a client is turned away");
        free(session);
        close(fd);
    }
}

int main(int argc, char *argv[])
{
    static struct reactor reactor;
    static struct service service;
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    if (reactor_add(&reactor, listener, on_caller, &service) == -1)
        die_errno("watch %s", argv[1]);
    printf("listening on %s\n", address);
    reactor_run(&reactor);
}
