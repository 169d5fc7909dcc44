#!/bin/sh
# Grades one submission of a class: `grade-one.sh NUMBER LAB`, in the class's directory, or in one
# like it on another machine. Leaves verdicts/NUMBER/LAB/record, or `failed` with what the grader
# said, and prints a line for the progress. ISOLATION, REPORT_LANGUAGE
# and GRADE_JOBS are passed on when set.
#
# The verdict takes its place by rename(2). One that is there already stands: the run that wrote
# it was killed before it could say so.
set -u
number=$1 lab=$2
staged=staged/$number/$lab at=verdicts/$number/$lab

# A refused submission is told of by what was handed in, and not by where it was staged: a file
# that is missing there may have been left out for a reason, which stands in `refused`.
in_students_words() {
    awk -v staged="$staged/" -v file="$1" '
        FILENAME == file { reason = reason (FNR > 1 ? "\\n" : "") $0; next }
        sub(/^refusal /, "") {
            at = index($0, staged)
            line = substr($0, 1, at - 1) substr($0, at + length(staged))
            print "refusal " (reason != "" ? reason : line)
            next
        }
        { print }' "$1" "$at/record.part"
}

grade() {
    said=$("$(dirname "$0")/grade" "$lab" "$staged" --format record --output "$at/record.part" \
        --jobs "${GRADE_JOBS:-4}" ${ISOLATION:+--isolation "$ISOLATION"} \
        --language "${REPORT_LANGUAGE:-en}" 2>&1)
    status=$?
    [ "$status" -le 2 ] || return
    if [ "$status" -eq 2 ]; then
        refused=/dev/null
        [ ! -f "$staged/refused" ] || refused=$staged/refused
        in_students_words "$refused" >"$at/record.part2" &&
            mv "$at/record.part2" "$at/record.part" || return
    fi 2>/dev/null
    mv "$at/record.part" "$at/record" 2>/dev/null
}

mkdir -p "$at" || exit 3
if [ ! -f "$at/record" ]; then
    if grade; then
        rm -f "$at/failed"
    else
        # Where even that cannot be written, the verdict is missing all the same.
        { printf 'exit status %s\n%s\n' "$status" "$said" >"$at/failed.part" &&
            mv "$at/failed.part" "$at/failed"; } 2>/dev/null
        rm -f "$at/record.part" "$at/record.part2"
    fi
fi
echo "$number $lab"
[ -f "$at/record" ]
