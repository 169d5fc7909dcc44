#!/bin/sh
# Tests of the student's kit: that the same commit gives the same bytes, what is in it and what is
# not, that nothing of a solution is, and that it grades as the whole kit does. Prints TAP; run it
# from the repository's root, with build/ made.
#
# SPREAD=9 grades the solutions of a kit's last 9 labs with it, in place of the last one's.
set -u
: "${BUILD:=build}"
# shellcheck source=tests/release/words.sh
. tests/release/words.sh

kits='01-blocking 03-thread all'
last=$(labs_of . | tail -n 1)
one=$directory/one
other=$directory/elsewhere/and/deeper

# file_of KIT: the archive's name without its end.
file_of() {
    [ "$1" = all ] && set -- "$last"
    echo "socket-labs-$1"
}

# pack_kit CLONE KIT
pack_kit() {
    if [ "$2" = all ]; then
        pack "$1" student-kit
    else
        pack "$1" student-kit UPTO="$2"
    fi
}

# ---- the same bytes ----------------------------------------------------------------------------

# A second clone, shallow and without tags, somebody else's umask, zone, language and settings.
make_clone "$one"
git -C "$one" tag v1
mkdir -p "$directory/elsewhere/and"
git clone --quiet --no-tags --depth 1 "file://$one" "$other"
git -C "$other" config core.autocrlf true
git -C "$other" config tar.umask 0077
for kit in $kits; do
    archive=build/release/$(file_of "$kit").tar.gz
    pack_kit "$one" "$kit"
    is "$?:$(cat "$directory/said")" "0:$archive" "$kit: is packed, and nothing else is said"
    (umask 077 && TZ=Asia/Seoul LC_ALL=C.UTF-8 TAR_OPTIONS=--mode=0700 pack_kit "$other" "$kit")
    cmp "$one/$archive" "$other/$archive" >"$directory/differences" 2>&1
    empty "$directory/differences" "$kit: another clone gives the same bytes"
done

# Edits, new files and an edited skeleton that somebody has committed.
cp "solutions/$last/server.c" "$other/labs/$last/server.c"
echo '/* mine */' >>"$other/common/error.h"
touch "$other/labs/$last/notes.md"
pack_kit "$other" all
says "$directory/said" 'not committed' 'edits that are not committed: it says so'
says "$directory/said" "labs/$last/server.c" 'and names them'
archive=build/release/$(file_of all).tar.gz
cmp "$one/$archive" "$other/$archive" >"$directory/differences" 2>&1
empty "$directory/differences" 'and they are not packed'
git -C "$other" checkout --quiet common
rm "$other/labs/$last/notes.md"
commit "$other" 'a solution in place of a skeleton'
pack_kit "$other" all
says "$directory/said" "labs/$last/server.c differs from its solution" \
    'a skeleton that was committed with a solution in it: it says so'
tar -xzOf "$other/$archive" "$(file_of all)/labs/$last/server.c" |
    cmp - "labs/$last/server.c" >"$directory/differences" 2>&1
empty "$directory/differences" 'and the skeleton is packed'

# ---- what cannot be packed ---------------------------------------------------------------------

pack "$one" student-kit UPTO=99-none
is "$?" 2 'a lab that is not there: an error'
says "$directory/said" 'UPTO=99-none: no such lab' 'which names it'
says "$directory/said" "$last" 'and tells which there are'
mkdir "$directory/unpacked" "$one/inside"
git -C "$one" archive HEAD | tar -xf - -C "$directory/unpacked"
git -C "$one" archive HEAD | tar -xf - -C "$one/inside"
for place in "$directory/unpacked" "$one/inside"; do
    GIT_CEILING_DIRECTORIES=$directory pack "$place" student-kit
    is "$?:$(ls "$place/build/release" 2>/dev/null)" 2: \
        "$(basename "$place"): an archive without its history is an error"
    says "$directory/said" 'this is no clone of the repository' 'which says why'
done
rm -rf "$one/inside"

# ---- what is in it -----------------------------------------------------------------------------

