#!/bin/sh
# Test of the language of reports, in TAP: how it is chosen, that wrong submissions are explained in
# it in every field, and that nothing else differs: verdicts, points, names and the forms of report.
# Usage: language.sh, from the repository's root, with build/ and build/report made.
set -u
export LC_ALL=C.UTF-8
unset LANGUAGE LANG LC_MESSAGES

BUILD=${BUILD:-build}
if [ ! -x "$BUILD/grade" ] || [ ! -x "$BUILD/report" ]; then
    echo "Bail out! run this from the repository's root, with $BUILD/grade and $BUILD/report made"
    exit 1
fi
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=tests/unit/words.sh
. tests/unit/words.sh
lab=01-blocking
if ! "$BUILD/grade" $lab solutions/$lab --isolation isolated >"$directory/said" 2>&1 &&
    grep -q 'does not allow the isolation' "$directory/said"; then
    echo '1..0 # SKIP this machine does not let programs be isolated'
    exit 0
fi

# hangul: whether standard input has any. Its bytes are told, as ranges of characters depend on the
# locale.
hangul() {
    LC_ALL=C grep -aqP '[\xEA-\xED][\x80-\xBF][\x80-\xBF]'
}

# utf8 FILE: whether it is.
utf8() {
    iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1
}

# ---- how it is chosen --------------------------------------------------------------------------

# speaks LANGUAGE DESCRIPTION COMMAND...: in which language it refuses an empty directory.
mkdir "$directory/empty"
speaks() {
    expected=$1
    described=$2
    shift 2
    "$@" $lab "$directory/empty" 2>"$directory/said" >/dev/null
    case $?:$(cat "$directory/said") in
    2:*'is missing') found=en ;;
    2:*'없습니다') found=ko ;;
    *) found=$(cat "$directory/said") ;;
    esac
    is "$found" "$expected" "$described"
}

grade=$BUILD/grade
speaks en 'no locale at all' env -u LC_ALL "$grade"
speaks en 'the locale C' env LC_ALL=C "$grade"
speaks en 'the locale C.UTF-8' "$grade"
speaks ko 'LANG' env -u LC_ALL LANG=ko_KR.UTF-8 "$grade"
speaks ko 'LC_MESSAGES before LANG' env -u LC_ALL LC_MESSAGES=ko_KR.UTF-8 LANG=C.UTF-8 "$grade"
speaks en 'LC_ALL before both' env LC_ALL=en_US.UTF-8 LC_MESSAGES=ko_KR LANG=ko_KR "$grade"
speaks ko 'a name without a country' env LC_ALL=ko "$grade"
speaks ko 'LANGUAGE before the locale' env LC_ALL=en_US.UTF-8 LANGUAGE=ko "$grade"
speaks ko 'LANGUAGE: the first that is known' env LC_ALL=de_DE.UTF-8 LANGUAGE=fr:ko_KR:en "$grade"
speaks en 'LANGUAGE: English before Korean' env LC_ALL=ko_KR.UTF-8 LANGUAGE=en:ko "$grade"
speaks en 'LANGUAGE does not count in the locale C' env LC_ALL=C LANGUAGE=ko "$grade"
speaks en 'nor in C.UTF-8' env LANGUAGE=ko "$grade"
speaks en 'a locale of another language' env LC_ALL=fr_FR.UTF-8 "$grade"
speaks en 'a locale that only begins like one' env LC_ALL=kok_IN.UTF-8 "$grade"
speaks ko '--language' "$grade" --language ko
speaks en '--language before the locale' env LC_ALL=ko_KR.UTF-8 "$grade" --language en
speaks en 'make, without a language' env LC_ALL=C.UTF-8 "$grade"

for language in fr '' ko_KR; do
    "$grade" $lab solutions/$lab --language "$language" >"$directory/out" 2>"$directory/said"
    is "$?:$(head -n 1 "$directory/said"):$(wc -c <"$directory/out" | tr -d ' ')" \
        "2:grade: no such language${language:+: }$language:0" "--language '$language': wrong usage"
done
"$BUILD/report" --language fr "$directory/none" >/dev/null 2>"$directory/said"
is "$?:$(head -n 1 "$directory/said")" '2:report: no such language: fr' 'report --language fr: wrong usage'

