#!/bin/sh
# Judges the grader by what grade-all.sh has left: prints TAP for `make test`, or with --table
# for `make exam` which mistake is caught by which check, the points it costs, and what its
# report says first.
#
# usage: exam.sh [--table] OUT
#
# Holds when each right submission and the solution have all points, the skeleton none, each wrong
# one fails first the check that its file `exam` names, each check has a wrong submission, and so
# has each symptom of the catalogue.
set -eu
table=no
if [ "$1" = --table ]; then table=yes; shift; fi
out=$1

# One line for each submission: lab, kind, name, score, first failed check, its symptom, the
# check that was wanted, what came of the first failure, all symptoms.
digest() {
    for result in "$out"/[0-9]*/*/*.status; do
        base=${result%.status}
        name=$(basename "$base")
        kind=$(basename "$(dirname "$base")")
        lab=$(basename "$(dirname "$(dirname "$base")")")
        wanted=-
        exam=tests/submissions/$lab/$kind/$name/exam
        if [ "$kind" = wrong ]; then wanted=$(sed -n 's/^check: //p' "$exam"); fi
        printf '%s\t%s\t%s\t%s\t' "$lab" "$kind" "$name" "$wanted"
        if [ -s "$base.json" ]; then
            jq -r '
                ([.tests[] | select(.status != "passed")][0]) as $first |
                [(.score // "none"), ($first.name // "-"), ($first.extra_data.symptom // "-"),
                 ([.tests[].extra_data.symptom // empty] | join(" ") | if . == "" then "-" else . end),
                 ($first.output // "-" | capture("came +(?<came>[^\n]+)")? // {came: "-"} | .came)] | @tsv
            ' "$base.json"
        else
            printf 'none\t-\t-\t-\t-\n'
        fi
    done
}

judge() {
    awk -F '\t' '
        function say(holds, text) {
            printf "%sok %d - %s\n", holds ? "" : "not ", ++count, text
            if (!holds) failures++
        }
        FILENAME ~ /[.]def$/ {
            if (match($0, /^SYMPTOM\([a-z_0-9]+/)) known[substr($0, 9, RLENGTH - 8)] = 1
            next
        }
        FILENAME ~ /checks[.]list$/ { if ($1 != "programs") checks[$1] = 1; next }
        { split($8, seen, " "); if ($2 == "wrong") for (i in seen) met[seen[i]] = 1 }
        $2 == "right" || $2 == "solution" {
            say($5 == 100, $1 " " $2 " " $3 " has 100 points" ($5 == 100 ? "" : " (" $5 ", " $6 ": " $7 ")"))
        }
        $2 == "skeleton" { say($5 == 0, $1 " skeleton has no points" ($5 == 0 ? "" : " (" $5 ")")) }
        $2 == "wrong" {
            caught[$4]++
            say($6 == $4, $1 " " $3 " is caught by " $4 ($6 == $4 ? "" : " (first: " $6 ", " $7 ")"))
        }
        END {
            for (check in checks) say(caught[check] > 0, "the check " check " has a wrong submission")
            for (name in known) say(name in met, "the symptom " name " is met by a wrong submission")
            printf "1..%d\n", count
            exit failures > 0
        }
    ' tests/checks/symptoms/*.def "$out/checks.list" "$out/digest"
}

show() {
    awk -F '\t' '
        $2 == "wrong" {
            printf "%s\n    caught by %s (%s), %d points lost\n    %s\n", $3, $6, $7, 100 - $5, $9
            wrong++
            if ($6 != $4) { printf "    NOT as expected: %s\n", $4; unexpected++ }
        }
        $2 == "right" { right++; if ($5 != 100) { printf "%s: a right submission has %s points\n", $3, $5; rejected++ } }
        END {
            printf "\n%d wrong submissions, %d caught by another check than expected; ", wrong, unexpected
            printf "%d right ones, %d without all points\n", right, rejected
        }
    ' "$out/digest"
}

digest > "$out/digest"
cat "$out"/lists/* > "$out/checks.list"
if [ "$table" = yes ]; then show; else judge; fi
