# shellcheck shell=sh
# Words for tests that are shell scripts, read by them with `.`: each prints a line of TAP, counts
# in `number`, and sets `failed` when it does not hold.
# shellcheck disable=SC2034 # whoever reads it uses them

number=0
failed=0

# result STATUS DESCRIPTION: one line of TAP; a status other than 0 is a failure.
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        printf 'ok %d - %s\n' "$number" "$2"
        return
    fi
    printf 'not ok %d - %s\n' "$number" "$2"
    failed=1
}

# is ACTUAL EXPECTED DESCRIPTION: holds when both are the same.
is() {
    [ "$1" = "$2" ]
    result $? "$3"
    [ "$1" = "$2" ] || printf 'got:\n%s\nexpected:\n%s\n' "$1" "$2" | head -n 40 | sed 's/^/# /'
}

# says FILE WORDS DESCRIPTION: holds when the words are in the file.
says() {
    grep -qF -e "$2" "$1"
    found=$?
    result "$found" "$3"
    [ "$found" -eq 0 ] || { printf 'not there: %s\n' "$2"; head -n 40 "$1"; } | sed 's/^/# /'
}

skip() {
    number=$((number + 1))
    printf 'ok %d - %s # SKIP %s\n' "$number" "$1" "$2"
}
