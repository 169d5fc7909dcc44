#!/bin/sh
# Tests of the site's HTML: what the makers of the pages promise holds on each of them, Doxygen fails
# on a warning, and the text of a page is all there. Prints TAP; run it from the repository's root
# when the site is built.

# shellcheck source=tests/docs/words.sh
. tests/docs/words.sh
root=$PWD

# look DIRECTORY: what html.awk finds wrong in the site.
look() (
    cd "$1" || exit
    # shellcheck disable=SC2046 # names without blanks
    awk -f "$root/tests/docs/html.awk" $(pages . | grep /)
)

found() {
    sed -n "s/^$1$tab//p" "$directory/found" >"$directory/wrong"
}

# ---- the test itself finds errors --------------------------------------------------------------

# finds KIND DESCRIPTION COMMAND: in a page of the site that the sed command has spoilt.
finds() {
    mkdir -p "$directory/planted/en"
    sed "$3" "$(site student)/en/errno.html" >"$directory/planted/en/errno.html"
    is "$(look "$directory/planted" | cut -f 1 | sort -u)" "$1" "found: $2"
}

finds '' 'nothing, in a page that is right' ''
finds frame 'a wrong language' 's/<html lang="en">/<html lang="ko">/'
finds frame 'no main' 's/<main [^>]*>/<div>/'
finds frame 'no title' 's/<title>.*<\/title>/<title><\/title>/'
finds heading 'no h1' 's/<h1 [^>]*>/<p>/'
finds heading 'two of h1' 's/<h2>/<h1>/'
finds heading 'a level that is left out' 's/<h3>/<h4>/'
finds box 'a table in no box' 's/<div class="table" tabindex="0">//'
finds box 'code that has no focus' 's/<div class="fragment" tabindex="0">/<div class="fragment">/'
finds rest 'the prefix of an anchor' 's/<span class="anchor" id="/&errno__/'
finds rest 'a word that was not filled in' 's/Skip to the text/TEXT(skip)/'
finds rest 'a page that was not filled in' 's/ko\/errno\.html/ko\/PAGE.html/'
finds rest 'a link that was not resolved' 's/<p>/&@ref errno /;s/<p >/&@ref errno /'
finds mark 'stress that was left as it is' 's/<p *>/&**not**/'
finds mark 'a stray backtick' 's/<p *>/&`/'
finds mark 'a link that was left as it is' 's/<p *>/&[errno](errno.md)/'

# ---- the sites ---------------------------------------------------------------------------------

for edition in $editions; do
    look "$(site "$edition")" >"$directory/found"
    found frame
    empty "$directory/wrong" "$edition: each page has its language, title and landmarks"
    found heading
    empty "$directory/wrong" "$edition: each page has one h1, and no level of heading is left out"
    found box
    empty "$directory/wrong" "$edition: tables and code can be scrolled with a keyboard"
    found rest
    empty "$directory/wrong" "$edition: everything that is filled in has been"
    found mark
    empty "$directory/wrong" "$edition: no mark of Markdown is left in prose"
done

# ---- Doxygen -----------------------------------------------------------------------------------

# The build fails on a warning, so that a site that is there had none. Does it?
mkdir -p "$directory/doxygen"
cat >"$directory/doxygen/right.h" <<'END'
/** @file right.h
 * @brief A header. */
/** A function. */
void right(void);
END
# doxygen_on HEADER: Doxygen as the site runs it, with this input alone.
doxygen_on() {
    {
        cat docs/Doxyfile docs/Doxyfile.en
        echo "INPUT = $directory/doxygen/$1"
        echo "OUTPUT_DIRECTORY = $directory/doxygen"
        echo 'HTML_EXTRA_STYLESHEET ='
        echo 'HTML_EXTRA_FILES ='
        echo 'HTML_FOOTER ='
    } >"$directory/doxygen/Doxyfile"
    doxygen "$directory/doxygen/Doxyfile" >"$directory/said" 2>&1
}
doxygen_on right.h
documented=$?
result "$documented" 'Doxygen takes a header that is documented'
[ "$documented" -eq 0 ] || sed 's/^/# /' "$directory/said"
sed '/A function/d' "$directory/doxygen/right.h" >"$directory/doxygen/wrong.h"
! doxygen_on wrong.h
result $? 'Doxygen fails over a function that is not'
sed 's/A function/See @ref nowhere/' "$directory/doxygen/right.h" >"$directory/doxygen/wrong.h"
! doxygen_on wrong.h
result $? 'Doxygen fails over a link to nothing'

# ---- is the text all there? --------------------------------------------------------------------

# compare SOURCE PAGE: the words that only one of them has, with the place in the source.
compare() {
    awk -f tests/docs/source.awk "$1" >"$directory/source"
    awk -v only=words -f tests/docs/text.awk "$2" >"$directory/text"
    [ -s "$directory/source" ] || echo "$1: no words"
    diff -U 3 "$directory/source" "$directory/text" | awk -v file="$1" '
        function show() {
            if (text != "" && (missing || !inserted)) print file ":" substr(text, 1, 300)
            missing = inserted = 0
            text = ""
        }
        /^@@/ { show(); next }
        $0 == "-<inserted>" { inserted = 1 }
        NR > 2 && /^-/ && $0 != "-<inserted>" { missing = 1 }
        NR > 2 { text = text " " $0 }
        END { show() }'
}

cat >"$directory/page.md" <<'END'
# A `page()`

Words with **stress**, *more* of it, a [link](errno.md#x) and
`code * that | goes
on`.

- an item
1. another
2. the last

| a | b |
| --- | --- |
| `x \| y` | 3 |

<!-- figure: six-steps -->

```text
the same in characters
```

```c
int *a; /* **code** */
```
END
cat >"$directory/page.html" <<'END'
<h1 class="title">A <code>page()</code></h1><div class="contents"><nav class="toc"><h2>x</h2></nav>
<p >Words with <strong>stress</strong>, <em>more</em> of it, a <a href="x">link</a> and <code>code * that | goes on</code>.</p>
<ul><li>an item</li></ul><ol><li>another</li><li>the last</li></ol><table><tr><th>a</th><th>b</th></tr><tr><td><code>x | y</code></td>
<td>3</td></tr></table><svg><text>drawn</text></svg><div class="line"><span>int</span> *a; <span>/* **code** */</span></div>
</div><!-- contents --><footer>x</footer>
END
compare "$directory/page.md" "$directory/page.html" >"$directory/wrong"
empty "$directory/wrong" 'found: nothing, in a page that is complete'
sed 's/, <em>more<\/em>/,/' "$directory/page.html" >"$directory/spoilt.html"
compare "$directory/page.md" "$directory/spoilt.html" | grep -q -e '-more'
result $? 'found: a word that is missing'
sed 's/int/&\&lt;/' "$directory/page.html" >"$directory/spoilt.html"
compare "$directory/page.md" "$directory/spoilt.html" | grep -q -e '+int<'
result $? 'found: a word that has changed'

for edition in $editions; do
    for language in en ko; do
        docs/tools/contents.sh "$language" "$edition" | while IFS=$tab read -r label file _; do
            page=$(site "$edition")/$language/$label.html
            [ -f "$page" ] || { echo "$file: no page $language/$label.html"; continue; }
            compare "$file" "$page" </dev/null
        done >"$directory/wrong"
        empty "$directory/wrong" "$edition, $language: the text of each page is all there"
    done
done

echo "1..$number"
exit "$failed"
