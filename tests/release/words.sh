# shellcheck shell=sh
# Words for the tests of the packages, read by them with `.`: lines of TAP, and a clone to pack
# from. The clone's one commit is the kit as it lies here, edits included, so that the packing can
# be tried before it is committed, and where there is no repository.

# shellcheck source=tests/unit/words.sh
. tests/unit/words.sh
# What is packed is built by a make of its own, and not by one that knows of `make test`.
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
directory=$(mktemp -d) || exit 1
chmod 755 "$directory"
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
[ -f tests/release/release.sh ] || { echo "Bail out! run this from the repository's root"; exit 1; }

# empty FILE DESCRIPTION: holds when the file is; what it holds is what went wrong.
empty() {
    [ -f "$1" ] && [ ! -s "$1" ]
    result $? "$2"
    [ ! -s "$1" ] || head -n 40 "$1" | sed 's/^/# /'
}

# labs_of KIT: the names of its labs.
labs_of() {
    for lab in "$1"/labs/[0-9]*; do
        basename "$lab"
    done
}

# commit DIRECTORY MESSAGE: everything in it, by nobody in particular.
commit() {
    git -C "$1" -c core.safecrlf=false add --all --force
    git -C "$1" -c user.name=nobody -c user.email=nobody@localhost \
        -c commit.gpgsign=false commit --quiet --message "$2"
}

# make_clone DIRECTORY
make_clone() {
    mkdir "$1"
    tar --exclude=./.git --exclude=./build --exclude="./$BUILD" --exclude=./tests/submissions \
        -cf - . | tar -xf - -C "$1"
    git -C "$1" init --quiet
    commit "$1" 'the kit as it is'
}

# pack DIRECTORY KIND [NAME=VALUE...]: what was made goes to DIRECTORY/build/release, what was
# said to $directory/said.
pack() {
    where=$1
    kind=$2
    shift 2
    make --silent -C "$where" "$kind" BUILD=build "$@" >"$directory/said" 2>&1
}

finish() {
    echo "1..$number"
    exit "$failed"
}
