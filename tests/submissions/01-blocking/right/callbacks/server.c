/*
 * An echo server in two halves that know each other only by struct service: the engine accepts
 * and reads, the service decides what to do about it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

struct channel {
    int descriptor;
    void *context;
};

enum verdict { KEEP, DROP };

struct service {
    void (*on_ready)(void *context, const char *address);
    enum verdict (*on_open)(struct channel *channel);
    enum verdict (*on_data)(struct channel *channel, const char *data, size_t length);
    void (*on_lost)(struct channel *channel, int reason);
    void (*on_close)(struct channel *channel);
    void *context;
};

/* The service: echo, and count. */

struct statistics {
    uint64_t clients, bytes;
};

static void echo_ready(void *context, const char *address)
{
    (void)context;
    printf("listening on %s\n", address);
    fflush(stdout);
}

static enum verdict echo_open(struct channel *channel)
{
    struct statistics *statistics = channel->context;
    statistics->clients++;
    return KEEP;
}

static enum verdict echo_data(struct channel *channel, const char *data, size_t length)
{
    struct statistics *statistics = channel->context;
    statistics->bytes += length;
    return write_all(channel->descriptor, data, length) == 0 ? KEEP : DROP;
}

static void echo_lost(struct channel *channel, int reason)
{
    warn_code(reason, "read from connection %d", channel->descriptor);
}

static void echo_close(struct channel *channel)
{
    const struct statistics *statistics = channel->context;
    printf("served %" PRIu64 " clients, %" PRIu64 " bytes\n", statistics->clients,
           statistics->bytes);
    fflush(stdout);
}

/* The engine. */

static void run_channel(const struct service *service, struct channel *channel)
{
    static char data[10000];
    enum verdict verdict = service->on_open(channel);
    while (verdict == KEEP) {
        ssize_t length = read(channel->descriptor, data, sizeof data);
        if (length > 0) {
            verdict = service->on_data(channel, data, (size_t)length);
        } else if (length == -1 && errno == EINTR) {
            continue;
        } else {
            if (length == -1)
                service->on_lost(channel, errno);
            verdict = DROP;
        }
    }
}

static void run_engine(int listener, const struct service *service)
{
    char address[ADDRESS_SIZE];
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    service->on_ready(service->context, address);
    for (;;) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (descriptor == -1) {
            warn_errno("accept %s", address);
            sleep(1);
            continue;
        }
        struct channel *channel = malloc(sizeof *channel);
        if (channel == NULL) {
            warn("no memory for a client");
            close(descriptor);
            continue;
        }
        *channel = (struct channel){.descriptor = descriptor, .context = service->context};
        run_channel(service, channel);
        close(channel->descriptor);
        service->on_close(channel);
        free(channel);
    }
}

/* Opening: every candidate goes through the same list of steps, until one gets through. */

struct step {
    const char *name;
    int (*take)(int descriptor, const struct addrinfo *at);
};

static int take_reuse(int descriptor, const struct addrinfo *at)
{
    int on = 1;
    (void)at;
    return setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

static int take_bind(int descriptor, const struct addrinfo *at)
{
    return bind(descriptor, at->ai_addr, at->ai_addrlen);
}

static int take_listen(int descriptor, const struct addrinfo *at)
{
    (void)at;
    return listen(descriptor, SOMAXCONN);
}

static const struct step steps[] = {
    {"setsockopt", take_reuse},
    {"bind", take_bind},
    {"listen", take_listen},
};

static const char *take_steps(int descriptor, const struct addrinfo *at)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].take(descriptor, at) == -1)
            return steps[i].name;
    return NULL;
}

static int open_at(const char *address)
{
    struct addrinfo *list;
    struct failure failure = {.call = "socket"};
    int code = address_resolve(address, ADDRESS_TO_LISTEN, &list);
    if (code != 0)
        die_gai(code, "resolve %s", address);
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        int descriptor = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, at->ai_protocol);
        const char *failed = descriptor == -1 ? "socket" : take_steps(descriptor, at);
        if (failed == NULL) {
            address_free(list);
            return descriptor;
        }
        failure_errno(&failure, failed);
        if (descriptor != -1)
            close(descriptor);
    }
    address_free(list);
    die_failure(&failure, address);
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("ADDRESS");
    signal(SIGPIPE, SIG_IGN);
    struct statistics statistics = {0, 0};
    const struct service echo = {
        .on_ready = echo_ready,
        .on_open = echo_open,
        .on_data = echo_data,
        .on_lost = echo_lost,
        .on_close = echo_close,
        .context = &statistics,
    };
    run_engine(open_at(argv[1]), &echo);
}
