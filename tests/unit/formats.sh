#!/bin/sh
# Test of the forms of report, in TAP: parsers that are not ours read what the writers make of
# models filled by hand. Usage: formats.sh PRINT_REPORT (the program of print_report.c)
set -u
export LC_ALL=C.UTF-8

print_report=${1:?usage: formats.sh PRINT_REPORT}
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
file=$directory/report
number=0
failed=0

# is ACTUAL EXPECTED DESCRIPTION: one test, which holds when both are the same.
is() {
    number=$((number + 1))
    if [ "$1" = "$2" ]; then
        echo "ok $number - $3"
        return
    fi
    echo "not ok $number - $3"
    printf 'got:\n%s\nexpected:\n%s\n' "$1" "$2" | sed 's/^/# /'
    failed=1
}

# report MODEL FORMAT: writes the report to $file, and sees that it is whole UTF-8 without a
# byte that a terminal would act on.
report() {
    "$print_report" "$1" "$2" >"$file"
    is $? 0 "$2 of $1 is written"
    iconv -f UTF-8 -t UTF-8 "$file" >"$directory/converted" 2>&1 &&
        ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$file"
    is $? 0 "$2 of $1 is plain UTF-8"
}

# json FILTER EXPECTED DESCRIPTION: what jq finds in $file, values between blanks.
json() {
    is "$(jq -r "$1" "$file" 2>&1 | tr '\n' ' ' | sed 's/ $//')" "$2" "$3"
}

# xpath EXPRESSION EXPECTED DESCRIPTION: what xmllint finds in $file.
xpath() {
    is "$(xmllint --xpath "$1" "$file" 2>&1)" "$2" "$3"
}

# gradescope MODEL SCORE SCORES STATUSES: `-` stands for what must not be there.
gradescope() {
    report "$1" gradescope
    json 'if has("score") then .score else "-" end' "$2" "gradescope of $1: the score"
    json '.tests[] | if has("score") then .score else "-" end' "$3" "gradescope of $1: scores"
    json '.tests[] | .status // "-"' "$4" "gradescope of $1: statuses"
    json '[.tests[].name] | join(" ")' "$(names "$1")" "gradescope of $1: names"
    json '[.execution_time, .tests[].max_score] | map(type) | unique | join(" ")' number \
        "gradescope of $1: numbers are numbers"
    json '[.output, .tests[].output] | map(type == "string" and length > 0) | all' true \
        "gradescope of $1: every output says something"
    json 'if has("score") then .score == ([.tests[].score] | add) else true end' true \
        "gradescope of $1: the score is the sum"
}

# classroom MODEL STATUS MAXIMUM SCORES STATUSES
classroom() {
    report "$1" classroom
    is "$(wc -l <"$file" | tr -d ' ')" 1 "classroom of $1: one line"
    base64 -d "$file" >"$directory/decoded"
    is $? 0 "classroom of $1: base64"
    mv "$directory/decoded" "$file"
    json '.version, .status, .max_score' "1 $2 $3" "classroom of $1: version, status, maximum"
    json '.tests[] | if has("score") then .score else "-" end' "$4" "classroom of $1: scores"
    json '.tests[].status' "$5" "classroom of $1: statuses"
    json '[.tests[].name] | join(" ")' "$(names "$1")" "classroom of $1: names"
    json '[.tests[] | .line_no == 0 and .filename == "" and (.message | length > 0)] | all' \
        true "classroom of $1: the other keys"
}

# autolab MODEL SCORES: a score for each check, or `-` for none at all.
autolab() {
    report "$1" autolab
    is "$(head -n 1 "$file")" "$("$print_report" "$1" text | head -n 1)" \
        "autolab of $1: the text comes first"
    tail -n 1 "$file" >"$directory/last"
    mv "$directory/last" "$file"
    if [ "$2" = - ]; then
        is "$(cut -c 1-9 "$file")" "no score:" "autolab of $1: the last line says why"
        ! jq . "$file" >/dev/null 2>&1
        is $? 0 "autolab of $1: the last line is no JSON"
        return
    fi
    json 'keys[]' scores "autolab of $1: the last line is the autoresult"
    json '.scores[]' "$2" "autolab of $1: scores"
    json '[.scores | keys_unsorted[]] | join(" ")' "$(names "$1")" "autolab of $1: names"
}

