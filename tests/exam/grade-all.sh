#!/bin/sh
# Grades every submission of the exam, the solutions and the skeletons, several at a time.
#
# usage: grade-all.sh BUILD OUT
#
# Leaves OUT/LAB/KIND/NAME.json (Gradescope's form, read by exam.sh) for each; KIND is right,
# wrong, solution or skeleton. A grading that could not be done leaves what it said in NAME.log.
# A submission whose file exam says `seconds: N` is given N seconds for each check, in place of 600.
# JOBS says how many at a time; each of them runs several checks at once by itself. KINDS says
# which kinds: all of them, unless it is set.
set -eu
build=$1
out=$2
: "${JOBS:=3}"
: "${KINDS:=solution skeleton right wrong}"
wanted() {
    case " $KINDS " in *" $1 "*) ;; *) return 1 ;; esac
}

rm -rf "$out"
{
    for lab in tests/submissions/[0-9]*/; do
        lab=$(basename "$lab")
        ! wanted solution || printf '%s solution %s solutions/%s\n' "$lab" "$lab" "$lab"
        # The skeleton as it is handed out, and not what a student has made of it in labs/.
        mkdir -p "$out/skeletons/$lab"
        for file in solutions/"$lab"/*.c; do
            awk -f solutions/skeleton.awk "$file" > "$out/skeletons/$lab/$(basename "$file")"
        done
        ! wanted skeleton || printf '%s skeleton %s %s/skeletons/%s\n' "$lab" "$lab" "$out" "$lab"
        for kind in right wrong; do
            wanted "$kind" || continue
            for submission in tests/submissions/"$lab"/"$kind"/*/; do
                printf '%s %s %s %s\n' "$lab" "$kind" "$(basename "$submission")" "$submission"
            done
        done
    done
} | BUILD=$build OUT=$out xargs -P "$JOBS" -L 1 sh -c '
    mkdir -p "$OUT/$1/$2"
    into=$OUT/$1/$2/$3
    GRADE_CHECK_SECONDS=$(sed -n "s/^seconds: //p" "$4/exam" 2> /dev/null) \
        "$BUILD/grade" "$1" "$4" --format gradescope --output "$into.json" 2> "$into.log"
    status=$?
    echo "$status" > "$into.status"
    if [ "$status" -gt 1 ]; then echo "not ok - $1/$2/$3 exit status $status: $(cat "$into.log")"; fi
' grade
mkdir -p "$out/lists"
for suite in "$build"/checks/[0-9]*; do "$suite" --list > "$out/lists/$(basename "$suite")"; done
