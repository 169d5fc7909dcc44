# Compares the C code on pages with the sources that it comes from, or copies it from there.
#
#     awk -f docs/tools/snippets.awk PAGE...              says what differs; exit status 1 if something does
#     awk -f docs/tools/snippets.awk -v update=1 PAGE...  writes the blocks anew, in place
#
# Run it from the repository's top directory: paths of sources are relative to it. On a page,
#
#     <!-- snippet: FILE MARK -->
#     ```c
#     ...
#     ```
#
# stands for the lines of FILE between two lines that hold nothing but the comment /* [MARK] */, without
# their common indentation, and without the marks of other snippets inside. A block in a list is indented
# as its fence is. Each block of C needs such a line above it. Code of solutions/ stands only on pages that
# students do not get.

function complain(at, what) {
    print page ":" at ": " what
    failed = 1
}

function indentation(text) {
    match(text, /^ */)
    return RLENGTH
}

# Reads the snippet into snippet[1..snippets]; returns what is wrong, or "".
function fetch(file, mark,    line, marks, least, status, i) {
    snippets = marks = 0
    least = 1000
    while ((status = (getline line <file)) > 0) {
        if (line ~ /^ *\/\* \[[^]]*\] \*\/ *$/) {
            if (index(line, "/* [" mark "] */"))
                marks++
            continue
        }
        if (marks != 1)
            continue
        snippet[++snippets] = line
        if (line !~ /^ *$/ && indentation(line) < least)
            least = indentation(line)
    }
    close(file)
    if (status < 0)
        return "there is no file " file
    if (marks != 2)
        return file " has the mark [" mark "] " marks " times, not twice"
    for (i = 1; i <= snippets; i++)
        snippet[i] = snippet[i] ~ /^ *$/ ? "" : substr(snippet[i], least + 1)
    return ""
}

# Whether students do not get the page.
function for_instructors(name) {
    return name ~ /(^|\/)solutions\/[^\/]*\/[^\/]*$/ || name ~ /(^|\/)(instructor-guide|mistakes)\.md$/
}

# Compares or replaces the block of C whose fence stands in line at; returns the line of its end.
function block(at,    words, indent, end, wrong, i, differs, text) {
    indent = substr(lines[at], 1, indentation(lines[at]))
    for (end = at + 1; end <= count && lines[end] !~ /^ *```$/; end++)
        ;
    if (end > count) {
        complain(at, "the block has no end")
        return end
    }
    if (lines[at - 1] !~ /^ *<!-- snippet: [^ ]+ [^ ]+ -->$/) {
        complain(at, "this block of C does not say which source it comes from")
        keep(at, end)
        return end
    }
    split(lines[at - 1], words, " ")
    wrong = fetch(words[3], words[4])
    if (wrong == "" && words[3] ~ /^(\.\/)?solutions\// && !for_instructors(page))
        wrong = "a page for students shows code of " words[3]
    if (wrong != "") {
        complain(at - 1, wrong)
        keep(at, end)
        return end
    }
    differs = end - at - 1 == snippets ? 0 : 1
    for (i = 1; i <= snippets; i++) {
        text = snippet[i] == "" ? "" : indent snippet[i]
        if (!differs && lines[at + i] != text)
            differs = i
        snippet[i] = text
    }
    if (differs && !update) {
        complain(at + differs, "not as in " words[3] ", mark [" words[4] "]; `make snippets` copies it")
        for (i = 1; i <= snippets || at + i < end; i++)
            if (i > snippets || at + i >= end || lines[at + i] != snippet[i]) {
                if (at + i < end)
                    print "    page    " lines[at + i]
                if (i <= snippets)
                    print "    source  " snippet[i]
            }
    }
    out[++outs] = lines[at]
    for (i = 1; i <= snippets; i++)
        out[++outs] = snippet[i]
    out[++outs] = lines[end]
    if (differs)
        changed = 1
    return end
}

function keep(from, to,    i) {
    for (i = from; i <= to; i++)
        out[++outs] = lines[i]
}

function finish(    at, i, fence) {
    outs = changed = 0
    fence = ""
    lines[0] = ""
    for (at = 1; at <= count; at++) {
        if (fence != "") {
            if (lines[at] ~ /^ *```$/)
                fence = ""
            keep(at, at)
        } else if (lines[at] ~ /^ *```[cC] *$/) {
            at = block(at)
        } else {
            if (lines[at] ~ /^ *```/)
                fence = lines[at]
            else if (lines[at] ~ /^ *<!-- *snippet:/ && lines[at + 1] !~ /^ *```c$/)
                complain(at, "no block of C stands under this line")
            keep(at, at)
        }
    }
    if (update && changed) {
        for (i = 1; i <= outs; i++)
            print out[i] >page
        close(page)
        print "  snippets of " page
    }
}

FNR == 1 {
    if (page != "")
        finish()
    page = FILENAME
    count = 0
}

{ lines[++count] = $0 }

END {
    lines[count + 1] = ""
    if (page != "")
        finish()
    exit failed
}
