# Mends the HTML of one page that Doxygen made: a heading for the page and one level less for those
# below it, anchors without the prefix that made them unique, landmarks, the language switch, what
# comes before and after, and boxes that can be scrolled with the keyboard. What it reads is the
# output of Doxygen 1.9.4; tests/docs/html.sh sees when another version writes otherwise.
#
#     awk -v label=LABEL -v language=en -v contents=CONTENTS -f finish.awk LABEL.html

BEGIN {
    while ((getline line < contents) > 0) {
        split(line, part, "\t")
        if (part[1] == label) here = count + 1
        count++
        labels[count] = part[1]
        group[count] = part[4]
    }
    other = language == "en" ? "ko" : "en"
}

# A line of the frame's table of contents: its text is the page's title.
/^<li><a href="[^"]*\.html">.*<\/a><\/li>$/ && !body {
    split($0, part, "\"")
    name = part[2]
    sub(/\.html$/, "", name)
    text = $0
    sub(/^<li><a href="[^"]*">/, "", text)
    sub(/<\/a><\/li>$/, "", text)
    titles[name] = text
    if (name == label) sub(/<a /, "<a aria-current=\"page\" ")
}
!body && /id="site-language"/ { sub(/PAGE/, label) }
/<main / { body = 1 }

function neighbour(number, relation, arrow) {
    if (number < 1 || number > count || group[number] != group[here]) return ""
    return "<a rel=\"" relation "\" href=\"" labels[number] ".html\">" arrow " " titles[labels[number]] "</a>"
}

body {
    gsub("(id|name)=\"" label "__", "&\001")
    gsub(label "__\001", "")
    gsub("href=\"(" label "\\.html)?#" label "__", "&\001")
    gsub(label "__\001", "")
}

/<div class="title">/ {
    sub(/<div class="title">/, "<h1 class=\"title\">")
    sub(/ *<\/div><\/div>/, "</h1></div>") || sub(/ *<\/div>/, "</h1>")
}
# Doxygen leaves the code of a heading as text.
/^<title>/ { gsub(/&lt;\/?tt&gt;/, "") }
toc || raised || /<h[1-4]><a class="anchor"/ {
    gsub(/&lt;tt&gt;/, "<code>")
    gsub(/&lt;\/tt&gt;/, "</code>")
}
/<h[1-4]><a class="anchor"/ {
    match($0, /<h[1-4]>/)
    level = substr($0, RSTART + 2, 1) + 1
    $0 = substr($0, 1, RSTART - 1) "<h" level ">" substr($0, RSTART + 4)
    raised = 1
}
raised && /<\/h[1-4]>/ {
    sub(/<\/h[1-4]>/, "</h" level ">")
    raised = 0
}
/<div class="toc"><h3>/ {
    title = $0
    sub(/.*<h3>/, "", title)
    sub(/<\/h3>.*/, "", title)
    sub(/<div class="toc"><h3>.*<\/h3>/, "<nav class=\"toc\" aria-label=\"" title "\"><h2>" title "</h2>")
    toc = 1
}
toc && /^<\/div>$/ {
    $0 = "</nav>"
    toc = 0
}
# Boxes that show a word's declaration: only Doxygen's own scripts would open them.
/^<div class="ttc"/ { next }

# Doxygen writes a character that nobody sees, and that a reader would copy along with a command.
{ gsub(/&zwj;/, "") }

# The number of an item: page.awk knows it.
/<li>(<p class="startli">)?<span class="item[0-9]+"><\/span>/ {
    match($0, /"item[0-9]+"/)
    number = substr($0, RSTART + 5, RLENGTH - 6)
    sub(/<span class="item[0-9]+"><\/span>/, "")
    sub(/<li>/, "<li value=\"" number "\">")
}

# What HTML had once: names of anchors, places in cells, and ends within a tag. Drawings keep theirs.
/<a [^>]*name="/ {
    gsub(/<a id="[^"]*" name="/, "<span class=\"anchor\" id=\"")
    gsub(/<a name="[^"]*" id="/, "<span class=\"anchor\" id=\"")
    gsub(/"><\/a>/, "\"></span>")
}
{
    while (match($0, /<a class="anchor" id="[^"]*"><\/a>/))
        $0 = substr($0, 1, RSTART - 1) "<span" substr($0, RSTART + 2, RLENGTH - 4) "span>" substr($0, RSTART + RLENGTH)
}
/ v?align="/ { gsub(/ (valign|align)="[a-z]*"/, "") }
/<(br|hr|link|img|meta|input)/ { while (sub(/<(br|hr|link|img|meta|input)[^>]*\/>/, "&\001")) sub(/ ?\/>\001/, ">") }

# Hangul is two columns wide in a drawing, and in few fonts twice as wide as the letters beside it: each
# run of words gets the width that the drawing counts on. Bytes, not characters: under LC_ALL=C.
function columns(text,    done, run, rest, wide) {
    while (match(text, hangul "([,.:]? ?([0-9A-Za-z]+[,.:]? ?)?" hangul ")*[,.:)!]*")) {
        rest = run = substr(text, RSTART, RLENGTH)
        wide = gsub(/[\352-\355][\200-\277][\200-\277]/, "", rest)
        done = done substr(text, 1, RSTART - 1) "<span class=\"columns\" style=\"width:" \
               2 * wide + length(rest) "ch\">" run "</span>"
        text = substr(text, RSTART + RLENGTH)
    }
    return done text
}
BEGIN { hangul = "([\352-\355][\200-\277][\200-\277])+" }
/<div class="line">/ {
    start = index($0, "<div class=\"line\">")
    $0 = substr($0, 1, start - 1) columns(substr($0, start))
}
# The code of a page is a box that may be wider than the screen.
{ gsub(/<div class="fragment">/, "<div class=\"fragment\" tabindex=\"0\">") }
# A bar inside of a table's cell is written \|, which Doxygen leaves as it is inside of code.
table { gsub(/\\\|/, "|") }
/<table class="(markdownTable|doxtable)">/ { sub(/<table /, "<div class=\"table\" tabindex=\"0\"><table "); table = 1 }
table && /<\/table>/ { sub(/<\/table>/, "</table></div>"); table = 0 }

# The list of files stays unfolded: its buttons are none for a keyboard.
/<div class="levels">/ { sub(/<div class="levels">.*<\/div>/, "") }
/ onclick="toggleFolder/ {
    gsub(/<span id="[^"]*" class="arrow" onclick="[^"]*">[^<]*<\/span>/, "")
    gsub(/ onclick="[^"]*"/, "")
}

/<\/div><!-- contents -->/ && here && group[here] != "" {
    before = neighbour(here - 1, "prev", "←")
    after = neighbour(here + 1, "next", "→")
    if (before after != "")
        print "<nav class=\"neighbours\" aria-label=\"" (language == "en" ? "Neighbouring pages" : "앞뒤 문서") "\">" \
              before after "</nav>"
}
{ print }