# junit MODEL TESTS FAILURES ERRORS SKIPPED SCORE: counts, as attributes and as elements.
junit() {
    report "$1" junit
    is "$(xmllint --noout "$file" 2>&1)" "" "junit of $1: well-formed"
    while read -r count attribute element; do
        xpath "sum(//testsuite/@$attribute)" "$count" "junit of $1: $attribute of the suites"
        xpath "count(//testcase/$element)" "$count" "junit of $1: $attribute in the cases"
    done <<COUNTS
$2 tests .
$3 failures failure
$4 errors error
$5 skipped skipped
COUNTS
    xpath 'concat(/testsuites/@tests, " ", /testsuites/@failures, " ", /testsuites/@errors)' \
        "$2 $3 $4" "junit of $1: counts of the whole"
    xpath "count(//property[@name='score'])" "$(echo "$6" | wc -w | tr -d ' ')" \
        "junit of $1: labs with a score"
    xpath "sum(//property[@name='score']/@value)" "$(($(echo "$6" | sed 's/ /+/g;s/^$/0/')))" \
        "junit of $1: the scores"
}

# tap MODEL TESTS FAILED: prove agrees, and fails where anything did. FAILED is `all` for a
# report that bails out.
tap() {
    report "$1" tap
    cp "$file" "$directory/report.tap"
    prove --exec cat "$directory/report.tap" >"$directory/proved" 2>&1
    status=$?
    is "$(sed -n 1,2p "$file")" "$(printf 'TAP version 13\n1..%s' "$2")" "tap of $1: the plan"
    is "$(sed -n 's/^\(not \)*ok [0-9]* - //p' "$file" | tr '\n' ' ' | sed 's/ $//')" \
        "$(names "$1")" "tap of $1: names"
    is "$(grep -Evc '^(#|ok |not ok |TAP version|1\.\.|Bail out!)' "$file")" 0 \
        "tap of $1: every line is one of TAP"
    is "$(grep -c '^not ok' "$file"):$((status != 0))" "$3:$(($3 > 0))" "tap of $1: failures"
    if [ "$3" -eq 0 ]; then
        grep -q '^Result: PASS' "$directory/proved"
    elif "$print_report" "$1" tap | grep -q '^Bail out! no score:'; then
        grep -q 'Bailout called.*no score' "$directory/proved"
    else
        grep -Eq "Failed $3/$2 subtests|Failed tests?: .*" "$directory/proved" &&
            grep -q "^Files=1, Tests=$2," "$directory/proved"
    fi
    is $? 0 "tap of $1: prove says so"
}

# names MODEL: what the checks are called.
names() {
    passed='builds echoes idles'
    mixed='builds listens echoes tally idles'
    case $1 in
    passed) echo "$passed" ;;
    mixed) echo "$mixed" ;;
    broken) echo 'builds listens echoes' ;;
    unknown) echo 'builds listens' ;;
    two) prefixed "$passed" "$mixed" ;;
    refused) prefixed "$passed" 'builds listens' ;;
    broken-of-two) prefixed "$passed" 'builds listens echoes' ;;
    esac
}

# prefixed NAMES NAMES: the names in two labs.
prefixed() {
    echo "$(echo " $1" | sed 's| | 01-blocking/|g')$(echo " $2" | sed 's| | 02-fork/|g')" |
        sed 's/^ //'
}

gradescope passed 100 '0 60 40' 'passed passed passed'
gradescope mixed 30 '0 30 0 0 0' 'passed passed failed failed failed'
gradescope broken - '- - -' 'passed - failed'
json '.output | contains("no score")' true "gradescope of broken: the output says why"
gradescope unknown - '- -' 'passed -'
gradescope two 130 '0 60 40 0 30 0 0 0' \
    'passed passed passed passed passed failed failed failed'
