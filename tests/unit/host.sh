#!/bin/sh
# Test of tests/host/packages.sh and tests/host/doctor.sh, in TAP.
#
# Both scripts take their commands from PATH only, so each test gives them a directory as their
# whole PATH: a few real commands, and stubs for the rest. What a stub finds missing stands in a
# file, a word each, and the stub of apt-get takes words out of it. Nothing is installed, no
# network is used, and nothing depends on what this machine has.
set -u
export LC_ALL=C
unset CC CI

host=$(cd "$(dirname "$0")/../host" && pwd) || exit 1
STUBS=$(mktemp -d) || exit 1
export STUBS
trap 'rm -rf "$STUBS"' EXIT
trap 'exit 1' HUP INT TERM
path=$STUBS/path
store=$STUBS/store # every stub, for apt-get to install from

count=0
failures=0

# check DESCRIPTION COMMAND [ARGUMENT...]: one test, which holds when the command succeeds.
check() {
    description=$1
    shift
    count=$((count + 1))
    if "$@"; then
        echo "ok $count - $description"
        return
    fi
    failures=$((failures + 1))
    echo "not ok $count - $description"
    for file in status calls output; do
        sed "s/^/# $file: /" "$STUBS/$file"
    done
}

# stub NAME: a command whose body is standard input. `absent WORD` is there for its use.
stub() {
    {
        echo '#!/bin/sh'
        # shellcheck disable=SC2016
        echo 'absent() { grep -qxF -e "$1" "$STUBS/absent"; }'
        cat
    } >"$store/$1"
    chmod +x "$store/$1"
}

# Stubs of what both scripts only look for.
make_plain_stubs() {
    for name in prlimit choom clang clang-format jq xmllint prove shellcheck ss strace pstree gdb \
        doxygen pgrep chromium node npm java pdftotext hyperfine bsdtar bsdcat parallel sim_c rsync ssh msgfmt true curl zip unzip yamllint; do
        echo 'exit 0' | stub "$name"
    done
    echo 'echo GNU Make 4.3' | stub make
    echo 'absent "$1" || echo NotoSansCJK' | stub fc-list
    echo 'echo OpenBSD netcat >&2' | stub nc
    echo 'echo Linux' | stub uname
    echo 'echo 127.0.0.1 localhost' | stub getent
}

# Fails for a header or an option that is absent. A program that it builds, which stands for the
# loopback program of doctor.sh, fails for an address that is absent.
make_compiler_stub() {
    stub gcc <<'END'
[ "$1" = --version ] && echo 'gcc (stub) 12.2.0' && exit
text="$(cat) $* "
for word in $(cat "$STUBS/absent"); do
    case $text in *"<$word>"* | *" $word "*) exit 1 ;; esac
done
while [ $# -gt 0 ] && [ "$1" != -o ]; do
    shift
done
[ $# -eq 0 ] && exit
# shellcheck disable=SC2016
printf '#!/bin/sh\n! grep -qxF -e "${1:-none}" "$STUBS/absent"\n' >"$2"
chmod +x "$2"
END
}

# bwrap fails without namespaces, or for an option that is absent.
make_sandbox_stubs() {
    stub bwrap <<'END'
for option in namespaces "$@"; do
    absent "$option" && echo "bwrap: no $option" >&2 && exit 1
done
exit 0
END
    stub setpriv <<'END'
while case $1 in --*) ;; *) false ;; esac do shift; done
exec "$@"
END
    stub id <<'END'
cat "$STUBS/uid"
END
}

