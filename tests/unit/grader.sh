#!/bin/sh
# Test of build/grade from outside, in TAP: what it takes and refuses, its exit status, that a
# report is whole or not there, that nothing outlives a grading and nothing outside is within a
# student's reach. Usage: grader.sh, from the repository's root, with build/ made.
#
# Gradings run from copies of the kit, as the grader finds its suites beside its own file. Most
# tests need no real suite: theirs is a small script of two checks, `first` and `second`, of which
# the second does as the test wants. Gradings that take long run in the background meanwhile.
# shellcheck disable=SC2317 # functions are called by trap and by await
set -u
export LC_ALL=C.UTF-8
umask 022

lab=01-blocking
root=$(pwd)
BUILD=${BUILD:-build}
if [ ! -x "$BUILD/grade" ] || [ ! -f "solutions/$lab/server.c" ]; then
    echo "Bail out! run this from the repository's root, with $BUILD/grade made"
    exit 1
fi
directory=$(mktemp -d) || exit 1
chmod 755 "$directory"
export TMPDIR="$directory/tmp"
# shellcheck source=tests/unit/words.sh
. tests/unit/words.sh
background=

clean_up() {
    for pid in $background; do
        kill -KILL "$pid"
    done
    for file in "$directory"/*.pid; do
        [ -f "${file%.pid}.status" ] || kill -KILL "$(cat "$file")"
    done
    rm -rf "$directory"
}
trap 'clean_up 2>/dev/null' EXIT
trap 'exit 1' HUP INT TERM

# ---- words for tests ---------------------------------------------------------------------------

# holds FILE WORDS: whether the words are in the file, where the end of a line is a blank.
holds() {
    tr -s '\n ' ' ' <"$1" | grep -qF -- "$2"
}

# says FILE WORDS DESCRIPTION: a test of that.
says() {
    holds "$1" "$2"
    found=$?
    result "$found" "$3"
    [ "$found" -eq 0 ] ||
        { printf 'not there: %s\n' "$2"; grep -v '^  skip ' "$1" | head -n 40; } | sed 's/^/# /'
}

# json FILE FILTER EXPECTED DESCRIPTION: what jq finds, values between blanks.
json() {
    is "$(jq -r "$2" "$1" 2>&1 | tr '\n' ' ' | sed 's/ $//')" "$3" "$4"
}

# await SECONDS COMMAND...: runs the command again and again, until it holds.
await() {
    rounds=$(($1 * 20))
    shift
    until "$@"; do
        rounds=$((rounds - 1))
        [ "$rounds" -gt 0 ] || return 1
        sleep 0.05
    done
}

# start NAME COMMAND...: runs it in the background. Its output, errors and exit status will be
# in $directory/NAME.{out,err,status}; its process number is in NAME.pid.
start() {
    name=$directory/$1
    shift
    rm -f "$name.status" "$name.pid"
    # shellcheck disable=SC2016 # the inner shell expands these
    (
        sh -c 'echo $$ >"$0" && exec "$@"' "$name.pid" "$@" >"$name.out" 2>"$name.err" </dev/null
        echo $? >"$name.ended"
        mv "$name.ended" "$name.status"
    ) 2>/dev/null &
    await 10 test -s "$name.pid"
}

# finish NAME: waits for its end, or makes one; its exit status is then in $status.
finish() {
    if await 50 test -f "$directory/$1.status"; then
        status=$(cat "$directory/$1.status")
    else
        kill -KILL "$(cat "$directory/$1.pid")"
        status='no end'
    fi
}

# run COMMAND...: both of them.
run() {
    start run "$@"
    finish run
}
out=$directory/run.out
err=$directory/run.err

# ---- kits and submissions ----------------------------------------------------------------------

# new_kit NAME: a copy of build/, to be changed.
new_kit() {
    mkdir -p "$directory/$1/checks"
    cp -R "$BUILD/grade" "$BUILD/kit" "$directory/$1"
    cp "$BUILD/checks/$lab" "$directory/$1/checks"
}

# fake_suite FILE [LINES [BUILDS]]: a suite whose first check holds and whose second does as LINES
# say, and needs BUILDS.
fake_suite() {
    cat >"$1.new" <<EOF
#!/bin/sh
record() { printf 'check %s\nstatus %s\nend\n' "\$1" "\$2" >&3; }
if [ "\$1" = --list ]; then
    printf 'programs\tclient\n'
    printf 'first\t40\t\t\tit holds\nsecond\t60\t\t${3:-}\tit is as the test wants it\n'
elif [ "\$2" = first ]; then
    record first passed
else
    ${2:-record second passed}
fi
EOF
    chmod 755 "$1.new"
    mv "$1.new" "$1"
}

# delegating_suite FILE LINES: the real suite, but for what LINES do first. A session sees no
# file but this one, so the real suite is in it.
delegating_suite() {
    cat >"$1" <<EOF
#!/bin/sh
[ "\$1" = --list ] && exec "$directory/kit/checks/$lab" --list
sed '1,/^# The real suite:/d' "\$0" | base64 -d >/tmp/suite && chmod 755 /tmp/suite
$2
exec /tmp/suite "\$@"
# The real suite:
EOF
    base64 "$BUILD/checks/$lab" >>"$1"
    chmod 755 "$1"
}

# as_user COMMAND...: runs it as an ordinary user.
as_user=$directory/as_user
if [ "$(id -u)" -eq 0 ]; then
    printf '#!/bin/sh\nexec %s "$@"\n' \
        'setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all' >"$as_user"
else
    printf '#!/bin/sh\nexec "$@"\n' >"$as_user"
fi
chmod 755 "$as_user"

mkdir -m 1777 "$TMPDIR" && chmod 1777 "$TMPDIR"
new_kit kit
grade=$directory/kit/grade
new_kit fake
fake_suite "$directory/fake/checks/$lab"
fake=$directory/fake/grade
mkdir "$directory/labs"
cp -R "solutions/$lab" "$directory/labs"
solution=$directory/labs/$lab

run "$fake" "$lab" "$solution" --isolation isolated
if holds "$err" 'does not allow the isolation'; then
    echo "1..0 # SKIP this machine does not let programs be isolated"
    exit 0
fi
is "$status" 0 "a kit with a suite of two checks works"

# ---- the long gradings, in the background ------------------------------------------------------

# Two at a time; the second pair finds both processors busy.
grade_long() {
    start text "$grade" "$lab" "$solution"
    start tap "$grade" "$lab" "$solution" --format tap
    finish text
    finish tap
    timeout 5 sh -c 'while :; do :; done' &
    timeout 5 sh -c 'while :; do :; done' &
    start junit "$grade" "$lab" "$solution" --format junit
    start gradescope "$grade" "$lab" "$solution" --format gradescope
    finish junit
    finish gradescope
    start classroom "$grade" "$lab" "$solution" --format classroom
    start user "$as_user" "$grade" "$lab" "$solution"
    finish classroom
    finish user
    start autolab "$grade" "$lab" "$solution" --format autolab --isolation limits-only
    start all "$grade" all "$directory/labs" --format gradescope --output "$directory/all.json"
    finish autolab
    finish all
}
grade_long 2>/dev/null &
background="$background $!"

# ---- usage -------------------------------------------------------------------------------------

# misused DESCRIPTION WORDS ARGUMENT...: exit status 2 and one message with the words.
misused() {
    described=$1
    words=$2
    shift 2
    run "$grade" "$@"
    is "$status:$(wc -c <"$out" | tr -d ' '):$(grep -c '^usage: ' "$err")" 2:0:1 \
        "$described: exit status 2, usage, nothing on standard output"
    is "$(grep -cv '^usage: ' "$err"):$(grep -v '^usage: ' "$err" | grep -cF -- "$words")" 1:1 \
        "$described: one message, which says: $words"
}

misused "no arguments" "LAB and DIR"
misused "no directory" "LAB and DIR" "$lab"
misused "a word too many" "LAB and DIR" "$lab" "$solution" more
misused "an unknown lab" "no such lab: 99-none" 99-none "$solution"
misused "a path for a lab" "no such lab: ../checks/$lab" "../checks/$lab" "$solution"
misused "an unknown format" "no such format: yaml" "$lab" "$solution" --format yaml
misused "an unknown option" "--colour" "$lab" "$solution" --colour
misused "an option without its value" "--output" "$lab" "$solution" --output
misused "an unknown isolation" "isolation: none" "$lab" "$solution" --isolation none
for jobs in 0 33 -1 four 4x ''; do
    misused "--jobs '$jobs'" "--jobs takes a number" "$lab" "$solution" --jobs "$jobs"
done

run "$grade" --help
is "$status:$(wc -c <"$err" | tr -d ' ')" 0:0 "--help: exit status 0, no message"
for word in LAB DIR all --format text tap junit gradescope classroom autolab --output --verbose \
    --jobs --isolation isolated separate-uid limits-only "0 every check passed" \
    "1 some did not" "2 wrong usage" "3 the grader itself"; do
    says "$out" "$word" "--help names: $word"
done

# ---- what cannot be taken ----------------------------------------------------------------------

# refused DESCRIPTION WORDS COMMAND...: exit status 2, a message, no report, no file.
refused() {
    described=$1
    words=$2
    shift 2
    echo before >"$directory/report"
    run "$@" --output "$directory/report"
    is "$status:$(wc -c <"$out" | tr -d ' '):$(cat "$directory"/report*)" 2:0:before \
        "$described: refused, and an existing report stays as it was"
    is "$(wc -l <"$err" | tr -d ' ')" 1 "$described: one line says so"
    says "$err" "$words" "$described: it says: $words"
}

# submission: an empty directory with a good client.c; its server.c is the test's.
submission=$directory/submission
new_submission() {
    chmod -R u+rwx "$submission" 2>/dev/null
    rm -rf "$submission"
    mkdir "$submission"
    cp "$solution/client.c" "$submission"
}

refused "a missing directory" "$directory/none: is missing" "$grade" "$lab" "$directory/none"
refused "a file for a directory" "server.c" "$grade" "$lab" "$solution/server.c"
new_submission
refused "a missing file" "$submission/server.c: is missing" "$grade" "$lab" "$submission"
run "$grade" "$lab" "$submission" --output "$directory/none-before"
is "$(find "$directory" -maxdepth 1 -name 'none-before*')" "" \
    "a refusal does not make the file of the report"
run "$grade" "$lab" "$submission"
is "$status:$(wc -c <"$out" | tr -d ' ')" 2:0 "a refusal leaves standard output empty"
ln -s "$solution/server.c" "$submission/server.c"
refused "a link to a good file" "server.c: is a symbolic link" "$grade" "$lab" "$submission"
new_submission
cp "$solution/server.c" "$submission/real.c"
ln -s real.c "$submission/server.c"
refused "a link inside the submission" "server.c: is a symbolic link" \
    "$grade" "$lab" "$submission"
new_submission
ln -s nowhere.c "$submission/server.c"
refused "a dangling link" "server.c: is a symbolic link" "$grade" "$lab" "$submission"
new_submission
mkdir "$submission/server.c"
refused "a directory" "server.c: is a directory" "$grade" "$lab" "$submission"
new_submission
mkfifo "$submission/server.c"
refused "a named pipe" "server.c: is a named pipe" "$grade" "$lab" "$submission"
new_submission
if mknod "$submission/server.c" c 1 5 2>/dev/null; then
    refused "a device" "server.c: is a device" "$grade" "$lab" "$submission"
else
    skip "a device is refused" "no device can be made here"
fi
new_submission
head -c 1048577 /dev/zero | tr '\0' '\n' >"$submission/server.c"
refused "a file over 1 MiB" "server.c: is larger than 1 MiB" "$grade" "$lab" "$submission"
new_submission
cp "$solution/server.c" "$submission"
chmod 000 "$submission/server.c"
chmod 777 "$directory"
refused "an unreadable file" "server.c: Permission denied" \
    "$as_user" "$grade" "$lab" "$submission"
chmod 755 "$directory"

# A name is only a name. (The largest file that is taken is here too.)
strange="- \"q\" 'q' \$(id) 한글
end"
mkdir "$directory/strange" "$directory/strange/$strange"
cp "$solution"/*.c "$directory/strange/$strange"
head -c 1000000 /dev/zero | tr '\0' '\n' >>"$directory/strange/$strange/client.c"
truncate -s 1048576 "$directory/strange/$strange/server.c"
cd "$directory/strange" || exit 1
run "$fake" "$lab" -- "$strange"
is "$status" 0 "a directory with a strange name is graded"
rm -- "$strange/client.c"
run "$fake" "$lab" -- "$strange"
is "$status" 2 "... and refused when a file is missing"
says "$err" "한글 end/client.c: is missing" "... with its name in the message"
strange=$(printf '%s/a\033[31mb\nok 1\007' "$directory")
mkdir "$strange"
run "$fake" "$lab" -- "$strange"
is "$status" 2 "a directory whose name holds terminal escapes is refused"
says "$err" '/a\x1b[31mb ok 1\x07/' "... with a name in the message that a terminal does not act on"
cd "$root" || exit 1

# ---- what else lies in a submission ------------------------------------------------------------

new_submission
cp "$solution/server.c" "$submission"
mkdir "$submission/common" "$submission/sub"
echo '#error this is the submission'"'"'s' | tee "$submission/common/io.h" >"$submission/stdio.h"
echo 'not C' | tee "$submission/other.c" >"$submission/sub/server.c"
printf 'all:\n\ttouch %s/made\n' "$submission" | tee "$submission/Makefile" \
    >"$submission/GNUmakefile"
run "$fake" "$lab" "$submission"
is "$status:$(find "$submission" -name made)" 0: "other files of a submission are ignored"

echo 'int main(void) { return 0; }' >"$submission/own.h"
echo '#include "own.h"' >"$submission/server.c"
run "$grade" "$lab" "$submission"
is "$status:$(grep -c '^  FAIL  builds ' "$out")" 1:1 "a header of one's own does not compile"
says "$out" "own.h: No such file" "... and the report shows what the compiler said"

# ---- the skeleton ------------------------------------------------------------------------------

mkdir "$directory/skeleton"
for file in server.c client.c; do
    awk -f solutions/skeleton.awk "solutions/$lab/$file" >"$directory/skeleton/$file"
done
run "$grade" "$lab" "$directory/skeleton"
is "$status:$(head -n 1 "$out")" "1:$lab: 0 of 100 points" "the skeleton: exit status 1, 0 points"
is "$(grep -c '^  ok ' "$out"):$(grep -c '^  ok    builds ' "$out")" 1:1 \
    "the skeleton: builds holds, and nothing else"
is "$(grep -Eci 'warning|warns' "$out")" 0 "the skeleton: compiles without a warning"
is "$(grep -c '^next: mend [a-z-]* first' "$out")" 1 "the skeleton: what to do next"
says "$out" "start with listen_at()" "the skeleton: where to begin with the server"
says "$out" "start with connect_to()" "the skeleton: where to begin with the client"

# ---- which builds are made ---------------------------------------------------------------------

# compiled BUILDS DESCRIPTION: these and no others, in this order.
compiled() {
    is "$(sed -n 's/^  compile \([a-z-]*\) .*/\1/p' "$out" | tr '\n' ' ')" "$1 " "$2"
}