# The lines that skeleton.awk takes away, long enough to be somebody's own.
awk -f tests/release/solved.awk solutions/*/*.c | sort -u >"$directory/solved"
awk 'length($0) > 40' solutions/*/README.md solutions/*/README.ko.md | sort -u >"$directory/notes"
grep -v -e '^#' -e '^$' tests/release/allowed.txt | sort >"$directory/allowed"
# The names of wrong submissions, but for those that are names of checks in another lab, or plain
# words.
for submission in tests/submissions/*/wrong/*/; do
    basename "$submission"
done | grep -e - | sort -u >"$directory/wrong"
for suite in "$BUILD"/checks/*; do
    "$suite" --list
done | cut -f 1 | sort -u | comm -13 - "$directory/wrong" >"$directory/names"
[ "$(wc -l <"$directory/solved")" -gt 50 ] && [ -s "$directory/notes" ] &&
    [ "$(wc -l <"$directory/names")" -gt 50 ]
result $? 'there are solutions and wrong submissions to look for'

# later KIT: the labs that are not in it.
later() {
    labs_of . | awk -v upto="$1" 'late { print } $0 == upto { late = 1 }'
}

# members KIT: the archive's names, without its top directory; directories as directory:NAME.
members() {
    tar -tzf "$one/build/release/$(file_of "$1").tar.gz" |
        sed -n -e "s,^$(file_of "$1")/,," -e 's,^\(.*\)/$,directory:\1,' -e '/./p'
}

grep -v '^#' tests/release/members.txt >"$directory/patterns"
for kit in $kits; do
    name=$(file_of "$kit")
    tar -tzf "$one/build/release/$name.tar.gz" | grep -v "^$name/" >"$directory/wrong"
    empty "$directory/wrong" "$kit: everything is in the directory $name"
    tar --numeric-owner -tvzf "$one/build/release/$name.tar.gz" |
        grep -Ev '^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x) 0/0 ' >"$directory/wrong"
    empty "$directory/wrong" "$kit: modes are fixed, and nobody owns it"
    members "$kit" | grep -Evx -f "$directory/patterns" >"$directory/wrong"
    empty "$directory/wrong" "$kit: each member may be in it"
    later "$kit" >"$directory/later"
    members "$kit" | grep -F -f "$directory/later" >"$directory/wrong"
    empty "$directory/wrong" "$kit: there is no file of a later lab"
    tar -xzf "$one/build/release/$name.tar.gz" -C "$directory"
    if [ "$kit" = 01-blocking ]; then
        members "$kit" | grep -E 'listener|concurrent' >"$directory/wrong"
        empty "$directory/wrong" "$kit: opening a listener, and many clients, come later"
    fi
    (cd "$directory/$name" && grep -rFo -f "$directory/solved" .) |
        sed -e 's,^\./,,' -e 's/:/: /' | sort -u >"$directory/found"
    cat "$directory/found" >>"$directory/all-found"
    comm -23 "$directory/found" "$directory/allowed" >"$directory/wrong"
    empty "$directory/wrong" "$kit: there is no line of a solution"
    (cd "$directory/$name" && grep -rF -f "$directory/notes" . ; grep -rwF -f "$directory/names" .) \
        >"$directory/wrong"
    empty "$directory/wrong" "$kit: nor of its notes, nor the name of a wrong submission"
    find "$directory/$name" -name '*.md' | while IFS= read -r page; do
        awk '/^ *```/ { code = !code; next } !code' "$page" | grep -o '](\([^#@:)]*\)[#)]' |
            sed -e 's/^](//' -e 's/[#)]$//' | while IFS= read -r link; do
            [ -z "$link" ] || [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
        done
    done >"$directory/wrong"
    empty "$directory/wrong" "$kit: links between pages lead somewhere"
done
sort -u "$directory/all-found" | comm -13 - "$directory/allowed" >"$directory/wrong"
empty "$directory/wrong" 'each line that is allowed is there'

# ---- what it does ------------------------------------------------------------------------------

# verdicts BUILD LAB DIRECTORY: exit status, and each check with its verdict and why it was skipped.
verdicts() {
    "$1/grade" "$2" "$3" --format tap >"$directory/report" 2>&1
    echo "exit status $?"
    grep -E '^(ok|not ok|1\.\.)' "$directory/report"
}

for kit in $kits; do
    place=$directory/$(file_of "$kit")
    make --silent -j 2 -C "$place" all 2>"$directory/said" >/dev/null
    empty "$directory/said" "$kit: builds without a warning"
    make --silent -C "$place" grade >"$directory/said" 2>&1
    is "$?" 2 "$kit: make grade says that some checks did not pass"
    is "$(grep -cE '^[0-9][0-9]-[a-z]+: 0 of 100 points$' "$directory/said")" \
        "$(labs_of "$place" | wc -l)" "$kit: each skeleton has no points"
    says "$directory/said" 'Error 1' "$kit: which is exit status 1"
    for lab in $(labs_of "$place" | tail -n 1); do
        is "$(verdicts "$place/build" "$lab" "$place/labs/$lab")" \
            "$(verdicts "$BUILD" "$lab" "labs/$lab")" "$kit: $lab, the whole kit's verdicts"
    done
    for lab in $(labs_of "$place" | tail -n "${SPREAD:-1}"); do
        make --silent -C "$place" grade LAB="$lab" SRC="$PWD/solutions/$lab" \
            >"$directory/said" 2>&1
        is "$?:$(head -n 1 "$directory/said")" "0:$lab: 100 of 100 points" \
            "$kit: $lab, the solution has all points"
    done
    make --silent -C "$place" docs 2>&1 >/dev/null | head -n 20 >"$directory/said"
    empty "$directory/said" "$kit: make docs has nothing to warn of"
    [ -s "$place/build/docs/html/index.html" ]
    result $? "$kit: and makes pages"
    make --silent -C "$place" help >"$directory/help"
    says "$directory/help" 'make grade LAB=' "$kit: make help tells of grading"
    {
        sed -n 's/^\.PHONY: *//p' "$place/Makefile"
        sed -n 's/^  make \([a-z-]*\).*/\1/p' "$directory/help"
    } | grep . | sort -u | while IFS= read -r target; do
        make --silent --dry-run -C "$place" "$target" >"$directory/said" 2>&1 ||
            head -n 1 "$directory/said"
    done >"$directory/wrong"
    empty "$directory/wrong" "$kit: each target has what it needs"
    grep -nE 'tests/(unit|exam|bench|release|class|submissions)' "$place/Makefile" |
        grep -v ':=\|^[0-9]*:  ' >"$directory/wrong"
    grep -E 'test|exam|bench|release|student-kit|steady|class' "$directory/help" >>"$directory/wrong"
    empty "$directory/wrong" "$kit: no target is a maintainer's"
done

finish
