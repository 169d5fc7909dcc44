/*
 * Provokes errors on loopback, one in each row of a table, and prints what each call said:
 *
 *     errno_provoke            all rows but the slow ones
 *     errno_provoke EPIPE      the rows of that name, slow ones too
 *
 * Each row runs in a child process. So a limit, a signal handler or a descriptor of one row
 * means nothing to the next, and the kernel cleans up. The child's exit status is the code.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"

/* An address for documentation (RFC 5737): no machine has it. */
#define NOBODY "203.0.113.1"

/* What a call said: errno, but only where it failed. */
static int reason(long result)
{
    return result == -1 ? errno : 0;
}

/* For what has to work before the call that is to fail. */
static int must(int result, const char *call)
{
    if (result == -1)
        die_errno("%s", call);
    return result;
}

static int new_socket(int type)
{
    return must(socket(AF_INET, type, 0), "socket");
}

static struct sockaddr_in address_at(const char *host, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &at.sin_addr) != 1)
        die("inet_pton %s", host);
    return at;
}

static int bind_to(int fd, const char *host)
{
    struct sockaddr_in at = address_at(host, 0);
    return bind(fd, (struct sockaddr *)&at, sizeof at);
}

static struct sockaddr_in address_of(int fd)
{
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    must(getsockname(fd, (struct sockaddr *)&at, &length), "getsockname");
    return at;
}

static int connect_with(int fd, struct sockaddr_in at)
{
    return connect(fd, (struct sockaddr *)&at, sizeof at);
}

static int new_listener(int backlog)
{
    int listener = new_socket(SOCK_STREAM);
    must(bind_to(listener, "127.0.0.1"), "bind");
    must(listen(listener, backlog), "listen");
    return listener;
}

/* A connection over TCP: the client's end in ends[0], the server's in ends[1]. */
static void new_connection(int ends[2])
{
    int listener = new_listener(1);
    ends[0] = new_socket(SOCK_STREAM);
    must(connect_with(ends[0], address_of(listener)), "connect");
    ends[1] = must(accept(listener, NULL, NULL), "accept");
}

/* A listener whose queue is full: it takes one connection with a backlog of 0, and has it. */
static struct sockaddr_in full_queue(void)
{
    int listener = new_listener(0);
    struct sockaddr_in at = address_of(listener);
    must(connect_with(new_socket(SOCK_STREAM), at), "connect");
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    must(poll(&waiting, 1, 1000), "poll");
    return at;
}

static int address_taken(void)
{
    int listener = new_listener(1), second = new_socket(SOCK_STREAM);
    struct sockaddr_in at = address_of(listener);
    return reason(bind(second, (struct sockaddr *)&at, sizeof at));
}

static int address_of_another_machine(void)
{
    return reason(bind_to(new_socket(SOCK_STREAM), NOBODY));
}

static int broadcast_without_leave(void)
{
    struct sockaddr_in at = address_at("127.255.255.255", 7000);
    int fd = new_socket(SOCK_DGRAM);
    return reason(sendto(fd, "x", 1, 0, (struct sockaddr *)&at, sizeof at));
}

static int lock_of_nobody(pthread_mutex_t *lock)
{
    pthread_mutexattr_t checking;
    pthread_mutexattr_init(&checking);
    pthread_mutexattr_settype(&checking, PTHREAD_MUTEX_ERRORCHECK);
    return pthread_mutex_init(lock, &checking);
}

static int unlock_what_is_not_locked(void)
{
    pthread_mutex_t lock;
    lock_of_nobody(&lock);
    return pthread_mutex_unlock(&lock);
}

static int lock_twice(void)
{
    pthread_mutex_t lock;
    lock_of_nobody(&lock);
    pthread_mutex_lock(&lock);
    return pthread_mutex_lock(&lock);
}

static int family_left_open(void)
{
    return reason(socket(AF_UNSPEC, SOCK_STREAM, 0));
}

static int nothing_there_yet(void)
{
    int pair[2];
    char byte;
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), "socketpair");
    return reason(read(pair[0], &byte, 1));
}

static void *do_nothing(void *argument)
{
    return argument;
}

static int stack_without_room(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)1 << 46);
    return pthread_create(&thread, &attributes, do_nothing, NULL);
}

static int closed_already(void)
{
    int fd = new_socket(SOCK_STREAM);
    char byte;
    close(fd);
    return reason(read(fd, &byte, 1));
}

static int no_child_left(void)
{
    return reason(waitpid(-1, NULL, 0));
}