fake_suite "$directory/fake/checks/$lab"
run "$fake" "$lab" "$solution" --verbose
compiled client "checks that ask for no sanitizer: one build"
fake_suite "$directory/fake/checks/$lab" '' client-tsan
run "$fake" "$lab" "$solution" --verbose
compiled "client client-tsan" "a check that asks for the thread sanitizer: its build, and no other"
is "$status" 0 "... which compiles and links"
fake_suite "$directory/fake/checks/$lab" '' 'client-tsan client-asan client'
run "$fake" "$lab" "$solution" --verbose
compiled "client client-asan client-tsan" "a check that asks for all builds: all of them"
new_submission
cp "$solution/server.c" "$submission"
printf '#ifdef __SANITIZE_THREAD__\n#error no\n#endif\n' >>"$submission/client.c"
run "$fake" "$lab" "$submission"
is "$status:$(grep -Ec '^  ok    first ' "$out")" 1:1 "a build with a sanitizer fails: others go on"
says "$out" "skip second 0 of 60 because of builds" "... and the check that runs it is skipped"

# ---- suites that do not do their work ----------------------------------------------------------

# misbehaves WORDS LINES DESCRIPTION: no verdict, no score, and what was established stays.
misbehaves() {
    fake_suite "$directory/fake/checks/$lab" "$2"
    run "$fake" "$lab" "$solution"
    is "$status:$(grep -Ec '[0-9]+ of [0-9]+' "$out")" 3:0 "$3: exit status 3, no score"
    is "$(grep -Ec '^  ok    first |^  void  second ' "$out")" 2 \
        "$3: void, and the other check stays established"
    says "$out" "$1" "$3: the report says why: $1"
}

