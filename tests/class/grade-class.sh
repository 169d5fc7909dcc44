#!/bin/sh
# Grades the submissions of a class side by side; --help says what it promises.
#
# What lies in OUT is the state, so that a run that was killed can go on: a verdict is a file,
# OUT/verdicts/NUMBER/LAB/record, that is there whole or not at all, and everything else is made
# from verdicts. The work is handed out by GNU parallel. Numbers stand for students wherever a
# name would pass through a shell or to another machine.
#
# Left out: a database, a server, mail.
#
# shellcheck disable=SC2317 # write() calls the functions named list_...
# shellcheck disable=SC2015 # `a && b || fail`: to fail after b is meant too
set -u
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
: "${BUILD:=$here/../../build}"

help() {
    cat <<'END'
usage: grade-class.sh [OPTIONS] SUBMISSIONS OUT

Grades the submissions of a class and writes reports. Run again with the same OUT, it goes on
where it was stopped or killed: it grades what is new, what has changed, and what had no verdict.

  SUBMISSIONS        a directory or archive, as Moodle, Canvas, Gradescope or GitHub Classroom
                     export it, or with a folder for each student (docs/en/class.md)
  OUT                a directory for everything that is written
  --lab LAB          the lab of files that lie in no folder named like a lab
  --rubric FILE      the points that count, and what being late costs
  --times FILE       when work was handed in: lines STUDENT, LAB, TIME, tabs between
  --jobs N           gradings at a time on each machine (default: two for each processor)
  --hosts FILE       machines to grade on, as ssh(1) knows them, a line each; `:` is this one
  --isolation LEVEL  as of build/grade
  --language WHICH   en (the default) or ko: of what the checks say, and of reports; what was
                     graded before keeps its own
  --layout NAME      do not guess how the platform lays out its export
  --likeness         also compare the submissions of each lab with one another
  --help             this

Written: OUT/grades.csv, OUT/summary.html, OUT/students/*/report.html, report.txt and
results.json, OUT/not-placed.tsv, with --likeness OUT/likeness.txt.

Exit status: 0 every submission has a verdict, 1 some have none or could not be placed, 2 wrong
usage or nothing to grade, 3 the work could not be done.
END
}

say() { printf '%s\n' "$*" >&2; }
fail() { say "grade-class: $1"; exit "${2:-3}"; }
misused() { say "grade-class: $*"; say 'usage: grade-class.sh [OPTIONS] SUBMISSIONS OUT (--help lists them)'; exit 2; }

lab='' rubric='' times='' jobs='' hosts='' isolation='' language='' layout='' likeness=''
while [ $# -gt 0 ]; do
    case $1 in
    --help) help; exit 0 ;;
    --likeness) likeness=yes; shift; continue ;;
    --lab | --rubric | --times | --jobs | --hosts | --isolation | --language | --layout)
        [ $# -ge 2 ] || misused "$1 takes a value"
        eval "${1#--}=\$2"
        shift 2
        continue ;;
    --) shift; break ;;
    -*) misused "no such option: $1" ;;
    *) break ;;
    esac
done
[ $# -eq 2 ] || misused 'SUBMISSIONS and OUT are needed, and nothing else'
[ -n "$1" ] && [ -n "$2" ] || misused 'SUBMISSIONS and OUT are needed'
case ${jobs:-1} in *[!0-9]* | 0*) misused "--jobs takes a number: $jobs" ;; esac
case $isolation in *[!a-z-]*) misused "no such level of isolation: $isolation" ;; esac
case $language in '' | en | ko) ;; *) misused "no such language: $language" ;; esac
for file in "$rubric" "$times" "$hosts"; do
    [ -z "$file" ] || [ -r "$file" ] || fail "$file cannot be read" 2
done
"$here/../host/packages.sh" class || exit 3
if [ -n "$hosts" ] && ! { command -v rsync && command -v ssh; } >/dev/null; then
    fail 'other machines need rsync and ssh: sudo apt-get install rsync openssh-client' 3
fi
absolute() { case $1 in '' | /*) printf %s "$1" ;; *) printf '%s/%s' "$PWD" "$1" ;; esac; }
submissions=$(absolute "$1") out=$(absolute "$2")
rubric=$(absolute "$rubric") times=$(absolute "$times") hosts=$(absolute "$hosts")
BUILD=$(cd "$BUILD" && pwd) || fail 'nothing is built: run make grader'
[ -e "$submissions" ] || fail "$submissions does not exist" 2
case $(realpath -m -- "$out")/ in
"$(realpath -- "$submissions")"/*) fail 'OUT lies in SUBMISSIONS: it would be taken for one' 2 ;;
esac
[ -z "$rubric" ] || "$BUILD/report" --rubric "$rubric" --check || exit 2

tab=$(printf '\t')

# write FILE COMMAND...: what the command prints becomes the file, whole or not at all.
write() {
    file=$1
    shift
    "$@" >"$file.part" && mv "$file.part" "$file" && return
    fail "$out/$file cannot be written"
}

# One run at a time. The lock is inherited by all that it starts, so that a run that was killed is
# over only when the last of its gradings is. What it left half done is removed.
enter() {
    mkdir -p "$out" && cd "$out" && mkdir -p verdicts students staged && exec 9>>lock ||
        fail "$out cannot be written"
    if ! flock -n 9; then
        say "grade-class: another run works in $out, or was killed and has gradings to end: waiting"
        flock -w 120 9 || fail "another run still works in $out" 2
    fi
    find . -maxdepth 1 -name '*.part' -exec rm -rf {} +
    find verdicts -name '*.part*' -exec rm -f {} +
    find students -name 'report.*.[0-9]*' -exec rm -f {} +
    find students -name 'results.json.[0-9]*' -exec rm -f {} +
}

# The machines that grade get a copy of the grader. It stays the same for the whole class.
keep_grader() {
    if [ ! -d grader ]; then
        mkdir grader.part && cp -rL "$BUILD/grade" "$BUILD/checks" "$BUILD/kit" \
            "$BUILD/share" "$here/grade-one.sh" grader.part/ && mv grader.part grader ||
            fail "copying the grader into $out failed"
    elif ! cmp -s "$BUILD/grade" grader/grade || ! diff -rq "$BUILD/checks" grader/checks >/dev/null; then
        say "grade-class: this class was begun with another build of the grader, which goes on;" \
            "remove $out/grader and $out/verdicts to begin anew"
    fi
}

# ---- what is to be done ----------------------------------------------------------------------

# A line for each grading, number and lab. Lines stay where they are, as the log counts them.
list_jobs() {
    find staged -mindepth 2 -maxdepth 2 -type d | sort | tr / '\t' | cut -f 2- |
        awk -F '\t' 'NR == FNR { known[$0]; print; next } !($0 in known)' jobs.tsv -
}

# A verdict stands while nothing that was handed in is newer. One that does not is kept aside.
list_standing() {
    while read -r number lab; do
        record=verdicts/$number/$lab/record
        [ -f "$record" ] || continue
        if [ -z "$(find "staged/$number/$lab" -newer "$record")" ]; then
            printf '%s\t%s\n' "$number" "$lab"
        else
            mv "$record" "$record-superseded-$(date +%Y%m%dT%H%M%S)" || return
        fi
    done <jobs.tsv
}

# parallel skips what its log has. A line without a verdict that stands is taken out, as is one
# that was cut short. A verdict without a line, as its run was killed, is met by grade-one.sh.
list_log() {
    awk -F '\t' '
        FILENAME == "standing.tsv" { stands[$0]; next }
        FILENAME == "jobs.tsv" { if ($0 in stands) keep[FNR]; next }
        FNR == 1 || (NF == 9 && $1 in keep && !seen[$1]++)' standing.tsv jobs.tsv joblog
}

plan() {
    touch jobs.tsv joblog
    write jobs.tsv list_jobs
    write standing.tsv list_standing
    write joblog list_log
    [ -s joblog ] || rm joblog
    total=$(wc -l <jobs.tsv) ready=$(wc -l <standing.tsv)
    say "grade-class: $((total - ready)) to grade, $ready of $total have their verdict"
}

# ---- grading ---------------------------------------------------------------------------------

# Reads a line for each grading that has ended, and says how many there are and how long the rest
# will take: on a terminal in place, otherwise about twenty times.
progress() {
    awk -v total="$total" -v ready="$ready" -v terminal="$([ -t 2 ] && echo 1 || echo 0)" '
        function now(  time) { "date +%s" | getline time; close("date +%s"); return time }
        function left(seconds) {
            return seconds < 90 ? int(seconds) " s" : int(seconds / 60 + 0.5) " min"
        }
        BEGIN { begun = now(); first = ready; step = terminal ? 0 : total / 20 }
        {
            ready++
            if (ready < said + step && ready < total) next
            said = ready
            printf "%s  %d of %d, about %s left%s", terminal ? "\r\033[K" : "", ready, total,
                left((now() - begun) * (total - ready) / (ready - first)), terminal ? "" : "\n"
            fflush()
        }
        END { if (terminal && ready > first) print "" }' >&2
}

grade_all() {
    away=socket-labs-class-$$ # in the home directories of other machines
    [ "$total" -gt "$ready" ] || return 0
    # A grading waits for about as long as it computes: two share a processor.
    set -- --will-cite --colsep '\t' --joblog joblog --resume --line-buffer --jobs "${jobs:-200%}"
    [ -z "$hosts" ] || set -- "$@" --sshloginfile "$hosts" --filter-hosts --retries 3 \
        --workdir "$away" --basefile grader --transferfile 'staged/{1}/{2}' \
        --return 'verdicts/{1}/{2}' --cleanup
    # This machine, as `:` among hosts, has such a directory in OUT, with nothing in it.
    given="ISOLATION=$isolation REPORT_LANGUAGE=$language"
    parallel "$@" "[ -d grader ] || cd ..; $given grader/grade-one.sh {1} {2}" \
        :::: jobs.tsv | progress
    [ -z "$hosts" ] || parallel --will-cite --nonall --sshloginfile "$hosts" "rm -rf '$away'"
}

# Number, lab, what the grader said, or that it never came to it.
list_failed() {
    while read -r number lab; do
        [ ! -f "verdicts/$number/$lab/record" ] || continue
        why=$(cat "verdicts/$number/$lab/failed" 2>/dev/null) || why='it was not graded'
        printf '%s\t%s\t%s\n' "$number" "$lab" "$(printf %s "$why" | tr '\n\t' '; ')"
    done <jobs.tsv
}

# ---- reports ---------------------------------------------------------------------------------

# When each lab was handed in: as the platform says, or better the file that was given. A student
# is named there by number, id, login or name.
list_times() {
    {
        cut -f 1-3 submitted.tsv
        [ -z "$times" ] || awk -F '\t' '
            FILENAME == "students.tsv" {
                for (i = 1; i <= 4; i++) if ($i != "") number[$i] = $1
                next
            }
            /^[ \t]*(#|$)/ { next }
            $1 in number { print number[$1] "\t" $2 "\t" $3; next }
            {
                printf "grade-class: %s, line %d: nobody is called %s\n", FILENAME, FNR, \
                    $1 >"/dev/stderr"
            }' students.tsv "$times"
    } | awk -F '\t' '$3 != "" { time[$1 "\t" $2] = $3 }
        END { for (key in time) print key "\t" time[key] }' | sort
}

# Each student's folder: the number, and as much of the name as is fit for a file name.
list_folders() {
    sed -E 's/^([^\t]*)\t[^\t]*\t[^\t]*\t(.*)$/\1-\2/; s/[^[:alnum:].-]+/_/g; s/^(.{60}).*/\1/' \
        students.tsv | paste students.tsv -
}

