#!/bin/sh
# How long a class takes: 20 students who handed in five labs each, right, wrong and hostile ones,
# graded one at a time and as many at a time as there are processors, and what the processors did
# meanwhile. With KILLS=N it is then graded once more, killed N times, and the grades compared.
#
# usage: class.sh BUILD
#
# Compiling is what the verdicts say of it; all else that kept the processors busy is taken for
# checking: the suites, the students' programs and their sandboxes, and whatever else ran on the
# machine. Measure on a quiet one.
set -eu
build=$1
: "${KILLS:=0}"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
trap 'exit 1' HUP INT TERM

# nth COUNT DIRECTORY...: the COUNTth of them, round and round.
nth() {
    count=$1
    shift
    shift $((count % $#))
    printf '%s' "$1"
}

# Of ten students five hand in a right program, four a wrong one, one a hostile one: attacks that
# need nothing prepared, each on the lab that it was written for.
hostile() {
    grep -l "^lab: $1\$" tests/submissions/hostile/*/attack | sed 's,/attack$,,' |
        while read -r attack; do
            grep -rqE '@[A-Z]+@|^(prepare|called|seconds):' "$attack" || printf '%s ' "$attack"
        done
}
make_class() {
    for lab in 01-blocking 02-fork 03-thread 04-select 05-poll; do
        attacks=$(hostile "$lab")
        [ -n "$attacks" ] || attacks=$(echo tests/submissions/"$lab"/wrong/*/)
        for student in $(seq 20); do
            # shellcheck disable=SC2086
            case $((student % 10)) in
            [0-4]) from=$(nth "$student" tests/submissions/"$lab"/right/*/) ;;
            [5-8]) from=$(nth $((student * 7)) tests/submissions/"$lab"/wrong/*/) ;;
            *) from=$(nth "$student" $attacks) ;;
            esac
            mkdir -p "$made/class/student $student/$lab"
            cp "$from"/*.c "$made/class/student $student/$lab/"
        done
    done
}

busy() { # hundredths of a second, of all processors
    awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}
now() { date +%s.%N; }

# run OUT OPTION...: grades the class and prints a line of the table.
run() {
    out=$1
    shift
    begun=$(now) before=$(busy)
    BUILD=$build tests/class/grade-class.sh "$@" "$made/class" "$out" >/dev/null 2>&1 || true
    after=$(busy)
    find "$out/verdicts" -name record -exec cat {} + | awk -v what="$*" -v begun="$begun" \
        -v ended="$(now)" -v busy="$((after - before))" -v processors="$(nproc)" '
        /^(build|check) / { part = $1 }
        /^cpu / && part == "build" { compiling += $2 }
        /^closed$/ { count++ }
        END {
            wall = ended - begun; busy /= 100
            printf "%-10s %4d  %7.1f  %7.1f  %9.1f  %8.1f  %6.1f  %5.2f\n", what, count, wall,
                busy, compiling, busy - compiling, wall * processors - busy, count / wall
        }'
}

# Everything is killed after some seconds by chance, again and again, and at last let run.
killed() {
    for kill in $(seq "$KILLS"); do
        BUILD=$build setsid tests/class/grade-class.sh "$made/class" "$1" >/dev/null 2>&1 &
        leader=$!
        sleep "$(awk -v seed="$(date +%N)$kill" 'BEGIN { srand(seed); print 1 + 14 * rand() }')"
        while pkill -KILL -s "$leader"; do :; done # until nothing was forked meanwhile
        wait "$leader" 2>/dev/null || true
        printf 'killed with %s verdicts\n' "$(find "$1/verdicts" -name record | wc -l)"
    done
    BUILD=$build tests/class/grade-class.sh "$made/class" "$1" >/dev/null 2>&1 || true
}

make_class
echo 'seconds            on the  processors                              a'
echo '           count   clock     busy  compiling  checking    idle  second'
run "$made/two" ${JOBS:+--jobs "$JOBS"}
[ -z "${ONE-yes}" ] || run "$made/one" --jobs 1
compare() {
    [ -f "$made/$1/grades.csv" ] || return 0
    if cmp -s "$made/two/grades.csv" "$made/$1/grades.csv"; then
        echo "the same grades: $2"
    else
        echo "other grades: $2"
        diff "$made/two/grades.csv" "$made/$1/grades.csv" || true
    fi
}
compare one 'one at a time'
if [ "$KILLS" -gt 0 ]; then
    killed "$made/killed"
    compare killed "killed $KILLS times"
fi
