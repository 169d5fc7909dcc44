# Turns a page of plain Markdown into one for Doxygen: gives the headings the labels by which links
# find them, makes links lead to the site's pages, names of manual pages to these, and puts figures
# in their places. What it leaves to Doxygen: all of Markdown itself.
#
#     awk -v label=LABEL -v file=FILE -v language=en -v pages=CONTENTS -v anchors=ANCHORS \
#         -v figures=DIRECTORY -f slugs.awk -f page.awk FILE
#
# Errors, such as a link to no page, go to standard error; the exit status is 1 then.

function fail(what) {
    printf "%s:%d: %s\n", file, FNR, what > "/dev/stderr"
    failed = 1
}

BEGIN {
    while ((getline line < pages) > 0) {
        split(line, part, "\t")
        page[part[2]] = page[part[3]] = part[1]
    }
    page["README.md"] = "index"
    while ((getline line < anchors) > 0) {
        split(line, part, "\t")
        anchor[part[1] "#" part[2]] = part[3]
    }
}

# path(TARGET): where a relative link of this page leads, from the repository's top.
function path(target, full, parts, count, kept, i, result) {
    if (target == "") return file
    full = file
    sub(/[^\/]*$/, "", full)
    count = split(full target, parts, "/")
    kept = 0
    for (i = 1; i <= count; i++) {
        if (parts[i] == "..") kept--
        else if (parts[i] != ".") parts[++kept] = parts[i]
    }
    for (i = 1; i <= kept; i++) result = result (i > 1 ? "/" : "") parts[i]
    return result
}

# The address of a link's target in the site.
function address(target, name, fragment) {
    if (target ~ /^[a-z]+:/) return target
    fragment = ""
    if (match(target, /#/)) {
        fragment = substr(target, RSTART + 1)
        target = substr(target, 1, RSTART - 1)
    }
    name = path(target)
    if (name ~ /\.[ch]$/) return "@ref " name
    if (!(name in page)) {
        fail("a link to no page of the site: " target)
        return "#"
    }
    if (fragment == "") return page[name] ".html"
    if (!((name "#" fragment) in anchor)) fail("a link to no heading: " target "#" fragment)
    fragment = anchor[name "#" fragment]
    return page[name] ".html#" fragment
}

# Links of a piece of text that holds no code.
function linked(text, done, before, target) {
    while (match(text, /\]\([^) ]*\)/)) {
        target = substr(text, RSTART + 2, RLENGTH - 3)
        before = substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        done = done literal(before)
        done = done "](" address(target) ")"
    }
    return done literal(text)
}

