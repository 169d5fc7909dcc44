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

# html MODEL POINTS: the points of each lab. The page is read as XML, whose parsers forgive nothing.
html() {
    report "$1" html
    is "$(xmllint --noout "$file" 2>&1)" "" "html of $1: well-formed"
    is "$(head -n 1 "$file")" '<!DOCTYPE html>' "html of $1: it says what it is"
    is "$(values '//section/p[@class="score"]/text()')" "$2" "html of $1: the points"
    xpath 'concat(count(//h1), count(//main), count(/html[@lang="en"]), count(//style))' 1111 \
        "html of $1: one heading, one main part, a language, one style sheet"
    is "$(grep -o '<h[1-6]' "$file" | tr -d '<h' | awk '$1 > last + 1; { last = $1 }')" "" \
        "html of $1: headings in order"
    xpath 'count(//table) = 0 or (count(//th) > 0 and not(//th[not(@scope)]))' true \
        "html of $1: every head of a table says of what"
    xpath 'count(//script | //@src | //@style | //link | //iframe | //form | //img |
        //@*[starts-with(name(), "on")] | //@href[not(starts-with(., "#"))])' 0 \
        "html of $1: no script, nothing fetched"
    is "$(grep -Eic '<script|https?:|url\(|@import' "$file")" 0 "html of $1: not in another way"
    xpath "starts-with(//meta[@http-equiv='Content-Security-Policy']/@content, \"default-src \
'none'; style-src 'unsafe-inline'\")" true "html of $1: and the browser is told so"
    values '//@id' | sed 's/ *id=/\n/g;s/"//g' | grep . | sort >"$directory/ids"
    is "$(uniq -d "$directory/ids")" "" "html of $1: no anchor twice"
    values '//@href' | sed 's/ *href=/\n/g;s/["#]//g' | grep . | sort -u >"$directory/links"
    is "$(comm -13 "$directory/ids" "$directory/links")" "" "html of $1: every link leads somewhere"
}

# values EXPRESSION: what xmllint finds in $file, blanks between.
values() {
    xmllint --xpath "$1" "$file" 2>/dev/null | tr '\n' ' ' | sed 's/  */ /g;s/ $//'
}

# html_checks MODEL: the table has the names and points that Gradescope gets.
html_checks() {
    "$print_report" "$1" gradescope >"$directory/gradescope"
    is "$(values '//th[@role="rowheader"]//text()')" "$(names "$1" | sed 's|0[12]-[a-z]*/||g')" \
        "html of $1: names"
    is "$(values '//td[contains(@class, "points")]/text()' | sed 's/ of /of/g')" \
        "$(jq -r '(has("score") | not) as $none | .tests[] |
            "\(if $none then "-" else .score end)of\(.max_score)"' "$directory/gradescope" |
            tr '\n' ' ' | sed 's/ $//')" "html of $1: points of the checks"
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

html passed '100 of 100 points'
html mixed '30 of 100 points'
html broken 'no score'
html unknown 'no score'
html two '100 of 100 points 30 of 100 points'
html refused '100 of 100 points 0 of 100 points'
html broken-of-two '100 of 100 points no score'
html sources '30 of 100 points 100 of 100 points'
html rubric '90 of 100 points'
for model in passed mixed broken unknown two; do
    report $model html
    html_checks $model
done

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

# What the page says, and what is behind its anchors.
report mixed html
is "$(values '//tr/td[1]/span/text()')" ' passed passed failed skipped failed' \
    "html: what became of each check, in words"
is "$(xmllint --xpath 'string(//dt[.="came"]/following-sibling::dd[1])' "$file" | head -n 2)" \
    "$nasty" "html: a nasty value survives"
xpath 'count(//article[@id="01-blocking-echoes"]//ol/li)' 4 "html: the steps"
xpath 'string(//li[@class="gap"]/@value)' 10 "html: a gap has the number of its last step"
xpath 'string(//dt[.="server was"]/following-sibling::dd[2])' 'server, a child: ended' \
    "html: where the programs were"
