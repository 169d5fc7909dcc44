#!/bin/sh
# Test of grading a class from outside, in TAP: the verdicts are those of grading one by one, a run
# that was stopped, killed or out of space goes on, nothing is judged twice, and nobody's trouble is
# another's. Usage: class.sh, from the repository's root, with build/ made.
#
# Some tests let the real grader work. Those of stopping and going on have a script in its place,
# which hands out verdicts that the real one made at the beginning: they need many, and quickly.
# shellcheck disable=SC2317 # functions are called by trap and by await
# shellcheck disable=SC2012 # names of numbers only: ls is enough
set -u
export LC_ALL=C.UTF-8
umask 022

lab=01-blocking
root=$(pwd)
BUILD=$(cd "${BUILD:-build}" && pwd) || exit 1
export BUILD
if [ ! -x "$BUILD/collect" ] || [ ! -f "solutions/$lab/server.c" ]; then
    echo "Bail out! run this from the repository's root, with $BUILD/collect made"
    exit 1
fi
class=$root/tests/class/grade-class.sh
directory=$(mktemp -d) || exit 1
# shellcheck source=tests/unit/words.sh
. tests/unit/words.sh

clean_up() {
    [ ! -f "$directory/hosts/up" ] || take_hosts_down
    umount "$directory/small" 2>/dev/null
    rm -rf "$directory"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# ---- words for tests ---------------------------------------------------------------------------

# grade_class ARGUMENT...: runs it; sets `status`, and leaves what it said in $said.
said=$directory/said
grade_class() {
    timeout 300 "$class" "$@" >"$said" 2>&1
    status=$?
}

# verdicts OUT: every verdict with its score, for comparing.
scores() {
    cut -d , -f 1,6- "$1/grades.csv"
}

# The times at which verdicts were written, to the nanosecond: the same verdict has the same.
written() {
    find "$1/verdicts" -name record -exec stat -c '%n %y %i' {} + | sort
}

# ---- a class -----------------------------------------------------------------------------------

# hand_in NAME FROM: a student's folder with lab 01 in it.
hand_in() {
    mkdir -p "$directory/class/$1/$lab"
    cp "$2"/*.c "$directory/class/$1/$lab/"
}

strange='=x <b>"O'\''Brien" $(touch gone) 김민수'
hand_in 'Right Answer' "$root/solutions/$lab"
hand_in 'Empty Handed' "$root/labs/$lab"
hand_in "$strange" "$root/labs/$lab"
hand_in -rf "$root/labs/$lab"
mkdir -p "$directory/class/No Client/$lab" && cp "labs/$lab/server.c" "$directory/class/No Client/$lab"
hand_in 'Typo' "$root/labs/$lab"
echo 'int main(void) { return missing; }' >"$directory/class/Typo/$lab/client.c"

out=$directory/out
grade_class "$directory/class" "$out"
is "$status" 0 "a class is graded"
says "$said" "6 to grade, 0 of 6 have their verdict" "... which says what it has to do"
says "$said" "6 of 6, about 0 s left" "... and how far it has come"
is "$(ls "$out/students" | wc -l)" 6 "every student has a folder"
is "$(ls "$out/students"/*/ | sort | uniq -c | awk '/report|results/ { print $1, $2 }')" \
    "6 report.html
6 report.txt
6 results.json" "... with three reports"
is "$(ls gone "$out/gone" 2>/dev/null)" "" "no name was run as a command"

# The same verdicts as one by one.
by_one() {
    for student in "$directory/class"/*/; do
        score=$("$BUILD/grade" "$lab" "$student$lab" --format gradescope 2>/dev/null | jq .score)
        printf '%s\n' "${score:-0}"
    done | sort -n
}
is "$(scores "$out" | sed 1d | sed 's/.*,//' | sort -n)" "$(by_one)" \
    "verdicts are those of grading one by one"
is "$(head -n 1 "$out/grades.csv")" \
    "\"Student\",\"ID\",\"SIS User ID\",\"SIS Login ID\",\"Section\",\"$lab\"" \
    "grades.csv begins with Canvas' columns"
says "$out/grades.csv" "\"'=x <b>" "a name like a formula is none in grades.csv"
is "$(grep -c '<b>"O' "$out/summary.html" "$out"/students/*/report.html | grep -vc ':0$')" 0 \
    "markup in a name is text in the pages"
xmllint --html --noout "$out/summary.html" 2>"$said"
is "$(grep -v 'Tag main invalid' "$said" | grep -c error)" 0 "summary.html is read by a parser"
says "$out/students"/*No_Client/report.txt "client.c: is missing" "a refused submission is told why"

before=$(written "$out")
grade_class "$directory/class" "$out"
says "$said" "0 to grade, 6 of 6 have their verdict" "a second run has nothing to do"
is "$(written "$out")" "$before" "... and leaves the verdicts alone"

cp "$root/solutions/$lab/client.c" "$directory/class/Typo/$lab/client.c"
touch -d '1 second' "$directory/class/Typo/$lab/client.c"
grade_class "$directory/class" "$out"
says "$said" "1 to grade, 5 of 6 have their verdict" "what was handed in anew is graded anew"
is "$(find "$out/verdicts" -name '*superseded*' | wc -l)" 1 "... and the older verdict is kept"

cat >"$directory/rubric" <<END
name Ours
points echoes 30
leave-out any-family
due $lab 2026-11-20 23:59 Z
late 10 % a day
END
printf 'Right Answer\t%s\t2026-11-21 12:00 Z\nNobody\t%s\t2026-11-21 12:00 Z\n' "$lab" "$lab" \
    >"$directory/times"
before=$(written "$out")
grade_class --rubric "$directory/rubric" --times "$directory/times" "$directory/class" "$out"
is "$status:$(written "$out")" "0:$before" "a rubric changes no verdict"
is "$(grep '^"Right Answer"' "$out/grades.csv" | sed 's/.*,//')" 103 \
    "... but points: 115 less 12 for a day"
says "$said" "nobody is called Nobody" "... and a time of nobody's is told"
is "$(grep -l 'rubric: Ours' "$out"/students/*/report.txt | wc -l)" 6 "every report names the rubric"
says "$out/summary.html" "Rubric: Ours" "... and so does the summary"
printf 'points echos 3\n' >"$directory/misfit"
grade_class --rubric "$directory/misfit" "$directory/class" "$out"
is "$status" 2 "a rubric with a check that is not there is refused"
says "$said" "misfit, line 1: there is no check echos" "... with its line"

