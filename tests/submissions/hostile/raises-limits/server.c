#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    if (result == 0)
        fprintf(stderr, "REACHED %s\n", what);
}

static void try_limits(void)
{
    static const int kinds[] = {RLIMIT_CPU,  RLIMIT_FSIZE,  RLIMIT_NPROC, RLIMIT_AS,
                                RLIMIT_CORE, RLIMIT_RTPRIO, RLIMIT_NICE,  RLIMIT_NOFILE};
    struct rlimit free = {RLIM_INFINITY, RLIM_INFINITY};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct rlimit has;
        getrlimit(kinds[i], &has);
        if (has.rlim_max != RLIM_INFINITY)
            tell("a higher limit", setrlimit(kinds[i], &free));
        else
            fprintf(stderr, "REACHED no limit %d\n", kinds[i]);
    }
}

int main(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct all[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}};
    struct sched_param first = {.sched_priority = 1};
    try_limits();
    tell("root", setuid(0));
    tell("another user", setresuid(1, 1, 1));
    tell("root's group", setgid(0));
    tell("groups", setgroups(1, (gid_t[]){0}));
    tell("capabilities", syscall(SYS_capset, &header, all));
    tell("real time", sched_setscheduler(0, SCHED_FIFO, &first));
    tell("a better priority", setpriority(PRIO_PROCESS, 0, -20));
    int score = open("/proc/self/oom_score_adj", O_WRONLY);
    tell("safety from the kernel's choice", write(score, "-1000", 5) == 5 ? 0 : -1);
    int map = open("/proc/self/uid_map", O_WRONLY);
    tell("a map of users", write(map, "0 0 1", 5) == 5 ? 0 : -1);
    if (fork() == 0)
        execl("/usr/bin/su", "su", "-c", "echo REACHED root >&2", (char *)0);
    sleep(1);
    fputs("tried to rise\n", stderr);
}
