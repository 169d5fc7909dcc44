#!/bin/sh
# Lists Korean pages that are missing, that have another shape than their English source (headings,
# tables, blocks of code), or that are older than it; and the wrong submissions whose mistake is not
# said in Korean too, for the table of mistakes. Exit status 1 for missing ones and other shapes; an
# older page is told of, and is still better than none.
#
#     translations.sh             the list
#     translations.sh --accept FILE...    note that FILE translates the English page as it is now
#
# The first line of a translation names its source and the hash of the text that was translated, as
# git hash-object gives it: `git diff HASH HEAD:SOURCE` shows what has changed since.
set -eu
failed=0
stale=0
count=0

say() {
    printf '%s\n' "$*"
}

source_of() {
    sed -n '1s/^<!-- translates \([^ ]*\) .*-->$/\1/p' "$1"
}

translated() {
    sed -n '1s/^<!-- translates [^ ]* \([0-9a-f]*\) -->$/\1/p' "$1"
}

if [ "${1-}" = --accept ]; then
    shift
    for file; do
        source=$(source_of "$file")
        [ -f "$source" ] || { say "$file: its first line names no source" >&2; exit 2; }
        sed -i "1s|.*|<!-- translates $source $(git hash-object "$source") -->|" "$file"
    done
    exit 0
fi

# shape FILE: what has to be the same in each language, a line each.
shape() {
    awk '
        /^ *```/ { code = !code; if (code) print "code"; next }
        code { next }
        /^#+ / { print "heading of level " length($1); next }
        /^\|/ { rows++; next }
        rows { print "table of " rows " rows"; rows = 0 }
        /^<!-- figure: / { print "figure " $3 }
        END { if (rows) print "table of " rows " rows" }' "$1"
}

# The pages of the table of contents, each with its English source.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sed -n 's/^\(page\|instructor\) //p' docs/contents.txt >"$scratch/patterns"
while read -r pattern; do
    for english in $pattern; do
        [ -f "$english" ] || continue
        case $english in
        docs/en/*) korean=docs/ko/${english#docs/en/} ;;
        *) korean=${english%.md}.ko.md ;;
        esac
        count=$((count + 1))
        if [ ! -f "$korean" ]; then
            say "missing: $korean, the Korean edition of $english"
            failed=1
            continue
        fi
        if [ "$(source_of "$korean")" != "$english" ]; then
            say "no source: the first line of $korean is not <!-- translates $english HASH -->"
            failed=1
        elif [ "$(translated "$korean")" != "$(git hash-object "$english")" ]; then
            say "older: $korean than $english; what has changed: git diff $(translated "$korean") HEAD:$english"
            stale=$((stale + 1))
        fi
        shape "$english" >"$scratch/english"
        shape "$korean" >"$scratch/korean"
        if ! diff "$scratch/english" "$scratch/korean" >"$scratch/difference"; then
            say "other shape: $korean than $english (<: English, >: Korean)"
            sed -n '/^[<>]/s/^/    /p' "$scratch/difference" | head -n 10
            failed=1
        fi
    done
done <"$scratch/patterns"

mistakes=0
untold=0
for exam in tests/submissions/*/wrong/*/exam; do
    [ -f "$exam" ] || continue
    mistakes=$((mistakes + 1))
    [ "$(grep -c '^mistake-ko: .' "$exam")" != 1 ] || continue
    say "missing: the one line mistake-ko: of $exam"
    untold=$((untold + 1))
    failed=1
done

say "$count pages, $stale of them older than their English source;" \
    "$mistakes mistakes, $untold of them without their sentence in Korean"
exit $failed
