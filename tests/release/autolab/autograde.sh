#!/bin/sh
# Builds the grader and grades the handin that lies in the current directory: `server.c` or, for a
# lab of several files, `handin.tar` with them. Started by autograde-Makefile.
#
#     autograde.sh LAB ISOLATION
#
# Exit status: 0 the scores are the last line; otherwise there are none. A handin that cannot be
# graded has 0 points for each check.
set -u
export LC_ALL=C.UTF-8
lab=$1
isolation=$2
kit=autograde/kit

# The handin's files, in a directory of their own. Of an archive only these are taken; the grader
# refuses links.
take_handin() {
    mkdir -p handin
    if [ -e handin.tar ]; then
        tar -tf handin.tar | grep -E '^(\./)?(server|client)\.c$' >members || return 0
        (ulimit -f 4096 && tar -xf handin.tar --no-same-owner -C handin --files-from=members)
        return
    fi
    for file in server.c client.c; do
        if [ -e "$file" ] || [ -L "$file" ]; then
            cp -P "$file" handin/
        fi
    done
}

# No point for any check, in the form of the grader's own scores.
zeros() {
    "$kit/build/checks/$lab" --list | cut -f 1 | grep -v '^programs$' |
        awk '{ printf "%s\"%s\": 0", NR == 1 ? "{\"scores\": {" : ", ", $0 } END { print "}}" }'
}

if ! make --silent --no-print-directory -C "$kit" grader >built 2>&1; then
    cat built
    echo 'autograde: the grader could not be built: no points are given or taken'
    exit 1
fi
take_handin
set -- "$lab" handin --format autolab --output report --format record --output record
[ -z "$isolation" ] || set -- "$@" --isolation "$isolation"
"$kit/build/grade" "$@" >said 2>&1
status=$?
cat said
if [ -s report ]; then
    cat report
    [ "$status" -ne 3 ]
elif [ "$status" -eq 2 ] && [ -s record ]; then
    echo 'The handin cannot be graded: no points.'
    zeros
else
    echo "autograde: the grader ended with exit status $status: no points are given or taken"
    exit 1
fi
