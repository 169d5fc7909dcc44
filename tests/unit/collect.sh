#!/bin/sh
# Test of build/collect from outside, in TAP: it finds the submissions in each layout, whatever
# students have called themselves and their files; archives are opened within limits, and nothing
# gets out of them; what cannot be placed is listed; a run that was stopped, by a kill or a full
# disk, leaves nothing half-written and can be gone on with. Usage: collect.sh, from the
# repository's root, with build/collect and the suites made.
#
# Most runs are of the build with sanitizers, where there is one.
set -u
export LC_ALL=C.UTF-8
umask 022

root=$(pwd)
BUILD=${BUILD:-build}
if [ ! -x "$BUILD/collect" ] || [ ! -x "$BUILD/checks/02-fork" ]; then
    echo "Bail out! run this from the repository's root, with $BUILD/collect made"
    exit 1
fi
directory=$(mktemp -d) || exit 1
chmod 755 "$directory"
export TMPDIR="$directory/tmp"
# shellcheck source=tests/unit/words.sh
. tests/unit/words.sh
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM

# ---- words for tests ---------------------------------------------------------------------------

mkdir "$TMPDIR" "$directory/kit"
cp -R "$BUILD/checks" "$directory/kit"
cp "$BUILD/collect" "$directory/kit/plain"
cp "$BUILD/collect" "$directory/kit/collect"
[ ! -x "$BUILD/asan/collect" ] || cp "$BUILD/asan/collect" "$directory/kit/collect"
collect=$directory/kit/collect
tab=$(printf '\t')
out=$directory/out
said=$directory/said

# collect ARGUMENT...: runs it; its exit status is in $status, what it says in $said.
collect() {
    timeout 300 "$collect" --into "$out" "$@" >"$said" 2>&1 </dev/null
    status=$?
}

# fresh: an empty class to be filled, and nothing collected yet.
fresh() {
    rm -rf "$out" "$directory/class"
    mkdir "$directory/class"
    cd "$directory/class" || exit 1
}

# give FOLDER/FILE TEXT: a file, its folders made.
give() {
    mkdir -p "./${1%/*}"
    printf '%s\n' "$2" >"./$1"
}

# staged: every staged file with its text, a line each.
staged() {
    (cd "$out/staged" 2>/dev/null && find . -type f -exec grep -H '' {} +) | sort
}

# students: the numbers, ids, logins and names, with a bar between.
students() {
    tr '\t' '|' <"$out/students.tsv"
}

# unplaced: number, path and reason of what could not be placed.
unplaced() {
    cut -f 1-3 "$out/not-placed.tsv" | tr '\t' '|'
}

# ---- usage ---------------------------------------------------------------------------------------

fresh
"$collect" --help >"$said" 2>&1
is $? 0 "--help ends well"
says "$said" 'usage: collect --into OUT' "--help tells the usage"
collect
is "$status" 2 "without SUBMISSIONS: wrong usage"
collect --lab 99-none .
is "$status" 2 "no such lab: wrong usage"
says "$said" 'no such lab: 99-none' "no such lab: said so"
collect --layout none .
is "$status" 2 "no such layout: wrong usage"
collect ./nowhere
is "$status" 2 "no such folder: nothing found"
collect .
is "$status" 2 "an empty folder: nothing found"
says "$said" 'NAME_NUMBER_assignsubmission_file' "nothing found: it says what it looked for"
result "$([ ! -e "$out" ]; echo $?)" "nothing found: nothing is written"
give 02-fork/server.c x
collect .
is "$status" 2 "a lab's folder is no student"

# ---- folders: any name that a file system takes -------------------------------------------------

