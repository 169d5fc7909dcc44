#!/bin/sh
# Tests of the packages for Gradescope, GitHub Classroom and Autolab: each is unpacked and run as
# its platform does it, as far as that can be here, on right, unfinished, missing and hostile
# submissions. Prints TAP; run it from the repository's root.
#
# Gradescope's container is made by root (container.sh); others skip that part. GitHub's steps
# run in their order in an empty directory, but for those that are actions of others; `sudo` is
# left out. No other grading by root may run meanwhile: at the level separate-uid its processes are
# the same user's, and count to the same limit.
set -u
: "${BUILD:=build}"
# shellcheck source=tests/release/words.sh
. tests/release/words.sh

one=$directory/one
lab=02-fork
solution=$PWD/solutions/$lab/server.c
skeleton=$PWD/labs/$lab/server.c
release=$PWD/tests/release
make_clone "$one"

# json FILE FILTER EXPECTED DESCRIPTION: what jq finds, values between blanks.
json() {
    is "$(jq -r "$2" "$1" 2>&1 | tr '\n' ' ' | sed 's/ $//')" "$3" "$4"
}

# packed KIND NAME [VARIABLE=VALUE...]: packs it, twice, and compares.
packed() {
    kind=$1
    name=$2
    shift 2
    pack "$one" "$kind" "$@"
    is "$?:$(tail -n 1 "$directory/said")" "0:build/release/$name" "$kind: is packed"
    cp "$one/build/release/$name" "$directory/before"
    (umask 077 && TZ=Asia/Seoul pack "$one" "$kind" "$@")
    cmp "$one/build/release/$name" "$directory/before" >"$directory/differences" 2>&1
    empty "$directory/differences" "$kind: the same bytes again"
}

# same_subset KIND DIRECTORY: its kit is the student's, which test_kit.sh is about.
same_subset() {
    diff -r "$directory/kit/socket-labs-$lab" "$2" >"$directory/differences" 2>&1
    empty "$directory/differences" "$1: holds what the student's kit holds"
}

pack "$one" student-kit UPTO="$lab"
mkdir "$directory/kit"
tar -xzf "$one/build/release/socket-labs-$lab.tar.gz" -C "$directory/kit"

# ---- Gradescope --------------------------------------------------------------------------------

# A server that works, and does first what it should not be able to do. What became of that it
# leaves in /tmp.
hostile() {
    cat <<'END'
#define main the_server
END
    cat "$solution"
    cat <<'END'
#undef main
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
static void attempt(FILE *log, const char *path, int flags)
{
    int fd = open(path, flags, 0666);
    fprintf(log, "%s %s\n", path, fd == -1 ? strerror(errno) : "opened");
    if (fd != -1 && flags != O_RDONLY)
        dprintf(fd, "{\"score\": 1000}\n");
    if (fd != -1)
        close(fd);
}
int main(int argc, char *argv[])
{
    FILE *log = fopen("/tmp/attempts", "a");
    if (log != NULL) {
        attempt(log, "/autograder/results/results.json", O_WRONLY | O_CREAT);
        attempt(log, "/autograder/results/.report", O_WRONLY | O_CREAT);
        attempt(log, "/autograder/source/kit/build/grade", O_RDONLY);
        attempt(log, "/autograder/source/rubric", O_RDONLY);
        attempt(log, "/autograder/submission/server.c", O_RDONLY);
        attempt(log, "/autograder/submission_metadata.json", O_RDONLY);
        fclose(log);
    }
    return the_server(argc, argv);
}
END
}

container=$directory/container
autograder=$container/autograder
results=$autograder/results/results.json

in_container() {
    timeout 300 sh "$release/container.sh" "$container" "$@" >"$directory/out" 2>&1 </dev/null
}

# explain: the checks that failed, for whoever reads that the solution has not all points.
explain() {
    jq -r '.tests[] | select(.status == "failed") | .name, .output' "$results" | head -n 60 |
        sed 's/^/# /'
}

