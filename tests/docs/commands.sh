#!/bin/sh
# Tests that commands shown on pages print what the pages say, by running them: docs/tools/commands.pl tells how.
# Prints TAP; run it from the repository's root, with the kit built.
#
#     tests/docs/commands.sh [PAGE...]      all pages, or only these
#
# BUILD says where the programs are, build/ by default.
: "${BUILD:=build}"
[ -e docs/tools/commands.pl ] || { echo "Bail out! run this from the repository's root"; exit 1; }
. tests/unit/words.sh
tool=docs/tools/commands.pl
limit=120 # seconds for a page

# apart COMMAND...: runs it in namespaces of its own, as process 1. There is one way for root, and another
# for everybody else.
apart() {
    [ "$(id -u)" -eq 0 ] || set -- --map-root-user "$@"
    unshare --mount --net --pid --fork --kill-child --mount-proc "$@"
}

# In a process of its own: one page, whose lines of TAP go to DIRECTORY/PAGE.tap. /tmp is the page's.
if [ "${1-}" = --page ]; then
    directory=$2
    page=$3
    name=$(echo "$page" | tr / _)
    tmp=$directory/$name.tmp
    exec >"$directory/$name.tap" 2>&1 </dev/null
    mkdir -p "$tmp" && chmod 1777 "$tmp" || exit
    start=$(date +%s)
    # Each page has kits of its own: laid over the common ones where the kernel can do that, or copied.
    set -- sh -c '
        directory=$1 tmp=$2 page=$3
        kit() {
            mkdir -p "$tmp/$2" "$tmp/.upper/$2" "$tmp/.work/$2"
            mount -t overlay overlay "$tmp/$2" \
                -o "lowerdir=$directory/$1,upperdir=$tmp/.upper/$2,workdir=$tmp/.work/$2" 2>/dev/null ||
                cp -a "$directory/$1/." "$tmp/$2/"
        }
        kit solved socket-labs && kit untouched untouched && mount --rbind "$tmp" /tmp && cd /tmp/socket-labs &&
            exec perl docs/tools/commands.pl "$page"' sh "$directory" "$tmp" "$page"
    [ "$(id -u)" -eq 0 ] || set -- --map-root-user "$@"
    timeout --kill-after=5 "$limit" unshare --mount --net --pid --fork --kill-child --mount-proc "$@"
    status=$?
    [ "$status" -le 1 ] || echo "not ok - $page: the runner ended with status $status"
    echo "# $page took $(($(date +%s) - start)) s"
    rm -rf "$tmp"
    exit 0
fi

[ $# -gt 0 ] || set -- README.md docs/en/*.md labs/*/README.md docs/ko/*.md labs/*/README.ko.md
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM

for page; do
    [ -e "$page" ] || continue
    wrong=$(perl "$tool" --check "$page")
    is "$wrong" '' "$page: every block of commands says whether it is run"
done

# ---- what is needed to run them ----------------------------------------------------------------

why=
for command in unshare ip ss nc strace gdb pstree setpriv setsid stty; do
    command -v "$command" >/dev/null || why="there is no $command here"
done
[ -n "$why" ] || apart ip link set lo up 2>/dev/null || why='namespaces are not permitted here'
if [ -n "$why" ]; then
    skip 'the commands on the pages print what the pages say' "$why"
    echo "1..$number"
    exit "$failed"
fi

# ---- the kits ----------------------------------------------------------------------------------

# copy DIRECTORY: the kit, with what is built of it, and nothing else of build/.
copy() {
    mkdir -p "$1/build" || return
    for entry in Makefile README.md LICENSE .clang-format common docs labs solutions tests; do
        [ ! -e "$entry" ] || cp -a "$entry" "$1/" || return
    done
    for entry in bench checks collect common grade kit labs libcommon.a report share solutions tests; do
        [ ! -e "$BUILD/$entry" ] || cp -a "$BUILD/$entry" "$1/build/" || return
    done
    [ ! -e "$BUILD/docs/examples" ] || { mkdir -p "$1/build/docs" && cp -a "$BUILD/docs/examples" "$1/build/docs/"; }
}

copy "$directory/untouched" && copy "$directory/solved" && (
    cd "$directory/solved" || exit
    for lab in labs/[0-9]*; do
        cp solutions/"${lab#labs/}"/*.c "$lab"/ || exit
    done
    env -u MAKEFLAGS -u MAKELEVEL -u BUILD make --silent all >&2
)
result $? 'a kit with the solutions in labs/ is made'

# ---- the pages ---------------------------------------------------------------------------------

# english PAGE: the page that it translates, if it does.
english() {
    case $1 in
    docs/ko/*) echo "docs/en/${1#docs/ko/}" ;;
    *.ko.md) echo "${1%.ko.md}.md" ;;
    esac
}

# Several at a time, as most of the time they wait. The longest are begun first.
for page; do
    [ -e "$page" ] || continue
    original=$(english "$page")
    if [ -n "$original" ] && [ "$(perl "$tool" --blocks "$page")" = "$(perl "$tool" --blocks "$original")" ]; then
        continue # the same commands, with the same output
    fi
    perl "$tool" --count "$page" | grep -q ': 0 run,' || echo "$page"
done | sort -r | xargs -r -n 1 -P $((2 * $(nproc) + 2)) sh "$0" --page "$directory"

# Some experiments that readers make with `sleep 1` depend on the clock. On a busy machine they get a
# second try, alone; a page that is wrong fails that too.
for tap in "$directory"/*.tap; do
    grep -q "^not ok" "$tap" || continue
    page=$(sed -n "s/^# \(.*\) took [0-9]* s$/\\1/p" "$tap")
    echo "# once more, alone: $page"
    sed "s/^[^#]/# first: &/" "$tap" | grep -v "^# first: ok"
    sh "$0" --page "$directory" "$page"
done

for page; do
    tap=$directory/$(echo "$page" | tr / _).tap
    [ -e "$tap" ] || continue
    while IFS= read -r line; do
        case $line in
        'ok - '*) result 0 "${line#ok - }" ;;
        'not ok - '*) result 1 "${line#not ok - }" ;;
        *) echo "$line" | sed 's/^[^#]/# &/' ;;
        esac
    done <"$tap"
done

echo "1..$number"
exit "$failed"
