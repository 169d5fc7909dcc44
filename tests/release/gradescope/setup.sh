#!/bin/sh
# Prepares the image in which Gradescope will grade: installs what the grader needs, and builds
# it. Gradescope runs this once, as root, when the autograder is uploaded.
set -eu
cd "$(dirname "$0")"
if ! command -v make >/dev/null; then
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends make
fi
kit/tests/host/packages.sh grade
make -C kit grader