# apt-get notes how it is called, and fails in the way that a test asks for.
make_install_stubs() {
    stub apt-get <<'END'
echo "${DEBIAN_FRONTEND:-} apt-get $*" >>"$STUBS/calls"
case $1 in
update) grep -vxF lists "$STUBS/absent" >"$STUBS/rest"; mv "$STUBS/rest" "$STUBS/absent" ;;
install)
    absent archive && exit 100
    absent lists && exit 100
    absent nothing-helps && exit 0
    cp "$STUBS"/store/* "$STUBS/path"
    : >"$STUBS/absent"
    ;;
esac
exit 0
END
    echo '! absent lists' | stub apt-cache
    stub sudo <<'END'
echo "sudo $*" >>"$STUBS/calls"
absent password && exit 1
[ "$1" = -n ] && shift
exec "$@"
END
}

# machine UID [WORD...]: a fresh PATH with every stub, but without the WORDs, which are commands
# or something that a stub knows.
machine() {
    rm -rf "$path"
    mkdir "$path"
    for name in awk cat chmod cp df env grep mktemp mv nproc rm sed sh sleep timeout; do
        ln -s "$(command -v "$name")" "$path/$name"
    done
    cp "$store"/* "$path"
    echo "$1" >"$STUBS/uid"
    shift
    : >"$STUBS/calls"
    : >"$STUBS/absent"
    for word; do
        echo "$word" >>"$STUBS/absent"
        rm -f "$path/$word"
    done
}

# run SCRIPT [ARGUMENT...]: without a terminal, as in CI; sets `status` and the file output.
run() {
    script=$1
    shift
    PATH=$path sh "$host/$script" "$@" </dev/null >"$STUBS/output" 2>&1
    status=$?
    echo "$status" >"$STUBS/status"
}

# outcome STATUS [CALL...]: the exit status, and exactly these calls of sudo and apt-get.
outcome() {
    [ "$status" -eq "$1" ] || return
    shift
    for call; do
        echo "$call"
    done | cmp -s - "$STUBS/calls"
}

says() {
    grep -qF -e "$1" "$STUBS/output"
}

# item STATE ITEM [TEXT]: doctor.sh printed one line for the item, in this state, with the text. An
# empty state is any: some depend on this machine.
item() {
    lines=$(grep -e "^  [a-z]*  *$2  " "$STUBS/output")
    case $lines in
    "  $1"*"${3-}"*) [ "$(printf '%s\n' "$lines" | wc -l)" -eq 1 ] ;;
    *) false ;;
    esac
}

silent() {
    [ ! -s "$STUBS/output" ]
}

get='apt-get install --yes --no-install-recommends'
set_frontend='env DEBIAN_FRONTEND=noninteractive'

test_nothing_missing() {
    for purpose in grade class test docs pdf docs-check bench release; do
        machine 0
        run packages.sh "$purpose"
        check "$purpose, nothing missing: succeeds without apt-get" outcome 0
        check "$purpose, nothing missing: silent" silent
    done
    machine 0 clang nc doxygen hyperfine bsdtar apt-get sudo
    run packages.sh grade
    check 'what only other purposes need is not missed' outcome 0
    run packages.sh
    check 'no purpose: wrong usage' outcome 2
    run packages.sh other
    check 'an unknown purpose: wrong usage' outcome 2
    check 'wrong usage: says the right one' says 'usage: packages.sh grade|class|test|docs|pdf|docs-check|bench|release'
}

# seen WORD PACKAGE [PURPOSE]: PACKAGE, and only it, is installed when WORD is missing.
seen() {
    machine 0 "$1"
    run packages.sh "${3:-test}"
    check "without $1: installs $2" outcome 0 "noninteractive $get $2"
}

test_each_package() {
    seen '-fsanitize=address,undefined' gcc
    seen stdio.h libc6-dev
    seen cmocka.h libcmocka-dev
    seen bwrap bubblewrap
    seen setpriv util-linux
    seen prlimit util-linux
    seen choom util-linux
    seen msgfmt gettext grade
    seen clang clang
    seen clang-format clang-format
    seen jq jq
    seen xmllint libxml2-utils
    seen prove perl
    seen shellcheck shellcheck
    seen ss iproute2
    seen nc netcat-openbsd
    seen strace strace
    seen pstree psmisc
    seen gdb gdb
    seen pgrep procps
    seen doxygen doxygen docs
    seen doxygen doxygen pdf
    seen chromium chromium pdf
    seen :lang=ko fonts-noto-cjk pdf
    seen node nodejs docs-check
    seen npm npm docs-check
    seen java default-jre-headless docs-check
    seen pdftotext poppler-utils
    seen chromium chromium
    seen strace strace docs-check
    seen bwrap bubblewrap docs-check
    seen hyperfine hyperfine bench
    seen bsdtar libarchive-tools class
    seen bsdcat libarchive-tools class
    seen parallel parallel class
    seen sim_c similarity-tester class
    seen rsync rsync
    seen ssh openssh-client
    seen yaml.h libyaml-dev class
    seen prlimit util-linux class
    seen bsdtar libarchive-tools
    seen curl curl
    seen zip zip
    seen zip zip release
    seen unzip unzip
    seen yamllint yamllint
    machine 0
    echo 'echo Ncat >&2' >"$path/nc"
    run packages.sh test
    check 'another nc: installs netcat-openbsd' outcome 0 "noninteractive $get netcat-openbsd"
}

test_as_root() {
    machine 0 bwrap cmocka.h setpriv choom
    run packages.sh grade
    check 'root: one call of apt-get for all packages, each once' \
        outcome 0 "noninteractive $get libcmocka-dev bubblewrap util-linux"
    check 'root: names a package and its use' \
        says 'bubblewrap        runs submissions apart from this machine'
    check 'root: shows the command first' \
        says "+ $set_frontend $get libcmocka-dev bubblewrap util-linux"
    run packages.sh grade
    check 'a second time: nothing is missing' silent

    machine 0 bwrap lists
    run packages.sh grade
    check 'no lists: update, then install' outcome 0 'noninteractive apt-get update' \
        "noninteractive $get bubblewrap"
    machine 0 bwrap archive
    run packages.sh grade
    check 'apt-get fails: one more try with new lists' outcome 1 \
        "noninteractive $get bubblewrap" 'noninteractive apt-get update' \
        "noninteractive $get bubblewrap"
    check 'apt-get fails: prints the command' says "    sudo apt-get update && sudo $get bubblewrap"
    machine 0 bwrap nothing-helps
    run packages.sh grade
    check 'installed without effect: no further try' outcome 1 "noninteractive $get bubblewrap"
    check 'installed without effect: says so' says 'still not found'
}

test_as_user() {
    machine 1000 bwrap
    run packages.sh grade
    check 'user: installs with sudo, which does not ask without a terminal' outcome 0 \
        'sudo -n true' "sudo -n $set_frontend $get bubblewrap" "noninteractive $get bubblewrap"
    machine 1000 bwrap password
    run packages.sh grade
    check 'sudo wants a password: apt-get is not called' outcome 1 'sudo -n true'
    check 'sudo wants a password: prints the command' \
        says "    sudo apt-get update && sudo $get bubblewrap"
    machine 1000 bwrap sudo
    run packages.sh grade
    check 'neither root nor sudo: apt-get is not called' outcome 1
    check 'neither root nor sudo: prints the command with su' \
        says "    su -c 'apt-get update && $get bubblewrap'"
    machine 1000 bwrap cmocka.h apt-get
    run packages.sh grade
    check 'no apt-get: sudo is not called' outcome 1
    check 'no apt-get: names the packages' says 'in these packages: libcmocka-dev bubblewrap'
}

# With a terminal, which script(1) makes, sudo may ask for a password; in CI never.
test_terminal() {
    if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
        count=$((count + 1))
        echo "ok $count - sudo asks on a terminal # SKIP script(1) does not work here"
        return
    fi
    for ci in '' true; do
        machine 1000 bwrap
        CI=$ci PATH_FOR_SCRIPT=$path timeout 5 script -qec \
            "PATH=\$PATH_FOR_SCRIPT sh '$host/packages.sh' grade" /dev/null \
            </dev/null >"$STUBS/output" 2>&1
        status=$?
        check "terminal, CI='$ci': calls sudo${ci:+ -n}" outcome 0 "sudo${ci:+ -n} true" \
            "sudo${ci:+ -n} $set_frontend $get bubblewrap" "noninteractive $get bubblewrap"
    done
}

test_doctor_items() {
    machine 0
    run doctor.sh
    check 'doctor, everything there: can grade' outcome 0
    check 'doctor: says so' says 'Verdict: can grade, isolated ('
    for name in Linux make gcc cmocka libseccomp 'address sanitizer' 'thread sanitizer' bubblewrap \
        'user namespaces' 'loopback over IPv4' 'loopback over IPv6' localhost nc ss strace pstree gdb clang \
        clang-format jq xmllint prove doxygen shellcheck; do
        check "doctor: $name is ok" item ok "$name"
    done
    for name in Debian descriptors processes 'temporary files' /proc processors; do
        check "doctor: has a line for $name" item '' "$name"
    done
    for group in 'For grading' 'For trying things by hand' 'For maintainers'; do
        check "doctor: has the group $group" says "$group"
    done
}

# lacks WORD STATE ITEM REMEDY VERDICT, for root
lacks() {
    machine 0 "$1"
    run doctor.sh
    check "doctor without $1: $3 is $2, with a remedy" item "$2" "$3" "; fix: $4"
    check "doctor without $1: $5" says "Verdict: $5"
    case $5 in
    can\ *) check "doctor without $1: exits 0" outcome 0 ;;
    *) check "doctor without $1: exits 1" outcome 1 ;;
    esac
}

test_doctor_lacks() {
    cannot='cannot grade, for want of: '
    lacks uname missing Linux 'Debian in a virtual machine' "${cannot}Linux"
    lacks make missing make 'apt-get install --yes make' "${cannot}make"
    lacks gcc missing gcc 'apt-get install --yes gcc' "${cannot}gcc"
    lacks cmocka.h missing cmocka 'apt-get install --yes libcmocka-dev' "${cannot}cmocka"
    lacks seccomp.h missing libseccomp 'apt-get install --yes libseccomp-dev' "${cannot}libseccomp"
    lacks -fsanitize=address,undefined missing 'address sanitizer' 'apt-get install --yes gcc' \
        "${cannot}address sanitizer"
    lacks -fsanitize=thread missing 'thread sanitizer' 'apt-get install' 'can grade, isolated ('
    lacks bwrap missing bubblewrap 'apt-get install --yes bubblewrap' 'can grade, separate-uid'
    lacks namespaces missing 'user namespaces' '' 'can grade, separate-uid'
    lacks --proc limited 'user namespaces' 'docker run --security-opt systempaths=unconfined' \
        'can grade, isolated-without-proc'
    lacks 127.0.0.1 missing 'loopback over IPv4' 'ip link set lo up' \
        "${cannot}loopback over IPv4"
    lacks ::1 missing 'loopback over IPv6' 'sysctl net.ipv6.conf.all.disable_ipv6=0' \
        'can grade, isolated ('
    lacks getent missing localhost "echo '127.0.0.1 localhost' | tee" 'can grade'
    lacks nc missing nc 'apt-get install --yes netcat-openbsd' 'can grade'
    lacks prove missing prove 'apt-get install --yes perl' 'can grade'
}

test_doctor_variants() {
    machine 1000 bwrap
    run doctor.sh
    check 'doctor, a user without bubblewrap: the remedy has sudo' \
        item missing bubblewrap 'fix: sudo apt-get install --yes bubblewrap'
    check 'doctor, a user without bubblewrap: limits only' says 'Verdict: can grade, limits-only'
    machine 0
    echo 'echo GNU Make 4.2.1' >"$path/make"
    run doctor.sh
    check 'doctor: an old make is not enough' item missing make 'older than 4.3'
    machine 0
    echo 'echo Ncat >&2' >"$path/nc"
    run doctor.sh
    check 'doctor: another nc is limited' item limited nc netcat-openbsd
    check 'doctor: installs nothing' outcome 0
}

# As make starts them, and from a directory that has nothing to do with it.
test_anywhere() {
    machine 0
    cd / || exit 1
    run packages.sh grade
    check 'packages.sh runs from elsewhere' silent
    run doctor.sh
    check 'doctor.sh runs from elsewhere' outcome 0
}

mkdir "$store"
make_plain_stubs
make_compiler_stub
make_sandbox_stubs
make_install_stubs

test_nothing_missing
test_each_package
test_as_root
test_as_user
test_terminal
test_doctor_items
test_doctor_lacks
test_doctor_variants
test_anywhere

echo "1..$count"
[ "$failures" -eq 0 ]
