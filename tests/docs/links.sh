#!/bin/sh
# Tests of the site's links: where they lead, that nothing is loaded from elsewhere, that each page is
# reached from the contents, and that students' pages hold nothing of the solutions. Prints TAP; run
# it from the repository's root when the site is built.

# shellcheck source=tests/docs/words.sh
. tests/docs/words.sh
root=$PWD

# look DIRECTORY: what links.awk finds wrong in the site.
look() (
    cd "$1" || exit
    find . -type f | sed 's,^\./,,' >"$directory/files"
    # shellcheck disable=SC2046 # names without blanks
    awk -f "$root/tests/docs/links.awk" "$directory/files" $(grep '\.html$' "$directory/files")
)

# found KIND: of what was looked at last, without the kind.
found() {
    sed -n "s/^$1$tab//p" "$directory/found" >"$directory/wrong"
}

# ---- the test itself finds errors --------------------------------------------------------------

# page LANGUAGE NAME BODY: a page of a small site with the switch to the other language.
page() {
    other=en
    [ "$1" = ko ] || other=ko
    mkdir -p "$directory/planted/$1"
    printf '<html lang="%s"><body>\n<a id="site-language" href="../%s/%s">x</a>\n%s\n</body></html>\n' \
        "$1" "$other" "$2" "$3" >"$directory/planted/$1/$2"
}

planted() {
    rm -rf "$directory/planted"
    for language in en ko; do
        page $language index.html '<a href="a.html#section">a</a>'
        page $language a.html '<h2 id="section">b</h2><a href="https://manpages.debian.org/x">x</a>'
    done
}

# finds KIND DESCRIPTION: exactly one error, and of this kind.
finds() {
    look "$directory/planted" >"$directory/found"
    is "$(cut -f 1 "$directory/found")" "$1" "found: $2"
}

planted
finds '' 'nothing, in a site that is right'
page en a.html '<h2 id="section">b</h2><a href="b.html">no such page</a>'
finds target 'a link to no page'
page en a.html '<h2 id="other">b</h2>'
finds anchor 'a link to no anchor'
page en a.html '<h2 id="section">b</h2><p id="section"><a href="#section">c</a>'
finds id 'an id that is there twice'
page en a.html '<h2 id="section">b</h2><a href="http://example.com/">c</a>'
finds leaves 'a link to a site that is not known'
page en a.html '<h2 id="section">b</h2><img src="https://manpages.debian.org/x.png">'
finds leaves 'a picture from another site'
page en a.html '<h2 id="section">b</h2><a href="../../a.html">c</a>'
finds leaves 'a link out of the folder'
planted
sed 's,ko/a\.html,ko/index.html,' "$directory/planted/en/a.html" >"$directory/page"
cp "$directory/page" "$directory/planted/en/a.html"
finds language 'a switch to another page'
planted
sed /site-language/d "$directory/planted/en/a.html" >"$directory/page"
cp "$directory/page" "$directory/planted/en/a.html"
finds language 'a page without a switch'
planted
page en b.html ''
page ko b.html ''
finds "unreached
unreached" 'pages that no other leads to'

# ---- the sites ---------------------------------------------------------------------------------

for edition in $editions; do
    look "$(site "$edition")" >"$directory/found"
    [ "$(pages "$(site "$edition")" | wc -l)" -gt 50 ]
    result $? "$edition: there are pages to look at"
    found target
    empty "$directory/wrong" "$edition: each link leads to a page"
    found anchor
    empty "$directory/wrong" "$edition: each link's anchor is there"
    found id
    empty "$directory/wrong" "$edition: no id is twice in a page"
    found leaves
    empty "$directory/wrong" "$edition: only links to known references leave the folder"
    found language
    empty "$directory/wrong" "$edition: the switch leads to the same page in the other language"
    found unreached
    empty "$directory/wrong" "$edition: each page is reached from the contents"
    # Style sheets load pictures.
    for sheet in "$(site "$edition")"/*/*.css; do
        grep -o 'url([^)]*)\|@import[^;]*' "$sheet" | sed -e "s/^url([\"']\{0,1\}//" -e "s/[\"']\{0,1\})$//" |
            while IFS= read -r target; do
                case $target in
                data:*) ;;
                *) [ -f "${sheet%/*}/$target" ] || echo "${sheet#"$(site "$edition")/"}: $target" ;;
                esac
            done
    done >"$directory/wrong"
    empty "$directory/wrong" "$edition: what style sheets load is there"
done

# ---- solutions ---------------------------------------------------------------------------------

# The lines that skeleton.awk takes away and no skeleton has, long enough to be somebody's own. Those
# of tests/release/allowed.txt are known to students.
awk -f tests/release/solved.awk solutions/*/*.c 2>/dev/null | LC_ALL=C sort -u >"$directory/solved"
{
    sed 's/^[ \t]*//; s/[ \t]*$//' labs/*/*.c
    sed -n 's/^[^#:]*: //p' tests/release/allowed.txt 2>/dev/null
} | LC_ALL=C sort -u | LC_ALL=C comm -23 "$directory/solved" - >"$directory/secret"

# leaks DIRECTORY: lines of solutions in the text of a site's pages, and in the search's index.
leaks() (
    cd "$1" || exit
    pages . | xargs awk -f "$root/tests/docs/text.awk" | grep -F -f "$directory/secret"
    sed 's/\\"/"/g; s/\\\\/\\/g' ./*/search-index.js 2>/dev/null | grep -oF -f "$directory/secret" |
        sed 's/^/search-index.js: /'
)

if [ ! -d solutions ]; then
    skip 'student: no line of a solution' 'there are no solutions here'
else
    [ "$(wc -l <"$directory/secret")" -gt 50 ]
    result $? 'there are lines of solutions to look for'
    planted
    line=$(sed -n '/&\|</{p;q}' "$directory/secret")
    page en a.html "<div class=\"line\">$(printf '%s\n' "$line" |
        sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/\([(;]\)/<span class="x">\1<\/span>/g')</div>"
    [ "$(leaks "$directory/planted")" = "en/a.html: $line" ]
    result $? 'found: a line of a solution in colours'
    leaks "$(site student)" >"$directory/wrong"
    empty "$directory/wrong" 'student: no page holds a line of a solution'
    (cd "$(site student)" && find . -name '*solution*' -o -name '*mistakes*' -o -name 'instructor-guide*') \
        >"$directory/wrong"
    empty "$directory/wrong" "student: there is no page of the instructors' edition"
    (cd "$(site student)" && grep -o 'href="[^"#]*\(solution-\|solutions/\|instructor-guide\|mistakes\)[^"]*"' \
        ./*/*.html) >"$directory/wrong"
    empty "$directory/wrong" 'student: no link leads to solutions'
fi

echo "1..$number"
exit "$failed"