# shellcheck disable=SC2016 # the suites expand these
{
    misbehaves "status 137" 'kill -KILL $$' "a suite that is killed"
    misbehaves "status 1" 'record second passed; exit 1' "a suite that fails after its record"
    misbehaves "without a verdict" 'record first passed' "a suite with another check's record"
    misbehaves "without a verdict" 'record second excellent' "a suite with a status of its own"
    misbehaves "without a verdict" 'exec 3>&2; record second passed' "a suite that writes elsewhere"
    misbehaves "without a verdict" ':' "a suite that writes nothing"
    misbehaves "reason is known" 'record second broken' "a suite that has no verdict"
}
export GRADE_CHECK_SECONDS=2
misbehaves "no end within 2 seconds" 'sleep 60' "a suite that hangs"
unset GRADE_CHECK_SECONDS

# The same in every form. What is left of the second record says that the check held.
fake_suite "$directory/fake/checks/$lab" "printf 'check second\nstatus passed\n' >&3"
for format in text tap junit gradescope classroom autolab; do
    run "$fake" "$lab" "$solution" --format "$format"
    is "$status" 3 "half a record, $format: exit status 3"
    case $format in
    text) grep -q ': no score' "$out" && grep -q '^  ok    first ' "$out" ;;
    tap) grep -q '^Bail out! no score' "$out" && grep -q '^ok 1 - first' "$out" &&
        grep -q '^not ok 2 - second' "$out" ;;
    junit)
        [ "$(xmllint --xpath "concat(count(//property[@name='score']), ' ',
            count(//testcase[@name='first']/*), ' ', count(//error))" "$out")" = "0 0 1" ] ;;
    gradescope) [ "$(jq -c '[([.. | objects | has("score")] | any), .tests[0].status]' \
        "$out")" = '[false,"passed"]' ] ;;
    classroom) [ "$(base64 -d "$out" | jq -c '[([.. | objects | has("score")] | any),
        .status, .max_score, .tests[].status]')" = '[false,"error",0,"pass","error"]' ] ;;
    autolab) tail -n 1 "$out" | grep -q '^no score' && ! grep -q '"scores"' "$out" ;;
    esac
    result $? "half a record, $format: no score, the other check stays established"
done

# The real suite, with every kind of accident at once.
new_kit accidents
# shellcheck disable=SC2016
delegating_suite "$directory/accidents/checks/$lab" 'case $2 in
tally) kill -SEGV $$ ;;
half-close) printf "check half-close\nstatus passed\n" >&3; exit ;;
restarts-at-once) exit ;;
client-refused) set -- --check client-echoes "$3" "$4" "$5" "$6" "$7" "$8" ;;
esac'
start accidents "$directory/accidents/grade" "$lab" "$solution"
finish accidents
is "$status:$(grep -c '^  void ' "$directory/accidents.out")" 3:4 \
    "accidents of the real suite: exit status 3, four checks void"
