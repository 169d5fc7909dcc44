#!/bin/sh
# Tests that the C code on all pages is that of compiled sources, and tests the tool that compares it. Prints
# TAP; run it from the repository's root.
. tests/unit/words.sh

[ -e docs/tools/snippets.awk ] || { echo "Bail out! run this from the repository's root"; exit 1; }
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT

# compare PAGE...: what the tool says of them.
compare() {
    awk -f docs/tools/snippets.awk "$@"
}

# complains PAGE WORDS DESCRIPTION: the tool finds something wrong with the page, and says so.
complains() {
    compare "$1" >"$directory/said"
    is $? 1 "$3"
    says "$directory/said" "$2" "$3: it says so"
}

# page FILE MARK LINE...: a page with one block of C, on standard output.
page() {
    printf '# A page\n\n<!-- snippet: %s %s -->\n```c\n' "$1" "$2"
    shift 2
    printf '%s\n' "$@" '```' ''
}

source=$directory/source.c
printf '%s\n' 'int main(void)' '{' '    /* [body] */' '    int a;' '' '    if (a)' '        a = 0;' '    /* [body] */' \
    '    /* [half] */' '}' >"$source"

page "$source" body 'int a;' '' 'if (a)' '    a = 0;' >"$directory/right.md"
is "$(compare "$directory/right.md")" '' 'a block as in its source is right'

page "$source" body 'int b;' '' 'if (a)' '    a = 0;' >"$directory/differs.md"
complains "$directory/differs.md" "$directory/differs.md:5: not as in $source" 'a block that differs is found'
page "$source" body 'int a;' '' 'if (a)' >"$directory/short.md"
complains "$directory/short.md" 'not as in' 'a block that lacks its last line is found'
page "$source" body 'int a;' '' 'if (a)' '    a = 0;' 'a++;' >"$directory/long.md"
complains "$directory/long.md" 'not as in' 'a block with one line more is found'
page "$source" nowhere 'int a;' >"$directory/nowhere.md"
complains "$directory/nowhere.md" 'has the mark [nowhere] 0 times' 'a mark that does not exist is found'
page "$source" half '}' >"$directory/half.md"
complains "$directory/half.md" 'has the mark [half] 1 times' 'a mark without an end is found'
page "$directory/none.c" body 'int a;' >"$directory/none.md"
complains "$directory/none.md" 'there is no file' 'a source that does not exist is found'
printf '%s\n' '# A page' '' '```c' 'int a;' '```' >"$directory/unmarked.md"
complains "$directory/unmarked.md" 'does not say which source' 'a block without a mark is found'
printf '%s\n' '<!-- snippet: a.c b -->' '' 'text' >"$directory/without.md"
complains "$directory/without.md" 'no block of C' 'a mark without a block is found'

solution=$(echo solutions/01-*/server.c)
page "$solution" any 'int a;' >"$directory/student.md"
awk -f docs/tools/snippets.awk "$directory/student.md" >"$directory/said"
is $? 1 'code of a solution on a page for students is found'

cp "$directory/differs.md" "$directory/updated.md"
awk -f docs/tools/snippets.awk -v update=1 "$directory/updated.md" "$directory/right.md" >/dev/null
cmp -s "$directory/updated.md" "$directory/right.md"
result $? 'the update copies the source into the page'
printf '%s\n' '1. A list' '' "   <!-- snippet: $source body -->" '   ```c' '   ```' >"$directory/list.md"
awk -f docs/tools/snippets.awk -v update=1 "$directory/list.md" >/dev/null
says "$directory/list.md" '       a = 0;' 'the update indents as the list does'
is "$(compare "$directory/list.md")" '' 'and what it wrote is right'

for page in README.md labs/*/README*.md docs/*/*.md solutions/*/README*.md; do
    [ -e "$page" ] || continue
    wrong=$(compare "$page")
    is "$wrong" '' "$page: all C code is that of compiled sources"
done

echo "1..$number"
exit "$failed"
