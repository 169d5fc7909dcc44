# Copies what an English page shows as commands or C code into its translation, with the comments that mark it.
#
#     awk -f docs/tools/markers.awk labs/01-blocking/README.md labs/01-blocking/README.ko.md
#
# rewrites the second page. The blocks of a section belong together by their order. A section that has not as
# many blocks as in English is left as it is, and named: exit status 1. Other blocks, as figures, are translated
# by hand; of them only the mark is copied.

function is_fence(line) {
    return line ~ /^ *```/
}

# Reads a page into `line`, and its blocks into first, last, above and number, by section.
function read_page(name, page,    text, at, section, fence) {
    at = section = 0
    blocks[page, 0] = 0
    while ((getline text <name) > 0) {
        line[page, ++at] = text
        if (fence) {
            if (text ~ /^ *```$/) {
                last[page, section, blocks[page, section]] = at
                fence = 0
            }
        } else if (is_fence(text)) {
            fence = 1
            first[page, section, ++blocks[page, section]] = at
            above[page, section, blocks[page, section]] = mark_above(page, at)
        } else if (text ~ /^##+ /) {
            blocks[page, ++section] = 0
            heading[page, section] = text
        }
    }
    close(name)
    lines[page] = at
    sections[page] = section
}

# Where the mark of the block at `at` begins; `at` where there is none.
function mark_above(page, at,    from) {
    if (line[page, at - 1] !~ /-->$/)
        return at
    for (from = at - 1; from > 1 && line[page, from] !~ /<!--/; from--)
        ;
    return line[page, from] ~ /<!-- (run|not run|snippet)/ ? from : at
}

# A line of an English block as it stands in the translation.
function translated(text, is_header,    parts) {
    if (is_header && text ~ /^ *terminal [0-9]/) {
        gsub(/terminal [0-9]/, "&  ", text)
        gsub(/terminal/, "터미널", text)
        sub(/ +$/, "", text)
    }
    return text
}

function copy_block(section, number,    from, to, at, show) {
    from = first[1, section, number]
    to = last[1, section, number]
    for (at = above[1, section, number]; at < from; at++)
        out[++outs] = line[1, at]
    show = line[1, from] ~ /```(console|c)$/
    if (show)
        for (at = from; at <= to; at++)
            out[++outs] = translated(line[1, at], at == from + 1)
    else
        for (at = first[2, section, number]; at <= last[2, section, number]; at++)
            out[++outs] = line[2, at]
}

BEGIN {
    if (ARGC != 3) {
        print "usage: markers.awk ENGLISH TRANSLATION"
        exit failed = 2
    }
    read_page(ARGV[1], 1)
    read_page(ARGV[2], 2)
    if (sections[1] != sections[2]) {
        print ARGV[2] ": " sections[2] " sections, not " sections[1] " as in " ARGV[1]
        exit failed = 1
    }
    for (section = 0; section <= sections[2]; section++) {
        if (blocks[1, section] != blocks[2, section]) {
            print ARGV[2] ": " blocks[2, section] " blocks, not " blocks[1, section] ", in \"" heading[2, section] "\""
            failed = 1
            continue
        }
        for (number = 1; number <= blocks[2, section]; number++)
            begins[above[2, section, number]] = section " " number
    }
    for (at = 1; at <= lines[2]; at++) {
        if (!(at in begins)) {
            out[++outs] = line[2, at]
            continue
        }
        split(begins[at], words, " ")
        copy_block(words[1], words[2])
        at = last[2, words[1], words[2]]
    }
    for (at = 1; at <= outs; at++)
        print out[at] >ARGV[2]
    exit failed
}