# Without the catalogue, or with one that is cut short, everything is in English.
mkdir "$directory/kit"
cp -R "$BUILD/grade" "$BUILD/checks" "$BUILD/kit" "$directory/kit"
speaks en 'no catalogue' "$directory/kit/grade" --language ko
cp -R "$BUILD/share" "$directory/kit"
speaks ko '... which lies beside the grader' "$directory/kit/grade" --language ko
catalogue=$directory/kit/share/locale/ko/LC_MESSAGES/socket-labs.mo
head -c 20000 "$catalogue" >"$directory/cut"
cp "$directory/cut" "$catalogue"
speaks en 'a catalogue that was cut short' "$directory/kit/grade" --language ko

# ---- wrong submissions -------------------------------------------------------------------------

# fields RECORD KEY: the values of the fields that have this name, without what is quoted in them.
fields() {
    sed -n "s/^field $2 //p" "$1" | sed -e 's/\\\\"//g; s/"[^"]*"//g' -e 's/\\n/\n/g'
}

# without_texts RECORD: what must be the same in all languages.
without_texts() {
    grep -E '^(lab|check|points|status|needs|programs|holds|field (symptom|handout|read)) ' "$1"
}

# leftovers RECORD: three English words in a row, outside of quotes, in what is told.
leftovers() {
    for key in did expected came where note; do
        fields "$1" $key
    done | grep -E '(^| )[a-z]+ [a-z]+ [a-z]+( |$)'
}

explained() {
    of=$1
    name=$2
    submission=tests/submissions/$of/wrong/$name
    "$grade" "$of" "$submission" --format record --output "$directory/en" >/dev/null 2>&1
    "$grade" "$of" "$submission" --language ko --format record --output "$directory/ko" \
        --format text --output "$directory/text" --format tap --output "$directory/tap" \
        --format gradescope --output "$directory/gradescope" \
        --format html --output "$directory/html" --format junit --output "$directory/junit" \
        >/dev/null 2>&1
    without_texts "$directory/en" >"$directory/verdicts"
    is "$(without_texts "$directory/ko")" "$(cat "$directory/verdicts")" \
        "$of/$name: the same verdicts, points and symptoms"
    is "$(grep -c '^status failed' "$directory/verdicts" | sed 's/^[1-9].*/some/')" some \
        "$of/$name: something failed"
    ! grep '^field ' "$directory/en" | hangul
    result $? "$of/$name: nothing in Korean that was not asked for"
    for key in did expected came; do
        is "$(grep "^field $key " "$directory/ko" | LC_ALL=C grep -avP '[\xEA-\xED][\x80-\xBF]')" '' \
            "$of/$name: '$key' is in Korean"
    done
    is "$(leftovers "$directory/ko")" "" "$of/$name: nothing is left in English"
    is "$(grep -cE '^  (checked|did|expected|came|likely|read)  ' "$directory/text")" 0 \
        "$of/$name: nor the labels"
    sed -n '/^  원인 추정/,/^  [^ ]/p' "$directory/text" | hangul
    result $? "$of/$name: the cause is in Korean"
    is "$(grep -c '^  읽을 곳     labs/[0-9a-z-]*/README.ko.md, ".*" 절$' "$directory/text")" \
        "$(grep -c '^status failed' "$directory/verdicts")" "$of/$name: the Korean handout is named"
}

explained 01-blocking client-prompts
explained 01-blocking missing-semicolon
explained 02-fork one-wait-per-signal
explained 03-thread one-buffer-for-all
explained 04-select highest-not-plus-one
explained 05-poll closes-at-end-of-file

env -u LC_ALL LANG=ko_KR.UTF-8 "$grade" 01-blocking tests/submissions/01-blocking/wrong/client-prompts \
    --format record --output "$directory/by-locale" >/dev/null 2>&1
"$BUILD/report" "$directory/by-locale" >"$directory/said" 2>&1
says "$directory/said" '검사 내용   ' 'LANG=ko_KR.UTF-8: a whole grading in Korean'

# A long list of steps has a gap, which is no step itself.
"$grade" 01-blocking tests/submissions/01-blocking/wrong/keeps-descriptor-after-reset --language ko \
    --output "$directory/text" >/dev/null 2>&1
