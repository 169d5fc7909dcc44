# Prints what is not documented, KIND NAME (FILE), from Doxygen's XML: functions, types, macros, values
# of enumerations, fields, variables and headers whose descriptions are all empty. A type without a
# name has nothing to be documented.
#
#     awk -f coverage.awk XML/*.xml

function name_of(line) {
    sub(/^[^>]*>/, "", line)
    sub(/<.*/, "", line)
    return line
}

# Descriptions of an enumeration come behind those of its values: so each level has its own.
function begin(what) {
    depth++
    kind[depth] = what
    name[depth] = ""
    described[depth] = 0
}

function end() {
    if (!described[depth] && kind[depth] !~ /^(dir|page)$/ && name[depth] !~ /^@/)
        print kind[depth] " " (qualifier != "" && kind[depth] == "variable" ? qualifier "." : "") name[depth]
    documented_things++
    depth--
}

FNR == 1 { depth = 0; qualifier = "" }
/<compounddef / {
    match($0, /kind="[a-z]*"/)
    begin(substr($0, RSTART + 6, RLENGTH - 7))
}
/<compoundname>/ && depth == 1 {
    name[1] = name_of($0)
    if (kind[1] == "struct" || kind[1] == "union") qualifier = name[1]
}
/<memberdef / {
    match($0, /kind="[a-z]*"/)
    begin(substr($0, RSTART + 6, RLENGTH - 7))
}
/<enumvalue / { begin("enumvalue") }
/^ *<name>/ && depth > 1 { name[depth] = name_of($0) }
/<(brief|detailed)description>/ { inside = 1 }
/<\/(brief|detailed)description>/ { inside = 0 }
inside && /<para>/ { described[depth] = 1 }
/<\/(enumvalue|memberdef|compounddef)>/ { end() }
END { if (!documented_things) print "no XML to look at" }
