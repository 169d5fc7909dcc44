/*
 * filter: writes a filter of system calls, compiled for the kernel (see seccomp(2)).
 *
 *     filter run|sanitized|compile > FILE
 *
 * Everything is allowed but what is named here. A list of what is allowed would be shorter to
 * defend, but would take points from right programs that use a call nobody thought of, or a newer
 * C library. What is denied has no place in a lab's program, and either leads out of a sandbox
 * (namespaces, mounts, other processes, keys), was often the way into the kernel (io_uring, bpf,
 * userfaultfd), or holds memory where nobody counts it (memfd_secret, large shared segments).
 * Programs that serve by processes keep their totals in files of memfd_create(): that stays, and
 * the watcher over memory (tests/probe/watcher.h) counts them.
 *
 * A denied call fails with EPERM, as if the kernel's own rules forbade it; clone3() with ENOSYS,
 * so that the C library falls back to clone(), whose flags a filter can see. Programs of another
 * architecture (32-bit, x32) can make no call at all.
 *
 *     run        for a student's program
 *     sanitized  the same with ptrace(), by which the address sanitizer's search for leaks stops
 *                its own threads; only where processes see none but their own
 *     compile    for the compiler: no sockets either
 */
#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGEST_SEGMENT = 1 << 20, LARGEST_SHARED = 64 << 20, MOST_SEMAPHORES = 250 };

/* Only root could make some of these. They are denied all the same, for the code behind them. */
static const char *const denied[] = {
    /* namespaces and mounts */
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "fsopen", "fsmount",
    "fsconfig", "fspick", "move_mount", "open_tree", "mount_setattr", "open_by_handle_at",
    "name_to_handle_at", "quotactl", "quotactl_fd", "swapon", "swapoff", "fanotify_init",
    /* other processes */
    "pidfd_getfd", "process_madvise", "kcmp", "migrate_pages", "move_pages",
    /* large parts of the kernel */
    "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open",
    "userfaultfd", "keyctl", "add_key", "request_key", "modify_ldt",
    /* memory that not even root can look at */
    "memfd_secret",
    /* the machine */
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot",
    "settimeofday", "clock_settime", "stime", "adjtimex", "clock_adjtime", "acct", "syslog",
    "sethostname", "setdomainname", "iopl", "ioperm", "vhangup", "lookup_dcookie", "uselib"};

/* Denied but to programs with sanitizers. */
static const char *const tracing[] = {"ptrace", "process_vm_readv", "process_vm_writev"};

static const char *const networking[] = {"socket", "socketpair"};

static scmp_filter_ctx filter;

static void expect(int code, const char *what)
{
    if (code >= 0)
        return;
    fprintf(stderr, "filter: %s: %s\n", what, strerror(-code));
    exit(EXIT_FAILURE);
}

/* Denies a call where all comparisons hold. A call that this library or machine lacks is none. */
static void deny(int error, const char *name, unsigned count,
                 const struct scmp_arg_cmp *comparisons)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number < 0)
        return;
    uint32_t action = SCMP_ACT_ERRNO((uint32_t)error);
    expect(seccomp_rule_add_array(filter, action, number, count, comparisons), name);
}

static void deny_all(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        deny(EPERM, names[i], 0, NULL);
}

static void deny_where(const char *name, struct scmp_arg_cmp comparison)
{
    deny(EPERM, name, 1, &comparison);
}

static void deny_where_both(const char *name, struct scmp_arg_cmp one,
                            struct scmp_arg_cmp other)
{
    deny(EPERM, name, 2, (struct scmp_arg_cmp[]){one, other});
}

static struct scmp_arg_cmp argument(unsigned index, enum scmp_compare how, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){.arg = index, .op = how, .datum_a = value};
}

