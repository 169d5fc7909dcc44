# Makes the index of the search from the finished pages of one language: a script that holds an
# entry for each section, [page, anchor, title of the page, title of the section, text]. Text is
# all that a reader sees, the words of the figures included.
#
#     awk -f search.awk DIRECTORY/*.html > DIRECTORY/search-index.js

function plain(text) {
    gsub(/<\/?(a|b|code|em|i|span|strong|tt)( [^>]*)?>/, "", text)
    gsub(/<[^>]*>/, " ", text)
    gsub(/&#39;/, "'", text)
    gsub(/&#92;/, "\\\\", text)
    gsub(/&quot;/, "\"", text)
    gsub(/&lt;/, "<", text)
    gsub(/&gt;/, ">", text)
    gsub(/&#160;|&nbsp;|&#9670;/, " ", text)
    gsub(/&amp;/, "\\&", text)
    gsub(/[ \t\r\n]+/, " ", text)
    sub(/^ /, "", text)
    sub(/ $/, "", text)
    return text
}

function quoted(text) {
    gsub(/\\/, "\\\\&", text)
    gsub(/"/, "\\\"", text)
    gsub(/[\001-\037]/, " ", text)
    return "\"" text "\""
}

function finish_section() {
    text = plain(text)
    if (text != "" || section != "")
        print quoted(page) "," quoted(anchor) "," quoted(title) "," quoted(plain(section)) "," quoted(text) "],["
    text = section = anchor = ""
}

BEGIN { printf "window.searchIndex=[[" }

FNR == 1 {
    if (NR > 1) finish_section()
    page = FILENAME
    sub(/.*\//, "", page)
    title = ""
    contents = toc = heading = 0
}
/<h1 class="title">/ {
    title = $0
    sub(/.*<h1 class="title">/, "", title)
    title = plain(title)
}
/<div class="contents">/ { contents = 1 }
/<nav class="(toc|neighbours)"/ { toc = 1 }
toc && /<\/nav>/ { toc = 0; next }
/<!-- contents -->/ { contents = 0 }
!contents || toc { next }

# <h3><span class="anchor" id="NAME"></span>, and the heading's text on the next line; or an anchor of its
# own before the heading of a function.
/<h[2-5]/ {
    if (match($0, /<span class="anchor" id="[^"]*"/) || pending != "") {
        finish_section()
        anchor = RSTART > 0 ? substr($0, RSTART + 25, RLENGTH - 26) : pending
        pending = ""
        heading = 1
    }
}
/^<span class="anchor" id="[^"]*"><\/span>$/ {
    split($0, part, "\"")
    pending = part[4]
    next
}
heading {
    section = section " " $0
    if (/<\/h[2-5]>/) heading = 0
    next
}
{ text = text " " $0 }

END {
    finish_section()
    print "]].slice(0,-1);"
}
