#!/bin/sh
# Tests of the site in a browser: browser.mjs, with what npm.sh installs and Debian's chromium. Prints
# TAP; run it from the repository's root when the site is built. Screenshots go to BUILD/docs/shots.
: "${BUILD:=build}"
[ -f "$BUILD/docs/node/installed" ] || { echo 'Bail out! tests/docs/npm.sh comes first'; exit 1; }
NODE_MODULES=$BUILD/docs/node/node_modules exec node tests/docs/browser.mjs "$BUILD/docs/html" "$BUILD/docs/shots"
