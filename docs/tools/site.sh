#!/bin/sh
# Builds the site in both languages:
#
#     site.sh EDITION BUILD TARGET        EDITION student or instructor
#
# The pages of docs/contents.txt become Doxygen's input under BUILD, Doxygen makes HTML of them and
# of the headers' comments, finish.awk mends the HTML, and search.awk makes the index of the search.
# TARGET is replaced when all of it has worked, and not before.
set -eu
edition=$1
build=$2
target=$3
tools=docs/tools
work=$build/docs/work/$edition
tab=$(printf '\t')
rm -rf "$work"
mkdir -p "$work/html"

# pages LANGUAGE: what Doxygen reads.
pages() {
    failed=0
    mkdir -p "$work/$1"
    $tools/contents.sh "$1" "$edition" >"$work/$1.contents"
    while IFS=$tab read -r _ file english _; do
        awk -f $tools/slugs.awk -f $tools/anchors.awk "$english" "$file" </dev/null
    done <"$work/$1.contents" >"$work/$1.anchors"
    while IFS=$tab read -r label file _; do
        awk -v label="$label" -v file="$file" -v language="$1" -v pages="$work/$1.contents" \
            -v anchors="$work/$1.anchors" -v figures="$build/docs/figures" \
            -f $tools/slugs.awk -f $tools/page.awk "$file" </dev/null >"$work/$1/$label.md" || failed=1
    done <"$work/$1.contents"
    [ ! -f "$work/$1/index.md" ] || mv "$work/$1/index.md" "$work/$1/mainpage.md"
    return $failed
}

# html LANGUAGE: Doxygen's run, and what it leaves undone.
html() {
    awk -v language="$1" -f $tools/header.awk "$work/$1.contents" \
        docs/theme/header.html >"$work/$1.header.html"
    {
        cat "docs/Doxyfile"
        echo "@INCLUDE = docs/Doxyfile.$1"
        echo "INPUT += $work/$1"
        echo "HTML_HEADER = $work/$1.header.html"
        echo "STRIP_FROM_PATH += $work/$1"
        echo "OUTPUT_DIRECTORY = $work/html"
        echo "HTML_OUTPUT = $1"
    } >"$work/$1.Doxyfile"
    doxygen "$work/$1.Doxyfile"
    # Lists that no page leads to, and scripts for what the pages do not have.
    rm -f "$work/html/$1"/globals*.html "$work/html/$1"/pages.html "$work/html/$1"/*sections.js \
        "$work/html/$1"/jquery.js "$work/html/$1"/tabs.css
    for page in "$work/html/$1"/*.html; do
        label=${page##*/}
        LC_ALL=C awk -v label="${label%.html}" -v language="$1" -v contents="$work/$1.contents" \
            -f $tools/finish.awk "$page" >"$work/finished"
        mv "$work/finished" "$page"
    done
}

for language in en ko; do
    pages $language
    html $language
    awk -f $tools/search.awk "$work/html/$language"/*.html >"$work/html/$language/search-index.js"
done
cp docs/theme/choose.html "$work/html/index.html"
rm -rf "$target"
mv "$work/html" "$target"
