#!/bin/sh
# Test of the isolation of submissions from outside, in TAP: each level is found where it is the
# best, and gives the solution its points; at each of them calls are filtered, and the memory of
# all processes together is bounded. Usage: isolation.sh, from the repository's root, with build/
# made. What the filter denies call by call is tested by test_filter.c; that programs cannot reach
# files, processes and servers of the machine, and what happens without namespaces, by grader.sh.
set -u
export LC_ALL=C.UTF-8
umask 022

lab=01-blocking
solution=solutions/$lab
BUILD=${BUILD:-build}
grade=$BUILD/grade
if [ ! -x "$grade" ] || [ ! -f "$solution/server.c" ]; then
    echo "Bail out! run this from the repository's root, with $BUILD/grade made"
    exit 1
fi
directory=$(mktemp -d) || exit 1
chmod 755 "$directory"
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
number=0
failed=0

# ---- words for tests ---------------------------------------------------------------------------

# is ACTUAL EXPECTED DESCRIPTION: one line of TAP; holds when both are the same.
is() {
    number=$((number + 1))
    if [ "$1" = "$2" ]; then
        echo "ok $number - $3"
        return
    fi
    echo "not ok $number - $3"
    printf 'got:\n%s\nexpected:\n%s\n' "$1" "$2" | head -n 40 | sed 's/^/# /'
    failed=1
}

skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

# run COMMAND...: sets status; output and errors are in the files $out and $err.
out=$directory/out
err=$directory/err
run() {
    timeout 300 "$@" >"$out" 2>"$err" </dev/null
    status=$?
}

# level: the level that a report in text names.
level() {
    sed -n 's/^isolation: \([a-z-]*\): .*/\1/p' "$out"
}

# as_user COMMAND...: runs it as an ordinary user, from a copy of the kit that anyone may read.
as_user=
if [ "$(id -u)" -eq 0 ]; then
    as_user='setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all'