# Before a word Doxygen takes a percent sign as its own, and between "..." it finds no Markdown.
function literal(text, done) {
    while (match(text, /%[^ -\/:-@]/)) {
        done = done substr(text, 1, RSTART - 1) "\\%"
        text = substr(text, RSTART + 1)
    }
    text = done text
    gsub(/"/, "\\&quot;", text)
    return text
}

# A span of code. A manual page's name becomes a link, but not inside of one.
function span(text, inside, section) {
    if (text ~ /^[a-z_A-Z0-9.-]+\([1-8]\)$/ && !inside) {
        match(text, /\([1-8]\)$/)
        section = substr(text, RSTART + 1, 1)
        return "[<code>" text "</code>](https://manpages.debian.org/bookworm/" substr(text, 1, RSTART - 1) "." section ")"
    }
    # In a span Doxygen takes an apostrophe for the end, hyphens for a dash, colons for a name, an
    # ampersand for an entity, and a percent sign for a word not to be linked. It drops a blank at
    # the end, and in a table it shows the backslash of \|.
    if (text !~ /'|&|--|::|%|\\[|]|^ | $/) return "`" text "`"
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    gsub(/\\[|]/, "\002", text)
    gsub(/[\\@#*"%~]/, "\\\\&", text)
    gsub(/\002/, "\\|", text)
    gsub(/--|::/, "\\\\&", text)
    gsub(/^ | $/, "\\&nbsp;", text)
    return "<code>" text "</code>"
}

# A line of text: spans of code are set aside while links are looked for.
function converted(text, out, code) {
    while (match(text, /`[^`]+`/)) {
        out = out substr(text, 1, RSTART - 1)
        code = substr(text, RSTART + 1, RLENGTH - 2)
        text = substr(text, RSTART + RLENGTH)
        span_text[++spans] = span(code, open_bracket(out))
        out = out "\001" spans "\001"
    }
    out = stressed(linked(out text))
    while (match(out, /\001[0-9]+\001/)) {
        out = substr(out, 1, RSTART - 1) span_text[substr(out, RSTART + 1, RLENGTH - 2)] \
              substr(out, RSTART + RLENGTH)
    }
    while (match(out, /\003[0-9]+\003/))
        out = substr(out, 1, RSTART - 1) "<span class=\"item" substr(out, RSTART + 1, RLENGTH - 2) "\"></span>" \
              substr(out, RSTART + RLENGTH)
    return out
}

# Doxygen leaves **x** open where a letter follows, as in Korean, and where code begins it.
function stressed(text, done) {
    while (match(text, /\*\*/)) {
        strong = !strong
        done = done substr(text, 1, RSTART - 1) (strong ? "<strong>" : "</strong>")
        text = substr(text, RSTART + 2)
    }
    text = done text
    done = ""
    while (match(text, /\*[^* ][^*]*[^* ]\*/)) {
        done = done substr(text, 1, RSTART - 1) "<em>" substr(text, RSTART + 1, RLENGTH - 2) "</em>"
        text = substr(text, RSTART + RLENGTH)
    }
    return done text
}

# Is the end of this text inside of [...]?
function open_bracket(text, count) {
    count = gsub(/\[/, "[", text)
    return count > gsub(/\]/, "]", text)
}

function show_figure(name, line, source) {
    source = figures "/" name "." language ".svg"
    if ((getline line < source) <= 0) {
        fail("no figure is called " name)
        return
    }
    print "\\htmlonly[block]"
    do print line; while ((getline line < source) > 0)
    close(source)
    print "\\endhtmlonly"
    replaced = 1 # a drawing in characters that follows says the same
}

# A number that begins a line of text is no item of a list.
!code && /^ *[0-9][0-9][0-9]+\. / { sub(/\. /, "\\. ") }

# Doxygen counts anew what follows a table. finish.awk puts the number in.
!code && /^ *[0-9]+\. / {
    match($0, /[0-9]+\. +/)
    number = substr($0, RSTART) + 0
    if (number > 1) $0 = substr($0, 1, RSTART + RLENGTH - 1) "\003" number "\003" substr($0, RSTART + RLENGTH)
}

# What has begun and not ended on a line, code, stress or a link's text, takes the next one along.
held != "" {
    if (/^ *$/ || /^ *```/) {
        print converted(held)
    } else {
        $0 = held "\n" $0
    }
    held = ""
}

# Lists of code with their languages: Doxygen colours C only.
/^ *```/ {
    if (!code) {
        match($0, /^ */)
        indent = substr($0, 1, RLENGTH)
        kind = substr($0, RLENGTH + 4)
        code = 1
        dropped = replaced
        replaced = 0
        if (!dropped) print indent "```{" (kind == "c" ? ".c" : ".unparsed") "}"
    } else {
        code = 0
        if (!dropped) print
    }
    next
}
code { if (!dropped) print; next }

/^<!-- insert: [a-z0-9 .\/-]+ -->$/ {
    sub(/<!-- insert: /, "")
    sub(/ -->/, "")
    command = "docs/tools/insert.sh " language " " $0
    while ((command | getline line) > 0) {
        if (line ~ /^```/) line = line == "```c" ? "```{.c}" : line == "```diff" ? "```{.unparsed}" : line
        print line
    }
    if (close(command) != 0) fail("cannot insert " $0)
    next
}
/^<!-- figure: [a-z-]+ -->$/ { show_figure($3); next }
/^ *<!-- .* -->$/ { next }
/[^ ]/ { replaced = 0 }

# What is stressed ends with its paragraph.
/^ *$/ { strong = 0 }

/^# / && !titled {
    titled = 1
    sub(/^# +/, "")
    print "# " $0 " {#" (label == "index" ? "mainpage" : label) "}"
    print ""
    print "[TOC]"
    next
}
/^##+ / {
    heading = $0
    sub(/^#+ +/, "", heading)
    name = unique(slug(heading), seen)
    if (!((file "#" name) in anchor)) fail("no anchor for the heading " heading)
    match($0, /^#+/)
    print substr($0, 1, RLENGTH) " " heading " {#" label "__" anchor[file "#" name] "}"
    next
}
{
    plain = $0
    gsub(/`[^`]*`|\*\*|^ *\* /, "", plain)
    if (plain ~ /`/ || open_bracket(plain) || gsub(/\*/, "", plain) % 2 == 1) held = $0
    else print converted($0)
}

END {
    if (held != "") print converted(held)
    exit failed
}
