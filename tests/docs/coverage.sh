#!/bin/sh
# Tests that the reference is complete: each header that the site shows says what it is, and each
# function, type, macro, value of an enumeration and field in them is documented. Doxygen itself warns
# neither of a header without @file nor of a value without a comment: its XML tells. Prints TAP; run
# it from the repository's root.

# shellcheck source=tests/docs/words.sh
. tests/docs/words.sh

# undocumented INPUT...: what Doxygen finds there and nobody documented. Doxygen's own warnings are
# those of the site's build.
undocumented() {
    rm -rf "$directory/xml"
    {
        cat docs/Doxyfile docs/Doxyfile.en
        echo "INPUT = $*"
        echo "OUTPUT_DIRECTORY = $directory"
        echo 'GENERATE_HTML = NO'
        echo 'GENERATE_XML = YES'
        echo 'XML_PROGRAMLISTING = NO'
        echo 'EXTRACT_ALL = YES'
        echo 'WARNINGS = NO'
        echo 'WARN_IF_UNDOCUMENTED = NO'
        echo 'WARN_AS_ERROR = NO'
    } >"$directory/Doxyfile"
    doxygen "$directory/Doxyfile" >/dev/null 2>&1
    awk -f tests/docs/coverage.awk "$directory"/xml/*.xml
}

# headings HEADER...: those without the two lines that make Doxygen show them.
headings() {
    grep -L '[@\\]file' "$@" | sed 's/$/: no @file/'
    grep -L '[@\\]brief' "$@" | sed 's/$/: no @brief/'
}

# ---- the test itself finds what is missing -----------------------------------------------------

mkdir "$directory/planted"
cat >"$directory/planted/right.h" <<'END'
/** @file right.h
 * @brief A header. */
#ifndef RIGHT_H
#define RIGHT_H
/** A macro. */
#define RIGHT 1
/** A type. */
enum right {
    RIGHT_FIRST, /**< a value */
    RIGHT_LAST   /**< another */
};
/** A structure. */
struct one {
    int field; /**< a field */
};
/** Another name. */
typedef int one_number;
/** A function. */
void right_function(void);
#endif
END
is "$(undocumented "$directory/planted")" '' 'found: nothing, in a header that is documented'

# finds WHAT SED: the header without what the command takes away.
finds() {
    sed -e "$2" -e "s/@file right/@file wrong/" "$directory/planted/right.h" >"$directory/wrong.h"
    is "$(undocumented "$directory/wrong.h")" "$1" "found: $1"
}

finds 'function right_function' '/A function/d'
finds 'define RIGHT' '/A macro/d'
finds 'enum right' '/A type/d'
finds 'enumvalue RIGHT_FIRST' 's,/\*\*< a value,/* a value,'
finds 'struct one' '/A structure/d'
finds 'variable one.field' 's,/\*\*< a field,/* a field,'
finds 'typedef one_number' '/Another name/d'
finds 'file wrong.h' '1,2d'
is "$(headings "$directory/wrong.h" | sed 's,.*: ,,')" "no @file
no @brief" 'found: a header without @file and @brief'

# ---- the headers of the site -------------------------------------------------------------------

input=$(sed -n 's/^INPUT *= *//p' docs/Doxyfile)
# shellcheck disable=SC2086 # a list of directories
find $input -name '*.h' | LC_ALL=C sort >"$directory/headers"
[ "$(wc -l <"$directory/headers")" -ge 5 ]
result $? 'there are headers to look at'
# shellcheck disable=SC2046 # names without blanks
headings $(cat "$directory/headers") >"$directory/wrong"
empty "$directory/wrong" 'each header has @file and @brief'
undocumented "$input" >"$directory/wrong"
empty "$directory/wrong" 'everything in the headers is documented'

# Each header has its page, in both languages.
for edition in $editions; do
    while IFS= read -r header; do
        page=$(basename "$header" | sed -e 's/_/__/g' -e 's/\.h$/_8h.html/')
        for language in en ko; do
            [ -f "$(site "$edition")/$language/$page" ] || echo "$language: $header"
        done
    done <"$directory/headers" >"$directory/wrong"
    empty "$directory/wrong" "$edition: each header has its page"
done

echo "1..$number"
exit "$failed"
