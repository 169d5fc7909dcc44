#!/bin/sh
# Makes the site's figures: figures.sh DIRECTORY writes NAME.en.svg and NAME.ko.svg for each source
# in docs/figures/ there, to be pasted into a page with docs/theme/figures.css.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: figures.sh DIRECTORY" >&2
    exit 2
fi
here=$(dirname "$0")
mkdir -p "$1"

for source in "$here"/../figures/*.fig; do
    name=$(basename "$source" .fig)
    for language in en ko; do
        awk -v name="$name" -v language="$language" -f "$here/figure.awk" "$source" > "$1/$name.$language.svg.new"
        mv "$1/$name.$language.svg.new" "$1/$name.$language.svg"
    done
done
