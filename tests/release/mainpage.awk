# Takes out of the main page what leads to pages that are not in a kit: sections that have links, all
# of which lead nowhere, and rows of tables whose first link does. links.awk makes text of the links
# that stay. Usage: awk -v directory=DIRECTORY-OF-THE-PAGE -f mainpage.awk mainpage.md

function leads_nowhere(target) {
    sub(/#.*/, "", target)
    if (target == "" || target ~ /^[a-z]+:/)
        return 0
    if (!(target in missing))
        missing[target] = system("test -e '" directory "/" target "'") != 0
    return missing[target]
}

# Counts the links of a line, and those of them that lead somewhere.
function count_links(line, target, first) {
    first = 1
    while (match(line, /\]\([^()]*\)/)) {
        target = substr(line, RSTART + 2, RLENGTH - 3)
        line = substr(line, RSTART + RLENGTH)
        links++
        if (!leads_nowhere(target))
            alive++
        else if (first)
            first_is_dead = 1
        first = 0
    }
}

function end_section() {
    if (links == 0 || alive > 0)
        printf "%s", section
    section = ""
    links = alive = 0
}

/^## / { end_section() }
{
    first_is_dead = 0
    count_links($0)
    if (!(/^\|/ && first_is_dead))
        section = section $0 "\n"
}
END { end_section() }
