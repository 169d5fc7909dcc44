/* Test of the filters of system calls: what they deny, and what right programs need. Each call is
 * made in a child of its own, under the filter as the kit ships it. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <ifaddrs.h>
#include <netdb.h>

#include "tests/unit/unit.h"

enum { NO_FILTER = 200, RAN = 0 };

static void confine(const char *name)
{
    static struct sock_filter instructions[BPF_MAXINSNS];
    const char *build = getenv("BUILD");
    char path[512];
    snprintf(path, sizeof path, "%s/kit/%s.filter", build != NULL ? build : "build", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, instructions, sizeof instructions);
    struct sock_fprog filter = {.len = (unsigned short)(length / 8), .filter = instructions};
    if (length <= 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
        _exit(NO_FILTER);
    close(fd);
}

/* Returns the call's error number, 0 when it was made. */
static int outcome(const char *filter, long (*call)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        confine(filter);
        errno = 0;
        _exit(call() == -1 ? errno : RAN);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* One entry: a name for the report, and the call. */
struct call {
    const char *name;
    long (*make)(void);
};

#define CALL(name, expression)                                                                 \
    static long name(void)                                                                     \
    {                                                                                          \
        return (long)(expression);                                                             \
    }

/* ---- denied ----------------------------------------------------------------------------------*/

/* Where they can, these have arguments that the kernel refuses with another error than EPERM:
 * so EPERM is the filter's answer. */
static char nothing[128];

CALL(namespace_by_unshare, unshare(CLONE_NEWUSER))
CALL(namespace_by_setns, setns(-1, 0))
CALL(namespace_by_clone, syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0))
CALL(network_by_clone, syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0))
CALL(mounting, mount("none", "/nowhere", "tmpfs", 0, NULL))
CALL(fsopening, syscall(SYS_fsopen, nothing, -1))
CALL(chrooting, chroot("/nowhere"))
CALL(pivoting, syscall(SYS_pivot_root, "/nowhere", "/nowhere"))
CALL(tracing, ptrace(PTRACE_ATTACH, 0, NULL, NULL))
CALL(reading_another, syscall(SYS_process_vm_readv, 0, NULL, 0, NULL, 0, 0))
CALL(writing_another, syscall(SYS_process_vm_writev, 0, NULL, 0, NULL, 0, 0))
CALL(stealing, syscall(SYS_pidfd_getfd, -1, 0, 0))
CALL(comparing, syscall(SYS_kcmp, 0, 0, -1, 0, 0))
CALL(ring_setup, syscall(SYS_io_uring_setup, 1, NULL))
CALL(ring_enter, syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0))
CALL(ring_register, syscall(SYS_io_uring_register, -1, 0, NULL, 0))
CALL(bpf, syscall(SYS_bpf, -1, nothing, sizeof nothing))
CALL(performance, syscall(SYS_perf_event_open, NULL, 0, 0, -1, 0))
CALL(faults, syscall(SYS_userfaultfd, -1))
CALL(key, syscall(SYS_keyctl, -1, 0, 0, 0, 0))
CALL(adding_a_key, syscall(SYS_add_key, NULL, NULL, NULL, 0, 0))
CALL(handle, syscall(SYS_open_by_handle_at, -1, NULL, 0))
CALL(naming_a_handle, syscall(SYS_name_to_handle_at, -1, nothing, NULL, NULL, 0))
CALL(hidden_file, syscall(SYS_memfd_secret, -1))
CALL(loading, syscall(SYS_finit_module, -1, "", 0))
CALL(booting, syscall(SYS_kexec_load, 0, 0, NULL, -1))
CALL(clock_setting, syscall(SYS_clock_settime, CLOCK_REALTIME, NULL))
CALL(odd_personality, personality(READ_IMPLIES_EXEC))
CALL(odd_personality_with_the_bit, personality(0x80000000u | READ_IMPLIES_EXEC))
CALL(vsock, socket(40, SOCK_STREAM, 0))
CALL(packet, socket(AF_PACKET, SOCK_RAW, 0))
CALL(algorithm, socket(38, SOCK_SEQPACKET, 0))
CALL(bluetooth, socket(31, SOCK_STREAM, 0))
CALL(old_family, socket(AF_APPLETALK, SOCK_DGRAM, 0))
CALL(family_with_a_high_half, syscall(SYS_socket, 0x100000000ul | 40, SOCK_STREAM, 0))
CALL(audit, socket(AF_NETLINK, SOCK_RAW, 9))
CALL(typing, ioctl(-1, TIOCSTI, "x"))
CALL(typing_with_a_high_half, syscall(SYS_ioctl, -1, 0x100000000ul | TIOCSTI, "x"))
CALL(hiding, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
CALL(large_segment, shmget(IPC_PRIVATE, (1 << 20) + 1, 0600))
CALL(large_shared,
     mmap(NULL, (64 << 20) + 1, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
                                                                                            : 0)

static const struct call denied[] = {
#define ROW(name)                                                                              \
    {                                                                                          \
#name, name                                                                            \
    }
    ROW(namespace_by_unshare),
    ROW(namespace_by_setns),
    ROW(namespace_by_clone),
    ROW(network_by_clone),
    ROW(mounting),
    ROW(fsopening),
    ROW(chrooting),
    ROW(pivoting),
    ROW(stealing),
    ROW(comparing),
    ROW(ring_setup),
    ROW(ring_enter),
    ROW(ring_register),
    ROW(bpf),
    ROW(performance),
    ROW(faults),
    ROW(key),
    ROW(adding_a_key),
    ROW(handle),
    ROW(naming_a_handle),
    ROW(hidden_file),
    ROW(loading),
    ROW(booting),
    ROW(clock_setting),
    ROW(odd_personality),
    ROW(odd_personality_with_the_bit),
    ROW(vsock),
    ROW(packet),
    ROW(algorithm),
    ROW(bluetooth),
    ROW(old_family),
    ROW(family_with_a_high_half),
    ROW(audit),
    ROW(typing),
    ROW(typing_with_a_high_half),
    ROW(hiding),
    ROW(large_segment),
    ROW(large_shared)};

static const struct call of_a_tracer[] = {ROW(tracing), ROW(reading_another),
                                          ROW(writing_another)};

static void denies(const char *filter, const struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int error = outcome(filter, calls[i].make);
        if (error != EPERM)
            fail_msg("%s: %s: %s", filter, calls[i].name, strerror(error));
    }
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void every_filter_denies(void **state)
{
    (void)state;
    denies("run", denied, COUNT(denied));
    denies("sanitized", denied, COUNT(denied));
    denies("compile", denied, COUNT(denied));
}

static void only_sanitizers_trace(void **state)
{
    (void)state;
    denies("run", of_a_tracer, COUNT(of_a_tracer));
    denies("compile", of_a_tracer, COUNT(of_a_tracer));
    for (size_t i = 0; i < COUNT(of_a_tracer); i++)
        assert_int_not_equal(outcome("sanitized", of_a_tracer[i].make), EPERM);
}

CALL(clone3, syscall(SYS_clone3, NULL, 0))

static void clone3_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(outcome("run", clone3), ENOSYS);
}

CALL(any_socket, socket(AF_INET, SOCK_STREAM, 0))
CALL(any_pair, socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0}))

