#!/bin/sh
# Tell what this machine offers the labs and what it lacks: `make doctor`.
#
# A line for each thing: `ok`, `limited` or `missing`, then for the last two what is lost without
# it and how to mend it. Everything that can be tried is tried, as settings alone often mislead
# (a container may refuse what the kernel's settings allow). Nothing is changed or installed.
#
# Exit status: 0 submissions can be graded here, 1 they cannot.
set -u
export LC_ALL=C

labs_descriptors=4096 # what the grader gives a submission
labs_processes=1024   # what a class exercise with a process or thread per client can need

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

uid=$(id -u)
sudo='sudo '
[ "$uid" -eq 0 ] && sudo=
install="${sudo}apt-get install --yes"

cannot= # the things without which nothing can be graded

line() {
    printf '  %-7s  %-23s  %s\n' "$1" "$2" "$3"
}

# ok ITEM FOUND
ok() {
    line ok "$1" "$2"
}

# missing ITEM LOSS REMEDY
missing() {
    line missing "$1" "$2; fix: $3"
}

# limited ITEM LOSS REMEDY
limited() {
    line limited "$1" "$2; fix: $3"
}

# The same as missing, for what grading cannot do without.
needed() {
    missing "$@"
    cannot="$cannot${cannot:+, }$1"
}

has() {
    command -v "$1" >/dev/null
}

# A setting of the kernel, or nothing: some have no such file, some only root may read.
setting() {
    cat "/proc/sys/$1" 2>/dev/null
}

first_line() {
    sed -n 1p "$1"
}

# tool ITEM COMMAND PACKAGE LOSS: a program that only has to be there.
tool() {
    if has "$2"; then
        ok "$1" "$(command -v "$2")"
    else
        missing "$1" "$4" "$install $3"
    fi
}

# compile PROGRAM [OPTION...]: C from standard input into a program in the scratch directory.
compile() {
    program=$1
    shift
    gcc -x c - -o "$scratch/$program" "$@" 2>"$scratch/errors"
}

check_linux() {
    if [ "$(uname -s 2>/dev/null)" = Linux ]; then
        ok Linux "kernel $(uname -r)"
        return
    fi
    needed Linux 'the labs and the grader use what only Linux has' \
        'Debian in a virtual machine, WSL 2 or a container'
    verdict
}

check_debian() {
    if has apt-get && [ -r /etc/debian_version ]; then
        ok Debian "$(cat /etc/debian_version)"
    else
        limited Debian 'packages cannot be installed for you' \
            'install what the packages named below hold'
    fi
}

# Where programs may not run (noexec), everything that is tried by running one would mislead.
check_temporaries() {
    where=${TMPDIR:-/tmp}
    free=$(df -Pk "$where" | awk 'NR == 2 { print int($4 / 1024) }')
    echo '#!/bin/sh' >"$scratch/script" && chmod +x "$scratch/script"
    if ! "$scratch/script" 2>/dev/null; then
        needed 'temporary files' "programs in $where cannot run" \
            'set TMPDIR to a directory where they can'
        verdict
    elif [ "${free:-0}" -ge 256 ]; then
        ok 'temporary files' "$free MiB free in $where"
    else
        limited 'temporary files' "only ${free:-0} MiB free in $where, builds may fail" \
            'free 256 MiB, or set TMPDIR to a directory with more'
    fi
}

check_make() {
    version=$(make --version 2>/dev/null | sed -n '1s/^GNU Make //p')
    if [ -z "$version" ]; then
        needed make 'nothing can be built' "$install make"
    elif printf '%s\n' "$version" | awk -F. '{ exit !($1 > 4 || $1 == 4 && $2 >= 3) }'; then
        ok make "GNU make $version"
    else
        needed make "GNU make $version is older than 4.3" 'use Debian 12 or later'
    fi
}

check_compiler() {
    if ! has gcc; then
        needed gcc 'nothing can be compiled' "$install gcc libc6-dev"
    elif printf '#include <stdio.h>\nint main(void) { return 0; }\n' | compile empty; then
        ok gcc "$(gcc --version | sed -n 1p)"
    else
        needed gcc "cannot build a program ($(first_line "$scratch/errors"))" \
            "$install gcc libc6-dev"
    fi
}

# CC builds the grader, and may hold options; submissions are always compiled by gcc.
check_header() { # NAME HEADER PACKAGE
    # shellcheck disable=SC2086
    if echo "#include <$2>" | ${CC:-gcc} -E - >/dev/null 2>&1; then
        ok "$1" "the compiler finds $2"
    else
        needed "$1" 'the grader cannot be built' "$install $3"
    fi
}

# Some runs of a command, as with much randomness in the address space only some of them die.
run_often() {
    for _ in 1 2 3 4 5; do
        timeout 2 "$@" >"$scratch/output" 2>&1 || return
    done
}