static struct scmp_arg_cmp masked(unsigned index, scmp_datum_t mask, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){
        .arg = index, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

/* Of some arguments the kernel looks at the lower half only: so must we. */
static struct scmp_arg_cmp lower_half(unsigned index, uint32_t value)
{
    return masked(index, UINT32_MAX, value);
}

/* The flags of clone() that make namespaces; clone3() has its own behind a pointer. */
static void deny_namespaces(void)
{
    static const unsigned flags[] = {CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,   CLONE_NEWUSER,
                                     CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        deny_where("clone", masked(0, flags[i], flags[i]));
    deny(ENOSYS, "clone3", 0, NULL);
}

/* Of all kinds of sockets, a lab needs UNIX, INET and INET6; the C library asks for the machine's
 * addresses by NETLINK_ROUTE, which is protocol 0. */
static void deny_families(void)
{
    for (int family = 0; family < AF_NETLINK; family++)
        if (family != AF_UNIX && family != AF_INET && family != AF_INET6)
            deny_where("socket", argument(0, SCMP_CMP_EQ, (scmp_datum_t)family));
    deny_where("socket", argument(0, SCMP_CMP_GT, AF_NETLINK));
    deny_where_both("socket", argument(0, SCMP_CMP_EQ, AF_NETLINK),
                    argument(2, SCMP_CMP_NE, 0));
    deny_where("socketpair", argument(0, SCMP_CMP_NE, AF_UNIX));
}

/*
 * The thread sanitizer asks for its personality and sets it with ADDR_NO_RANDOMIZE. So bit 31,
 * which no personality has, tells a question (all bits set) from an answer: without it no other
 * bit may be set, with it none may be missing.
 */
static void deny_personalities(void)
{
    const scmp_datum_t question = 1u << 31;
    for (scmp_datum_t bit = 1; bit < question; bit <<= 1) {
        deny_where("personality", masked(0, question | bit, question));
        if (bit != ADDR_NO_RANDOMIZE)
            deny_where("personality", masked(0, question | bit, bit));
    }
}

/*
 * TIOCSTI types into a terminal. A program that is not dumpable cannot be looked at by the suite,
 * which then has nothing to judge by. What the memory's watcher sees only by its size is small.
 */
static void deny_by_argument(void)
{
    enum { TYPE_INTO_CONSOLE = 0x541C }; /* TIOCLINUX */
    const scmp_datum_t shared = MAP_SHARED | MAP_ANONYMOUS;
    deny_where("ioctl", lower_half(1, TIOCSTI));
    deny_where("ioctl", lower_half(1, TYPE_INTO_CONSOLE));
    deny_where_both("prctl", lower_half(0, PR_SET_DUMPABLE), argument(1, SCMP_CMP_EQ, 0));
    deny_where("shmget", argument(1, SCMP_CMP_GT, LARGEST_SEGMENT));
    deny_where("semget", argument(1, SCMP_CMP_GT, MOST_SEMAPHORES));
    deny_where_both("mmap", argument(1, SCMP_CMP_GT, LARGEST_SHARED),
                    masked(3, shared, shared));
}

static void build(bool sanitized, bool compile)
{
    filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        expect(-ENOMEM, "seccomp_init");
    expect(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)), "arch");
    expect(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize"); /* by a tree */
    deny_all(denied, sizeof denied / sizeof denied[0]);
    if (!sanitized)
        deny_all(tracing, sizeof tracing / sizeof tracing[0]);
    if (compile)
        deny_all(networking, sizeof networking / sizeof networking[0]);
    else
        deny_families();
    deny_namespaces();
    deny_personalities();
    deny_by_argument();
}

int main(int argc, char *argv[])
{
    const char *kind = argc == 2 ? argv[1] : "";
    bool run = strcmp(kind, "run") == 0, sanitized = strcmp(kind, "sanitized") == 0;
    bool compile = strcmp(kind, "compile") == 0;
    if (!run && !sanitized && !compile) {
        fprintf(stderr, "usage: filter run|sanitized|compile\n");
        return 2;
    }
    build(sanitized, compile);
    expect(seccomp_export_bpf(filter, STDOUT_FILENO), "seccomp_export_bpf");
    seccomp_release(filter);
}
