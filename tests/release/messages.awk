# Prints those entries of a catalogue of texts that a kit has a use for: whose English text stands
# in one of its sources, or that are headings of one of its handouts. Where they were found is left
# out. To be run in the root of the kit: awk -f messages.awk SOURCE... catalogue=1 FILE.po

function is_there(file, line, found) {
    found = (getline line < file) >= 0
    close(file)
    return found
}

function is_wanted() {
    if ("msgctxt" in text)
        return is_there(text["msgctxt"])
    return text["msgid"] == "" || index(sources, "\"" text["msgid"] "\"") > 0
}

function finish(key) {
    if (entry != "" && is_wanted())
        printf "%s%s", between++ ? "\n" : "", entry
    entry = ""
    for (key in text)
        delete text[key]
}

# A string that goes on in the next line is joined, as the compiler does it.
!catalogue {
    sub(/^[ \t]+/, "")
    if (last ~ /"$/ && /^"/) {
        last = substr(last, 1, length(last) - 1) substr($0, 2)
    } else {
        sources = sources last "\n"
        last = $0
    }
    next
}

/^$/ { finish(); next }
/^#:/ { next }
{ entry = entry $0 "\n" }
/^msg/ { key = $1; sub(/^[a-z]+ /, "") }
/^"/ { text[key] = text[key] substr($0, 2, length($0) - 2) }
END { finish() }