gradescope refused 100 '0 60 40 0 0' 'passed passed passed failed failed'
json '.tests[4].output | contains("server.c: \"quotes\"")' true \
    "gradescope of refused: the reason"
gradescope broken-of-two - '- - - - - -' 'passed passed passed passed - failed'

classroom passed pass 100 '0 60 40' 'pass pass pass'
classroom mixed fail 100 '0 30 0 0 0' 'pass pass fail fail fail'
classroom broken error 0 '- - -' 'pass error fail'
classroom unknown error 0 '- -' 'pass error'
classroom two fail 200 '0 60 40 0 30 0 0 0' 'pass pass pass pass pass fail fail fail'
classroom refused fail 200 '0 60 40 0 0' 'pass pass pass fail fail'
classroom broken-of-two error 0 '- - - - - -' 'pass pass pass pass error fail'

autolab passed '0 60 40'
autolab mixed '0 30 0 0 0'
autolab broken -
autolab unknown -
autolab two '0 60 40 0 30 0 0 0'
autolab refused '0 60 40 0 0'
autolab broken-of-two -

junit passed 3 0 0 0 100
junit mixed 5 2 0 1 30
junit broken 3 1 1 0 ''
junit unknown 2 0 1 0 ''
junit two 8 2 0 1 '100 30'
junit refused 5 2 0 0 '100 0'
junit broken-of-two 6 1 1 0 100

tap passed 3 0
tap mixed 5 3
tap broken 3 2
tap unknown 2 1
tap two 8 3
tap refused 5 2
tap broken-of-two 6 2

# What a value held comes back from the parser as it was.
nasty=$(printf '%s\n' '"quotes" '\''single'\'' <tag> & &amp; ]]> \n \ %s %d #hash # SKIP' \
    'not ok 1 - forged')
report mixed gradescope
is "$(jq -r '.tests[2].output' "$file" | grep -F -A 1 'came  ' | sed 's/^.\{12\}//')" "$nasty" \
    "gradescope: a nasty value survives"
json '.tests[2].output | contains("\ud55c\uae00 \ud83d\ude00")' true \
    "gradescope: Korean and emoji survive"
report mixed junit
xpath 'string(//testcase[@name="echoes"]/failure/@type)' altered_echo "junit: the symptom"
is "$(xmllint --xpath 'string(//testcase[@name="echoes"]/failure/@message)' "$file" | head -n 2)" \
    "$nasty" "junit: a nasty value survives"
xpath 'string(//testcase[@name="tally"]/skipped/@message)' 'not run, because of echoes' \
    "junit: a skipped check says why"
xpath 'contains(//testcase[@name="builds"]/system-out, "<b> & ]]>")' true "junit: a note"

# The report for people.
report mixed text
is "$(head -n 1 "$file")" '01-blocking: 30 of 100 points' "text: the first line"
is "$(grep -c '^  \(ok  \|FAIL\|skip\)  [a-z]' "$file")" 5 "text: a line for each check"
is "$(grep '^next: ' "$file")" 'next: mend echoes first' "text: what to do next"
is "$(tail -n 1 "$file" | cut -c 1-20)" 'isolation: isolated:' "text: the last line"
is "$(sed 1,8d "$file" | grep -v '^isolation: ' | awk 'length > 92' | wc -l | tr -d ' ')" 0 \
    "text: explanations are wrapped"
report passed text
is "$(grep -c 'well done' "$file")" 1 "text: all passed"
report broken text
is "$(grep -Ec 'no score|void' "$file"):$(grep -Ec '[0-9] of [0-9]' "$file")" 2:0 \
    "text: no score of a broken grading"
report refused text
is "$(grep '^02-fork' "$file")" '02-fork: refused, 0 of 100 points' "text: a refused lab"
report two text
is "$(grep -c ' points$' "$file")" 4 "text: both labs"

echo "1..$number"
exit "$failed"
