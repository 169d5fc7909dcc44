#!/bin/sh
# Grades the solution, the skeleton and every submission again and again while all processors are
# kept busy, and prints the verdicts that differed from those of the first round.
#
# usage: steady.sh BUILD ROUNDS
#
# A verdict is the score and what became of each check. Exit status 1 when any differed. KINDS and
# JOBS are grade-all.sh's: KINDS="solution skeleton right" makes a round short.
set -eu
build=$1
rounds=$2
out=$build/steady
processors=$(getconf _NPROCESSORS_ONLN)
load=
stop() {
    for pid in $load; do kill "$pid" 2> /dev/null || true; done
}
trap stop EXIT
trap 'exit 130' INT TERM

verdicts() {
    for result in "$1"/[0-9]*/*/*.status; do
        base=${result%.status}
        printf '%s status %s ' "${base#"$1"/}" "$(cat "$result")"
        if [ -s "$base.json" ]; then
            jq -r '[(.score // "none")] + [.tests[] | .name + "=" + (.status // "none")] | map(tostring) | join(" ")' "$base.json"
        else
            echo "no report: $(cat "$base.log")"
        fi
    done
}

mkdir -p "$out"
i=0
while [ "$i" -lt "$processors" ]; do
    sh -c 'while :; do :; done' &
    load="$load $!"
    i=$((i + 1))
done
differed=0
round=1
while [ "$round" -le "$rounds" ]; do
    tests/exam/grade-all.sh "$build" "$out/round"
    verdicts "$out/round" > "$out/verdicts.$round"
    if ! diff "$out/verdicts.1" "$out/verdicts.$round" > "$out/difference"; then
        differed=$((differed + 1))
        echo "round $round differs from the first:"
        cat "$out/difference"
    fi
    round=$((round + 1))
done
echo "$rounds rounds of $(wc -l < "$out/verdicts.1") gradings with $processors processors busy: $differed rounds differed"
[ "$differed" -eq 0 ]
