#!/bin/sh
# Installs what the tests of the site need of npm, as BUILD/docs/node/node_modules: what
# package-lock.json fixes, byte for byte. Without that file's change it does nothing.
set -eu
: "${BUILD:=build}"
node=$BUILD/docs/node
here=tests/docs
cmp -s $here/package-lock.json "$node/installed" && exit
mkdir -p "$node"
rm -f "$node/installed"
cp $here/package.json $here/package-lock.json "$node/"
# Packages may not run programs of theirs: none of these has to.
(cd "$node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
cp $here/package-lock.json "$node/installed"
