#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int main(void)
{
    static const char *const paths[] = {"/dev/mem",
                                        "/dev/kmsg",
                                        "/dev/sda",
                                        "/dev/vda",
                                        "/dev/kvm",
                                        "/dev/fuse",
                                        "/dev/net/tun",
                                        "/dev/vhost-vsock",
                                        "/dev/tty",
                                        "/dev/console",
                                        "/proc/sysrq-trigger",
                                        "/proc/sys/kernel/core_pattern",
                                        "/proc/sys/kernel/hostname",
                                        "/proc/sys/vm/drop_caches",
                                        "/proc/sys/net/ipv4/ip_forward",
                                        "/proc/kcore",
                                        "/proc/kmsg",
                                        "/sys/kernel/uevent_helper",
                                        "/sys/fs/cgroup/cgroup.procs"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (open(paths[i], O_RDWR) != -1 || open(paths[i], O_WRONLY) != -1)
            fprintf(stderr, "REACHED %s\n", paths[i]);
    if (mknod("/tmp/zero", S_IFCHR | 0600, makedev(1, 5)) == 0)
        fputs("REACHED a new device\n", stderr);
    fputs("tried devices\n", stderr);
}
