#!/bin/sh
# Install what is missing of Debian's packages for one purpose.
#
#     packages.sh grade|class|test|docs|pdf|docs-check|bench|release
#
# Exit status: 0 everything is there, 1 something is missing and could not be installed, 2 wrong
# usage. When nothing is missing it is silent and quick, without a look at the network or at
# dpkg, because every `make grade` begins with it. Everything it says goes to standard error:
# standard output may be a report that somebody reads with a program.
set -u

# Purpose, package, how to see that it is there, what it is used for. A package is known by what
# it offers, so that a self-built one counts too. It may have several lines; all of them must
# hold.
table() {
    cat <<'END'
grade  gcc              command     gcc           compiles submissions and the grader
grade  gcc              sanitizers  gcc           finds memory errors and undefined behaviour
grade  libc6-dev        header      stdio.h       the headers of the C library
grade  libcmocka-dev    header      cmocka.h      the test framework that the grader is built on
grade  libseccomp-dev   header      seccomp.h     writes the filter of system calls for submissions
grade  bubblewrap       command     bwrap         runs submissions apart from this machine
grade  util-linux       command     setpriv       gives submissions a user of their own
grade  util-linux       command     prlimit       limits what submissions may use up
grade  util-linux       command     choom         makes submissions the first to die for memory
grade  gettext          command     msgfmt        compiles the grader's texts in other languages
class  libarchive-tools command     bsdtar        opens archives that students hand in
class  libarchive-tools command     bsdcat        the same, for compressed ones
class  parallel         command     parallel      hands the work out to processors and machines
class  jq               command     jq            sums up a class, and checks the reports in JSON
class  similarity-tester command    sim_c         compares submissions with one another
class  libyaml-dev      header      yaml.h        reads Gradescope's metadata
test   clang            command     clang         compiles everything again, for its warnings
test   clang-format     command     clang-format  checks the layout of the source
test   libxml2-utils    command     xmllint       checks the reports in XML
test   perl             command     prove         runs the tests and sums them up
test   shellcheck       command     shellcheck    checks the shell scripts
test   iproute2         command     ss            shows sockets, in commands to try by hand
test   netcat-openbsd   netcat      nc            talks to a server, in commands to try by hand
test   rsync            command     rsync         takes a class's work to other machines
test   openssh-server   file        /usr/sbin/sshd plays those other machines
test   openssh-client   command     ssh           talks to them
test   strace           command     strace        shows system calls, in commands to try by hand
test   psmisc           command     pstree        shows processes, in commands to try by hand
test   gdb              command     gdb           shows where threads wait, in commands to try by hand
test   procps           command     pgrep         finds processes, in commands to try by hand
docs   doxygen          command     doxygen       makes the pages from the comments
docs   doxygen-awesome-css file      /usr/share/doxygen-awesome-css/doxygen-awesome.css gives the pages their look
pdf    chromium         command     chromium      prints the handouts
pdf    fonts-noto-cjk   font        ko            prints Korean
docs-check nodejs        command     node          runs the checks in a browser
docs-check npm           command     npm           fetches the checkers
docs-check default-jre-headless command java      runs the checker of HTML
test   poppler-utils    command     pdftotext     reads what was printed
test   curl             command     curl          fetches a package as the platforms do
test   zip              command     zip           packs what is handed out, and in
test   unzip            command     unzip         looks into what was packed
test   yamllint         command     yamllint      checks the workflow of GitHub Classroom
release zip             command     zip           packs what is handed out
bench  hyperfine        command     hyperfine     measures how long programs take
END
}

say() {
    printf '%s\n' "$*" >&2
}

has_command() {
    command -v "$1" >/dev/null
}

# Asks the compiler, which also looks where self-built libraries go. CC may hold options.
has_header() {
    # shellcheck disable=SC2086
    printf '#include <%s>\n' "$1" | ${CC:-gcc} -E - >/dev/null 2>&1
}