fi
mkdir "$directory/kit" "$directory/kit/checks" "$directory/solution"
cp -R "$grade" "$BUILD/kit" "$directory/kit"
cp "$BUILD/checks/$lab" "$directory/kit/checks"
cp "$solution"/*.c "$directory/solution"
grade=$directory/kit/grade
solution=$directory/solution
chmod -R a+rX "$directory"
cd "$directory" || exit 1

run "$grade" "$lab" "$solution" --isolation isolated
if grep -q 'does not allow the isolation' "$err"; then
    echo "1..0 # SKIP this machine does not let programs be isolated"
    exit 0
fi

# ---- levels ------------------------------------------------------------------------------------

# gets_all_points LEVEL DESCRIPTION COMMAND...
gets_all_points() {
    expected=$1
    described=$2
    shift 2
    run "$@"
    is "$status:$(head -n 1 "$out"):$(level)" "0:$lab: 100 of 100 points:$expected" "$described"
}

# A container masks parts of /proc by mounts over them; then the kernel lets nobody mount another.
masked='bwrap --dev-bind / / --ro-bind /dev/null /proc/version --'

is "$status:$(head -n 1 "$out"):$(level)" "0:$lab: 100 of 100 points:isolated" "isolated"
# shellcheck disable=SC2086 # these are commands with options
{
    gets_all_points isolated "isolated, for an ordinary user" $as_user "$grade" "$lab" "$solution"
    gets_all_points isolated-without-proc "/proc masked" $masked "$grade" "$lab" "$solution"
    gets_all_points isolated-without-proc "/proc masked, for an ordinary user" \
        $as_user $masked "$grade" "$lab" "$solution"
    gets_all_points limits-only "limits-only, when asked for" \
        "$grade" "$lab" "$solution" --isolation limits-only
}
if [ "$(id -u)" -eq 0 ]; then
    gets_all_points separate-uid "separate-uid, when asked for" \
        "$grade" "$lab" "$solution" --isolation separate-uid
    # shellcheck disable=SC2016 # for the other shell
    gets_all_points separate-uid "separate-uid, on a machine without the name localhost" \
        unshare --mount sh -c 'mount --bind /dev/null /etc/hosts && exec "$@"' sh \
        "$grade" "$lab" "$solution" --isolation separate-uid
    is "$(grep -c "does not know the name localhost" "$out")" 1 "which is told in a note"
else
    skip "separate-uid, when asked for" "only root can change to another user"
    skip "separate-uid, without localhost" "only root can change to another user"
    skip "which is told in a note" "only root can change to another user"
fi

# User namespaces switched off, by a sandbox that allows no other within it.
without="$as_user bwrap --unshare-user --disable-userns --dev-bind / / --"
# shellcheck disable=SC2086
{
    run $without "$grade" "$lab" "$solution"
    is "$status:$(wc -c <"$out" | tr -d ' '):$(grep -c -- '--isolation limits-only' "$err")" 3:0:1 \
        "without namespaces, an ordinary user is refused, and told of the option"
    gets_all_points limits-only "... with which it grades" \
        $without "$grade" "$lab" "$solution" --isolation limits-only
}

# ---- submissions that are not what they should be ----------------------------------------------

# with_constructor NAME: a submission, the solution with a function that runs before main(); its
# body is read from standard input.
with_constructor() {
    mkdir "$directory/$1"
    cp "$solution/client.c" "$directory/$1"
    {
        cat <<'EOF'
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
enum { PART = 64 << 20, PARTS = 16 };
__attribute__((constructor)) static void before_main(void)
{
EOF
        cat
        echo '}'
        cat "$solution/server.c"
    } >"$directory/$1/server.c"
}

# levels: those that can be tried here, one a line.
levels() {
    echo isolated
    [ "$(id -u)" -ne 0 ] || echo separate-uid
    echo limits-only
}

with_constructor calls <<'EOF'
    const char *names[] = {"namespace", "ring", "trace", "key", "vsock"};
    long made[] = {unshare(CLONE_NEWUSER), syscall(SYS_io_uring_setup, 1, NULL),
                   ptrace(PTRACE_TRACEME, 0, NULL, NULL), syscall(SYS_keyctl, 0, 0, 0),
                   socket(40, SOCK_STREAM, 0)};
    for (int i = 0; i < 5; i++)
        fprintf(stderr, "%s %s\n", names[i], made[i] == -1 ? "denied" : "made");
    exit(1);
EOF
for at in $(levels); do
    run "$grade" "$lab" "$directory/calls" --isolation "$at"
    is "$(sed -n '/^listens:/,/^$/p' "$out" | grep -oE '(namespace|ring|trace|key|vsock) (denied|made)' | tr '\n' ,)" \
        'namespace denied,ring denied,trace denied,key denied,vsock denied,' \
        "$at: calls are filtered"
done

# A program that becomes another one before the suite comes to see it has a verdict all the same.
with_constructor other <<'EOF'
    execl("/bin/sleep", "sleep", "1000", NULL);
EOF
with_constructor launcher <<'EOF'
    mkfifo("/tmp/fifo", 0600);
    execl("/kit/confine", "confine", "/tmp/fifo", "/bin/true", NULL);
EOF
for name in other launcher; do
    run "$grade" "$lab" "$directory/$name" --format tap
    is "$status:$(grep -c '^not ok .* listens' "$out")" 1:1 "a program becomes another ($name): it fails"
done

# ---- memory ------------------------------------------------------------------------------------

# symptom_of NAME LEVEL CHECK: status and symptom.
symptom_of() {
    run "$grade" "$lab" "$directory/$1" --isolation "$2" --format gradescope
    jq -r ".tests[] | select(.name == \"$3\") | \"\\(.status) \\(.extra_data.symptom)\"" "$out"
}

with_constructor many <<'EOF'
    int ends[2], done = pipe(ends);
    char byte;
    for (int i = 0; i < PARTS; i++)
        if (fork() == 0) {
            memset(malloc(PART), 1, PART);
            done += write(ends[1], "", 1);
            pause();
        }
    for (int i = 0; i < PARTS; i++)
        done += read(ends[0], &byte, 1);
EOF
with_constructor hidden <<'EOF'
    for (int i = 0; i < PARTS; i++) {
        char *part = mmap(NULL, PART, PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        memset(part, 1, PART);
        madvise(part, PART, MADV_DONTNEED);
    }
EOF
with_constructor files <<'EOF'
    static char block[1 << 20];
    for (int i = 0; i < 64; i++) {
        int file = memfd_create("part", 0);
        for (int j = 0; j < 16; j++)
            if (write(file, block, sizeof block) != sizeof block)
                exit(1);
    }
EOF
with_constructor detached <<'EOF'
    for (int i = 0; i < 1024; i++) {
        char *part = shmat(shmget(IPC_PRIVATE, 1 << 20, 0600), NULL, 0);
        memset(part, 1, 1 << 20);
        shmdt(part);
    }
EOF
with_constructor names <<'EOF'
    char name[32];
    for (int i = 0; i < 7; i++)
        memset(malloc(PART), 1, PART);
    for (int i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "/tmp/%d", i);
        mknod(name, S_IFREG, 0);
    }
EOF
with_constructor inherited <<'EOF'
    char *part = malloc(PART);
    memset(part, 1, PART);
    for (int i = 0; i < PARTS; i++)
        if (fork() == 0)
            pause();
EOF
for at in $(levels); do
    is "$(symptom_of many "$at" listens)" "failed too_much_memory" \
        "$at: many processes, each of which holds little"
done
is "$(symptom_of hidden isolated listens)" "failed too_much_memory" \
    "shared memory that no process shows as its own"
is "$(symptom_of files isolated listens)" "failed too_much_memory" \
    "files of memory that no process has mapped"
is "$(symptom_of detached isolated listens)" "failed too_much_memory" \
    "System V's memory that no process has attached"
is "$(symptom_of names isolated listens)" "failed too_much_memory" \
    "the kernel's memory for many empty files, beside the program's own"
is "$(symptom_of inherited isolated listens | cut -d ' ' -f 1)" passed \
    "pages that processes have in common count once"
gets_all_points isolated "a submission graded afterwards has all its points" \
    "$grade" "$lab" "$solution"

# ---- memory cgroups ----------------------------------------------------------------------------

# Where the grader makes its groups: below its own, or beside it in version 2.
groups=$(sed -n 's|^[0-9]*:memory:|/sys/fs/cgroup/memory|p' /proc/self/cgroup)
[ -n "$groups" ] || groups=$(dirname "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)")

# can_limit: whether such a group can be made here, and bounds memory.
can_limit() {
    mkdir "$groups/socket-labs-try" 2>/dev/null || return
    for file in memory.max memory.limit_in_bytes; do
        [ ! -w "$groups/socket-labs-try/$file" ] || limit=$file
    done
    rmdir "$groups/socket-labs-try"
    [ -n "$limit" ]
}

# has_session: whether a session of the grader's is in a group that is bounded.
has_session() {
    for group in "$groups/socket-labs.$grader".*; do
        [ "$(cat "$group/$limit" 2>/dev/null)" = 2147483648 ] &&
            [ -n "$(cat "$group/cgroup.procs")" ] && return
    done 2>/dev/null
    return 1
}

limit=
if can_limit; then
    "$grade" "$lab" "$solution" >"$out" 2>"$err" &
    grader=$!
    found=no
    while [ "$found" = no ] && kill -0 "$grader" 2>/dev/null; do
        if has_session; then found=yes; fi
    done
    wait "$grader"
    is "$?:$found" 0:yes "a session runs in a memory cgroup"
    is "$(find "$groups" -maxdepth 1 -name "socket-labs.$grader.*")" "" "... which is removed at the end"

    "$grade" "$lab" "$solution" >"$out" 2>"$err" &
    grader=$!
    until has_session || ! kill -0 "$grader" 2>/dev/null; do :; done
    kill -KILL "$grader"
    wait "$grader" 2>/dev/null
    run "$grade" "$lab" "$solution"
    is "$(find "$groups" -maxdepth 1 -name "socket-labs.$grader.*")" "" \
        "groups of a grader that was killed are removed by the next"
else
    skip "a session runs in a memory cgroup" "none can be made here"
fi

echo "1..$number"
exit "$failed"