static int nobody_listens(void)
{
    int taken = new_socket(SOCK_STREAM); /* bound, so that nobody else gets that port */
    must(bind_to(taken, "127.0.0.1"), "bind");
    return reason(connect_with(new_socket(SOCK_STREAM), address_of(taken)));
}

static int reset_by_the_client(void)
{
    int ends[2];
    char byte;
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    new_connection(ends);
    must(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "setsockopt");
    close(ends[0]);
    return reason(read(ends[1], &byte, 1));
}

static int memory_not_ours(void)
{
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    void *forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return reason(write(pair[0], forbidden, 1));
}

static int connection_under_way(void)
{
    int listener = new_listener(1);
    return reason(connect_with(new_socket(SOCK_STREAM | SOCK_NONBLOCK), address_of(listener)));
}

static int connection_under_way_already(void)
{
    struct sockaddr_in at = full_queue();
    int fd = new_socket(SOCK_STREAM | SOCK_NONBLOCK);
    connect_with(fd, at);
    return reason(connect_with(fd, at));
}

static int connected_already(void)
{
    int ends[2];
    new_connection(ends);
    return reason(connect_with(ends[0], address_of(ends[1])));
}

static void note_alarm(int number)
{
    (void)number;
}

static int interrupted(void)
{
    int pair[2];
    char byte;
    struct sigaction action = {.sa_handler = note_alarm}; /* without SA_RESTART */
    struct itimerval each_millisecond = {{0, 1000}, {0, 1000}};
    sigemptyset(&action.sa_mask);
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    must(sigaction(SIGALRM, &action, NULL), "sigaction");
    must(setitimer(ITIMER_REAL, &each_millisecond, NULL), "setitimer");
    return reason(read(pair[0], &byte, 1));
}

static int listen_forgotten(void)
{
    int fd = new_socket(SOCK_STREAM);
    must(bind_to(fd, "127.0.0.1"), "bind");
    return reason(accept(fd, NULL, NULL));
}

static int no_descriptor_left(void)
{
    int listener = new_listener(1);
    must(connect_with(new_socket(SOCK_STREAM), address_of(listener)), "connect");
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    int lowest_free = must(dup(listener), "dup");
    close(lowest_free);
    limit.rlim_cur = (rlim_t)lowest_free;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    return reason(accept(listener, NULL, NULL));
}

static int datagram_too_long(void)
{
    static char data[65536]; /* 65,507 bytes are the most over IPv4 */
    struct sockaddr_in at = address_at("127.0.0.1", 7000);
    int fd = new_socket(SOCK_DGRAM);
    return reason(sendto(fd, data, sizeof data, 0, (struct sockaddr *)&at, sizeof at));
}

static int no_route(void)
{
    int fd = new_socket(SOCK_STREAM), on = 1; /* SO_DONTROUTE: not through a router */
    must(setsockopt(fd, SOL_SOCKET, SO_DONTROUTE, &on, sizeof on), "setsockopt");
    return reason(connect_with(fd, address_at(NOBODY, 7000)));
}

static int ancillary_data_too_long(void)
{
    int pair[2];
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_controllen = 16 << 20};
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    message.msg_control = calloc(1, message.msg_controllen);
    int code = reason(sendmsg(pair[0], &message, 0));
    free(message.msg_control);
    return code;
}

static int more_memory_than_there_is(void)
{
    void *memory = mmap(NULL, (size_t)1 << 62, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? errno : 0;
}

static int no_such_path(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "/nowhere/echo.sock"};
    int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    return reason(connect(fd, (struct sockaddr *)&at, sizeof at));
}

static int no_such_option(void)
{
    int on = 1;
    return reason(setsockopt(new_socket(SOCK_STREAM), IPPROTO_TCP, 9999, &on, sizeof on));
}

static int no_such_system_call(void)
{
    return reason(syscall(0x7fff));
}

static int read_from_the_listener(void)
{
    char byte;
    return reason(read(new_listener(1), &byte, 1));
}

static int listen_on_a_pipe(void)
{
    int ends[2];
    must(pipe(ends), "pipe");
    return reason(listen(ends[0], 1));
}

static int listen_on_a_datagram_socket(void)
{
    return reason(listen(new_socket(SOCK_DGRAM), 1));
}

static int send_to_nobody(void)
{
    return reason(send(new_socket(SOCK_DGRAM), "x", 1, 0));
}