is "$(grep -c '^  ok ' "$directory/accidents.out")" 18 "... and the others are established"

# What the sandbox could not do is not the student's fault: here there is room for one process
# more than the suite, so that the program's sandbox cannot start.
new_kit cramped
# shellcheck disable=SC2016
delegating_suite "$directory/cramped/checks/$lab" \
    '[ "$2" = listens ] && exec prlimit --nproc=3 -- /tmp/suite "$@"'
run "$directory/cramped/grade" "$lab" "$solution"
is "$status:$(grep -c '^  void  listens ' "$out")" 3:1 \
    "a program whose sandbox does not start gives no verdict"
new_kit incomplete
rm "$directory/incomplete/kit/libcommon.a"
run "$directory/incomplete/grade" "$lab" "$solution"
is "$status:$(grep -c ' of 100 points' "$out")" 3:0 "a kit without its library gives no verdict"

# Suites that do not even tell their checks.
printf '#!/bin/sh\n' >"$directory/fake/checks/$lab"
run "$fake" "$lab" "$solution"
is "$status" 3 "a suite without checks: exit status 3"
is "$(grep -c 'points$' "$out")" 0 "... and no score"
fake_suite "$directory/fake/checks/$lab"
printf '#!/bin/sh\necho it is broken >&2\nexit 1\n' >"$directory/fake/checks/02-fork"
chmod 755 "$directory/fake/checks/02-fork"
run "$fake" all "$directory/labs"
is "$status" 3 "a lab whose suite does not run, of two: exit status 3"
says "$err" "02-fork does not run: it is broken" "... with a message"
is "$(grep -c '^  ok ' "$out")" 2 "... and the other lab is still reported"