static void a_compiler_has_no_sockets(void **state)
{
    static const struct call calls[] = {ROW(any_socket), ROW(any_pair)};
    (void)state;
    denies("compile", calls, COUNT(calls));
}

#ifdef __x86_64__
static long call_of_32_bits(void)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(20L)
                     : "memory", "r8", "r9", "r10", "r11");
    errno = (int)-result;
    return result < 0 ? -1 : 0;
}

CALL(call_of_x32, syscall(0x40000000 | SYS_getpid))

static void other_architectures_make_no_call(void **state)
{
    (void)state;
    int error = outcome("run", call_of_32_bits);
    assert_true(error == EPERM || error < 0); /* a kernel without them ends the program */
    assert_int_equal(outcome("run", call_of_x32), EPERM);
}
#endif

/* ---- allowed ---------------------------------------------------------------------------------*/

static void *thread(void *argument)
{
    return argument;
}

static long threads(void)
{
    pthread_t one;
    errno = pthread_create(&one, NULL, thread, NULL);
    return errno == 0 && pthread_join(one, NULL) == 0 ? 0 : -1;
}

static long reaped(pid_t pid)
{
    int status;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static long forking(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return reaped(pid);
}

static long spawning(void)
{
    pid_t pid = 0;
    char *words[] = {"true", NULL};
    errno = posix_spawn(&pid, "/bin/true", NULL, NULL, words, NULL);
    return errno == 0 ? reaped(pid) : -1;
}

static long reading_a_command(void)
{
    FILE *command = popen("echo", "r");
    return command != NULL && fgetc(command) == '\n' && pclose(command) == 0 ? 0 : -1;
}

static long semaphores(void)
{
    sem_t *semaphore = sem_open("/socket-labs-unit", O_CREAT, 0600, 1);
    sem_unlink("/socket-labs-unit");
    return semaphore == SEM_FAILED || sem_wait(semaphore) != 0 ? -1 : 0;
}

static long message_queue(void)
{
    mqd_t queue = mq_open("/socket-labs-unit", O_CREAT | O_RDWR, 0600, NULL);
    mq_unlink("/socket-labs-unit");
    return queue;
}

static long system_v(void)
{
    int memory = shmget(IPC_PRIVATE, 1 << 20, 0600), queue = msgget(IPC_PRIVATE, 0600);
    int set = semget(IPC_PRIVATE, 4, 0600);
    bool made =
        memory != -1 && queue != -1 && set != -1 && shmat(memory, NULL, 0) != (void *)-1;
    shmctl(memory, IPC_RMID, NULL);
    msgctl(queue, IPC_RMID, NULL);
    semctl(set, 0, IPC_RMID);
    return made ? 0 : -1;
}

static long names(void)
{
    struct addrinfo *list, hints = {.ai_flags = AI_ADDRCONFIG};
    struct ifaddrs *interfaces;
    return getaddrinfo("127.0.0.1", "80", &hints, &list) == 0 && getifaddrs(&interfaces) == 0
               ? 0
               : -1;
}

static long waiting(void)
{
    struct timeval now = {0, 0};
    sigset_t none;
    sigemptyset(&none);
    bool made = select(0, NULL, NULL, NULL, &now) == 0 && poll(NULL, 0, 0) == 0;
    return made && epoll_create1(0) >= 0 && eventfd(0, 0) >= 0 && signalfd(-1, &none, 0) >= 0 &&
                   timerfd_create(CLOCK_MONOTONIC, 0) >= 0
               ? 0
               : -1;
}

static long moving(void)
{
    int ends[2], zeros = open("/dev/zero", O_RDONLY), text = open("/etc/passwd", O_RDONLY);
    return pipe(ends) == 0 && splice(zeros, NULL, ends[1], NULL, 10, 0) != -2 &&
                   sendfile(ends[1], text, NULL, 10) == 10
               ? 0
               : -1;
}

static long shared_memory(void)
{
    return mmap(NULL, 64 << 20, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
                                                                                            : 0;
}

static long sanitizers_personality(void)
{
    int before = personality(0xffffffff);
    return before == -1 ? -1 : personality((unsigned)before | ADDR_NO_RANDOMIZE);
}

static long sockets(void)
{
    int pair[2];
    return socket(AF_INET, SOCK_STREAM, 0) == -1 || socket(AF_INET6, SOCK_DGRAM, 0) == -1 ||
                   socket(AF_UNIX, SOCK_STREAM, 0) == -1 ||
                   socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1
               ? -1
               : 0;
}

static long file_of_memory(void)
{
    return memfd_create("totals", 0) == -1 ? -1 : 0;
}

static long limits(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0
                                                                                          : -1;
}

static void right_programs_work(void **state)
{
    static const struct call calls[] = {
        ROW(threads),    ROW(forking),       ROW(spawning),      ROW(reading_a_command),
        ROW(semaphores), ROW(message_queue), ROW(system_v),      ROW(names),
        ROW(waiting),    ROW(moving),        ROW(shared_memory), ROW(sanitizers_personality),
        ROW(sockets),    ROW(limits),        ROW(file_of_memory)};
    static const char *const filters[] = {"run", "sanitized"};
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(calls); i++) {
        int error = outcome(filters[i % 2], calls[i / 2].make);
        if (error != RAN)
            fail_msg("%s: %s: %s", filters[i % 2], calls[i / 2].name, strerror(error));
    }
}

int main(void)
{
    alarm(UNIT_TIME_LIMIT);
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_filter_denies),
                                       cmocka_unit_test(only_sanitizers_trace),
                                       cmocka_unit_test(clone3_is_not_there),
                                       cmocka_unit_test(a_compiler_has_no_sockets),
#ifdef __x86_64__
                                       cmocka_unit_test(other_architectures_make_no_call),
#endif
                                       cmocka_unit_test(right_programs_work)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
