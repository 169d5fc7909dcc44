#!/bin/sh
# Tests that every page of the site is valid HTML, by the checker of the W3C (npm's vnu-jar, which
# npm.sh installs; it needs Java). Warnings are shown and fail nothing. Prints TAP; run it from the
# repository's root when the site is built.

# shellcheck source=tests/docs/words.sh
. tests/docs/words.sh
checker=$BUILD/docs/node/node_modules/vnu-jar/build/dist/vnu.jar
[ -f "$checker" ] || { echo 'Bail out! tests/docs/npm.sh comes first'; exit 1; }

# valid PATH: what the checker says, errors in errors, the rest in warnings, without the directory.
valid() {
    timeout 300 java -jar "$checker" --format gnu --skip-non-html "$1" >"$directory/said" 2>&1
    sed -e "s,^\"file:[^\"]*/\([a-z]*/[^\"/]*\)\":,\1:," "$directory/said" >"$directory/short"
    grep -v ': info' "$directory/short" >"$directory/errors"
    grep ': info' "$directory/short" | sed 's/^/# /'
}

mkdir "$directory/en"
cat >"$directory/en/page.html" <<'END'
<!DOCTYPE html>
<html lang="en"><head><title>x</title></head><body><h1>x</h1><p>text</p></body></html>
END
valid "$directory/en" >/dev/null
empty "$directory/errors" 'found: nothing, in a page that is right'
sed 's,<p>,<p><li>,' "$directory/en/page.html" >"$directory/page"
mv "$directory/page" "$directory/en/page.html"
valid "$directory/en" >/dev/null
says "$directory/errors" li 'found: an item in no list'

for edition in $editions; do
    valid "$(site "$edition")"
    empty "$directory/errors" "$edition: each page is valid HTML"
done
echo "1..$number"
exit "$failed"