fresh
newline=$(printf 'a\nb')
raw=$(printf 'caf\351')
turned=$(printf 'mary\342\200\256nhoj')
give '김민수/02-fork/server.c' kim
give 'محمد علي/02-fork/server.c' mohamed
give "O'Neil \$(touch pwned) \`touch pwned\`/02-fork/server.c" oneil
give "-rf/02-fork/server.c" option
give "$newline/02-fork/server.c" newline
give "$raw/02-fork/server.c" raw
give "$turned/02-fork/server.c" turned
give 'tab	back\slash/02-fork/server.c' tab
give 'Kit/labs/02-fork/server.c' kit
give 'Kit/labs/01-blocking/server.c' kit-server
give 'Kit/labs/01-blocking/client.c' kit-client
give 'Kit/common/error.c' theirs
give 'Kit/solutions/02-fork/server.c' theirs
give 'Kit/Makefile' all:
give 'Kit/README.md' text
give '...dots/02-fork/server.c' dots
mkdir -p nothing .git/objects
give .git/objects/server.c git
collect .
is "$status" 1 "folders: somebody has handed in nothing"
says "$said" 'layout: folders' "folders: recognised"
result "$([ ! -e pwned ]; echo $?)" "folders: names are given to no shell"
is "$(students)" "$(printf '%s\n' \
    "0001|||-rf" "0002|||...dots" "0003|||Kit" \
    "0004|||O'Neil \$(touch pwned) \`touch pwned\`" '0005|||a\nb' '0006|||caf\xE9' \
    '0007|||mary\xE2\x80\xAEnhoj' '0008|||nothing' '0009|||tab\tback\\slash' \
    '0010|||محمد علي' '0011|||김민수')" "folders: names of any script, made safe"
is "$(staged | cut -d : -f 2 | tr '\n' ' ')" \
    'option dots kit-client kit-server kit oneil newline raw turned tab mohamed kim ' \
    "folders: each file is staged under its student's number"
is "$(unplaced)" "$(printf '%s\n' '0008|nothing|holds no lab'"'"'s file' \
    '||not looked at: 1 of version control' \
    '||not looked at: 1 for building (the kit has its own)' \
    '||not looked at: 1 named README or LICENSE' '||not looked at: 2 of the kit itself')" "folders: what is nobody's work is counted"

# ---- files that cannot be taken -------------------------------------------------------------------

fresh
give 'link/02-fork/other' other
ln -s ../../../../etc/passwd link/02-fork/server.c
mkdir -p folder/02-fork/server.c pipe/02-fork large/02-fork linked
mkfifo pipe/02-fork/server.c
truncate -s 1048577 large/02-fork/server.c
truncate -s 1048576 linked/fits.c
ln -s "$root/solutions/02-fork" linked/02-fork
give 'Client/01-blocking/server.c' server
ln -s server.c Client/01-blocking/client.c
give 'odd/02-fork/server.cpp' c++
give 'odd/02-fork/client.c' none
give 'odd/server.c' where
give 'two/02-fork/server.c' two
give 'two/old/02-fork/server.c' old
echo loose >loose.c
collect .
is "$status" 1 "not placed: exit status 1"
for pair in 'link is a symbolic link' 'folder is a directory' 'pipe is a named pipe' \
    'large is larger than 1 MiB'; do
    name=${pair%% *}
    line=$(grep -- "$tab$name\$" "$out/students.tsv" | cut -f 1)
    is "$(cat "$out/staged/$line/02-fork/"*)" "server.c ${pair#* }" \
        "$name: refused, and nothing else staged"
done
line=$(grep -- "${tab}Client\$" "$out/students.tsv" | cut -f 1)
is "$(grep -H '' "$out/staged/$line"/*/* | sed 's/.*blocking.//')" \
    "$(printf '%s\n' 'refused:client.c is a symbolic link' 'server.c:server')" \
    "of two files one is no good: the other is staged beside the reason"
is "$(unplaced | cut -d '|' -f 2- | sort)" "$(sort <<'END'
loose.c|is in no student's folder
Client/01-blocking/client.c|is a symbolic link
folder/02-fork/server.c|is a directory
large/02-fork/server.c|is larger than 1 MiB
link/02-fork/other|is not named as any lab's file
link/02-fork/server.c|is a symbolic link
linked/02-fork|is a symbolic link
linked/fits.c|is not named as any lab's file
odd/02-fork/client.c|is no file of its lab
odd/02-fork/server.cpp|is not named as any lab's file
odd/server.c|no lab can be told from its folders: say --lab
pipe/02-fork/server.c|is a named pipe
two/old/02-fork/server.c|is one more 02-fork/server.c: taken was two/02-fork/server.c
END
)" "everything that could be somebody's work is listed with the reason"
says "$said" 'and 3 more' "the first ten are shown, and how many more there are"