static int other_side_gone(void)
{
    int pair[2];
    signal(SIGPIPE, SIG_IGN);
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    close(pair[1]);
    return reason(write(pair[0], "x", 1));
}

static int stream_of_datagrams(void)
{
    return reason(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
}

static int process_gone(void)
{
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(EXIT_SUCCESS);
    must(waitpid(child, NULL, 0), "waitpid");
    return reason(kill(child, 0));
}

static int no_answer(void)
{
    unsigned milliseconds = 1; /* give up at the first look, which is after a second */
    struct sockaddr_in at = full_queue();
    int fd = new_socket(SOCK_STREAM);
    must(setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds),
         "setsockopt");
    return reason(connect_with(fd, at));
}

struct row {
    const char *call, *name;
    int code;
    int (*provoke)(void); /* returns the code that the call gave, 0 if it succeeded */
    bool slow;
};

#define CODE(name) #name, name

static const struct row rows[] = {
    {"bind", CODE(EADDRINUSE), address_taken, false},
    {"bind", CODE(EADDRNOTAVAIL), address_of_another_machine, false},
    {"sendto", CODE(EACCES), broadcast_without_leave, false},
    {"pthread_mutex_unlock", CODE(EPERM), unlock_what_is_not_locked, false},
    {"socket", CODE(EAFNOSUPPORT), family_left_open, false},
    {"read", CODE(EAGAIN), nothing_there_yet, false},
    {"pthread_create", CODE(EAGAIN), stack_without_room, false},
    {"read", CODE(EBADF), closed_already, false},
    {"waitpid", CODE(ECHILD), no_child_left, false},
    {"connect", CODE(ECONNREFUSED), nobody_listens, false},
    {"read", CODE(ECONNRESET), reset_by_the_client, false},
    {"write", CODE(EFAULT), memory_not_ours, false},
    {"connect", CODE(EINPROGRESS), connection_under_way, false},
    {"read", CODE(EINTR), interrupted, false},
    {"accept", CODE(EINVAL), listen_forgotten, false},
    {"accept", CODE(EMFILE), no_descriptor_left, false},
    {"sendto", CODE(EMSGSIZE), datagram_too_long, false},
    {"connect", CODE(ENETUNREACH), no_route, false},
    {"sendmsg", CODE(ENOBUFS), ancillary_data_too_long, false},
    {"mmap", CODE(ENOMEM), more_memory_than_there_is, false},
    {"connect", CODE(ENOENT), no_such_path, false},
    {"syscall", CODE(ENOSYS), no_such_system_call, false},
    {"read", CODE(ENOTCONN), read_from_the_listener, false},
    {"listen", CODE(ENOTSOCK), listen_on_a_pipe, false},
    {"write", CODE(EPIPE), other_side_gone, false},
    {"kill", CODE(ESRCH), process_gone, false},
    {"pthread_mutex_lock", CODE(EDEADLK), lock_twice, false},
    {"connect", CODE(ETIMEDOUT), no_answer, true},
    {"connect", CODE(EALREADY), connection_under_way_already, false},
    {"send", CODE(EDESTADDRREQ), send_to_nobody, false},
    {"connect", CODE(EISCONN), connected_already, false},
    {"setsockopt", CODE(ENOPROTOOPT), no_such_option, false},
    {"listen", CODE(EOPNOTSUPP), listen_on_a_datagram_socket, false},
    {"socket", CODE(EPROTONOSUPPORT), stream_of_datagrams, false},
};

static bool shows(const struct row *row)
{
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(row->provoke());
    int status;
    must(waitpid(child, &status, 0), "waitpid");
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == row->code)
        printf("%s: %s: %s\n", row->call, row->name, strerror(code));
    else if (code == -1)
        warn("%s: expected %s, and a signal came", row->call, row->name);
    else
        warn_code(code, "%s: expected %s, and it said", row->call, row->name);
    return code == row->code;
}

int main(int argc, char *argv[])
{
    if (argc > 2)
        usage("[NAME]");
    setvbuf(stdout, NULL, _IOLBF, 0); /* nothing is left in the buffer when fork() copies it */
    int shown = 0;
    bool all_as_expected = true;
    for (size_t at = 0; at < sizeof rows / sizeof rows[0]; at++) {
        const struct row *row = &rows[at];
        if (argc == 2 ? strcmp(argv[1], row->name) != 0 : row->slow)
            continue;
        shown++;
        if (!shows(row))
            all_as_expected = false;
    }
    if (shown == 0)
        die("no row shows %s", argv[1]);
    return all_as_expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
