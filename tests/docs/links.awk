# Looks at the links and ids of a site's pages: prints a line for each that is wrong,
#
#     KIND <tab> PAGE <tab> WHAT
#
# where KIND is `target` (a link that leads nowhere), `anchor` (to a page without that anchor), `id`
# (twice in a page), `leaves` (the folder, but not to a page that is known to stay), `language` (the
# switch leads to another page, or to none) or `unreached` (no link leads there from the contents).
#
#     awk -f links.awk FILES PAGE...       FILES lists all files, PAGE is HTML; names as from the top
#
# A record is a tag with the text after it.

BEGIN { RS = "<" }

# The first file is a list, a name in each line.
NR == FNR {
    count = split($0, lines, "\n")
    for (i = 1; i <= count; i++) if (lines[i] != "") exists[lines[i]] = 1
    next
}

function wrong(kind, what) { print kind "\t" FILENAME "\t" what }

# value(TAG, NAME): an attribute; "\001" where there is none.
function value(tag, name, start) {
    if (!match(tag, "[ \n\t]" name "=\"[^\"]*\"")) return "\001"
    start = RSTART + length(name) + 3
    return substr(tag, start, RSTART + RLENGTH - 1 - start)
}

# path(FROM, TARGET): where a relative link leads, from the top; "" when out of it.
function path(from, target, parts, count, kept, i, result) {
    sub(/[^\/]*$/, "", from)
    count = split(from target, parts, "/")
    kept = 0
    for (i = 1; i <= count; i++) {
        if (parts[i] == ".." && kept-- == 0) return ""
        if (parts[i] != ".." && parts[i] != ".") parts[++kept] = parts[i]
    }
    for (i = 1; i <= kept; i++) result = result (i > 1 ? "/" : "") parts[i]
    return result
}

# A %-encoded name, as browsers write Hangul.
function decoded(text, done, hex) {
    while (match(text, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
        hex = tolower(substr(text, RSTART + 1, 2))
        done = done substr(text, 1, RSTART - 1) \
               sprintf("%c", (index("0123456789abcdef", substr(hex, 1, 1)) - 1) * 16 + \
                             index("0123456789abcdef", substr(hex, 2)) - 1)
        text = substr(text, RSTART + 3)
    }
    return done text
}

function follow(target, tag, fragment, place) {
    gsub(/&amp;/, "\\&", target)
    if (target ~ /^https:\/\/(manpages\.debian\.org|www\.gnu\.org|pubs\.opengroup\.org|www\.rfc-editor\.org)\// &&
        tag ~ /^a[ \n]/) return
    if (target ~ /^[a-z]+:/ || target ~ /^\//) { wrong("leaves", target); return }
    fragment = ""
    if (match(target, /#/)) {
        fragment = substr(target, RSTART + 1)
        target = substr(target, 1, RSTART - 1)
    }
    sub(/\?.*/, "", target)
    place = target == "" ? FILENAME : path(FILENAME, decoded(target))
    if (place == "") { wrong("leaves", target); return }
    if (!(place in exists)) { wrong("target", target); return }
    edge[FILENAME, ++edges[FILENAME]] = place
    if (fragment != "") {
        wanted++
        wanted_by[wanted] = FILENAME
        wanted_of[wanted] = place SUBSEP decoded(fragment)
    }
}

FNR == 1 { pages[++page_count] = FILENAME; comment = 0 }
{
    if (/^!--/) comment = 1
    if (comment) { if (/-->/) comment = 0; next }
    tag = $0
    sub(/>.*/, "", tag)
    if (tag !~ /[ \n\t](id|name|href|src|xlink:href)=/) next

    id = value(tag, "id")
    if (id != "\001") {
        if ((FILENAME, id) in ids) wrong("id", id)
        ids[FILENAME, id] = 1
    }
    if (tag ~ /^a[ \n]/ && (name = value(tag, "name")) != "\001" && name != id) ids[FILENAME, name] = 1

    if ((href = value(tag, "href")) != "\001") follow(href, tag)
    if ((src = value(tag, "src")) != "\001") follow(src, tag)
    if (id == "site-language") {
        expected = FILENAME
        sub(/\/ko\//, "/\002/", expected) || sub(/\/en\//, "/ko/", expected)
        sub(/\002/, "en", expected)
        sub(/^ko\//, "\002/", expected) || sub(/^en\//, "ko/", expected)
        sub(/^\002/, "en", expected)
        switched[FILENAME] = 1
        if (path(FILENAME, href) != expected) wrong("language", href)
    }
}

END {
    for (i = 1; i <= wanted; i++)
        if (!(wanted_of[i] in ids)) {
            split(wanted_of[i], part, SUBSEP)
            print "anchor\t" wanted_by[i] "\t" part[1] "#" part[2]
        }
    for (i = 1; i <= page_count; i++)
        if (pages[i] ~ /^(en|ko)\// && !(pages[i] in switched)) print "language\t" pages[i] "\tno switch"

    # What can be reached, first from the start pages of each language, without the switch's help.
    for (i = 1; i <= page_count; i++)
        if (pages[i] ~ /(^|\/)index\.html$/) { reached[pages[i]] = 1; queue[++last] = pages[i] }
    for (first = 1; first <= last; first++) {
        page = queue[first]
        for (i = 1; i <= edges[page]; i++) {
            to = edge[page, i]
            if (to in reached || substr(to, 1, 3) != substr(page, 1, 3)) continue
            reached[to] = 1
            if (to ~ /\.html$/) queue[++last] = to
        }
    }
    for (i = 1; i <= page_count; i++)
        if (!(pages[i] in reached)) print "unreached\t" pages[i] "\tno page of its language leads there"
}
