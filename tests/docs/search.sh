#!/bin/sh
# Tests of the site's search: its index holds the text of each page, of its figures too, and each
# entry leads to a place that is there. Where node is installed the search itself is run. Prints TAP;
# run it from the repository's root when the site is built.

# shellcheck source=tests/docs/words.sh
. tests/docs/words.sh

# places INDEX: page#anchor of each entry.
places() {
    sed -n -e 's/^window.searchIndex=\[\[//' -e 's/^"\([^"]*\)","\([^"]*\)",".*/\1#\2/p' "$1"
}

# anchors DIRECTORY: page#id of each id, and page# of each page.
anchors() (
    cd "$1" || exit
    for page in *.html; do echo "$page#"; done
    grep -o ' id="[^"]*"' ./*.html | sed -e 's,^\./,,' -e 's/: id="/#/' -e 's/"$//'
)

# entries INDEX PAGE: those of one page.
entries() {
    sed 's/^window.searchIndex=\[\[//' "$1" | grep -F "\"$2\","
}

# drawn PAGE: a word of the figures that stands nowhere else in the page.
drawn() {
    awk -v RS='<' '
        /^(svg)[ >]/ { svg = 1 }
        /^\/svg>/ { svg = 0 }
        {
            text = $0
            sub(/[^>]*>/, "", text)
            gsub(/[^ a-z_]/, " ", text)
            count = split(text, words, / +/)
            for (i = 1; i <= count; i++) if (length(words[i]) > 4)
                if (svg) drawing[words[i]] = 1; else prose = prose " " words[i]
        }
        END { for (word in drawing) if (!index(prose, word)) print word }' "$1" | LC_ALL=C sort | head -n 1
}

for edition in $editions; do
    for language in en ko; do
        about="$edition, $language"
        pages=$(site "$edition")/$language
        index=$pages/search-index.js
        [ "$(places "$index" | wc -l)" -gt 200 ]
        result $? "$about: the index has entries"
        anchors "$pages" | LC_ALL=C sort -u >"$directory/anchors"
        places "$index" | LC_ALL=C sort -u | LC_ALL=C comm -23 - "$directory/anchors" >"$directory/wrong"
        empty "$directory/wrong" "$about: each entry leads to a place that is there"
        places "$index" | sed 's/#.*//' | LC_ALL=C sort -u >"$directory/indexed"
        docs/tools/contents.sh "$language" "$edition" | sed "s/$tab.*/.html/" | LC_ALL=C sort -u |
            LC_ALL=C comm -23 - "$directory/indexed" >"$directory/wrong"
        empty "$directory/wrong" "$about: each page of the contents has entries"
        grep -n -o '.\{0,40\}\(&\(#[0-9]*\|amp\|lt\|gt\|quot\|nbsp\|zwj\|[nm]dash\|hellip\);\|<[/a-z][^>]* class=\).\{0,20\}' "$index" >"$directory/wrong"
        empty "$directory/wrong" "$about: no tag or entity is left in the text"
    done
done

site=$(site student)
entries "$site/ko/search-index.js" lab-01-blocking.html >"$directory/entries"
says "$directory/entries" '연결 요청' 'the Korean text is in the index'
entries "$site/en/search-index.js" address_8h.html >"$directory/entries"
says "$directory/entries" 'address_resolve()' 'a function of a header is in the index'
word=
for page in "$site"/en/*.html; do
    ! grep -q '<svg' "$page" || word=$(drawn "$page")
    [ -z "$word" ] || break
done
if [ -z "$word" ]; then
    skip 'a word of a figure is in the index' 'no figure has a word of its own'
else
    entries "$site/en/search-index.js" "${page##*/}" >"$directory/entries"
    says "$directory/entries" "$word" 'a word of a figure is in the index'
fi

# finds LANGUAGE QUERY PLACE: among the first results that a reader sees.
finds() {
    node tests/docs/search.js "$site/$1" "$2" 2>&1 | head -n "${4:-5}" >"$directory/hits"
    says "$directory/hits" "$3" "$1: \`$2\` finds $3"
}

if ! command -v node >/dev/null; then
    skip 'the search finds what it should' 'node is not installed'
else
    finds en 'address_resolve' address_8h.html 1
    finds en 'short writes' 'lab-01-blocking.html#short-reads-and-short-writes' 10
    finds en 'zombie' lab-02-fork.html 10
    finds en 'time_wait' lab-01-blocking.html 30
    finds ko '소켓' lab-01-blocking.html 10
    finds ko '연결 요청' lab-01-blocking.html 30
    finds ko '좀비' lab-02-fork.html 10
    [ -z "$word" ] || finds en "$word" "${page##*/}"
    is "$(node tests/docs/search.js "$site/en" xyzzyplugh)" '' 'what is nowhere finds nothing'
fi

# ---- the test itself finds errors --------------------------------------------------------------

printf 'window.searchIndex=[["a.html","x","A","","text"],[\n"a.html","","A","B","x"],[\n]].slice(0,-1);\n' \
    >"$directory/index.js"
is "$(places "$directory/index.js" | tr '\n' ' ')" 'a.html#x a.html# ' 'found: the places of an index'
is "$(entries "$directory/index.js" a.html | wc -l)" 2 'found: the entries of a page'
printf '<p>prose stream</p><svg><text>stream backlog</text></svg>' >"$directory/drawn.html"
is "$(drawn "$directory/drawn.html")" backlog 'found: a word that only a figure has'

echo "1..$number"
exit "$failed"