# submit COMMAND...: in an empty submission; then grades it.
submit() {
    rm -rf "$autograder/submission" "$autograder/results"
    chmod 755 "$autograder"
    mkdir -m 777 "$autograder/results"
    mkdir "$autograder/submission"
    (cd "$autograder/submission" && "$@")
    in_container /autograder/run_autograder
    is "$?" 0 "gradescope: $*: run_autograder ends well"
}

test_gradescope() {
    unzip -q "$one/build/release/gradescope-$lab.zip" -d "$autograder/source"
    cp "$autograder/source/run_autograder" "$autograder"
    echo '{"users": []}' >"$autograder/submission_metadata.json"
    in_container /autograder/run_autograder
    json "$results" '[has("score"), (.output | test("setup.sh has not built"))] | map(tostring)[]' \
        'false true' 'gradescope: without its setup: no score, and why'
    ! in_container unshare --user true
    result $? \
        'gradescope: there are no user namespaces in the container'
    in_container /autograder/source/setup.sh
    is "$?" 0 'gradescope: setup.sh builds the grader'

    submit cp "$solution" server.c
    json "$results" '.score, (.tests | length > 10), (.output | test("isolation: separate-uid"))' \
        '100 true true' 'gradescope: the solution has all points, and the level is told'
    explain
    is "$(stat -c %a "$autograder")" 700 'gradescope: /autograder is closed'
    submit cp "$skeleton" server.c
    json "$results" .score 0 'gradescope: the skeleton has none'
    hostile >"$directory/hostile.c"
    submit cp "$directory/hostile.c" server.c
    json "$results" '.score, (.tests | length > 10)' '100 true' \
        'gradescope: a hostile server does not write its results'
    is "$(sed 's/.* \(Permission denied\)$/\1/' "$container/tmp/attempts" | sort -u)" \
        'Permission denied' 'gradescope: nor reads or writes anything below /autograder'
    submit mkdir -p labs/$lab
    json "$results" '.score, (.output | test("server.c: is missing")), (.tests | length)' \
        '0 true 0' 'gradescope: a missing file: no points, and why'
    submit ln -s /autograder/source/kit/labs/$lab/server.c server.c
    json "$results" '.score, (.output | test("is a symbolic link"))' '0 true' \
        'gradescope: a symbolic link: no points, and why'
    submit ln -s /autograder/source/kit/labs labs
    json "$results" '.score, (.output | test("server.c: is missing"))' '0 true' \
        'gradescope: a link to a directory is not followed'
    submit sh -c "mkdir -p labs/$lab && cp $skeleton labs/$lab/server.c"
    json "$results" '.score, (.tests | length > 10)' '0 true' \
        'gradescope: a whole kit was handed in: its lab is found'

    echo 'points nonsense' >"$autograder/source/rubric"
    submit cp "$skeleton" server.c
    json "$results" '[has("score"), (.output | test("no fault of the submission"))] | map(tostring)[]' \
        'false true' 'gradescope: a rubric that cannot be read: no score'
    echo 'leave-out builds' >"$autograder/source/rubric"
    submit cp "$skeleton" server.c
    json "$results" '.score, ([.tests[].name] | index("builds"))' '0 null' \
        'gradescope: a rubric is handed to the grader'
    rm "$autograder/source/rubric"
    rm "$autograder/source/kit/build/checks/$lab"
    submit cp "$skeleton" server.c
    json "$results" '[has("score"), (.output | test("no fault of the submission"))] | map(tostring)[]' \
        'false true' 'gradescope: a grader that cannot work: no score'
}

packed gradescope "gradescope-$lab.zip" LAB="$lab"
unzip -q "$one/build/release/gradescope-$lab.zip" -d "$directory/unzipped"
same_subset gradescope "$directory/unzipped/kit"
is "$(cd "$directory/unzipped" && echo * && stat -c %a setup.sh run_autograder)" \
    "$(echo kit lab run_autograder setup.sh && printf '755\n755')" \
    'gradescope: beside it are setup.sh, run_autograder and the name of the lab'