# ---- all labs ----------------------------------------------------------------------------------

fake_suite "$directory/fake/checks/02-fork"
mkdir "$directory/part"
cp -R "$solution" "$directory/part"
run "$fake" all "$directory/part" --format gradescope --output "$directory/part.json"
is "$status" 2 "a missing lab directory: exit status 2"
says "$err" "part/02-fork: is missing" "... a message names it"
json "$directory/part.json" '.tests[] | "\(.name):\(.status):\(.score)"' \
    "$lab/first:passed:40 $lab/second:passed:60 02-fork/first:failed:0 02-fork/second:failed:0" \
    "... the report is written for the other"
json "$directory/part.json" '.tests[2].output | contains("02-fork: is missing")' true \
    "... and says that this one was refused"
run "$fake" all "$directory/part"
says "$out" "02-fork: refused, 0 of 100 points" "... as the one for people does"
ln -s "$solution" "$directory/part/02-fork"
run "$fake" all "$directory/part"
is "$status" 2 "a link in place of a lab directory is refused: it leads out of the submission"
rm "$directory/fake/checks/02-fork"

# ---- the report's file -------------------------------------------------------------------------

run "$fake" "$lab" "$solution" --output "$directory/fresh"
is "$status:$(wc -c <"$out" | tr -d ' '):$(head -n 1 "$directory/fresh")" \
    "0:0:$lab: 100 of 100 points" "--output: the report is there, and only there"
echo before >"$directory/report"
run "$fake" "$lab" "$solution" --output "$directory/report"
is "$status:$(head -n 1 "$directory/report")" "0:$lab: 100 of 100 points" \
    "--output: an existing file is replaced"
is "$(find "$directory" -maxdepth 1 -name 'report?*' -o -maxdepth 1 -name 'fresh?*')" "" \
    "--output: no other file is left"
