#!/bin/sh
# The student's kit, socket-labs-UPTO.tar.gz: the labs up to UPTO (by default all), with the
# checks. Its one directory has the same name, so that a later kit unpacks beside an earlier one
# with a student's work in it, never over it. Started by release.sh.
set -eu
. "$SOURCE/tests/release/pack.sh"
UPTO=${UPTO:-$(last_lab)}
expect_lab UPTO "$UPTO"
kit=socket-labs-$UPTO
subset "$SCRATCH/$kit" "$UPTO"
tar_of "$SCRATCH" "$kit" >"$SCRATCH/kit.tar"
gzip -9n <"$SCRATCH/kit.tar" >"$SCRATCH/$kit.tar.gz"
deliver "$kit.tar.gz"