pack "$one" gradescope
says "$directory/said" 'which lab? Add LAB=' 'gradescope: asks for the lab'
echo 'name ours' >"$directory/our-rubric"
mkdir "$directory/with"
pack "$one" gradescope LAB="$lab" RUBRIC="$directory/our-rubric"
unzip -q "$one/build/release/gradescope-$lab.zip" rubric -d "$directory/with"
cmp "$directory/our-rubric" "$directory/with/rubric" >"$directory/differences" 2>&1
empty "$directory/differences" 'gradescope: with a rubric'
pack "$one" gradescope LAB="$lab"
mkdir -p "$autograder" && chmod 755 "$container" "$autograder"
if in_container true; then
    test_gradescope
else
    skip 'gradescope: in a container' "root with mount namespaces is needed: $(tail -n 1 "$directory/out")"
fi

# ---- Autolab -----------------------------------------------------------------------------------

# handin NAME COMMAND...: an empty directory with what Tango copies there, and the handin; what
# comes out is then in $directory/out. Once $directory/built is there, the grader is not built anew.
handin() {
    place=$directory/tango/$1
    shift
    mkdir -p "$place"
    cp "$directory/autolab-$lab/"autograde* "$place"
    [ ! -d "$directory/built" ] || cp -r --preserve=timestamps "$directory/built" "$place/autograde"
    (cd "$place" && "$@" && timeout 300 make -f autograde-Makefile) >"$directory/out" 2>&1
}

last_line() {
    tail -n 1 "$directory/out" >"$directory/scores.json"
}

packed autolab "autolab-$lab.tar.gz" LAB="$lab"
tar -xzf "$one/build/release/autolab-$lab.tar.gz" -C "$directory"
is "$(cd "$directory/autolab-$lab" && echo *)" 'autograde-Makefile autograde.tar' \
    'autolab: the two files to upload'
handin right cp "$solution" server.c
is "$?" 0 'autolab: the solution: make ends well'
last_line
json "$directory/scores.json" '[.scores[]] | add' 100 'autolab: and has all points'
mkdir -p "$directory/built/kit"
mv "$place/autograde/kit/build" "$directory/built/kit"
same_subset autolab "$place/autograde/kit"
handin skeleton cp "$skeleton" server.c
last_line
json "$directory/scores.json" '[.scores[]] | add, length > 10' '0 true' 'autolab: the skeleton: none'
handin link ln -s /etc/passwd server.c
last_line
json "$directory/scores.json" '[.scores[]] | add, length > 10' '0 true' \
    'autolab: a symbolic link: no points'
says "$directory/out" 'is a symbolic link' 'autolab: and why'
handin archive tar -C "$(dirname "$skeleton")" -cf handin.tar ./server.c README.md
last_line
json "$directory/scores.json" '[.scores[]] | add' 0 'autolab: an archive with the file'
is "$(ls "$place/handin")" server.c 'autolab: of which nothing else is taken'
pack "$one" autolab LAB="$lab" ISOLATION=none
says "$directory/said" 'ISOLATION=none: no such level' 'autolab: a level that is not there'
sed -i 's/^ISOLATION.*/ISOLATION := none/' "$directory/autolab-$lab/autograde-Makefile"
! handin broken cp "$skeleton" server.c
result $? 'autolab: no verdict: make fails'
is "$(grep -c '"scores"' "$directory/out")" 0 'autolab: without scores'

# ---- GitHub Classroom --------------------------------------------------------------------------

# step NAME: the commands of a step of the workflow.
step() {
    awk -v name="$1" '
        /^      - name: / { on = $0 == "      - name: " name }
        on && /^        run: [^|]/ { sub(/^        run: /, ""); print; exit }
        on && running && !/^          / && NF { exit }
        on && running { print substr($0, 11) }
        on && /^        run: \|$/ { running = 1 }' "$workflow"
}

# variable NAME: of the job's environment.
variable() {
    sed -n "s/^      $1: \"\(.*\)\"$/\1/p" "$workflow"
}

# run_step NAME: as GitHub does it.
run_step() {
    step "$1" >"$directory/step"
    [ -s "$directory/step" ] || echo "no step $1"
    (cd "$runner" && PATH=$directory/bin:$PATH bash -e "$directory/step") >"$directory/out" 2>&1
}

