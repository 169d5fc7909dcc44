#!/bin/sh
# Prints the handouts, as DIRECTORY/NN-name.LANGUAGE.pdf, from a site that is built:
#
#     pdf.sh SITE DIRECTORY
#
# Chromium prints them; the print part of docs/theme/site.css says how. Fonts are embedded.
set -eu
site=$(cd "$1" && pwd)
target=$2
browser=chromium
command -v $browser >/dev/null || browser=chromium-browser

# The browser's own sandbox refuses to work for root.
unset as_root
[ "$(id -u)" -ne 0 ] || as_root=--no-sandbox
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
trap 'exit 1' HUP INT TERM

# print PAGE FILE: the browser says nothing of use on standard error, and its status is 0 even when
# it printed nothing.
print() {
    rm -f "$2"
    HOME=$profile timeout 120 $browser --headless ${as_root+"$as_root"} --disable-gpu \
        --disable-dev-shm-usage --no-first-run --user-data-dir="$profile/data" \
        --no-pdf-header-footer --print-to-pdf="$2" "file://$1" >"$profile/said" 2>&1 || :
    [ -s "$2" ] && return
    cat "$profile/said" >&2
    echo "pdf.sh: $browser did not print $1" >&2
    exit 1
}

mkdir -p "$target"
for language in en ko; do
    for page in "$site/$language"/lab-*.html; do
        name=${page##*/lab-}
        file=$target/${name%.html}.$language.pdf
        print "$page" "$file"
        echo "$file"
    done
done
