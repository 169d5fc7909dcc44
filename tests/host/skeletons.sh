#!/bin/sh
# Cuts the labs' skeletons from the solutions. A file in labs/ that differs from the skeleton that
# the last commit holds is somebody's work: it is named, and left as it is.
#
# usage: skeletons.sh, from the kit's root. Exit status 1 when something was left.
set -eu
left=0
for solution in solutions/*/*.c; do
    skeleton=labs/${solution#solutions/}
    new=$(mktemp)
    awk -f solutions/skeleton.awk "$solution" > "$new"
    if cmp -s "$new" "$skeleton"; then
        :
    elif [ -e "$skeleton" ] && ! git diff --quiet HEAD -- "$skeleton"; then
        echo "skeletons: $skeleton has been edited: left as it is" >&2
        left=1
    else
        mkdir -p "$(dirname "$skeleton")"
        cp "$new" "$skeleton"
        echo "skeletons: $skeleton is cut anew"
    fi
    rm -f "$new"
done
exit "$left"