grade_class --likeness "$directory/class" "$out"
says "$out/likeness.txt" "100 %  Right Answer (" "likeness finds the copied client"
is "$(grep -c 'Empty Handed' "$out/likeness.txt")" 0 "... and does not count the skeleton"

for wrong in "--jobs 0" "--jobs many" "--unknown" "--lab" "--isolation x;y"; do
    # shellcheck disable=SC2086
    grade_class $wrong "$directory/class" "$directory/unused"
    is "$status:$(ls "$directory/unused" 2>/dev/null)" "2:" "wrong usage: $wrong"
done
grade_class "$directory/nowhere" "$directory/unused"
is "$status" 2 "submissions that are not there"
grade_class "$directory/class" "$directory/class/out"
is "$status:$(ls "$directory/class/out" 2>/dev/null)" "2:" "OUT in SUBMISSIONS is refused"
"$class" --help >"$said"
is "$?:$(head -n 1 "$said")" "0:usage: grade-class.sh [OPTIONS] SUBMISSIONS OUT" "--help"

# ---- a grader that is told what to say -----------------------------------------------------------

# It takes the verdict that belongs to the first line of server.c. A student's file named `wait`
# makes it wait until somebody has opened $directory/go for writing.
stub=$directory/grader
mkdir "$stub" "$directory/verdicts"
cp -r "$BUILD/checks" "$BUILD/kit" tests/class/grade-one.sh "$stub/"
for verdict in "$out"/verdicts/*/"$lab/record"; do
    cp "$verdict" "$directory/verdicts/$(ls "$directory/verdicts" | wc -l)"
done
cat >"$stub/grade" <<END
#!/bin/sh
which=\$(head -n 1 "\$2/server.c")
case \$which in
broken) echo "grade: no verdict on $lab/listens: fork: no memory" >&2; exit 3 ;;
dies) kill -KILL \$\$ ;;
silent) exit 0 ;;
esac
echo "\$2" >>$directory/started
[ ! -p $directory/go ] || read -r line <$directory/go
cp "$directory/verdicts/\$which" "\$6.tmp" && mv "\$6.tmp" "\$6"
END
chmod +x "$stub/grade"

# many COUNT: a class of so many, whose verdicts the script knows.
many() {
    rm -rf "$directory/many"
    for i in $(seq 100 $((99 + $1))); do
        mkdir -p "$directory/many/s$i/$lab"
        echo $((i % 6)) >"$directory/many/s$i/$lab/server.c"
        : >"$directory/many/s$i/$lab/client.c"
    done
}

begin() {
    rm -rf "$1" && mkdir -p "$1" && cp -r "$stub" "$1/grader"
}

many 40
whole=$directory/whole
begin "$whole"
grade_class "$directory/many" "$whole"
is "$status:$(wc -l <"$whole/grades.csv")" "0:41" "forty submissions"
says "$said" "begun with another build of the grader" "another grader than the built one is told"

# One grader after another fails, at one submission each.
for i in 103 110 127; do cp -r "$directory/many/s$i" "$directory/kept$i"; done
echo broken >"$directory/many/s103/$lab/server.c"
echo dies >"$directory/many/s110/$lab/server.c"
echo silent >"$directory/many/s127/$lab/server.c"
hurt=$directory/hurt
begin "$hurt"
grade_class "$directory/many" "$hurt"
is "$status" 1 "a grader that fails on three submissions"
is "$(wc -l <"$hurt/failed.tsv"):$(written "$hurt" | wc -l)" "3:37" "... costs no other"
says "$hurt/failed.tsv" "listens: fork: no memory" "... and what it said is kept"
is "$(grep -cE '^"s(103|110|127)",.*,$' "$hurt/grades.csv")" 3 "... no points are given or taken"
says "$hurt/summary.html" "fork: no memory" "... and the summary tells of it"
for i in 103 110 127; do cp -r "$directory/kept$i/$lab" "$directory/many/s$i/"; done
before=$(written "$hurt")
grade_class "$directory/many" "$hurt"
is "$status:$(scores "$hurt")" "0:$(scores "$whole")" "the next run judges them"
is "$(written "$hurt" | grep -cxF "$before")" 37 "... and nobody else again"

# ---- killed ------------------------------------------------------------------------------------

# Gradings end one by one as lines come through the pipe; after some of them everything is killed,
# in the middle of the next ones.
killed=$directory/killed
begin "$killed"
mkfifo "$directory/go"
: >"$directory/started"
kept=""
for round in 1 2 3 4 5; do
    setsid "$class" --jobs 3 "$directory/many" "$killed" >/dev/null 2>&1 &
    leader=$!
    exec 8<>"$directory/go"
    for i in $(seq "$round"); do echo go >&8; done
    tries=0
    while [ "$(written "$killed" | wc -l)" -lt $((round * (round + 1) / 2)) ] &&
        [ "$tries" -lt 600 ]; do
        sleep 0.1 # until an event: so many verdicts
        tries=$((tries + 1))
    done
    while pkill -KILL -s "$leader"; do :; done # until nothing was forked meanwhile
    wait "$leader" 2>/dev/null
    exec 8>&-
    is "$(written "$killed" | grep -cxF "$kept")" "$(printf %s "$kept" | grep -c .)" \
        "killed after $(written "$killed" | wc -l) verdicts: the earlier ones stand"
    kept=$(written "$killed")
done
rm "$directory/go"
grade_class "$directory/many" "$killed"
is "$status:$(scores "$killed")" "0:$(scores "$whole")" "killed five times, in the end the same grades"
is "$(written "$killed" | grep -cxF "$kept")" "$(printf '%s\n' "$kept" | wc -l)" \
    "... and no verdict was written twice"

# Killed with a line cut short in the log, and a verdict that the log does not know.
truncate -s -20 "$killed/joblog"
grade_class "$directory/many" "$killed"
is "$status:$(scores "$killed")" "0:$(scores "$whole")" "a log that was cut short loses nothing"

# ---- no space ----------------------------------------------------------------------------------

mkdir "$directory/small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=64m tmpfs "$directory/small" 2>/dev/null; then
    full=$directory/small/out
    begin "$full"
    grade_class --jobs 1 "$directory/many" "$full"
    is "$status" 0 "a small disk with room enough"
    rm -rf "$full"/verdicts "$full"/students "$full"/joblog
    # All space but some 60 KiB is taken: some verdicts fit, reports do not.
    dd if=/dev/zero of="$directory/small/ballast" bs=4096 2>/dev/null
    truncate -s -60K "$directory/small/ballast"
    grade_class --jobs 1 "$directory/many" "$full"
    [ "$status" -eq 3 ]
    result $? "a full disk is told by the exit status"
    says "$said" "cannot be written" "... and in words"
    half=0
    for verdict in "$full"/verdicts/*/"$lab/record"; do
        [ ! -f "$verdict" ] || "$BUILD/report" --output /dev/null "$verdict" || half=$((half + 1))
    done
    is "$half" 0 "... no verdict is there in part"
    kept=$(written "$full")
    rm "$directory/small/ballast"
    grade_class "$directory/many" "$full"
    is "$status:$(scores "$full")" "0:$(scores "$whole")" "with room again it goes on"
    is "$(written "$full" | grep -cxF "$kept")" "$(printf %s "$kept" | grep -c .)" \
        "... and keeps what it had"