"$grade" 01-blocking tests/submissions/01-blocking/wrong/keeps-descriptor-after-reset \
    --output "$directory/english" >/dev/null 2>&1
says "$directory/english" '                  (' 'a gap in the steps, in English'
says "$directory/text" '                  (이와 같은 단계 ' '... and in Korean'

# ---- forms of report, from the last of them ----------------------------------------------------

for form in text tap gradescope html junit; do
    utf8 "$directory/$form"
    result $? "$form is UTF-8"
done
is "$(jq -r '.tests[].status' "$directory/gradescope" | sort -u | tr '\n' ' ')" 'failed passed ' \
    "gradescope: statuses stay"
is "$(jq -r '.tests[].name' "$directory/gradescope")" \
    "$(sed -n 's/^check //p' "$directory/verdicts")" "gradescope: names stay"
jq -r '.tests[] | select(.extra_data) | .extra_data.cause' "$directory/gradescope" | hangul
result $? "gradescope: the cause"
is "$(grep -Evc '^(#|ok |not ok |TAP version|1\.\.)' "$directory/tap")" 0 "tap: every line is one of TAP"
is "$(sed -n 's/^\(not \)*ok [0-9]* - //p' "$directory/tap")" \
    "$(sed -n 's/^check //p' "$directory/verdicts")" "tap: names stay"
is "$(xmllint --noout "$directory/html" "$directory/junit" 2>&1)" '' 'html and junit are well-formed'
is "$(xmllint --xpath 'string(/html/@lang)' "$directory/html")" ko 'html: its language'
is "$(xmllint --xpath 'string(//thead//th[1])' "$directory/html")" '결과' 'html: the table'

# ---- build/report ------------------------------------------------------------------------------

"$BUILD/report" "$directory/ko" >"$directory/from-record" 2>&1
is "$(sed 1,2d "$directory/from-record" | head -n 30)" "$("$BUILD/report" --language ko "$directory/ko" |
    sed 1,2d | head -n 30)" 'report: a record is told in its own language'
hangul <"$directory/from-record"
result $? '... which is Korean'
"$BUILD/report" "$directory/en" >"$directory/from-record" 2>&1
! hangul <"$directory/from-record"
result $? '... or English'
"$BUILD/report" --language ko "$directory/en" >"$directory/from-record" 2>&1
says "$directory/from-record" '검사 내용' 'report --language ko of an English record: labels are Korean'
sed -n '/^  원인 추정/,/^  [^ ]/p' "$directory/from-record" | hangul
result $? '... and so are likely causes'
cat >"$directory/rubric" <<'END'
name late
points echoes 11
leave-out idles
due 05-poll 2026-11-20 12:00 +0000
late 10 % a day
END
"$BUILD/report" --rubric "$directory/rubric" --submitted '05-poll=2026-11-22T12:00:00+0000' \
    "$directory/ko" >"$directory/from-record" 2>&1
says "$directory/from-record" '2일 늦음' 'report: what a rubric did is told in Korean'

# ---- a class -----------------------------------------------------------------------------------

mkdir -p "$directory/class/김민수/$lab"
cp tests/submissions/$lab/wrong/client-prompts/*.c "$directory/class/김민수/$lab"
cp -n solutions/$lab/*.c "$directory/class/김민수/$lab"
grade_class() {
    env LC_ALL=ko_KR.UTF-8 BUILD="$BUILD" tests/class/grade-class.sh "$@" >"$directory/said" 2>&1
}
grade_class --language fr "$directory/class" "$directory/out"
is "$?:$(head -n 1 "$directory/said")" '2:grade-class: no such language: fr' \
    'a class, --language fr: wrong usage'
grade_class "$directory/class" "$directory/in-english"
is "$?" 0 'a class is graded'
! hangul <"$(echo "$directory"/in-english/students/*/report.txt)"
result $? '... in English, whatever the locale is'
grade_class --language ko "$directory/class" "$directory/in-korean"
is "$?" 0 '--language ko: it is graded too'
says "$(echo "$directory"/in-korean/students/*/report.txt)" '  검사 내용   ' '... and told in Korean'
is "$(cat "$directory/in-korean/grades.csv")" "$(cat "$directory/in-english/grades.csv")" \
    '... with the same grades'

echo "1..$number"
exit "$failed"