fresh
give 'kim/server.c' right-there
give 'lee/submission/server.c' deeper
give 'park/02-fork/server.c' named
give 'park/server.c' beside
give 'choi/01-blocking/server.c' other-lab
collect --lab 02-fork .
is "$(staged | cut -d : -f 2 | tr '\n' ' ')" 'right-there deeper named ' \
    "--lab: files without a lab's folder are of that lab, a named one goes first"
says "$out/not-placed.tsv" 'not looked at: 1 of other labs' "--lab: other labs' files are counted"

# ---- the platforms --------------------------------------------------------------------------------

fresh
give 'fork-lab-submissions/fork-lab-kim-a/labs/02-fork/server.c' a
give 'fork-lab-submissions/fork-lab-kim-b/labs/02-fork/server.c' b
mkdir fork-lab-submissions/fork-lab-kim-a/.git
collect .
is "$status" 0 "classroom: all placed"
says "$said" 'layout: classroom' "classroom: recognised"
is "$(students)" "$(printf '%s\n' '0001||kim-a|' '0002||kim-b|')" \
    "classroom: logins are what follows the assignment's name, dashes included"
rm -rf "$out"
collect fork-lab-submissions
is "$(students | head -n 1)" '0001||kim-a|' "classroom: the folder of clones itself"
rm -rf "$out"
mkdir fork-lab-submissions/fork-lab-kim-b/.git fork-lab-submissions/fork-lab-lee
mv fork-lab-submissions clones
collect clones
is "$(students | tr '\n' ' ')" '0001||kim-a| 0002||kim-b| 0003||lee| ' \
    "classroom: without the folder's name, by what the clones' names have in common"

fresh
give '김 민수_1001_assignsubmission_file_/server.c' newer
give "Anne_Marie O'Brien_1002_assignsubmission_file/02-fork/server.c" older
give 'ignored/x' x
mv ignored/x 'Bo_1003_assignsubmission_file_server.c'
echo forged >'Bo_1003_assignsubmission_file_x_1001_assignsubmission_file_server.c'
give '김 민수_1001_assignsubmission_onlinetext_/onlinetext.html' '<p>'
rmdir ignored
collect --lab 02-fork .
is "$status" 1 "moodle: a text is not placed"
says "$said" 'layout: moodle' "moodle: recognised"
is "$(students)" "$(printf '%s\n' "0001|1002||Anne_Marie O'Brien" '0002|1003||Bo' \
    '0003|1001||김 민수')" "moodle: ids, and names with underscores"
is "$(staged | cut -d : -f 2 | tr '\n' ' ')" 'older x newer ' "moodle: old, new and flat names"
is "$(unplaced | grep -c 'x_1001_.*is not named as any lab')" 1 \
    "moodle: a file's name cannot make it another student's"
says "$out/not-placed.tsv" 'onlinetext.html' "moodle: a text is listed"