# Prints the options of build/report that are this student's.
report_student() (
    number=$1 name=$2 folder=$3
    set --
    for record in "verdicts/$number"/*/record; do
        [ ! -f "$record" ] || set -- "$@" "$record"
    done
    [ $# -gt 0 ] || return 0
    [ -z "$rubric" ] || set -- --rubric "$rubric" "$@"
    [ -z "$language" ] || set -- --language "$language" "$@"
    while IFS=$tab read -r of which time; do
        [ "$of" != "$number" ] || set -- --submitted "$which=$time" "$@"
    done <times.tsv
    mkdir -p "students/$folder" && "$BUILD/report" --all --student "$name" \
        --format html --output "students/$folder/report.html" \
        --format text --output "students/$folder/report.txt" \
        --format gradescope --output "students/$folder/results.json" "$@"
)

report_all() {
    write failed.tsv list_failed
    write times.tsv list_times
    write folders.tsv list_folders
    while IFS=$tab read -r number rest; do
        folder=${rest##*"$tab"} name=${rest%"$tab"*}
        report_student "$number" "${name##*"$tab"}" "$folder" ||
            fail "the reports of $name could not be written"
    done <folders.tsv
}

# The class, from the results of all: each knows its folder.
list_results() {
    set -- students/*/results.json
    [ -f "$1" ] || set -- /dev/null
    jq -n '[inputs | . + {folder: (input_filename | split("/")[1])}]' "$@"
}

list_table() {
    jq -r -f "$here/$1" --rawfile folders folders.tsv --rawfile failed failed.tsv \
        --rawfile jobs jobs.tsv --rawfile not_placed not-placed.tsv results.json
}

sum_up() {
    write results.json list_results
    write grades.csv list_table grades.jq
    write summary.html list_table summary.jq
    [ -z "$likeness" ] || write likeness.txt "$here/likeness.sh" "$here/../../labs"
}

enter
"$BUILD/collect" --into . ${lab:+--lab "$lab"} ${layout:+--layout "$layout"} "$submissions"
placed=$?
[ "$placed" -le 1 ] || exit "$placed"
keep_grader
plan
grade_all
report_all
sum_up
say "grade-class: see $out/summary.html, $out/grades.csv and $out/students"
if [ -s failed.tsv ]; then
    say 'grade-class: without a verdict (run again to try once more):'
    head -n 10 failed.tsv | sed 's/^/    /' >&2
    exit 1
fi
[ "$placed" -eq 0 ] || say "grade-class: not everything could be placed: see $out/not-placed.tsv"
exit "$placed"