# sanitizer VERDICT ITEM OPTION LOSS: VERDICT is needed or missing, for when it does not work.
# Sanitizers older than the kernels with 32 random bits place their shadow memory where such a
# kernel may have put the program. Only root can read that setting. The thread sanitizer is run
# without such randomness where that can be had: the grader does the same.
sanitizer() {
    bits=$(setting vm/mmap_rnd_bits)
    before=
    if [ "$3" = -fsanitize=thread ] && setarch --addr-no-randomize true 2>/dev/null; then
        before='setarch --addr-no-randomize'
        bits=0
    fi
    # shellcheck disable=SC2086
    if ! echo 'int main(void) { return 0; }' | compile sanitized "$3"; then
        "$1" "$2" "$4" "$install gcc libc6-dev"
    elif run_often $before "$scratch/sanitized"; then
        if [ "${bits:-0}" -gt 28 ]; then
            limited "$2" 'with old compilers some runs may die (unexpected memory mapping)' \
                "${sudo}sysctl vm.mmap_rnd_bits=28"
        else
            ok "$2" 'compiles and runs'
        fi
    elif grep -q LeakSanitizer "$scratch/output"; then
        limited "$2" 'leaks cannot be looked for, as ptrace is forbidden' \
            'docker run --cap-add=SYS_PTRACE'
    else
        "$1" "$2" "$4 ($(grep . "$scratch/output" | sed -n 1p))" \
            "${sudo}sysctl vm.mmap_rnd_bits=28"
    fi
}

# Does what the grader does: started by root it first becomes an ordinary user.
as_ordinary_user() {
    if [ "$uid" -eq 0 ]; then
        timeout 2 setpriv --reuid=61000 --regid=61000 --clear-groups --inh-caps=-all \
            --bounding-set=-all --no-new-privs "$@"
    else
        timeout 2 "$@"
    fi 2>"$scratch/errors"
}

# sandbox [OPTION...]: whether bubblewrap can make one.
sandbox() {
    as_ordinary_user bwrap --unshare-user --unshare-net --unshare-pid --ro-bind / / "$@" \
        --dev /dev true
}

# The first setting that forbids namespaces; in a container it is the container's own rules.
namespaces_remedy() {
    if [ "$(setting kernel/unprivileged_userns_clone)" = 0 ]; then
        echo "${sudo}sysctl kernel.unprivileged_userns_clone=1"
    elif [ "$(setting user/max_user_namespaces)" = 0 ]; then
        echo "${sudo}sysctl user.max_user_namespaces=15000"
    elif [ "$(setting kernel/apparmor_restrict_unprivileged_userns)" = 1 ]; then
        echo "${sudo}sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    else
        echo 'in a container: docker run --security-opt seccomp=unconfined' \
            '--security-opt apparmor=unconfined --security-opt systempaths=unconfined'
    fi
}

# Sets `level`, how far a submission can be kept apart from this machine.
check_namespaces() {
    level='limits-only'
    [ "$uid" -eq 0 ] && as_ordinary_user true && level='separate-uid'
    if ! has bwrap; then
        missing 'user namespaces' 'not tried, as bubblewrap is missing' "$install bubblewrap"
    elif sandbox --proc /proc; then
        level=isolated
        ok 'user namespaces' 'with network, processes and /proc of their own'
    elif sandbox; then
        level='isolated-without-proc'
        limited 'user namespaces' 'no /proc of their own, so no search for leaks' \
            'docker run --security-opt systempaths=unconfined'
    else
        missing 'user namespaces' \
            "submissions see this machine's files and network ($(first_line "$scratch/errors"))" \
            "$(namespaces_remedy)"
    fi
}

# limit ITEM NAME ENOUGH PRLIMIT-OPTION LOSS: by the line that begins with NAME in this process's
# limits, which ends in soft limit, hard limit, unit. The hard limit counts, as the grader sets
# the soft one.
limit() {
    limits=$(awk -v name="$2" 'index($0, name) == 1 { print $(NF - 2), $(NF - 1) }' \
        /proc/self/limits 2>/dev/null)
    soft=${limits% *}
    hard=${limits#* }
    if [ "$hard" = unlimited ] || [ "${hard:-0}" -ge "$3" ]; then
        ok "$1" "$soft, can be raised to $hard"
    else
        limited "$1" "at most ${hard:-unknown}, so $5" "${sudo}prlimit --$4=$3 --pid \$\$"
    fi
}

# A container can have a limit of its own on all its processes together.
check_container_processes() {
    most=$(cat /sys/fs/cgroup/pids.max 2>/dev/null) || return 0
    [ "$most" = max ] || [ "$most" -ge "$labs_processes" ] ||
        limited 'processes together' "at most $most, so many clients at once may fail" \
            "docker run --pids-limit=$labs_processes"
}

# A program that connects to itself over the address in its argument. Connecting succeeds without
# accept(), as the kernel completes it in the listener's queue.
build_loopback() {
    compile loopback <<'END'
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *at;
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    alarm(1);
    if (argc != 2 || getaddrinfo(argv[1], "0", &hints, &at) != 0)
        return 1;
    int listener = socket(at->ai_family, SOCK_STREAM, 0);
    int client = socket(at->ai_family, SOCK_STREAM, 0);
    return bind(listener, at->ai_addr, at->ai_addrlen) != 0 || listen(listener, 5) != 0 ||
           getsockname(listener, (struct sockaddr *)&name, &size) != 0 ||
           connect(client, (struct sockaddr *)&name, size) != 0;
}
END
}