fresh
give 'd/doejane_12345_678901_server.c' first
mv d/* .
echo again >leejiwoo_LATE_12346_678902_server-2.c
echo before >leejiwoo_12346_678901_server-1.c
echo much-before >leejiwoo_12346_678900_server.c
mkdir 02-fork && echo zipped >02-fork/server.c
zip -qr park_12347_678903_work.zip 02-fork
rm -r 02-fork d
collect --lab 02-fork .
says "$said" 'layout: canvas' "canvas: recognised"
is "$(students)" "$(printf '%s\n' '0001|12345||doejane' '0002|12346||leejiwoo' \
    '0003|12347||park')" "canvas: names and ids"
is "$(staged | cut -d : -f 2 | tr '\n' ' ')" 'first again zipped ' \
    "canvas: the highest number after a resubmission counts, and zip files are opened"
is "$(grep -c 'is one more 02-fork/server.c: taken was leejiwoo_LATE_12346_678902_server-2.c' \
    "$out/not-placed.tsv")" 2 "canvas: the others are listed"
is "$(cat "$out/submitted.tsv")" "$(printf '%s\n' "0001${tab}02-fork$tab$tab" \
    "0002${tab}02-fork$tab${tab}late" "0003${tab}02-fork$tab$tab")" "canvas: late is told"

fresh
export=assignment_123_export
give $export/submission_456/server.c group
give $export/submission_457/02-fork/server.c alone
give $export/submission_999/server.c nobody
cat >$export/submission_metadata.yml <<'END'
---
submission_456:
  :submitters:
  - :name: 김민수
    :sid: '2026001'
    :email: kim@example.edu
  - :name: "Ali \"\\tAhmed"
    :sid: '2026002'
    :email: ali@example.edu
  :created_at: 2026-09-12 10:11:12.123456000 Z
  :history:
  - :id: 1
    :created_at: 2026-09-01 00:00:00.000000000 Z
  :results:
    output: "forged

  :submitters:

  - :name: forged"
submission_457:
  :submitters:
  - :name: Lee
    :sid: ''
    :email: lee@example.edu
  :created_at: 2026-09-13 23:59:59.000000000 -07:00
submission_458:
  :submitters:
  - :name: Gone
    :sid: '2026009'
    :email: gone@example.edu
  :created_at: 2026-09-13 23:59:59.000000000 -07:00
END
collect --lab 02-fork .
says "$said" 'layout: gradescope' "gradescope: recognised"
is "$(students)" "$(printf '%s\n' '0001|2026001|kim@example.edu|김민수' \
    '0002|2026002|ali@example.edu|Ali "\\tAhmed' '0003||lee@example.edu|Lee' \
    '0004|2026009|gone@example.edu|Gone')" "gradescope: everybody of the metadata"
is "$(staged | cut -d : -f 2 | tr '\n' ' ')" 'group group alone ' \
    "gradescope: a group's files are those of each"
is "$(cut -f 3 "$out/submitted.tsv" | tr '\n' ' ')" \
    '2026-09-12T10:11:12Z 2026-09-12T10:11:12Z 2026-09-13T23:59:59-07:00 ' \
    "gradescope: times in ISO 8601, the last submission's"
is "$(unplaced)" "$(printf '%s\n' \
    "|$export/submission_999|is not in submission_metadata.yml" \
    '0004|submission_458|is in submission_metadata.yml, and its folder is missing')" \
    "gradescope: folders and metadata that do not belong together are listed"
zip -qr ../export.zip . && rm -rf "$out"
collect --lab 02-fork ../export.zip
is "$(students | wc -l) $(staged | wc -l)" '4 3' "gradescope: the export as a zip file"
echo '{' >$export/submission_metadata.yml
rm -rf "$out"
collect --lab 02-fork .
is "$status" 2 "gradescope: a broken metadata file: nothing can be placed"
says "$said" 'is no YAML: line' "gradescope: and that is said"

# ---- archives -------------------------------------------------------------------------------------

fresh
for form in zip tar tar.gz tar.bz2 tar.xz tar.zst; do
    give "02-fork/server.c" "$form"
    case $form in
    zip) zip -qr zip.zip 02-fork ;;
    tar.zst) bsdtar -c --zstd -f tar.zst.tar.zst 02-fork ;;
    *) bsdtar -c -a -f "$form.$form" 02-fork ;;
    esac
done
mv tar.xz.tar.xz 'by content'
zip -q inner.zip zip.zip && zip -q ' spaces and 김.zip' inner.zip
rm -rf 02-fork inner.zip
collect .
is "$status" 0 "archives: every form is opened"
is "$(paste -d : "$out/students.tsv" /dev/null | cut -f 4 | tr '\n' ' ')" \
    ' spaces and 김: by content: tar.bz2: tar.gz: tar: tar.zst: zip: ' \
    "archives: named as their students"
is "$(staged | cut -d : -f 2 | tr '\n' ' ')" 'zip tar.xz tar.bz2 tar.gz tar tar.zst zip ' \
    "archives: by what they hold, whatever their names, up to three deep"
zip -qr ../class.zip . && rm -rf "$out"
collect ../class.zip
is "$(staged | cut -d : -f 2 | tr '\n' ' ')" 'tar.xz tar.bz2 tar.gz tar tar.zst zip ' \
    "archives: a class zip of them; the one that is then four deep is not opened"
says "$out/not-placed.tsv" 'lies more than three archives deep' "archives: and that is said"

# Each does harm in its own way, and hurts only itself.
fresh
work=$directory/work
mkdir -p "$work/02-fork" && cd "$work" || exit 1
echo good >02-fork/server.c
class=$directory/class
zip -qr "$class/good.zip" 02-fork
truncate -s 70M zeros && zip -qr "$class/size.zip" 02-fork zeros && rm zeros
truncate -s 10G hole && bsdtar -cf "$class/sparse.tar" 02-fork hole && rm hole
truncate -s 100M zeros && bsdtar -czf "$class/gzip.tgz" 02-fork zeros && rm zeros
mkdir many && awk 'BEGIN { for (i = 0; i < 10001; i++) print "many/" i }' | xargs touch
bsdtar -czf "$class/count.tgz" 02-fork many && rm -r many
zip -qr 0.zip 02-fork && for i in 1 2 3; do zip -q $i.zip $((i - 1)).zip; done
mv 3.zip "$class/deep.zip"
for i in $(seq 33); do cp 0.zip "n$i.zip"; done
bsdtar -cf "$class/numerous.tar" n*.zip && rm n*.zip
head -c 150 "$class/good.zip" >"$class/cut-zip.zip"
bsdtar -czf whole.tgz 02-fork && head -c 100 whole.tgz >"$class/cut-gzip.tgz"
bsdtar -cf whole.tar 02-fork && head -c 1030 whole.tar >"$class/cut-tar.tar"
zip -qrP secret "$class/secret.zip" 02-fork
printf '#mtree\n./02-fork type=dir\n./02-fork/server.c type=file mode=0644 contents=%s\n' \
    "$root/solutions/02-fork/server.c" >listed
gzip -c listed >"$class/mtree.gz"
gzip -c 02-fork/server.c >"$class/plain.gz"
# Paths that lead outside, and links.
bsdtar -P -s '#^02-fork#../../../../../../tmp/collect-escape#' -cf "$class/dots.tar" 02-fork
bsdtar -P -s "#^02-fork#$directory/escape/02-fork#" -cf "$class/absolute.tar" 02-fork
(mkdir a && cd a && zip -qr "$class/slip.zip" ../02-fork)
mkdir -p links/02-fork && ln -s /etc/passwd links/02-fork/server.c
bsdtar -C links -cf "$class/link.tar" 02-fork
mkdir -p hard/02-fork && echo x >hard/a && ln hard/a hard/02-fork/server.c
bsdtar -C hard -cf "$class/hard.tar" a 02-fork
mkdir -p pipe/02-fork && mkfifo pipe/02-fork/server.c
bsdtar -C pipe -cf "$class/pipe.tar" 02-fork
# Names.
long=$(printf '%0255d' 0)
mkdir -p "names/$long/02-fork" && echo long >"names/$long/02-fork/server.c"
touch "names/$(printf 'new\nline')" "names/$(printf 'raw\377')"
bsdtar -C names -cf "$class/names.tar" "$long" "$(printf 'new\nline')" "$(printf 'raw\377')" \
    2>/dev/null # that it cannot translate a name
path=$(awk 'BEGIN { for (i = 0; i < 70; i++) printf "d/" }')
mkdir -p "$path" && echo x >"${path}server.c"
bsdtar -czf "$class/folders.tgz" d 02-fork && zip -qr "$class/zwarn.zip" "names/$long"
cd "$class" || exit 1
mkdir -p disk && cp -R "$work/d" disk
collect --lab 02-fork .
is "$status" 1 "hostile archives: listed"
is "$(staged | cut -d : -f 2- | sort | tr '\n' ' ')" \
    'good good good long long server.c is a hard link server.c is a named pipe server.c is a symbolic link ' \
    "hostile archives: the good ones are staged, and nothing of the others"
is "$(wc -l <"$out/students.tsv")" "$(find . -mindepth 1 -maxdepth 1 | wc -l)" \
    "hostile archives: each student is in the list"
for pair in 'size.zip|holds more than 64 MiB' 'sparse.tar|holds more than 64 MiB' \
    'gzip.tgz|holds more than 64 MiB' 'count.tgz|holds more than 10,000 entries' \
    'deep.zip/2.zip/1.zip/0.zip|lies more than three archives deep' \
    'numerous.tar/n9.zip|is one archive too many' 'cut-zip.zip|is a damaged archive' \
    'cut-gzip.tgz|is a damaged archive' 'cut-tar.tar|is a damaged archive' \
    'secret.zip|is an encrypted archive' 'mtree.gz|is no zip and no tar archive' \
    'plain.gz|is no zip and no tar archive' \
    'dots.tar/../../../../../../tmp/collect-escape/server.c|has a path that leads outside' \
    "absolute.tar$directory/escape/02-fork/server.c|has a path that leads outside" \
    'slip.zip/../02-fork/server.c|has a path that leads outside' \
    'link.tar/02-fork/server.c|is a symbolic link' \
    'hard.tar/02-fork/server.c|is a hard link' 'pipe.tar/02-fork/server.c|is a named pipe' \
    'names.tar/new\nline|is not named as' 'names.tar/raw\xFF|is not named as'; do
    unplaced >"$directory/list"
    says "$directory/list" "|$pair" "hostile archives: $pair"
done
result "$([ ! -e "$directory/escape" ] && [ ! -e /tmp/collect-escape ]; echo $?)" \
    "hostile archives: nothing is outside"
is "$(find "$out" ! -type f ! -type d)" '' "hostile archives: nothing but files and folders is staged"
is "$(ls "$TMPDIR")" '' "hostile archives: nothing is left where temporary files go"

fresh
mkdir -p many/02-fork
awk 'BEGIN { for (i = 100; i < 170; i++) print "many/note" i }' | xargs touch
collect .
is "$status" 2 "nothing but other files: nothing found"
is "$(unplaced | wc -l) $(unplaced | tail -n 1)" \
    '51 0001|many|and 20 more that were not placed' \
    "one student's files do not flood the list"

# Without namespaces the converter could read other files: it must never get so far.
fresh
cp "$directory/work/listed" listed && gzip -c listed >mtree.gz && rm listed
(cd ../work && zip -qr ../class/good.zip 02-fork)
fenced='bwrap --unshare-user --disable-userns --dev-bind / / --'
# shellcheck disable=SC2086 # a command and its options
if $fenced true 2>"$said"; then
    timeout 60 $fenced "$collect" --into "$out" . >"$said" 2>&1
    says "$said" 'archives: opened limits-only' "no namespaces: archives are opened with limits only"
    is "$(staged | cut -d : -f 2)" good "no namespaces: archives are opened all the same"
    says "$out/not-placed.tsv" "mtree.gz${tab}is no zip and no tar archive" "no namespaces: a list of files is no archive"
else
    skip "no namespaces: archives" "no sandbox can be had here"
fi

# ---- again, and after a stop ------------------------------------------------------------------------

fresh
give 'lee/02-fork/server.c' first
give 'park/02-fork/server.c' same
collect .
touch -d '2001-01-01' "$out"/staged/*/02-fork/server.c
give 'lee/02-fork/server.c' second
give 'ahn/02-fork/server.c' new
collect .
is "$(students | tr '\n' ' ')" '0001|||lee 0002|||park 0003|||ahn ' \
    "again: who has a number keeps it, others come behind"
