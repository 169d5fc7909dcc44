/*
 * The rules of errno, each seen once: when it is valid, what changes it, whose it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/error.h"

static void look_too_late(void)
{
    /* [late] */
    int fd = open("/nowhere/file", O_RDONLY); /* fails: ENOENT */
    close(fd);                                /* close(-1) fails too: EBADF */
    printf("too late: %s\n", strerror(errno));
    /* [late] */
}

static void look_in_time(void)
{
    /* [saved] */
    int fd = open("/nowhere/file", O_RDONLY);
    int reason = errno; /* before anything else is called */
    close(fd);
    printf("in time: %s\n", strerror(reason));
    /* [saved] */
}

static void look_after_success(void)
{
    close(-1);
    getpid(); /* succeeds, as always */
    printf("after a success: %s\n", strerror(errno));
}

static void *look_from_a_thread(void *unused)
{
    printf("in a new thread: %d\n", errno);
    return unused;
}

static void start_a_thread(void)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, look_from_a_thread, NULL);
    if (code != 0)
        die_code(code, "pthread_create");
    close(-1);
    pthread_join(thread, NULL);
    printf("in this one: %s\n", strerror(errno));
}

static void look_up_a_name(void)
{
    /* [gai] */
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *list;
    int code = getaddrinfo("nobody", "7000", &hints, &list);
    if (code != 0) {
        printf("code %d: %s\n", code, gai_strerror(code));
        return;
    }
    /* [gai] */
    freeaddrinfo(list);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
    (void)number;
    alarms = alarms + 1;
}

/* [again] */
static ssize_t read_again(int fd, void *buffer, size_t size)
{
    ssize_t length;
    do
        length = read(fd, buffer, size);
    while (length == -1 && errno == EINTR);
    return length;
}
/* [again] */

static void read_through_signals(void)
{
    int pair[2];
    char byte;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        die_errno("socketpair");
    struct sigaction action = {.sa_handler = count_alarm}; /* without SA_RESTART */
    sigemptyset(&action.sa_mask);
    struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    struct timeval limit = {.tv_usec = 50000};
    if (setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == -1)
        die_errno("setsockopt");
    if (sigaction(SIGALRM, &action, NULL) == -1 || setitimer(ITIMER_REAL, &often, NULL) == -1)
        die_errno("alarm");
    while (alarms < 3)
        if (read(pair[0], &byte, 1) != -1)
            die("read: expected a failure");
    setitimer(ITIMER_REAL, &never, NULL);
    printf("three times: %s\n", strerror(EINTR));
    if (read_again(pair[0], &byte, 1) == -1) /* no signal any more: the time limit is over */
        printf("then: %s\n", strerror(errno));
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    look_too_late();
    look_in_time();
    look_after_success();
    start_a_thread();
    look_up_a_name();
    read_through_signals();
}
