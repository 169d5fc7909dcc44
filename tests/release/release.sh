#!/bin/sh
# Packs what is handed out, from the commit that is checked out: what is edited and not committed
# does not get in. The scripts that do the packing are the commit's too, so that the same commit
# gives the same bytes, whoever packs it, whenever and wherever.
#
#     release.sh student-kit|gradescope|classroom|autolab OUT
#
# To be run from the repository's root; OUT is the directory that the package goes to. What else a
# package takes it reads from the environment: see its script. Exit status: 0 packed, 1 not.
# Left out is a package of a commit that is not checked out: `git worktree add` makes one.
set -eu
kind=$1
OUT=$2

give_up() {
    echo "release: $1" >&2
    exit 1
}

# A root of a repository of its own: an archive that was unpacked inside another repository is
# none.
in_repository() {
    [ "$(git rev-parse --is-inside-work-tree)" = true ] &&
        [ -z "$(git rev-parse --show-prefix)" ] &&
        git rev-parse --verify --quiet HEAD >/dev/null
} 2>/dev/null

umask 022
unset TAR_OPTIONS GZIP ZIP ZIPOPT CDPATH
export LC_ALL=C TZ=UTC0 OUT
command -v git >/dev/null || give_up 'packages are made from a commit, and there is no git here'
in_repository || give_up 'packages are made from a commit, and this is no clone of the repository
  (an unpacked archive has no history). Clone it, and run this in the clone.'

SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
trap 'exit 1' HUP INT TERM
SOURCE=$SCRATCH/commit
COMMIT=$(git rev-parse HEAD)
COMMIT_TIME=$(git show -s --format=%ct HEAD)
export SCRATCH SOURCE COMMIT COMMIT_TIME

# No file is changed on its way, whatever this user's settings say of the ends of lines. The
# submissions, most of the files, are in no package.
mkdir "$SOURCE"
git -c core.autocrlf=false -c core.eol=lf archive --format=tar HEAD . ':!tests/submissions' \
    >"$SCRATCH/commit.tar"
tar -xf "$SCRATCH/commit.tar" -C "$SOURCE"
[ -f "$SOURCE/tests/release/$kind.sh" ] || give_up "the commit $COMMIT has no package $kind"

changed=$(git status --porcelain)
if [ -n "$changed" ]; then
    echo "release: these edits are not committed, and are not in the package:" >&2
    printf '%s\n' "$changed" | sed -n -e 's/^/  /' -e '1,10p' -e '11s/.*/  .../p' >&2
fi
mkdir -p "$OUT"
sh "$SOURCE/tests/release/$kind.sh"
