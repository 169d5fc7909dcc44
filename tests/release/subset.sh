#!/bin/sh
# Decides what may be handed out, and puts it into a new directory: the labs up to one, what the
# grader needs to grade them, and what students read. What is not named here stays here. Every
# package holds this subset.
#
#     subset.sh SOURCE TARGET LAB COMMIT
#
# SOURCE holds a commit's files; LAB is the last lab that is released.
set -eu
source=$1
target=$2
upto=$3
commit=$4
release=$source/tests/release
cd "$source"

# take FILE...
take() {
    cp -p --parents "$@" "$target"
}

# Skeletons are cut from the solutions, also where somebody has committed an edited one.
take_lab() {
    for file in $(find "labs/$1" -type f | sort); do
        case $file in
        *.c) cut_skeleton "$file" ;;
        *) take "$file" ;;
        esac
    done
}

cut_skeleton() {
    mkdir -p "$target/$(dirname "$1")"
    awk -f solutions/skeleton.awk "solutions/${1#labs/}" >"$target/$1"
    cmp -s "$1" "$target/$1" ||
        echo "release: $1 differs from its solution's skeleton, which is packed" >&2
}

# The lab's own file of the catalogue, and the files of what is shared, come with their sources.
# Of the others only those entries are taken that a source here names.
take_symptoms() {
    grep -rhow 'SYMPTOM_[A-Za-z0-9_]*' "$target/tests" | sort -u >"$target/used"
    for file in tests/checks/symptoms/*.def; do
        owner=${file##*/}
        owner=tests/checks/${owner%.def}.c
        if [ -f "$target/$owner" ]; then
            take "$file"
        else
            awk -f "$release/symptoms.awk" "$target/used" "$file"
        fi
    done >"$target/shared"
    if [ -s "$target/shared" ]; then
        {
            echo '/* Symptoms that later labs have too. */'
            echo
            cat "$target/shared"
        } >"$target/tests/checks/symptoms/shared.def"
    fi
    rm -f "$target/used" "$target/shared"
    list_symptoms
}

# Of the lines that include a file, those whose file is here, and the shared one.
list_symptoms() {
    awk -v target="$target/" '
        function is_there(file, line, found) {
            found = (getline line < (target file)) >= 0
            close(target file)
            return found
        }
        /^#include "/ && !is_there(substr($2, 2, length($2) - 2)) { next }
        { print }
        /^#define HANDOUT ""$/ && is_there(shared) { print "#include \"" shared "\"" }
        ' shared=tests/checks/symptoms/shared.def tests/checks/symptoms.def \
        >"$target/tests/checks/symptoms.def"
}

# Of the texts in other languages, those that are here in English.
take_messages() {
    (cd "$target" && find tests -name '*.[ch]' -o -name '*.def' | sort) >"$target/sources"
    for catalogue in tests/messages/*.po; do
        # shellcheck disable=SC2046 # no name here has a blank
        (cd "$target" && awk -f "$release/messages.awk" $(cat sources) catalogue=1 \
            "$source/$catalogue" >"$catalogue")
    done
    rm -f "$target/sources"
}

# A table row for each lab, by the first line of its handout: "# Lab 01: an echo server, ...".
lab_rows() {
    for lab in $labs; do
        title=$(sed -n '1s/^# Lab [0-9]*: //p' "labs/$lab/README.md")
        echo "| [$lab](labs/$lab/README.md) | $title |"
    done
}

# fill TEMPLATE NAME: the page NAME with what this kit has.
fill() {
    sed -e "s/@UPTO@/$upto/g" -e "s/@COMMIT@/$commit/g" \
        -e "/^@LABS@$/{r $target/rows" -e 'd}' \
        "$release/$1" >"$target/$2"
}

# What an example needs of common/ may come with a later lab.
is_complete() {
    # shellcheck disable=SC2013 # no name has a blank
    for header in $(sed -n 's,^#include "\(common/.*\)".*,\1,p' "$1"); do
        [ -f "$target/$header" ] || return
    done
}

# The site of a student: explanation and reference, nothing for instructors and on adding to the kit.
take_docs() {
    take docs/Doxyfile.?? docs/contents.txt docs/tools/*.awk docs/theme/* docs/figures/* \
        docs/tools/contents.sh docs/tools/figures.sh docs/tools/site.sh
    for page in mainpage student machine socket tcp-ip sockets-of-a-server connection short-reads \
        process models byte-order families calls errno glossary command-line; do
        take docs/*/"$page.md"
    done
    for example in docs/examples/*.c; do
        if is_complete "$example"; then take "$example"; fi
    done
}

# The directories that are not here are no input of Doxygen's.
cut_doxyfile() {
    awk -v target="$target" '
        /^INPUT *=/ { input = 1 }
        input {
            more = /\\$/
            for (i = 1; i <= NF; i++)
                if ($i ~ /^[A-Za-z]/ && $i != "INPUT" && system("test -e " target "/" $i) != 0)
                    $i = ""
            input = more
        }
        { print }' docs/Doxyfile >"$target/docs/Doxyfile"
}

labs=$(cd labs && for lab in [0-9]*; do
    echo "$lab"
    [ "$lab" != "$upto" ] || break
done)
mkdir "$target"
take .clang-format .editorconfig .gitignore LICENSE
suites=
programs=
for lab in $labs; do
    take_lab "$lab"
    suites="$suites tests/checks/$lab.c"
    programs="$programs $(echo "labs/$lab/"*.c)"
done
# shellcheck disable=SC2046 # no name here has a blank
take $(find tests/grader tests/sandbox tests/probe -type f | sort) \
    tests/host/doctor.sh tests/host/packages.sh
# shellcheck disable=SC2046,SC2086
take $(awk -f "$release/includes.awk" $programs $suites tests/checks/suite.c \
    tests/grader/*.c tests/sandbox/*.c tests/probe/*.c | grep -v '^labs/')
take_docs
take_symptoms
take_messages
awk -f "$release/makefile.awk" Makefile >"$target/Makefile"
lab_rows >"$target/rows"
fill student/README.md README.md
rm "$target/rows"
cut_doxyfile
for page in "$target"/docs/*/mainpage.md; do
    awk -v directory="${page%/*}" -f "$release/mainpage.awk" "$page" >"$target/page"
    cat "$target/page" >"$page"
done
# How the pages are tested is no business of a kit, and names wrong submissions.
for page in "$target"/labs/*/*.md "$target"/docs/*/*.md; do
    awk '/^ *<!-- (run|not run|snippet)/ { comment = 1 } !comment { print } /-->/ { comment = 0 }' \
        "$page" >"$target/page"
    cat "$target/page" >"$page"
    awk -v directory="${page%/*}" -f "$release/links.awk" "$page" >"$target/page"
    cat "$target/page" >"$page"
done
rm "$target/page"
