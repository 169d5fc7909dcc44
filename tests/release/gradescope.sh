#!/bin/sh
# The autograder for Gradescope, gradescope-LAB.zip: the student's kit up to LAB, and what
# Gradescope asks for at the archive's root, setup.sh and run_autograder. RUBRIC is a file that
# is put beside them and handed to the grader. Started by release.sh.
set -eu
. "$SOURCE/tests/release/pack.sh"
expect_one_lab
package=$SCRATCH/gradescope
mkdir "$package"
subset "$package/kit" "$LAB"
cp "$SOURCE/tests/release/gradescope/setup.sh" "$SOURCE/tests/release/gradescope/run_autograder" \
    "$package"
echo "$LAB" >"$package/lab"
if [ -n "${RUBRIC:-}" ]; then
    [ -f "$RUBRIC" ] || give_up "RUBRIC=$RUBRIC: no such file"
    cp "$RUBRIC" "$package/rubric"
    chmod u=rw "$package/rubric"
fi
zip_of "$package" "$SCRATCH/gradescope-$LAB.zip"
deliver "gradescope-$LAB.zip"
