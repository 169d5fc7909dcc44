#!/bin/sh
# How long a grading takes, against compiling the same programs without isolation or checks: both
# in turn, so that their ratio holds on a machine whose speed drifts.
#
# usage: grader.sh BUILD
set -eu
build=$1
made=$(mktemp -d)
compile=$made/compile.sh
trap 'rm -rf "$made"' EXIT
cat > "$compile" <<END
for program in server client; do
    gcc -std=gnu17 -Wall -Wextra -g -O1 -I. -o $made/\$program solutions/01-blocking/\$program.c $build/kit/libcommon.a &
    gcc -std=gnu17 -Wall -Wextra -g -O1 -fsanitize=address,undefined -I. -o $made/\$program-asan solutions/01-blocking/\$program.c $build/kit/libcommon-asan.a &
done
wait
END
hyperfine --style basic --warmup 1 --runs 7 --shell none \
    --command-name 'compiling alone' "sh $compile" \
    --command-name 'grading' "$build/grade 01-blocking solutions/01-blocking --output $made/report"
"$build/grade" 01-blocking solutions/01-blocking --verbose | sed -n '/^  seconds/,$p'