run "$fake" "$lab" "$solution" --output "$directory/none/report"
is "$status:$(test -e "$directory/none"; echo $?)" 3:1 \
    "--output in a missing directory: exit status 3"
says "$err" "$directory/none/report: No such file" "... with a message"

# Never with /dev/full itself: a grader that replaces what it should write to would ruin it.
ln -s /dev/full "$directory/full"
run "$fake" "$lab" "$solution" --output "$directory/full"
is "$status:$(readlink "$directory/full")" 3:/dev/full "--output to /dev/full: exit status 3"
says "$err" "No space left" "... with a message"
if mknod "$directory/device" c 1 3 2>/dev/null && : 2>/dev/null >"$directory/device"; then
    run "$fake" "$lab" "$solution" --output "$directory/device"
    is "$status:$(find "$directory/device" -type c)" "0:$directory/device" \
        "--output to a device: written to, not replaced"
else
    skip "--output to a device" "no device can be made here"
fi
# shellcheck disable=SC2016
run sh -c 'exec "$@" >/dev/full' sh "$fake" "$lab" "$solution"
is "$status" 3 "standard output to /dev/full: exit status 3"
says "$err" "No space left" "... with a message"

# A disk that is full once the report before it and some more are there.
mkdir "$directory/disk"
# shellcheck disable=SC2016
run bwrap --dev-bind / / --size 65536 --tmpfs "$directory/disk" sh -c '
    echo before >"$1/report" && head -c 65536 /dev/zero >"$1/filler" 2>/dev/null
    cd "$1" && shift && "$@" --output report
    echo "$?:$(cat report):$(ls)"' sh "$directory/disk" "$fake" "$lab" "$solution"
is "$(cat "$out")" "3:before:filler
report" "--output on a full disk: exit status 3, the report before it untouched, no other file"
says "$err" "No space left" "... with a message"

# ---- signals -----------------------------------------------------------------------------------

# marked: whether processes of the grading under way are there; how its sleeps are called tells.
unique=$$
marked() {
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -q "^60[01][.]$unique$"
}
none_marked() { ! marked; }

# The check leaves a process in a session of its own that ignores what it can.
fake_suite "$directory/fake/checks/$lab" "trap '' TERM INT HUP
    setsid sh -c 'sleep 600.$unique; sleep 600.$unique' &
    sleep 601.$unique"
for signal in TERM INT HUP KILL; do
    mkdir "$directory/$signal"
    TMPDIR=$directory/$signal
    chmod 1777 "$TMPDIR"
    start run "$fake" "$lab" "$solution" --output "$directory/signalled"
    await 20 marked
    result $? "SIG$signal: the grading is under way"
    kill "-$signal" "$(cat "$directory/run.pid")"
    await 2 none_marked
    result $? "SIG$signal: no process of the grading is left"
    finish run
    is "$(find "$directory" -maxdepth 1 -name 'signalled*')" "" "SIG$signal: no report"
    [ "$signal" = KILL ] && continue
    is "$status" 3 "SIG$signal: exit status 3"
    says "$err" "no verdict" "SIG$signal: it says so"
    is "$(ls "$TMPDIR")" "" "SIG$signal: the workspace is removed"
done
fake_suite "$directory/fake/checks/$lab"

