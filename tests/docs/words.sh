# shellcheck shell=sh
# Words for the tests of the site, read by them with `.`: lines of TAP, a directory for scratch files,
# and the sites that are there. The student's is made by `make docs`, the instructor's by
# `make docs-instructor`; a test looks at both where both are.
# shellcheck disable=SC2034 # whoever reads it uses them

# shellcheck source=tests/unit/words.sh
. tests/unit/words.sh
: "${BUILD:=build}"
tab=$(printf '\t')
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
[ -f docs/contents.txt ] || { echo "Bail out! run this from the repository's root"; exit 1; }
[ -f "$BUILD/docs/html/index.html" ] || { echo 'Bail out! make docs comes first'; exit 1; }

editions=student
[ ! -f "$BUILD/docs/instructor/index.html" ] || editions='student instructor'

# site EDITION: where it is.
site() {
    case $1 in
    student) echo "$BUILD/docs/html" ;;
    *) echo "$BUILD/docs/$1" ;;
    esac
}

# empty FILE DESCRIPTION: holds when the file is; what it holds is what went wrong.
empty() {
    [ -f "$1" ] && [ ! -s "$1" ]
    result $? "$2"
    [ ! -s "$1" ] || { head -n 40 "$1"; sed 1,40d "$1" | wc -l | sed 's/^0$//; s/.\+/and & more/'; } | sed -n 's/./# &/p'
}

# pages DIRECTORY: its HTML files, as from there.
pages() {
    (cd "$1" && find . -name '*.html') | sed 's,^\./,,' | LC_ALL=C sort
}