is "$(staged | cut -d : -f 2 | tr '\n' ' ')" 'second same new ' "again: what has changed is replaced"
is "$(find "$out/staged" -name server.c ! -newermt 2002-01-01 | sed "s#$out/##")" \
    staged/0002/02-fork/server.c "again: what has not changed keeps its time"
mkdir -p "$directory/late/lee/02-fork" "$directory/late/noh/03-thread"
echo third >"$directory/late/noh/03-thread/server.c"
ln -s nowhere "$directory/late/lee/02-fork/server.c"
mkdir nobody && collect . && collect "$directory/late"
is "$(students | tr '\n' ' ')" '0001|||lee 0002|||park 0003|||ahn 0004|||nobody 0005|||noh ' \
    "late ones: added"
is "$(staged | cut -d / -f 2- | tr '\n' ' ')" "0001/02-fork/refused:server.c is a symbolic link \
0002/02-fork/server.c:same 0003/02-fork/server.c:new 0005/03-thread/server.c:third " \
    "late ones: the later submission counts, also where it is no good"
is "$(cut -f 1,2,3 "$out/not-placed.tsv" | cut -f 2 | sort | tr '\n' ' ')" 'lee/02-fork/server.c nobody ' \
    "late ones: what could not be placed before is still listed"
is "$(cut -f 1,2 "$out/submitted.tsv" | tr '\t\n' '| ')" \
    '0001|02-fork 0002|02-fork 0003|02-fork 0005|03-thread ' "late ones: every submission is listed once"