check_loopback() {
    if ! build_loopback; then
        needed loopback 'cannot be tried without a compiler' "$install gcc libc6-dev"
        return
    fi
    if "$scratch/loopback" 127.0.0.1; then
        ok 'loopback over IPv4' '127.0.0.1 can be bound and connected to'
    else
        needed 'loopback over IPv4' 'no server can be reached' "${sudo}ip link set lo up"
    fi
    if "$scratch/loopback" ::1; then
        ok 'loopback over IPv6' '::1 can be bound and connected to'
    else
        missing 'loopback over IPv6' 'any-family cannot try IPv6' \
            "${sudo}sysctl net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.lo.disable_ipv6=0"
    fi
    if getent ahosts localhost >/dev/null; then
        ok localhost 'is known'
    else
        missing localhost 'addresses such as localhost:7000 cannot be used' \
            "echo '127.0.0.1 localhost' | ${sudo}tee --append /etc/hosts"
    fi
}

# The grader looks at its children: the shell, as a parent, reads here what it would read. That
# of other users is for trying by hand only.
check_proc() {
    sleep 2 &
    child=$!
    if ! { read -r _ <"/proc/$child/stat"; } 2>/dev/null; then
        needed /proc 'the grader cannot see what a server does' \
            "${sudo}mount -t proc proc /proc"
    elif ! { read -r _ <"/proc/$child/syscall"; } 2>/dev/null; then
        limited /proc 'reports cannot tell in which call a server waits' \
            "${sudo}sysctl kernel.yama.ptrace_scope=1 (docker run --cap-add=SYS_PTRACE)"
    elif ! { read -r _ <"/proc/1/stat"; } 2>/dev/null; then
        limited /proc 'ps and ss do not show the processes of others' \
            "${sudo}mount -o remount,hidepid=0 /proc"
    else
        ok /proc 'shows every process, and the call it waits in'
    fi
    kill "$child"
}

check_processors() {
    count=$(nproc)
    if [ "$count" -gt 1 ]; then
        ok processors "$count"
    else
        limited processors 'only 1, grading takes longer' 'give the machine 2'
    fi
}

check_netcat() {
    if ! has nc; then
        missing nc 'no way to talk to a server by hand' "$install netcat-openbsd"
    elif nc -h 2>&1 | grep -q OpenBSD; then
        ok nc 'the OpenBSD variant, with -N for a half-close'
    else
        limited nc 'another variant, without -N for a half-close' \
            "$install netcat-openbsd && ${sudo}update-alternatives --set nc /bin/nc.openbsd"
    fi
}

verdict() {
    echo
    if [ -n "$cannot" ]; then
        echo "Verdict: cannot grade, for want of: $cannot"
        exit 1
    fi
    case $level in
    isolated) meaning='submissions have processes, network and files of their own' ;;
    isolated-without-proc) meaning='as isolated, but with leaks not looked for' ;;
    separate-uid) meaning="a user of their own, but this machine's files and network" ;;
    limits-only) meaning='nothing is kept apart: grade only what you wrote yourself' ;;
    esac
    echo "Verdict: can grade, $level ($meaning)"
    exit 0
}

echo 'For grading'
check_linux
check_debian
check_temporaries
check_make
check_compiler
check_header cmocka cmocka.h libcmocka-dev
check_header libseccomp seccomp.h libseccomp-dev
sanitizer needed 'address sanitizer' -fsanitize=address,undefined 'memory-clean cannot be checked'
sanitizer missing 'thread sanitizer' -fsanitize=thread 'no-data-races cannot be checked'
tool bubblewrap bwrap bubblewrap 'submissions are not kept apart from this machine'
check_namespaces
limit descriptors 'Max open files' "$labs_descriptors" nofile 'checks with many clients may fail'
limit processes 'Max processes' "$labs_processes" nproc 'many clients at once may fail'
check_container_processes
check_loopback
check_proc
check_processors

echo
echo 'For trying things by hand'
check_netcat
tool ss ss iproute2 'sockets and their queues cannot be shown'
tool strace strace strace 'system calls cannot be shown'
tool pstree pstree psmisc 'processes and their children cannot be shown'
tool gdb gdb gdb 'where threads wait cannot be shown'

echo
echo 'For maintainers'
tool clang clang clang 'the source is not compiled a second time'
tool clang-format clang-format clang-format 'the layout of the source cannot be checked'
tool jq jq jq 'reports in JSON cannot be checked'
tool xmllint xmllint libxml2-utils 'reports in XML cannot be checked'
tool prove prove perl 'the tests are not summed up'
tool doxygen doxygen doxygen 'the pages cannot be made'
tool shellcheck shellcheck shellcheck 'the shell scripts cannot be checked'

verdict
