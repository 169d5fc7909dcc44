/*
 * Tests of common/io.h. A short write is rare on a good day, and what loses the rest of a
 * message is found weeks later: so here short and interrupted writes are made to happen, and
 * seen to have happened.
 *
 * The program has a write() of its own, which write_all() calls in the C library's place: it
 * does the same and counts what comes of it.
 */
#define _GNU_SOURCE
#include "common/io.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { MANY = 1 << 20, PIECE = 1000 };

static atomic_int calls, short_writes, interrupted_writes, finished;

ssize_t write(int fd, const void *data, size_t length)
{
    ssize_t written = syscall(SYS_write, fd, data, length);
    calls++;
    if (written == -1 && errno == EINTR)
        interrupted_writes++;
    if (written >= 0 && (size_t)written < length)
        short_writes++;
    return written;
}

static int start_counting(void **state)
{
    (void)state;
    calls = short_writes = interrupted_writes = finished = 0;
    return 0;
}

/* A byte that tells its place: the period is a prime, so no lost or doubled block fits. */
static unsigned char byte_at(size_t place)
{
    return (unsigned char)(place % 251);
}

static unsigned char *make_bytes(size_t length)
{
    unsigned char *bytes = malloc(length);
    assert_non_null(bytes);
    for (size_t i = 0; i < length; i++)
        bytes[i] = byte_at(i);
    return bytes;
}

/* The other end, read by a thread; what it saw is looked at once it has ended. */
struct reader {
    int fd;
    size_t length;     /* bytes read */
    size_t wrong;      /* bytes among them that were not those sent */
    size_t limit;      /* after so many it closes its end */
    pthread_t to_stop; /* the writer, where it is to be interrupted before the reading */
};

static void *read_slowly(void *argument)
{
    struct reader *reader = argument;
    unsigned char piece[PIECE];
    ssize_t length = 0;
    while (reader->length < reader->limit &&
           (length = read(reader->fd, piece, sizeof piece)) > 0) {
        for (ssize_t i = 0; i < length; i++)
            reader->wrong += piece[i] != byte_at(reader->length++);
        sched_yield();
    }
    close(reader->fd);
    return NULL;
}

/*
 * A full buffer stops the writer in the middle: the first signal then makes a short write, and
 * the next finds a write of which nothing was taken. A signal that comes too early does
 * nothing, so they are sent until both were seen.
 */
static void *interrupt_then_read(void *argument)
{
    struct reader *reader = argument;
    while (!finished && (short_writes == 0 || interrupted_writes == 0)) {
        pthread_kill(reader->to_stop, SIGUSR1);
        sched_yield();
    }
    return read_slowly(reader);
}

/* Writes the bytes into fd while a thread reads; returns what write_all() did, errno too. */
static int write_against(struct reader *reader, void *(*body)(void *), int fd)
{
    unsigned char *bytes = make_bytes(MANY);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, body, reader), 0);
    int result = write_all(fd, bytes, MANY);
    int saved = errno;
    finished = 1;
    close(fd);
    assert_int_equal(pthread_join(thread, NULL), 0);
    free(bytes);
    errno = saved;
    return result;
}

static void test_more_than_a_pipe_holds(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(fcntl(ends[1], F_GETPIPE_SZ) < MANY);
    struct reader reader = {.fd = ends[0], .limit = SIZE_MAX};
    assert_int_equal(write_against(&reader, read_slowly, ends[1]), 0);
    assert_int_equal(reader.length, MANY);
    assert_int_equal(reader.wrong, 0);
}

static void on_signal(int number)
{
    (void)number;
}

/* A signal handler without SA_RESTART: a call that was interrupted comes back. */
static void interrupt_calls(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

static void test_short_and_interrupted_writes(void **state)
{
    (void)state;
    int ends[2], small = 1; /* the kernel makes it its smallest */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    interrupt_calls();
    struct reader reader = {.fd = ends[0], .limit = SIZE_MAX, .to_stop = pthread_self()};
    assert_int_equal(write_against(&reader, interrupt_then_read, ends[1]), 0);
    assert_int_equal(reader.length, MANY);
    assert_int_equal(reader.wrong, 0);
    assert_true(short_writes > 0);
    assert_true(interrupted_writes > 0);
}

static void test_peer_gone(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    close(ends[0]);
    errno = 0;
    assert_int_equal(write_all(ends[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    close(ends[1]);
}

/* That some bytes were taken first makes it no success. */
static void test_peer_leaves_in_the_middle(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct reader reader = {.fd = ends[0], .limit = MANY / 4};
    assert_int_equal(write_against(&reader, read_slowly, ends[1]), -1);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(reader.wrong, 0);
}

/* Whether the signal is ignored is the program's business: by default it ends it. */
static void test_sigpipe_is_left_alone(void **state)
{
    (void)state;
    int ends[2], status;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    close(ends[0]);
    pid_t child = fork_child();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        write_all(ends[1], "x", 1);
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGPIPE);
}

static void test_bad_descriptor(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    close(ends[1]);
    errno = 0;
    assert_int_equal(write_all(ends[1], "x", 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(calls, 1);
}

/* A socket that keeps messages apart would show an empty one. */
static void test_zero_length(void **state)
{
    (void)state;
    int ends[2];
    char text[8];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    assert_int_equal(write_all(ends[1], "never", 0), 0);
    assert_int_equal(write_all(ends[1], NULL, 0), 0);
    assert_int_equal(write_all(ends[1], "then", 4), 0);
    assert_int_equal(read(ends[0], text, sizeof text), 4);
    assert_memory_equal(text, "then", 4);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_more_than_a_pipe_holds, start_counting),
        cmocka_unit_test_setup(test_short_and_interrupted_writes, start_counting),
        cmocka_unit_test_setup(test_peer_gone, start_counting),
        cmocka_unit_test_setup(test_peer_leaves_in_the_middle, start_counting),
        cmocka_unit_test_setup(test_sigpipe_is_left_alone, start_counting),
        cmocka_unit_test_setup(test_bad_descriptor, start_counting),
        cmocka_unit_test_setup(test_zero_length, start_counting),
    };
    alarm(UNIT_TIME_LIMIT);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
