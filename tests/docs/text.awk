# Prints the text of HTML pages as a reader sees it: without tags, with entities as characters, a line
# for each line or block. A record is a tag with the text after it.
#
#     awk -f text.awk PAGE...                     each line behind "PAGE: "
#     awk -v only=words -f text.awk PAGE          a word in each line, of the title and the text alone:
#                                                 without the frame, contents and drawings
#
# Items of an ordered list have their numbers.

BEGIN { RS = "<" }

function decoded(text) {
    gsub(/&lt;/, "<", text)
    gsub(/&gt;/, ">", text)
    gsub(/&quot;/, "\"", text)
    gsub(/&#39;|&#x27;|&apos;/, "'", text)
    gsub(/&#92;/, "\\\\", text)
    gsub(/&#160;|&nbsp;|&#xa0;/, " ", text)
    gsub(/&ndash;|&#8211;/, "–", text)
    gsub(/&mdash;|&#8212;/, "—", text)
    gsub(/&hellip;|&#8230;/, "…", text)
    gsub(/&amp;/, "\\&", text)
    return text
}

function show(text, count, i, lines) {
    if (only != "words") {
        count = split(text, lines, "\n")
        for (i = 1; i <= count; i++) if (lines[i] ~ /[^ \t]/) print page ": " lines[i]
        return
    }
    count = split(text, lines, /[ \t\n]+/)
    for (i = 1; i <= count; i++) if (lines[i] != "") print lines[i]
}

function finish() {
    if (shown != "") show(decoded(shown))
    shown = ""
}

FNR == 1 { finish(); page = FILENAME; comment = lists = skipped = 0; inside = only != "words" }

{
    end = index($0, ">")
    tag = substr($0, 1, end - 1)
    text = substr($0, end + 1)
    sub(/^\/?[^ \n\t\/]*/, "&\001", tag)
    name = substr(tag, 1, index(tag, "\001") - 1)
}
comment || name ~ /^!--/ {
    if (only == "words" && /^!-- contents -->/) inside = 0
    if (comment = !match($0, /-->/)) next
    shown = shown substr($0, RSTART + 3)
    next
}
only == "words" && name == "h1" { inside = 1 }
only == "words" && tag ~ /class="contents"/ { inside = 1 }
name ~ /^(script|style)$/ || (only == "words" && (tag ~ /^nav.*class="(toc|neighbours)"/ || name == "svg")) {
    skipped = "/" name
}
{
    if (name ~ /^(ol|ul)$/) {
        lists++
        item[lists] = name == "ul" ? "" : match(tag, /start="[0-9]+"/) ? substr(tag, RSTART + 7, RLENGTH - 8) : 1
    } else if (name ~ /^\/(ol|ul)$/ && lists) lists--
    if (name == "li" && inside && !skipped && item[lists] != "") {
        if (match(tag, /value="[0-9]+"/)) item[lists] = substr(tag, RSTART + 7, RLENGTH - 8)
        shown = shown "\n" (item[lists]++) ". "
    }
    if (name !~ /^\/?(a|abbr|b|code|em|i|small|span|strong|sub|sup|tspan|tt|u)$/) shown = shown "\n"
    if (skipped) {
        if (name == skipped) { skipped = 0; shown = shown text }
    } else if (inside) shown = shown text
}
only == "words" && name == "/h1" { inside = 0 }
END { finish() }
