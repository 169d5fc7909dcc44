# Looks at the HTML of a site's pages for what docs/tools/finish.awk and header.awk promise: prints a
# line for each thing that is wrong, KIND <tab> PAGE <tab> WHAT. KIND is `frame` (language, title,
# landmarks), `heading` (not one h1, or a level is left out), `box` (a table or code that a keyboard
# cannot scroll), `rest` (of what makes the pages: a mark that was not replaced) or `mark` (of
# Markdown, in prose).
#
#     awk -f html.awk PAGE...          names as from the top: en/errno.html
#
# A record is a tag with the text after it.

BEGIN { RS = "<" }

function wrong(kind, what) {
    gsub(/[ \n\t]+/, " ", what)
    print kind "\t" page "\t" what
}

function is_one(name) {
    if (count[name] != 1) wrong(name == "h1" ? "heading" : "frame", count[name] + 0 " of " name)
}

function finish() {
    if (page == "") return
    is_one("html")
    is_one("title")
    is_one("h1")
    is_one("main")
    is_one("header")
    is_one("footer")
    if (!count["site-nav"]) wrong("frame", "no table of contents")
    if (count["current"] > 1) wrong("frame", count["current"] " pages are the current one")
    for (name in count) delete count[name]
}

FNR == 1 {
    finish()
    page = FILENAME
    language = substr(page, 1, 2)
    comment = level = code = main = svg = 0
    before = ""
}
comment || /^!--/ {
    comment = !/-->/
    next
}
{
    end = index($0, ">")
    tag = substr($0, 1, end - 1)
    text = substr($0, end + 1)
    name = tag
    sub(/[ \n\t].*/, "", name)
}
name ~ /^(html|h1|main|header|footer)$/ || (name == "title" && !main) { count[name]++ }
name == "html" && tag != "html lang=\"" language "\"" { wrong("frame", tag) }
name == "title" && !main && text !~ /[^ \n]/ { wrong("frame", "empty title") }
name == "nav" && tag ~ /id="site-nav"/ { count["site-nav"]++ }
tag ~ /aria-current="page"/ { count["current"]++ }
name == "nav" && tag !~ /aria-label="[^"]+"/ { wrong("frame", tag) }
name == "main" { main = 1 }

# Headings: those of the frame stand beside the page's.
main && name ~ /^h[1-6]$/ {
    this = substr(name, 2)
    if (this > level + 1) wrong("heading", "h" this " after h" level ": " text)
    level = this
}

name == "table" && tag ~ /class="(markdownTable|doxtable)"/ && before !~ /^div class="table" tabindex="0"/ {
    wrong("box", tag)
}
name == "div" && tag ~ /class="fragment"/ && tag !~ /tabindex="0"/ { wrong("box", tag) }

# What was to be replaced.
tag ~ /(id|name)="[^"]*[a-z0-9]__[a-z0-9]/ || tag ~ /href="[^"]*#[^"]*[a-z0-9]__[a-z0-9]/ { wrong("rest", tag) }
tag ~ /PAGE\.html|OTHER|LANGUAGE/ || $0 ~ /TEXT\([a-z]*\)|\$[a-z]+\^|[@\\](ref|page|subpage|htmlonly|endhtmlonly|snippet)([ \[]|$)/ {
    if (!code) wrong("rest", $0)
}
text ~ /^[ \n]*CONTENTS[ \n]*$/ { wrong("rest", $0) }

# Marks of Markdown in prose. Code and drawings may hold any.
name ~ /^(code|pre|svg)$/ || tag ~ /^(div class="(line|memproto)|td class="memItem)/ { code++; inside[code] = name; depth[code] = 0 }
code && name == inside[code] { depth[code]++ }
code && name == "/" inside[code] && --depth[code] == 0 { code-- }
!code && main && text ~ /\*\*|`|\]\(|&lt;!--|&lt;\/?(tt|code|em|strong)&gt;/ && name !~ /^(script|style)$/ {
    wrong("mark", text)
}
{ before = tag }
END { finish() }
