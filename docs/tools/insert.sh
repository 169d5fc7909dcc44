#!/bin/sh
# Prints, as Markdown, what a page has from the repository's other files: page.awk puts it in the
# place of a line <!-- insert: KIND ARGUMENTS -->.
#
#     insert.sh LANGUAGE mistakes LAB          the wrong submissions of a lab, by check
#     insert.sh LANGUAGE source FILE           a whole program
#     insert.sh LANGUAGE difference OLD NEW    what a later program has changed
set -eu
language=$1
kind=$2

# The rows stand in the order of the lab's table of checks.
mistakes() {
    [ "$language" = en ] && echo '| check | mistake | submission |' || echo '| 검사 | 잘못 | 제출물 |'
    echo '| --- | --- | --- |'
    sed -n 's/^ *{"\([a-z-]*\)", [0-9].*/\1/p' "tests/checks/$1.c" >"$scratch"
    for exam in "tests/submissions/$1"/wrong/*/exam; do
        name=${exam%/exam}
        awk -v name="${name##*/}" -v language="$language" '
            NR == FNR { order[$1] = FNR; next }
            /^check: / { check = $2 }
            /^mistake: / { mistake = substr($0, 10) }
            /^mistake-ko: / { korean = substr($0, 13) }
            END {
                if (language == "ko" && korean != "") mistake = korean
                gsub(/[*<>|#@\\]/, "\\\\&", mistake)
                printf "%03d\t| `%s` | %s | `%s` |\n", order[check], check, mistake, name
            }' "$scratch" "$exam"
    done | sort -s -k 1,1 | cut -f 2
}

case $kind in
mistakes)
    scratch=$(mktemp)
    trap 'rm -f "$scratch"' EXIT
    mistakes "$3"
    ;;
source)
    echo '```c'
    cat "$3"
    echo '```'
    ;;
difference)
    echo '```diff'
    diff -U 2 "$3" "$4" | sed '1,2d' || true
    echo '```'
    ;;
esac