# The run-time libraries are seen only by linking with them: an empty shared object, as that
# takes a third of the time of a program.
has_sanitizers() (
    scratch=$(mktemp -d) || exit
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 1' HUP INT TERM
    "$1" -fsanitize=address,undefined -shared -x c /dev/null -o "$scratch/empty" 2>/dev/null
)

# Other programs of this name lack -N, the half-close.
has_netcat() {
    has_command "$1" && "$1" -h 2>&1 | grep -q OpenBSD
}

has() {
    case "$1" in
    font) fc-list ":lang=$2" 2>/dev/null | grep -q . ;;
    command) has_command "$2" ;;
    header) has_header "$2" ;;
    sanitizers) has_sanitizers "$2" ;;
    netcat) has_netcat "$2" ;;
    file) [ -e "$2" ] ;;
    esac
}

# The purposes whose packages a purpose needs.
purposes_of() {
    case "$1" in
    class) echo class grade ;;
    pdf) echo pdf docs ;;
    test) echo test class grade pdf docs ;;
    docs-check) echo docs-check test class grade pdf docs ;;
    *) echo "$1" ;;
    esac
}

# Prints a line, package and use, for everything that is not there.
missing_for() {
    wanted=" $(purposes_of "$1") "
    table | while read -r purpose package kind object use; do
        case "$wanted" in *" $purpose "*) ;; *) continue ;; esac
        has "$kind" "$object" </dev/null || printf '%-17s %s\n' "$package" "$use"
    done
}

# Sets `sudo` to what must stand before a command that root has to run; fails when there is no
# way. Without a terminal nobody can type a password, so sudo must not ask for one.
find_root() {
    sudo=
    [ "$(id -u)" -eq 0 ] && return
    has_command sudo || return
    sudo=sudo
    { [ -t 0 ] && [ -z "${CI:-}" ]; } || sudo='sudo -n'
    $sudo true
}

# Shows a command and runs it as root. It may ask no questions: its answers would be guesses.
as_root() {
    set -- env DEBIAN_FRONTEND=noninteractive "$@"
    # shellcheck disable=SC2086
    set -- $sudo "$@"
    say "+ $*"
    "$@" >&2 </dev/null
}

# Fails when apt has no list that names all these packages, as in a fresh container.
listed() {
    for package; do
        apt-cache show "$package" >/dev/null 2>&1 || return
    done
}

# The lists are fetched at most once: first when they lack a package, otherwise when installing
# failed, as old lists name versions that the mirrors no longer have. apt-get unpacks nothing
# before it has fetched everything.
install() {
    if listed "$@"; then
        as_root apt-get install --yes --no-install-recommends "$@" && return
    fi
    as_root apt-get update && as_root apt-get install --yes --no-install-recommends "$@"
}

give_up() {
    say "packages.sh: $1. Install them with"
    say "    sudo apt-get update && sudo apt-get install --yes --no-install-recommends $2"
    say 'or, without sudo,'
    say "    su -c 'apt-get update && apt-get install --yes --no-install-recommends $2'"
    exit 1
}

case "$#${1-}" in
1grade | 1class | 1test | 1docs | 1pdf | 1docs-check | 1bench | 1release) ;;
*)
    say 'usage: packages.sh grade|class|test|docs|pdf|docs-check|bench|release'
    exit 2
    ;;
esac

missing=$(missing_for "$1")
[ -n "$missing" ] || exit 0
packages=$(printf '%s\n' "$missing" | awk '!seen[$1]++ { printf "%s%s", space, $1; space = " " }')

say "packages.sh: \`make $1\` needs what is missing here:"
printf '%s\n' "$missing" | sed 's/^/    /' >&2
if ! has_command apt-get; then
    say "packages.sh: no apt-get here. Install what Debian has in these packages: $packages"
    exit 1
fi
find_root || give_up 'only root can install packages' "$packages"
# shellcheck disable=SC2086
install $packages || give_up 'apt-get could not install them' "$packages"

missing=$(missing_for "$1")
[ -n "$missing" ] || exit 0
say 'packages.sh: installed, and still not found (does PATH or CC name another program first?):'
printf '%s\n' "$missing" | sed 's/^/    /' >&2
exit 1
