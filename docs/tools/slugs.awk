# How a heading becomes the name of its anchor: as GitHub does it, so that a link works in a viewer
# of Markdown too. For the other scripts here: awk -f slugs.awk -f OTHER.awk

# In lower case, without punctuation, a hyphen for each blank. Bytes of Hangul stay as they are.
function slug(heading) {
    gsub(/\]\([^)]*\)/, "", heading)
    heading = tolower(heading)
    gsub(/[!-,.\/:-@\[-^`{-~]/, "", heading)
    gsub(/ /, "-", heading)
    return heading
}

# Headings of one page that are the same get numbers.
function unique(name, seen) {
    return seen[name]++ ? name "-" (seen[name] - 1) : name
}
