#!/bin/sh
# The autograder for Autolab, autolab-LAB.tar.gz: a directory with autograde.tar, which holds the
# student's kit up to LAB, and autograde-Makefile; both are uploaded to the assessment. ISOLATION
# asks for a level of isolation, as in `make grade`. Started by release.sh.
set -eu
. "$SOURCE/tests/release/pack.sh"
expect_one_lab
case ${ISOLATION:=} in
'' | isolated | isolated-without-proc | separate-uid | limits-only) ;;
*) give_up "ISOLATION=$ISOLATION: no such level" ;;
esac
package=$SCRATCH/autolab-$LAB
mkdir -p "$package" "$SCRATCH/autograde"
subset "$SCRATCH/autograde/kit" "$LAB"
cp "$SOURCE/tests/release/autolab/autograde.sh" "$SCRATCH/autograde"
tar_of "$SCRATCH" autograde >"$package/autograde.tar"
sed -e "s/@LAB@/$LAB/" -e "s/@ISOLATION@/$ISOLATION/" \
    "$SOURCE/tests/release/autolab/autograde-Makefile" >"$package/autograde-Makefile"
tar_of "$SCRATCH" "autolab-$LAB" >"$SCRATCH/autolab.tar"
gzip -9n <"$SCRATCH/autolab.tar" >"$SCRATCH/autolab-$LAB.tar.gz"
deliver "autolab-$LAB.tar.gz"
