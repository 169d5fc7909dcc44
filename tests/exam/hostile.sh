#!/bin/sh
# Grades submissions that attack the grader, and looks whether they gained anything, in TAP.
#
# usage: hostile.sh BUILD [NAME ...]    all of them, or these
#        hostile.sh --table             what they try, as a table for docs/en/grading.md
#
# tests/submissions/hostile/NAME/ holds one attack: the lab's files, and a file `attack` with
#
#     lab: 02-fork
#     tries: what it attacks, in a sentence
#     expect: exit 1, at most 0 points | exit 2, no report | exit 0, at least 100 points
#     because: why that is more than nothing
#     shows: words that the report has to hold, as a proof that the attack was carried out
#     also: text                         grade again with this format, and look at that too
#     prepare: a command that makes what git cannot keep, in the submission's directory
#     called: the name of that directory, as printf(1) understands it
#     seconds: how long a check may take
#
# of which the first three are needed. In files, @CHECKOUT@, @BUILD@, @OUTSIDE@ (a directory that
# everybody may write to, with a file `secret`), @PORT@ and @ABSTRACT@ (sockets that listen outside)
# are replaced by what they stand for: an attacker who knows where everything is. An attack that
# got somewhere prints a line with the word REACHED.
#
# Honest submissions are graded all the while, and one at the end. JOBS says how many hostile ones
# are graded at a time, LONGEST how many seconds one grading may take. Left out: the levels of
# isolation that do not claim to withstand this.
# shellcheck disable=SC2317 # a function is called by trap
set -u
export LC_ALL=C.UTF-8
umask 022

hostile=tests/submissions/hostile
honest=01-blocking
: "${LONGEST:=100}" # seconds of one grading
: "${JOBS:=2}"
export LONGEST

# value NAME KEY: what the file `attack` says; several lines where there are several.
value() {
    sed -n "s/^$2: //p" "$hostile/$1/attack"
}