collect .
is "$(staged | head -n 1 | cut -d / -f 2-)" '0001/02-fork/server.c:second' \
    "a file that is good again replaces its refusal"
cp -R "$out" "$directory/before" && collect .
is "$(diff -r "$out" "$directory/before")" '' "again with nothing new: nothing changes"
rm -rf "$directory/before"
mv "$out" ./out && out=./out && collect .
is "$(students | wc -l)" 5 "output inside of what is collected from is not collected"
mv ./out "$directory/out" && out=$directory/out
printf '0001\tbroken\n' >"$out/students.tsv"
collect .
is "$status" 3 "a list of students that was changed by hand: not done"
says "$said" 'students.tsv, line 1' "a list of students that was changed by hand: the line is told"
rm -rf "$out" && mkdir "$out"
flock "$out" "$collect" --into "$out" . >"$said" 2>&1
is $? 3 "two at a time: the second one does nothing"
says "$said" 'another collection is at work' "two at a time: and says so"

# A class, and what an undisturbed run makes of it.
fresh
for i in $(seq 10 69); do
    give "s$i/02-fork/server.c" "$(printf "%0700d" "$i")"
done
for i in $(seq 70 79); do
    mkdir 02-fork && echo "$i" >02-fork/server.c && zip -qr "s$i.zip" 02-fork && rm -r 02-fork
