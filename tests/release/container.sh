#!/bin/sh
# A container as Gradescope's, for tests: root with Docker's usual capabilities, a file system and
# a process tree of its own, and no user namespaces. It is made by root with unshare(1) and
# chroot(8): in a changed root the kernel refuses user namespaces to everybody. The network is
# this machine's, and its /usr and /etc are read only: what setup.sh installs has to be there.
#
#     container.sh AUTOGRADER COMMAND...
#
# AUTOGRADER becomes /autograder, and what is left of /tmp at the end its directory tmp.
set -eu
autograder=$1
shift
if [ "${INSIDE:-}" != yes ]; then
    INSIDE=yes exec unshare --mount --pid --fork --kill-child --propagation private \
        sh "$0" "$autograder" "$@"
fi
top=$autograder/root
mkdir -p "$top" "$autograder/autograder" "$autograder/tmp"
mount -t tmpfs -o mode=755 tmpfs "$top"
cd "$top"
mkdir usr etc proc dev tmp autograder root run var
for name in bin sbin lib lib64; do
    ln -s "usr/$name" "$name"
done
for name in usr etc; do
    mount --bind "/$name" "$name"
    mount -o remount,bind,ro "$name"
done
mount -t proc proc proc
mount --rbind /dev dev
mount --bind "$autograder/autograder" autograder
mount --bind "$autograder/tmp" tmp
chmod 1777 tmp
exec setpriv --inh-caps=-all \
    --bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot . "$@"
