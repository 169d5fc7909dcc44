#!/bin/sh
# Prints the site's table of contents from docs/contents.txt, a line for each page that is there:
#
#     contents.sh LANGUAGE EDITION        LANGUAGE en or ko, EDITION student or instructor
#
#     LABEL <tab> FILE <tab> ENGLISH FILE <tab> GROUP
#
# LABEL is the name of the page's HTML file, the same in both languages. A page that is not written
# in the language is left out here: translations.sh says so, and fails.
set -eu
language=$1
edition=$2

label() {
    case $1 in
    labs/*) label=lab-${1#labs/} && label=${label%/*} ;;
    solutions/*) label=solution-${1#solutions/} && label=${label%/*} ;;
    *) label=${1##*/} && label=${label%.md} ;;
    esac
    [ "$label" != mainpage ] || label=index
}

translation() {
    case $language$1 in
    en*) file=$1 ;;
    *docs/en/*) file=docs/$language/${1#docs/en/} ;;
    *) file=${1%.md}.$language.md ;;
    esac
}

group=
while read -r kind rest; do
    case $kind in
    group) group=$rest ;;
    page | instructor)
        [ "$kind" = page ] || [ "$edition" = instructor ] || continue
        # shellcheck disable=SC2086 # it may be a pattern
        for english in $rest; do
            label "$english"
            translation "$english"
            [ ! -f "$file" ] || printf '%s\t%s\t%s\t%s\n' "$label" "$file" "$english" "$group"
        done
        ;;
    esac
done <docs/contents.txt