# descendants PID: its children, their children, ...
descendants() {
    # shellcheck disable=SC2013 # words are wanted
    for child in $(cat "/proc/$1/task"/*/children 2>/dev/null); do
        echo "$child"
        descendants "$child"
    done
}

# server_below PID: whether a student's server runs below it; what does is then in $tree.
server_below() {
    tree=$(descendants "$1")
    for process in $tree; do
        tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline" | grep -q '^/lab/server ' && return
    done
    return 1
}

none_left() {
    for process in $tree; do
        ! grep -qs . "/proc/$process/cmdline" || return 1
    done
}

mkdir -m 1777 "$directory/killed"
TMPDIR=$directory/killed
chmod 1777 "$TMPDIR"
for signal in TERM KILL; do
    start run "$grade" "$lab" "$solution"
    await 20 server_below "$(cat "$directory/run.pid")"
    result $? "SIG$signal, real suite: a server runs"
    kill "-$signal" "$(cat "$directory/run.pid")"
    await 2 none_left
    result $? "SIG$signal, real suite: it is ended with all others"
    finish run
done
run "$fake" "$lab" "$solution"
is "$status:$(find "$TMPDIR" -maxdepth 1 -name 'socket-labs.*')" 0: \
    "what a killed grader left is removed by the next one"
TMPDIR=$directory/tmp

# ---- the solution ------------------------------------------------------------------------------

checks=$("$directory/kit/checks/$lab" --list | grep -vc '^programs')
for name in text tap junit gradescope classroom user autolab all; do
    finish "$name"
    is "$status" 0 "the solution: exit status 0 ($name)"
done
is "$(head -n 1 "$directory/text.out"):$(grep -c '^  ok ' "$directory/text.out")" \
    "$lab: 100 of 100 points:$checks" "text: 100 points"
prove --exec cat "$directory/tap.out" >"$directory/proved" 2>&1
result $? "tap: prove agrees"
says "$directory/tap.out" "100 of 100 points" "tap: 100 points"
is "$(xmllint --xpath "concat(//property[@name='score']/@value, ' ', count(//testcase), ' ',
    count(//failure | //error | //skipped))" "$directory/junit.out" 2>&1)" "100 $checks 0" \
    "junit, on a busy machine: 100 points"
json "$directory/gradescope.out" '.score, (.tests | length), ([.tests[].status] | unique[])' \
    "100 $checks passed" "gradescope, on a busy machine: 100 points"
base64 -d "$directory/classroom.out" >"$directory/classroom.json"
json "$directory/classroom.json" '.status, .max_score, ([.tests[].score] | add)' \
    "pass 100 100" "classroom: 100 points"
tail -n 1 "$directory/autolab.out" >"$directory/autolab.json"
json "$directory/autolab.json" '[.scores[]] | add' 100 "autolab: 100 points"
json "$directory/all.json" '.score, (.tests | length), ([.tests[].name | split("/")[0]] | unique[])' \
    "100 $checks $lab" "all: 100 points, names are LAB/check"

# ---- isolation ---------------------------------------------------------------------------------

says "$directory/text.out" "isolation: isolated: " "programs are isolated without being asked"
says "$directory/user.out" "isolation: isolated: " "... for an ordinary user too"
says "$directory/autolab.out" "isolation: limits-only: " "limits-only, when asked for"
if [ "$(id -u)" -eq 0 ]; then
    start separate "$grade" "$lab" "$solution" --isolation separate-uid
    finish separate
    is "$status:$(head -n 1 "$directory/separate.out")" "0:$lab: 100 of 100 points" \
        "separate-uid: the same verdict"
    says "$directory/separate.out" "isolation: separate-uid: " "... and the report says so"
else
    skip "separate-uid" "only root can change to another user"
    run "$grade" "$lab" "$solution" --isolation separate-uid
    is "$status" 3 "separate-uid, which only root can give: exit status 3"
fi

# Without user namespaces: in one that allows no other. Nothing of the machine is changed.
cat >"$directory/without_namespaces" <<'EOF'
#!/bin/sh
echo 0 >/proc/sys/user/max_user_namespaces || exit 77
exec setpriv --inh-caps=-all --ambient-caps=-all "$@"
EOF
chmod 755 "$directory/without_namespaces"
run "$as_user" unshare --map-current-user --keep-caps \
    "$directory/without_namespaces" "$grade" "$lab" "$solution"
if [ "$status" = 77 ]; then
    skip "an ordinary user without namespaces" "they cannot be switched off here"
else
    is "$status:$(wc -c <"$out" | tr -d ' ')" 3:0 "an ordinary user without namespaces: refused"
    says "$err" "--isolation limits-only" "... naming the option for code that one trusts"
    run "$as_user" unshare --map-current-user --keep-caps \
        "$directory/without_namespaces" "$fake" "$lab" "$solution" --isolation limits-only
    is "$status" 0 "... with which it grades"
fi

# Root in a namespace that knows all users, as in a container, is told from outside who is who.
start holder unshare --user sleep 60
holder=$(cat "$directory/holder.pid")
in_other_namespace() {
    [ "$(readlink /proc/self/ns/user)" != "$(readlink "/proc/$holder/ns/user")" ]
}
await 5 in_other_namespace
if { echo '0 0 65536' >"/proc/$holder/uid_map" && echo '0 0 65536' >"/proc/$holder/gid_map"; } \
    2>/dev/null; then
    run nsenter --user --target "$holder" "$directory/without_namespaces" \
        "$grade" "$lab" "$solution"
    is "$status:$(head -n 1 "$out")" "0:$lab: 100 of 100 points" \
        "root without namespaces: the same verdict"
    says "$out" "isolation: separate-uid: " "... as another user, and the report says so"
else
    skip "root without namespaces" "needs root"
fi
kill -KILL "$holder" 2>/dev/null

# ---- what a student's program can reach --------------------------------------------------------

# A server of the machine's own.
mkdir "$directory/host"
gcc -std=gnu17 -I "$directory/kit/kit" -o "$directory/host/server" "$solution/server.c" \
    "$directory/kit/kit/libcommon.a" -pthread
start host "$directory/host/server" 127.0.0.1:0
listening() { grep -q '^listening on ' "$directory/host.out"; }
await 5 listening
port=$(sed -n 's/^listening on .*://p' "$directory/host.out")

new_submission
cat >"$submission/server.c" <<EOF
#define PORT $port
#define SOLUTION "$root/solutions/$lab/server.c"
#define SUBMISSION "$submission/server.c"
#define KIT "$directory/kit/checks/$lab"
#define DIRECTORY "$directory/tmp"
EOF
cat >>"$submission/server.c" <<'EOF'
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Short lines, and few: a report shows no more. */
static void tell(const char *what, int done)
{
    static int told;
    fprintf(stderr, "%s: %s;%c", what, done ? "GOT IN" : "denied", ++told % 3 == 0 ? '\n' : ' ');
}

static int opens(const char *path, int flags)
{
    char byte;
    int fd = open(path, flags, 0666);
    return fd != -1 && ((flags & O_ACCMODE) != O_RDONLY || read(fd, &byte, 1) == 1);
}

static int connects(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
}

/* There are ourselves and the first process of our sandbox. */
static int sees_others(void)
{
    int others = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; proc != NULL && (entry = readdir(proc)) != NULL;)
        others += atoi(entry->d_name) > 1 && atoi(entry->d_name) != getpid();
    return others > 0;
}

static int has_descriptors(void)
{
    int count = 0;
    for (int fd = 3; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count > 0;
}

int main(void)
{
    tell("descriptors", has_descriptors());
    tell("solution", opens(SOLUTION, O_RDONLY));
    tell("solution by the first process", opens("/proc/1/root" SOLUTION, O_RDONLY));
    tell("submission", opens(SUBMISSION, O_RDONLY));
    tell("kit", opens(KIT, O_RDONLY));
    tell("suite", opens("/grading/suite", O_RDONLY));
    tell("shadow", opens("/etc/shadow", O_RDONLY));
    tell("writing to the workspace", opens("/grading/forged", O_WRONLY | O_CREAT));
    tell("writing beside workspaces", opens(DIRECTORY "/forged", O_WRONLY | O_CREAT));
    tell("writing to itself", opens("/lab/server", O_WRONLY));
    tell("writing to /usr", opens("/usr/bin/forged", O_WRONLY | O_CREAT));
    tell("processes", sees_others());
    tell("signals", kill(-1, 0) == 0);
    tell("connection", connects());
    tell("namespaces", unshare(CLONE_NEWUSER) == 0);
    tell("root", setuid(0) == 0);
    return 1;
}
EOF
gcc -std=gnu17 -o "$directory/host/hostile" "$submission/server.c"
run "$directory/host/hostile"
for what in solution submission kit "writing beside workspaces" processes connection; do
    says "$err" "$what: GOT IN" "outside a sandbox, the hostile program gets there: $what"
done
rm -f "$TMPDIR/forged"
served=$(grep -c '^served' "$directory/host.out")
exec 9>"$directory/gradebook"
run "$grade" "$lab" "$submission"
exec 9>&-
is "$status:$(grep -c '^  FAIL  listens ' "$out")" 1:1 "a hostile program fails its checks"
sed -n 's/^.*tell("\([^"]*\)".*/\1/p' "$submission/server.c" >"$directory/attempts"
while read -r what; do
    says "$out" "$what: denied" "within a sandbox, out of reach: $what"
done <"$directory/attempts"
is "$(grep -c '^served' "$directory/host.out")" "$served" "the machine's server was not reached"
kill "$(cat "$directory/host.pid")"

# The compiler reads a student's file: neither it nor the report may be led astray.
new_submission
cat >"$submission/server.c" <<EOF
#warning \033[31m$(printf '\033[31m\033]0;forged\007')
#include "$root/solutions/$lab/server.c"
EOF
cp "$solution/client.c" "$submission"
run "$grade" "$lab" "$submission"
is "$status:$(grep -c '^  FAIL  builds ' "$out")" 1:1 "the compiler does not see the solutions"
! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$out"
result $? "the report has no byte that a terminal would act on"
for file in /etc/shadow "$directory/kit/checks/$lab" /dev/stdin /proc/self/environ; do
    printf '__asm__(".incbin \\"%s\\"");\nint main(void) { return 0; }\n' "$file" \
        >"$submission/server.c"
    cp "$submission/server.c" "$submission/client.c"
    fake_suite "$directory/fake/checks/$lab" 'if [ -e /grading/programs/client ]; then
        record second failed; else record second passed; fi'
    run "$fake" "$lab" "$submission"
    is "$status" 0 "the assembler does not see $file"
done

is "$(ls "$TMPDIR")" "" "no workspace is left"
echo "1..$number"
exit "$failed"