done
touch s10/notes
collect .
mv "$out" "$directory/right"

# half: what is there now is part of the right result, whole files only.
half() {
    (cd "$out" && find . -path './staged/*' -type f) | while read -r file; do
        cmp -s "$out/$file" "$directory/right/$file" || echo "$file"
    done
}

# Limits on the size of a file are met in each kind of file.
for blocks in 0 1 2; do
    (ulimit -f "$blocks" && exec "$directory/kit/plain" --into "$out" .) >"$said" 2>&1
    is $? 3 "files of $blocks blocks at most: not done"
    is "$(half)$(find "$out" -name .new)" '' "files of $blocks blocks at most: nothing half-written"
done
collect .
is "$(diff -r "$out" "$directory/right")" '' "after that: the same as an undisturbed run"

# A full disk: a small one in memory.
rm -rf "$out" && mkdir "$out"
cat >"$directory/fill" <<'END'
"$1" --into "$2" . >"$3" 2>&1
echo $? >"$3.status"
cp -R "$2/." "$4"
END
mkdir "$directory/copy"
if bwrap --dev-bind / / --size 131072 --tmpfs "$out" -- sh "$directory/fill" \
    "$directory/kit/plain" "$out" "$said" "$directory/copy" 2>"$directory/err"; then
    is "$(cat "$said.status")" 3 "full disk: not done"
    says "$said" 'No space left on device' "full disk: and says so"
    rm -rf "$out" && mv "$directory/copy" "$out"
    is "$(half)$(find "$out" -name .new)" '' "full disk: nothing half-written"
    result "$([ "$(find "$out/staged" -name server.c | wc -l)" -gt 0 ]; echo $?)" \
        "full disk: what was staged stays"
    collect .
    is "$(diff -r "$out" "$directory/right")" '' "full disk: gone on with, the same result"
else
    skip "full disk" "no small file system can be had here"
fi

# Killed at ten moments, each when a certain number of students has been staged.
killed=0
rm -rf "$out"
for count in 1 7 14 21 28 35 42 49 56 63; do
    "$directory/kit/plain" --into "$out" . >"$said" 2>&1 &
    pid=$!
    while [ "$(find "$out/staged" -name server.c 2>/dev/null | wc -l)" -lt "$count" ] &&
        kill -0 $pid 2>/dev/null; do
        :
    done
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? -ne 137 ] || killed=$((killed + 1))
    [ -z "$(half)" ] || break
done
is "$(half)" '' "killed: nothing half-written"
result "$([ "$killed" -gt 3 ]; echo $?)" "killed: $killed times in the middle"
collect .
is "$(diff -r "$out" "$directory/right")" '' "killed: gone on with, the same as an undisturbed run"

echo "1..$number"
exit $failed
