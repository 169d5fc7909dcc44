#!/bin/sh
# Test of the catalogues of tests/messages, in TAP: that they are complete and up to date, and that
# tests/messages/messages.sh tells when they are not. Usage: messages.sh, from the repository's root,
# with the suites built.
set -u
export LC_ALL=C.UTF-8

root=$(pwd)
BUILD=$(cd "${BUILD:-build}" && pwd) || exit 1
export BUILD
[ -f tests/messages/messages.sh ] || { echo "Bail out! run this from the repository's root"; exit 1; }
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=tests/unit/words.sh
. tests/unit/words.sh

for catalogue in tests/messages/*.po; do
    language=$(basename "$catalogue" .po)
    is "$(tests/messages/messages.sh check "$language" 2>&1)" "" \
        "$catalogue has every text, each as new as its English one"
    is "$(grep -c "{\"en\".*\"$language\"" tests/grader/language.c)" 1 "$language can be chosen"
done

# ---- what the check finds ----------------------------------------------------------------------

copy=$directory/copy
mkdir "$copy"
cp -R --parents tests/checks tests/class tests/grader tests/messages tests/probe tests/sandbox \
    labs/*/README*.md "$copy"
cd "$copy" || exit 1
check() {
    tests/messages/messages.sh check ko >"$directory/said" 2>&1
}
check
result $? "a copy is complete"

# finds WORDS DESCRIPTION: so the check does, and fails.
finds() {
    check
    is "$?" 1 "$2: found"
    says "$directory/said" "$1" "$2: it says which"
}

# afresh: the sources and the catalogue as they were.
afresh() {
    cp -R "$root/tests/checks" "$root/tests/messages" tests
}

sed -i 's/"a client can connect to the announced address"/"a client can reach the announced address"/' \
    tests/checks/echo.c
finds 'older than its English text: "a client can reach the announced address"' \
    "a text that has changed"
tests/messages/messages.sh update ko
finds 'older than its English text' "a changed text that nobody has looked at"
says tests/messages/ko.po '#| msgid "a client can connect to the announced address"' \
    "... what it was is kept beside it"
msgattrib --clear-fuzzy --clear-previous --width=100 --output-file=tests/messages/ko.po \
    tests/messages/ko.po
check
result $? "when somebody has looked at it, all is well"

afresh
sed -i '/^void check_echoes(void)/,/^}/s/{$/{\n    step("zzz \\"qqq\\" 한");/' \
    tests/checks/stream.c
finds 'without a translation: "zzz \"qqq\" 한"' "a new text"

afresh
sed -i '/^msgid "its connection with %s"/,/^$/s/%s 쪽/%d 쪽/' tests/messages/ko.po
finds "not the same" "a format that takes another argument"

afresh
sed -i '/^msgid "The idea"/,/^$/s/^msgstr .*/msgstr "아무것"/' tests/messages/ko.po
finds "is not up to date" "a heading that is not the handout's"
sed -i '0,/^## /s/^## .*//' labs/02-fork/README.ko.md
finds "do not have the same headings" "a handout that lacks a heading"

echo "1..$number"
exit "$failed"
