#!/bin/sh
# Cuts the labs' skeletons from the solutions. A file in labs/ that is not the skeleton of the
# solution as last committed is somebody's work, committed or not: it is named, and left as it is.
#
# usage: skeletons.sh, from the kit's root. Exit status 1 when something was left.
set -eu
left=0
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
for solution in solutions/*/*.c; do
    skeleton=labs/${solution#solutions/}
    awk -f solutions/skeleton.awk "$solution" > "$made/new"
    git show "HEAD:$solution" > "$made/before" 2> "$made/said" || : > "$made/before"
    awk -f solutions/skeleton.awk "$made/before" > "$made/old"
    if cmp -s "$made/new" "$skeleton"; then
        :
    elif [ -e "$skeleton" ] && ! cmp -s "$made/old" "$skeleton"; then
        echo "skeletons: $skeleton has been edited: left as it is" >&2
        left=1
    else
        mkdir -p "$(dirname "$skeleton")"
        cp "$made/new" "$skeleton"
        echo "skeletons: $skeleton is cut anew"
    fi
done
exit "$left"