xpath 'string(//dt[.="by hand"]/following-sibling::dd[1]/pre/code)' \
    "printf 'a\\0b' | nc -N 127.0.0.1 7000 | od -c" "html: the command"
xpath 'string(//tr[@id="01-blocking-tally"]//a/@href)' '#01-blocking-echoes' \
    "html: a skipped check leads to the one that failed"
xpath 'contains(//h3[.="Notes"]/following-sibling::dl/dd, "<b> & ]]>")' true "html: a note"
xpath "string(//dt[.='rubric']/following-sibling::dd)" "the kit's own points" \
    "html: no rubric"
report rubric html
xpath 'concat(//dt[.="rubric"]/following-sibling::dd, "; ",
    //dt[.="deduction"]/following-sibling::dd)' \
    'late <2 days>: 5 points a day; 10 points' "html: a rubric and its deduction"
report broken html
xpath "contains(//tr[@id='01-blocking-listens'], '\"quotes\"')" true "html: why there is no verdict"
report refused html
xpath "contains(//h2[.='02-fork']/following-sibling::div, '\"quotes\"')" true "html: why it was refused"

report sources html
hidden='U+202E'
xpath 'string(//title)' "</title><script> [$hidden]한글 😀: 2 labs" "html: a name in the title"
xpath 'string(//h1)' "</title><script> ${hidden}한글 😀" "html: the name"
xpath 'string(//time/@datetime)' '1970-01-02T00:00:00Z' "html: when it was graded"
line='//li[@id="01-blocking-server.c-L'
xpath 'count(//li[starts-with(@id, "01-blocking-server.c-L")])' 10 "html: the lines of a file"
xpath "string(${line}1\"]/code)" 'int a; /* "quotes" '\''single'\'' <tag> & &amp; ]]> \n \ %s %d #hash # SKIP' \
    "html: a line of markup"
xpath "contains(${line}7\"], '</details><script>alert(1)</script> */')" true "html: ends of markup are text"
xpath "string(${line}8\"]/code)" 'int b; /*U+202E } U+2066 if (admin)U+2069 */' \
    "html: directions are named"
xpath "count(${line}8\"]/code/mark)" 3 "html: and marked"
xpath "string(${line}9\"]/code)" 'int U+0000cU+0000 U+0000; U+001B[2J � 한글 😀' \
    "html: bytes that are no text"
xpath "concat(${line}2\"]/div[1]/p, '; ', ${line}2\"]/div[2]/p)" \
    "warning: <b>unused</b> & $hidden; note: U+001B[31mdeclared here" \
    "html: remarks below their line"
xpath "string(${line}2\"]/div/pre)" "$(printf '    2 | </samp></pre><script>\n      |  ^')" \
    "html: what the compiler drew"
is "$(xmllint --xpath '//h4[@id="01-blocking-server.c"]/following-sibling::ul[1]/li' "$file" |
    grep -c 'href=')" 2 "html: links to the lines that are there"
xpath 'string(//h4[@id="01-blocking-server.c"]/following-sibling::ul[1]/li[4])' \
    'common/io.h:3:1: error: of <another> file' "html: a remark without a line"
xpath 'count(//li[starts-with(@id, "01-blocking-long.c-L")])' 5000 "html: as many lines as are shown"
xpath 'concat(count(//details[@open]), " of ", count(//details))' '3 of 4' \
    "html: a long source is closed"
xpath 'string(//h4[@id="01-blocking-long.c"]/following-sibling::details[1]/p)' \
    'Not shown: the 1000 lines after line 5000, 10000 bytes.' "html: what is left out of a file"
xpath 'count(//h4[@id="01-blocking-long.c"]/following-sibling::ul[1]/li/a)' 1 \
    "html: no link to a line that is left out"
xpath 'concat(string-length(//li[@id="01-blocking-wide.c-L1"]/code), " ",
    //li[@id="01-blocking-wide.c-L1"]/p)' \
    '4000 1044576 more bytes of this line are not shown.' "html: what is left out of a line"
xpath 'count(//h4[.="</h4><script>.c"])' 1 "html: a file's name"
is "$(($(wc -c <"$file") < 600000))" 1 "html: the page stays small"

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
