#!/bin/sh
# Tests of the labs' handouts against what the grader says: every section that the grader's
# feedback names is there, every link inside the page leads somewhere, and every check of the
# suite is told of. Prints TAP; run it from the repository's root.
#
# BUILD says where the suites are, build/ by default.

: "${BUILD:=build}"
symptoms=tests/checks/symptoms
[ -d "$symptoms" ] || { echo "Bail out! run this from the repository's root"; exit 1; }
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
number=0
failed=0

# empty FILE DESCRIPTION: one line of TAP; what the file holds is what went wrong.
empty() {
    number=$((number + 1))
    if [ ! -s "$1" ]; then
        echo "ok $number - $2"
        return
    fi
    echo "not ok $number - $2"
    sed 's/^/# missing: /' "$1"
    failed=1
}

# filled FILE DESCRIPTION: a list without a line would let everything pass.
filled() {
    number=$((number + 1))
    if [ -s "$1" ]; then
        echo "ok $number - $2"
        return
    fi
    echo "not ok $number - $2"
    failed=1
}

# text FILE: a page without its blocks of code, whose lines are no headings and no links.
text() {
    awk '/^ *```/ { code = !code; next } !code' "$1"
}

# sections FILE...: the last string of each SYMPTOM, which may be spread over lines. A \" inside a string
# is no end of it.
sections() {
    cat "$@" | sed -e 's/\\"/ /g' | awk '
        /^SYMPTOM\(/ { entry = "" }
        { entry = entry $0 }
        /"\)[ ]*$/ {
            count = split(entry, strings, "\"")
            if (count > 1) print strings[count - 1]
            entry = ""
        }' | LC_ALL=C sort -u
}

# headings: standard input without its marks. slugs: as links name them: in lower case, without
# punctuation, a hyphen for each blank.
headings() {
    sed -n 's/^##* //p' | LC_ALL=C sort -u
}

slugs() {
    tr '[:upper:]' '[:lower:]' | sed -e 's/[^a-z0-9 _-]//g' -e 's/ /-/g' | LC_ALL=C sort -u
}

# links: the targets of all links inside the page. A line can have several.
links() {
    grep -o '](#[^)]*)' | sed -e 's/^](#//' -e 's/)$//' | LC_ALL=C sort -u
}

# names SUITE: its checks. The first line tells the programs.
names() {
    "$1" --list | cut -f 1 | grep -v '^programs$' | LC_ALL=C sort -u
}

# catalogue LAB: the files whose sections are those of the lab's own handout.
catalogue() {
    case $1 in
    01-*) echo "$symptoms/stream.def" ;;
    *) echo "$symptoms/concurrent.def" "$symptoms/$1.def" ;;
    esac
}

for file in "$symptoms"/*.def; do
    entries=$(grep -c '^SYMPTOM(' "$file")
    ends=$(sed -e 's/\\"/ /g' "$file" | grep -c '")[ ]*$')
    [ "$entries" -eq "$ends" ] || echo "$file: $entries entries, $ends ends"
done >"$directory/unended"
empty "$directory/unended" 'each entry of the catalogue ends in a section'

for handout in labs/[0-9]*/README.md; do
    lab=$(basename "$(dirname "$handout")")
    text "$handout" >"$directory/text"
    headings <"$directory/text" >"$directory/headings"
    slugs <"$directory/headings" >"$directory/slugs"
    links <"$directory/text" >"$directory/links"
    # shellcheck disable=SC2046 # a list of files
    sections $(catalogue "$lab") >"$directory/sections"
    filled "$directory/sections" "$lab: the catalogue of symptoms names sections"

    LC_ALL=C comm -23 "$directory/sections" "$directory/headings" >"$directory/missing"
    empty "$directory/missing" "$lab: each section that the grader names is in the handout"
    LC_ALL=C comm -23 "$directory/links" "$directory/slugs" >"$directory/missing"
    empty "$directory/missing" "$lab: each link inside the handout leads to a heading"

    names "$BUILD/checks/$lab" >"$directory/names" 2>/dev/null
    filled "$directory/names" "$lab: the suite lists its checks"
    while read -r name; do
        grep -qF "\`$name\`" "$directory/text" || echo "$name"
    done <"$directory/names" >"$directory/missing"
    empty "$directory/missing" "$lab: each check of the suite is in the handout"
done

echo "1..$number"
exit "$failed"
