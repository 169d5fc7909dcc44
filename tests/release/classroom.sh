#!/bin/sh
# The template repository for GitHub Classroom, socket-labs-template-UPTO.tar.gz: the student's kit
# with a workflow that grades each push; and that kit by itself, which the workflow fetches, so
# that it does not take the checks from a student's repository. Both have to be of one commit: the
# workflow holds the kit's SHA-256. LAB is what is graded, by default all labs; KIT is the address
# of the kit, by default the organization's variable SOCKET_LABS_KIT. Started by release.sh.
set -eu
. "$SOURCE/tests/release/pack.sh"
UPTO=${UPTO:-$(last_lab)}
LAB=${LAB:-all}
KIT=${KIT:-'${{ vars.SOCKET_LABS_KIT }}'}
expect_lab UPTO "$UPTO"
case $KIT in
'$'* | https://*) ;;
*) give_up "KIT_URL=$KIT: the kit is fetched by https" ;;
esac
case $KIT in
*['"\|']* | *'
'*) give_up "KIT_URL=$KIT: not an address" ;;
esac
template=socket-labs-template-$UPTO
subset "$SCRATCH/$template" "$UPTO"
[ "$LAB" = all ] || [ -d "$SCRATCH/$template/labs/$LAB" ] ||
    give_up "LAB=$LAB: no lab up to $UPTO"
UPTO=$UPTO sh "$SOURCE/tests/release/student-kit.sh"
sum=$(sha256sum "$OUT/socket-labs-$UPTO.tar.gz" | cut -c 1-64)
mkdir -p "$SCRATCH/$template/.github/workflows"
sed -e "s|@KIT@|$(printf '%s' "$KIT" | sed 's/&/\\&/g')|" -e "s/@SHA256@/$sum/" -e "s/@LAB@/$LAB/" \
    "$SOURCE/tests/release/classroom/grade.yml" >"$SCRATCH/$template/.github/workflows/grade.yml"
tar_of "$SCRATCH" "$template" >"$SCRATCH/template.tar"
gzip -9n <"$SCRATCH/template.tar" >"$SCRATCH/$template.tar.gz"
deliver "$template.tar.gz"