table() {
    echo '| submission | tries |'
    echo '| --- | --- |'
    for attack in "$hostile"/*/attack; do
        name=$(basename "$(dirname "$attack")")
        printf '| `%s` | %s |\n' "$name" "$(value "$name" tries)"
    done
}

if [ "${1:-}" = --table ]; then
    table
    exit
fi

# ---- one hostile submission --------------------------------------------------------------------

# fill_in: standard input with all that stands between @ replaced.
fill_in() {
    LC_ALL=C sed -e "s|@CHECKOUT@|$CHECKOUT|g" -e "s|@BUILD@|$BUILD|g" \
        -e "s|@OUTSIDE@|$OUTSIDE|g" -e "s|@PORT@|$PORT|g" -e "s|@ABSTRACT@|$ABSTRACT|g"
}

# prepare NAME DIRECTORY: makes the submission there.
prepare() {
    mkdir -p "$2"
    cp -RP "$hostile/$1/." "$2"
    find "$2" -type f | while read -r file; do
        fill_in <"$file" >"$file.filled" && mv "$file.filled" "$file"
    done
    value "$1" prepare | fill_in | (cd "$2" && sh -eu)
}

# grade NAME DIRECTORY FORMAT: leaves FORMAT, FORMAT.status, FORMAT.err, FORMAT.left (processes)
# and FORMAT.seconds in the directory that results of NAME go to.
grade() {
    into=$RESULTS/$1
    begun=$(date +%s%N)
    GRADE_CHECK_SECONDS=$(value "$1" seconds) TMPDIR=$into/tmp "$witness" keep \
        "$into/$3.left" timeout -k 5 "$LONGEST" "$BUILD/grade" "$(value "$1" lab)" "$2" \
        --isolation isolated --format "$3" --output "$into/$3" \
        >"$into/$3.out" 2>"$into/$3.err" </dev/null
    echo $? >"$into/$3.status"
    echo $((($(date +%s%N) - begun) / 100000000)) >"$into/$3.tenths"
}

if [ "${1:-}" = --one ]; then
    name=$2
    witness=$BUILD/tests/exam/witness
    mkdir -p "$RESULTS/$name/tmp"
    called=$(value "$name" called)
    # shellcheck disable=SC2059 # the name is a format
    directory=$SUBMISSIONS/$name/$(printf "${called:-submission}")
    prepare "$name" "$SUBMISSIONS/$name/new"
    mv "$SUBMISSIONS/$name/new" "$directory"
    for format in gradescope $(value "$name" also); do
        grade "$name" "$directory" "$format"
    done
    exit
fi

# ---- what is around them -----------------------------------------------------------------------

if [ ! -x "${1:-}/grade" ] || [ ! -x "$1/tests/exam/witness" ] || [ ! -d "$hostile" ]; then
    echo "Bail out! run this from the repository's root, by make hostile"
    exit 1
fi
BUILD=$(cd "$1" && pwd)
witness=$BUILD/tests/exam/witness
shift
CHECKOUT=$(pwd)
directory=$(mktemp -d) || exit 1
chmod 755 "$directory"
OUTSIDE=$directory/outside
RESULTS=$directory/results
SUBMISSIONS=$directory/submissions
ABSTRACT=socket-labs-witness-$$
log=$directory/connections
over=$directory/over
secret=secret-$(od -An -N16 -tx8 /dev/urandom | tr -d ' ')
background=
number=0
failed=0

clean_up() {
    touch "$over"
    for pid in $background; do kill -KILL "$pid"; done
    wait
    chmod -R u+rwX "$directory"
    rm -rf "$directory"
}
trap 'clean_up 2>/dev/null' EXIT
trap 'exit 1' HUP INT TERM

# result STATUS DESCRIPTION: one line of TAP; a status other than 0 is a failure.
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failed=1
    fi
}

# same FILE FILE DESCRIPTION: holds when both have the same lines; shows those that differ.
same() {
    diff "$1" "$2" >"$directory/difference"
    result $? "$3"
    sed -n 's/^[<>]/# &/p' "$directory/difference" | head -n 20
}

mkdir -p "$OUTSIDE" "$RESULTS" "$SUBMISSIONS"
echo "$secret" >"$OUTSIDE/secret"
chmod 1777 "$OUTSIDE"
chmod 666 "$OUTSIDE/secret"
"$witness" listen "$log" "$ABSTRACT" "$OUTSIDE/socket" &
background=$!
rounds=200
until [ -s "$log.port" ]; do
    rounds=$((rounds - 1))
    if [ "$rounds" -eq 0 ]; then echo "Bail out! no witness listens"; exit 1; fi
    sleep 0.05
done
PORT=$(cat "$log.port")
export BUILD CHECKOUT OUTSIDE PORT ABSTRACT RESULTS SUBMISSIONS

# What must stay as it is: the kit as it was built, the checkout, what lies outside, and the
# places where an attack would leave a file.
fingerprints() {
    find "$BUILD/grade" "$BUILD/checks" "$BUILD/kit" "$CHECKOUT/Makefile" "$CHECKOUT/README.md" \
        "$CHECKOUT/common" "$CHECKOUT/labs" "$CHECKOUT/solutions" "$CHECKOUT/tests/checks" \
        "$CHECKOUT/tests/exam" "$OUTSIDE" -type f -exec cksum {} + | sort
    find "$OUTSIDE" "$BUILD" "$BUILD/kit" "$BUILD/checks" -maxdepth 1 -printf '%p %y %m %u\n' | sort
    find / /tmp /dev/shm /var/tmp "${HOME:-/}" -maxdepth 1 \
        -name 'socket-labs-hostile*' -not -path "$CHECKOUT" 2>/dev/null
}

# honest_grading NAME: leaves NAME.json and NAME.status.
honest_grading() {
    TMPDIR=$directory/honest timeout -k 5 "$LONGEST" "$BUILD/grade" "$honest" "solutions/$honest" \
        --isolation isolated --format gradescope --output "$directory/honest/$1.json" \
        2>"$directory/honest/$1.err" </dev/null
    echo $? >"$directory/honest/$1.status"
}

# honest_is_whole NAME: it has all points.
honest_is_whole() {
    [ "$(cat "$directory/honest/$1.status")" = 0 ] &&
        [ "$(jq .score "$directory/honest/$1.json")" = 100 ]
}

mkdir "$directory/honest"
honest_grading before
if grep -q 'does not allow the isolation' "$directory/honest/before.err"; then
    echo "1..0 # SKIP this machine does not let programs be isolated"
    exit 0
fi
honest_is_whole before
result $? "an honest submission has all points before the hostile ones come"
fingerprints >"$directory/before"

# ---- the gradings ------------------------------------------------------------------------------

if [ $# -eq 0 ]; then
    names=$(cd "$hostile" && echo */attack | sed 's|/attack||g')
    chosen=all
else
    names=$*
    chosen=some
fi
(
    round=0
    while [ ! -e "$over" ]; do
        round=$((round + 1))
        honest_grading "$round"
    done
) &
beside=$!
background="$background $beside"
# shellcheck disable=SC2086 # names have no blanks
printf '%s\n' $names | xargs -P "$JOBS" -n 1 "$0" --one
touch "$over"
wait "$beside"

# ---- what came of them -------------------------------------------------------------------------

# clean FILE: says what is wrong with its bytes, if anything.
clean() {
    found=$("$witness" count "$1" 2>&1)
    [ "$found" = 0 ] || echo "$(basename "$1") holds bytes that are no text: $found"
}

