#!/bin/sh
# Tests of the printed handouts: `make handouts-pdf` comes first. Prints TAP; run it from the
# repository's root when the site is built too.

# shellcheck source=tests/docs/words.sh
. tests/docs/words.sh
pdfs=$BUILD/docs/pdf

# heading PAGE: the last heading of a Markdown page, without its marks.
heading() {
    awk '/^ *```/ { code = !code } !code && /^##+ / { last = $0 } END { gsub(/^#+ +|`/, "", last); print last }' "$1"
}

# blank FILE: the numbers of pages without any text but their number.
blank() {
    pdftotext "$1" - | awk -v RS='\f' '{ text = $0; gsub(/[0-9 \/\n]/, "", text) } text == "" && $0 != "" { print NR }'
}

for language in en ko; do
    for english in labs/*/README.md; do
        lab=${english#labs/}
        lab=${lab%/*}
        source=$english
        [ "$language" = en ] || source=${english%.md}.$language.md
        file=$pdfs/$lab.$language.pdf
        about=$lab.$language.pdf
        [ -s "$file" ]
        result $? "$about is there"
        [ -s "$file" ] || continue
        title=$(sed -n 's/^# //p' "$source" | head -n 1 | tr -d '`')
        pdfinfo "$file" >"$directory/info"
        says "$directory/info" "$title" "$about: its title is the handout's"
        # Lines are broken anywhere, also between pages: neither blanks nor the pages' numbers count.
        pdftotext "$file" - | tr '\f' '\n' | grep -vE '^[0-9]+ / [0-9]+$' | tr -d ' \n' >"$directory/text"
        says "$directory/text" "$(heading "$source" | tr -d ' ')" "$about: it goes on to the last heading"
        words=$(awk '/^ *```/ { code = !code; next } !code && /^[^<#`|*_[]+$/ && length($0) > 20 { last = $0 }
            END { print last }' "$source" | tr -d ' ')
        says "$directory/text" "$words" "$about: the last line of plain text is in it"
        blank "$file" >"$directory/wrong"
        empty "$directory/wrong" "$about: no page is empty"
        # The column emb of pdffonts, counted from the end: a name may have blanks.
        pdffonts "$file" | awk 'NR > 2 && $(NF - 4) != "yes"' >"$directory/wrong"
        empty "$directory/wrong" "$about: all fonts are embedded"
        [ "$(pdffonts "$file" | wc -l)" -gt 3 ]
        result $? "$about: it has fonts"
    done
done
echo "1..$number"
exit "$failed"
