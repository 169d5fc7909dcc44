#!/bin/sh
# Keeps the grader's texts in other languages up to date. To be run in the repository's root, with
# the suites built.
#
#     messages.sh template             print all English texts, as a template of gettext
#     messages.sh headings LANGUAGE    print the headings of the handouts in that language
#     messages.sh update LANGUAGE      bring tests/messages/LANGUAGE.po up to date
#     messages.sh check LANGUAGE       say what it lacks; exit status 1 where it lacks anything
#
# Texts are found by the names of the functions that take them (tests/messages/messages.h), in the
# catalogue of symptoms, and in the suites' tables. A text that has changed keeps its translation,
# marked as fuzzy: somebody has to look at it and take the mark away. Headings are translated by the
# handouts: README.md and README.LANGUAGE.md have the same ones in the same order.
set -eu
: "${BUILD:=build}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# extract OPTION... FILE...: the texts that these keywords and flags find, as an own catalogue.
extract() {
    xgettext --language=C --from-code=UTF-8 --exclude-file="$scratch/no-texts" --keyword \
        --add-location=file --sort-by-file --package-name=socket-labs --output=- "$@" |
        sed '/^"POT-Creation-Date:/d; /^#, no-c-format$/d; s/charset=CHARSET/charset=UTF-8/'
}

# A function of two texts is looked for twice. What is nothing but a place for an argument is no
# text.
find_in_sources() {
    printf 'msgid "%s"\nmsgstr ""\n\n' '%s' '%s: %s' >"$scratch/no-texts"
    set -- tests/checks/*.c tests/class/report.c tests/grader/*.c tests/probe/*.c tests/sandbox/*.c
    extract --keyword=step:1 --keyword=note:1 --keyword=broken:1 \
        --keyword=failed:2 --keyword=translated:1 --keyword=MESSAGE:1 --keyword=expect_rest:2 \
        --keyword=expect_all_gone:3 --keyword=expect_totals:2 --keyword=expect_one_thread:2 \
        --keyword=expect_complaint:3 --keyword=check_out_of_tasks:1 \
        --flag=failed:2:no-c-format --flag=step:1:c-format --flag=note:1:c-format \
        --flag=broken:1:c-format --flag=text:1:c-format --flag=warn:1:c-format \
        --flag=translated:1:pass-c-format --flag=MESSAGE:1:pass-c-format "$@" >"$scratch/first"
    extract --keyword=failed:3 --flag=failed:3:c-format "$@" >"$scratch/second"
    msgcat --use-first --sort-by-file "$scratch/first" "$scratch/second" >"$scratch/sources"
}

# Of the commands to try by hand, those that are no commands alone.
find_in_symptoms() {
    for argument in 2 3; do
        extract --keyword=SYMPTOM:$argument tests/checks/symptoms/*.def >"$scratch/$argument"
    done
    msggrep --msgid --extended-regexp \
        -e '^stop ' -e ' in two ' -e ', (some|then|later|with|while|and|clients|another|1,100) ' \
        -e ' \((and|again|while|then|before|after|it|of the|twice)[ )]' "$scratch/3" >"$scratch/by-hand"
    msgcat --use-first "$scratch/2" "$scratch/by-hand" | sed 's/, c-format//' >"$scratch/symptoms"
}

# entries: lines NAME, TEXT, TRANSLATION with tabs between become entries whose context is NAME;
# without a name they have none.
entries() {
    printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    sed 's/\\/\\\\/g; s/"/\\"/g' | awk -F '\t' '!seen[$1, $2]++ {
        print ""
        if ($1 != "") print "#: " $1 "\nmsgctxt \"" $1 "\""
        print "msgid \"" $2 "\"\nmsgstr \"" $3 "\""
    }'
}

# A check's sentence is the fifth of its suite's columns.
find_in_tables() {
    for suite in "$BUILD"/checks/*; do
        "$suite" --list
    done | awk -F '\t' '$1 != "programs" { print "\t" $5 "\t" }' | entries >"$scratch/tables"
}

headings_of() {
    awk '/^ *```/ { code = !code } !code && sub(/^## /, "")' "$1"
}

list_headings() {
    for page in labs/*/README.md; do
        other=${page%.md}.$1.md
        [ -f "$other" ] || continue
        headings_of "$page" >"$scratch/these"
        headings_of "$other" >"$scratch/those"
        if [ "$(wc -l <"$scratch/these")" -ne "$(wc -l <"$scratch/those")" ]; then
            echo "messages.sh: $page and $other do not have the same headings" >&2
            return 1
        fi
        paste "$scratch/these" "$scratch/those" | sed "s,^,$page\t,"
    done
}

write_headings() {
    list_headings "$1" >"$scratch/list"
    entries <"$scratch/list" >"$scratch/headings"
}

write_template() {
    find_in_sources
    find_in_symptoms
    find_in_tables
    msgcat --use-first "$scratch/sources" "$scratch/symptoms" "$scratch/tables" \
        >"$scratch/template"
}

# What the sources have no more is dropped: the catalogue's history has it.
merge() {
    write_template
    write_headings "$1"
    catalogue=tests/messages/$1.po
    msgcat --use-first "$scratch/template" "$scratch/headings" >"$scratch/wanted"
    msggrep --invert-match --msgctxt -e '^labs/' "$catalogue" >"$scratch/without"
    msgcat --use-first "$scratch/without" "$scratch/headings" >"$scratch/known"
    msgmerge --quiet --previous "$scratch/known" "$scratch/wanted" |
        msgattrib --no-obsolete --width=100 >"$scratch/new"
}

update() {
    merge "$1"
    cp "$scratch/new" "$catalogue"
}

# list WORDS OPTION: the English texts of those entries that msgattrib finds.
list() {
    msgattrib --no-wrap "$2" "$scratch/new" | awk -v words="$1" '
        /^msgid / { text = substr($0, 7); next }
        /^msgstr/ && text != "" && text != "\"\"" { print words ": " text }
        /^msgstr/ { text = "" }
        /^"/ && text != "" { text = text " " $0 }'
}

check() {
    merge "$1"
    {
        msgfmt --check-format --output-file="$scratch/compiled" "$catalogue" || :
        list 'without a translation' --untranslated
        list 'older than its English text' --only-fuzzy
        cmp -s "$scratch/new" "$catalogue" || echo "$catalogue is not up to date: make messages"
    } >"$scratch/lacks" 2>&1
    cat "$scratch/lacks"
    [ ! -s "$scratch/lacks" ]
}

case "$#${1-}" in
1template) write_template && cat "$scratch/template" ;;
2headings) write_headings "$2" && cat "$scratch/headings" ;;
2update) update "$2" ;;
2check) check "$2" ;;
*)
    echo 'usage: messages.sh template | (headings | update | check) LANGUAGE' >&2
    exit 2
    ;;
esac