else
    skip "a full disk" "only root can mount a small one"
fi

# ---- several machines --------------------------------------------------------------------------

# Two hosts: a network namespace each, with sshd(8) in it, which sees an empty home directory and
# nothing of this test but its keys.
hosts=$directory/hosts
host_up() {
    host=sl$$-$1 address=10.213.$1
    ip netns add "$host" && ip link add "sv$$-$1" type veth peer name eth0 netns "$host" &&
        ip addr add "$address.1/24" dev "sv$$-$1" && ip link set "sv$$-$1" up &&
        ip -n "$host" addr add "$address.2/24" dev eth0 && ip -n "$host" link set eth0 up &&
        ip -n "$host" link set lo up || return
    cat >"$hosts/sshd$1" <<END
ListenAddress $address.2:22
HostKey $hosts/host_key
AuthorizedKeysFile $hosts/key.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
END
    ip netns exec "$host" unshare --mount sh -c "
        mount -t tmpfs tmpfs /root && mount -t tmpfs tmpfs '$root' && cd / &&
        exec /usr/sbin/sshd -D -e -f '$hosts/sshd$1'" 2>"$hosts/log$1" &
    echo $! >>"$hosts/up"
    echo "ssh -F $hosts/config root@$address.2" >>"$hosts/list"
}
take_hosts_down() {
    while read -r pid; do
        pkill -KILL -P "$pid"
        kill -KILL "$pid"
    done <"$hosts/up" 2>/dev/null
    for i in 1 2; do ip netns del "sl$$-$i"; done 2>/dev/null
}
hosts_up() {
    mkdir "$hosts" && mkdir -p /run/sshd && ssh-keygen -q -t ed25519 -N '' -f "$hosts/key" &&
        ssh-keygen -q -t ed25519 -N '' -f "$hosts/host_key" || return
    printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\nIdentityFile %s\nConnectionAttempts 20\n' \
        "$hosts/key" >"$hosts/config"
    host_up 1 && host_up 2
}
if [ "$(id -u)" -eq 0 ] && command -v ip sshd rsync >/dev/null && hosts_up 2>"$said"; then
    away=$directory/away
    grade_class --jobs 2 --hosts "$hosts/list" "$directory/class" "$away"
    is "$status" 0 "a class on two hosts"
    is "$(cut -f 2 "$away/joblog" | sed 1d | sort -u | wc -l)" 2 "... both of which graded"
    grade_class "$directory/class" "$out"
    is "$(scores "$away")" "$(scores "$out")" "... with the same verdicts as here"
    is "$(ssh -F "$hosts/config" root@10.213.1.2 'ls; id -u')" 0 "... leaves nothing there"
else
    skip "two hosts" "needs root, iproute2, rsync and sshd, and leave to make network namespaces"
    sed 's/^/# /' "$said"
fi

echo "1..$number"
exit "$failed"