packed classroom "socket-labs-template-$lab.tar.gz" UPTO="$lab" LAB="$lab"
tar -xzf "$one/build/release/socket-labs-template-$lab.tar.gz" -C "$directory"
template=$directory/socket-labs-template-$lab
workflow=$directory/grade.yml
mv "$template/.github/workflows/grade.yml" "$workflow"
rmdir "$template/.github/workflows" "$template/.github"
same_subset classroom "$template"
yamllint -d '{extends: relaxed, rules: {line-length: {max: 100}, truthy: disable}}' "$workflow" \
    >"$directory/said" 2>&1
empty "$directory/said" 'classroom: the workflow is YAML'
grep -nE '@[A-Z0-9]+@' "$workflow" >"$directory/said"
empty "$directory/said" 'classroom: with everything filled in'
is "$(variable KIT)" '${{ vars.SOCKET_LABS_KIT }}' \
    'classroom: the address of the kit is a variable of the organization'
is "$(variable KIT_SHA256)" "$(sha256sum "$one/build/release/socket-labs-$lab.tar.gz" | cut -c 1-64)" \
    'classroom: and its SHA-256 is in the workflow'
pack "$one" classroom UPTO="$lab" KIT_URL=https://example.org/kit.tar.gz?a\&b
tar -xzOf "$one/build/release/socket-labs-template-$lab.tar.gz" \
    "socket-labs-template-$lab/.github/workflows/grade.yml" |
    grep -c 'KIT: "https://example.org/kit.tar.gz?a&b"' >"$directory/said"
is "$(cat "$directory/said")" 1 'classroom: or it is given'
pack "$one" classroom UPTO="$lab" KIT_URL=http://example.org/kit.tar.gz
says "$directory/said" 'by https' 'classroom: by https'

runner=$directory/runner
mkdir -p "$directory/bin" "$runner/submission"
printf '#!/bin/sh\necho "sudo $*" >>"%s/sudo"\n' "$directory" >"$directory/bin/sudo"
chmod +x "$directory/bin/sudo"
cp -r "$template/." "$runner/submission"
GITHUB_OUTPUT=$directory/output
GITHUB_STEP_SUMMARY=$directory/summary
KIT=file://$one/build/release/socket-labs-$lab.tar.gz
KIT_SHA256=$(echo another | sha256sum | cut -c 1-64)
LAB=$(variable LAB)
export GITHUB_OUTPUT GITHUB_STEP_SUMMARY KIT KIT_SHA256 LAB
! run_step 'Fetch the kit' && [ ! -e "$runner/kit" ]
result $? \
    'classroom: another kit than the one that was meant is not unpacked'
KIT_SHA256=$(variable KIT_SHA256)
for name in 'Fetch the kit' 'Allow the submission to be isolated' 'Build the grader'; do
    run_step "$name"
    is "$?" 0 "classroom: $name"
done
is "$(cat "$directory/sudo")" \
    'sudo sysctl --quiet --write kernel.apparmor_restrict_unprivileged_userns=0' \
    'classroom: root does one thing'

# graded: the result that goes to the reporter, decoded.
graded() {
    : >"$GITHUB_OUTPUT"
    : >"$GITHUB_STEP_SUMMARY"
    run_step Grade
    status=$?
    sed -n 's/^result=//p' "$GITHUB_OUTPUT" | base64 --decode >"$directory/result.json"
    return "$status"
}

graded
is "$?" 0 'classroom: grades the skeleton'
json "$directory/result.json" '.max_score, ([.tests[].score] | add)' '100 0' 'classroom: no points'
says "$GITHUB_STEP_SUMMARY" "$lab: 0 of 100 points" 'classroom: the summary has the report'
cp "$solution" "$runner/submission/labs/$lab/server.c"
for file in "$runner"/submission/tests/checks/*.c; do
    echo '#error changed by a student' >"$file"
done
graded
json "$directory/result.json" '.max_score, ([.tests[].score] | add)' '100 100' \
    'classroom: the solution has all points, whatever else was changed'
rm "$runner/submission/labs/$lab/server.c" "$runner/result"
graded
is "$?" 1 'classroom: a missing file: the step fails'
says "$directory/out" 'server.c: is missing' 'classroom: and says why'

finish
