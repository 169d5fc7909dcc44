# Makes a link to a page that is not there plain text: handouts may point to labs that are not
# released yet. Usage: awk -v directory=DIRECTORY-OF-THE-PAGE -f links.awk page.md

function leads_nowhere(target) {
    sub(/#.*/, "", target)
    if (target == "" || target ~ /^[a-z]+:/ || target ~ /['\\]/)
        return 0
    if (!(target in missing))
        missing[target] = system("test -e '" directory "/" target "'") != 0
    return missing[target]
}

/^ *```/ { code = !code }
code { print; next }

{
    line = ""
    rest = $0
    while (match(rest, /\[[^][]*\]\([^()]*\)/)) {
        link = substr(rest, RSTART, RLENGTH)
        line = line substr(rest, 1, RSTART - 1)
        rest = substr(rest, RSTART + RLENGTH)
        text = substr(link, 2, index(link, "](") - 2)
        target = substr(link, index(link, "](") + 2)
        sub(/\)$/, "", target)
        line = line (leads_nowhere(target) ? text : link)
    }
    print line rest
}