# judge_score NAME JSON: says what is wrong with the score.
judge_score() {
    score=$(jq -r '.score // "none"' "$2")
    most=$(value "$1" expect | sed -n 's/.*at most \([0-9]*\) points.*/\1/p')
    least=$(value "$1" expect | sed -n 's/.*at least \([0-9]*\) points.*/\1/p')
    if [ "$(cat "$RESULTS/$1/gradescope.status")" = 3 ]; then
        [ "$score" = none ] || echo "no verdict, but a score: $score"
    elif [ "$score" = none ] || [ "$score" -gt "${most:-100}" ] || [ "$score" -lt "${least:-0}" ]; then
        echo "$score points"
    fi
}

# judge_format NAME FORMAT: says what is wrong with one grading and its report.
judge_format() {
    report=$RESULTS/$1/$2
    status=$(cat "$report.status")
    value "$1" expect | sed 's/,.*//' | grep -qw -- "$status" ||
        echo "$2: exit status $status after $(cat "$report.tenths") tenths of a second"
    sed 's/^/left running: /' "$report.left"
    clean "$report.err"
    grep -a -h -e REACHED -e "$secret" "$report.err" "$report.out"
    [ "$status" != 2 ] || [ ! -e "$report" ] || echo "$2: a report, though nothing was graded"
    [ "$status" = 2 ] || [ -s "$report" ] || echo "$2: no report"
    [ -s "$report" ] || return
    jq -r '.. | strings' "$report" >"$report.text" 2>/dev/null || cp "$report" "$report.text"
    clean "$report"
    clean "$report.text"
    grep -a -h -e REACHED -e "$secret" "$report.text"
    case $2 in
    gradescope) judge_score "$1" "$report" ;;
    tap) ! grep -q '^Bail out!' "$report" || echo "tap: it ends the tests" ;;
    esac
}

# judge NAME: all that is wrong.
judge() {
    for format in gradescope $(value "$1" also); do judge_format "$1" "$format"; done
    [ -z "$(ls -A "$RESULTS/$1/tmp")" ] || echo "a workspace is left: $(ls "$RESULTS/$1/tmp")"
    value "$1" shows | while read -r words; do
        cat "$RESULTS/$1"/*.text | tr -s '\n ' ' ' | grep -qF -- "$words" ||
            echo "the report does not show that it was tried: \"$words\""
    done
}

slowest=
for name in $names; do
    judge "$name" >"$directory/wrong" 2>&1
    ! [ -s "$directory/wrong" ]
    result $? "$name gains nothing"
    [ ! -s "$directory/wrong" ] || sort -u "$directory/wrong" | head -n 30 | cut -c 1-300 | cat -v | sed 's/^/# /'
    slowest="$slowest$(cat "$RESULTS/$name/gradescope.tenths") $name
"
done
printf '%s' "$slowest" | sort -rn | head -n 8 | awk '{ printf "# %.1f s %s\n", $1 / 10, $2 }'

# ---- what came of everything else --------------------------------------------------------------

lost=0
count=0
for status in "$directory"/honest/[0-9]*.status; do
    count=$((count + 1))
    one=$(basename "$status" .status)
    honest_is_whole "$one" || {
        lost=$((lost + 1))
        echo "# $one: exit status $(cat "$status"): $(head -c 300 "$directory/honest/$one.err")"
        jq -r '.tests[] | select(.status != "passed") | "\(.name): \(.output)"' \
            "$directory/honest/$one.json" | head -n 20 | sed 's/^/#   /'
    }
done
result "$lost" "honest submissions beside them keep all points ($count of them, $lost did not)"
honest_grading after
honest_is_whole after
result $? "an honest submission has all points when they have gone"
fingerprints >"$directory/after"
same "$directory/before" "$directory/after" "no file outside has changed"
[ ! -s "$log" ]
result $? "nobody has connected to a socket outside"
timeout 10 "$witness" connect "$PORT" "$ABSTRACT" "$OUTSIDE/socket"
[ "$(sort "$log" | tr '\n' ' ')" = 'abstract loopback path ' ]
result $? "a connection to a socket outside would have been seen"
if [ "$chosen" = all ]; then
    [ "$(echo "$names" | wc -w)" -ge 30 ]
    result $? "there are thirty attacks or more"
    sed -n '/^## What is tried against the grader/,/^## /{/^|/p}' docs/en/grading.md >"$directory/docs"
    table >"$directory/table"
    same "$directory/table" "$directory/docs" "docs/en/grading.md tells of each (hostile.sh --table)"
fi
echo "1..$number"
exit "$failed"
