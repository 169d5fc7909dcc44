#!/bin/sh
# Tests of solutions/skeleton.awk, which cuts what students get from the solutions: nothing of a
# solution may slip through, and labs/ must be what the solutions give today. Prints TAP; run it
# from the repository's root.

cut=solutions/skeleton.awk
[ -f "$cut" ] || { echo "Bail out! run this from the repository's root"; exit 1; }
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
source=$directory/source.c
number=0
failed=0

# result STATUS DESCRIPTION: one line of TAP; a status other than 0 is a failure.
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failed=1
    fi
}

# explain: standard input as TAP comments.
explain() {
    sed 's/^/# /'
}

# gives DESCRIPTION: the source is cut without a word to what stands on standard input.
gives() {
    cat >"$directory/expected"
    awk -f "$cut" "$source" >"$directory/actual" 2>"$directory/errors"
    status=$?
    diff -u "$directory/expected" "$directory/actual" >"$directory/differences" || status=1
    [ -s "$directory/errors" ] && status=1
    result "$status" "$1"
    [ "$status" -eq 0 ] || cat "$directory/differences" "$directory/errors" | explain
}

# rejects LINE WORDS DESCRIPTION: exit status 1 and one line that names the source, the line,
# and says the words.
rejects() {
    awk -f "$cut" "$source" >"$directory/actual" 2>"$directory/errors"
    status=$?
    lines=$(wc -l <"$directory/errors")
    grep -qF "$source:$1: " "$directory/errors" && grep -qF "$2" "$directory/errors" &&
        [ "$lines" -eq 1 ] && [ "$status" -eq 1 ]
    right=$?
    result "$right" "$3"
    [ "$right" -eq 0 ] || { echo "exit status $status"; cat "$directory/errors"; } | explain
}

# Each lab's files, both ways: no skeleton is old, missing, or of no solution.
for file in solutions/*/*.c; do
    lab=${file#solutions/}
    awk -f "$cut" "$file" >"$directory/cut.c" &&
        diff -u "labs/$lab" "$directory/cut.c" >"$directory/differences" 2>&1
    same=$?
    result "$same" "labs/$lab is cut from its solution"
    [ "$same" -eq 0 ] || explain <"$directory/differences"
    ! grep -qE 'SOLUTION|stub:' "labs/$lab"
    result $? "labs/$lab holds no marker"
    grep -q 'TODO' "labs/$lab"
    result $? "labs/$lab leaves something to write"
done
for file in labs/*/*.c; do
    test -f "solutions/${file#labs/}"
    result $? "$file has a solution"
done

cat >"$source" <<'EOF'
int one(int a)
{
    /* BEGIN SOLUTION
     * Return twice the argument.
     * stub: todo("one", a);
     * stub: return -1;
     */
    int secret = a;
    /* a comment of the solution */
    return 2 * secret;
    /* END SOLUTION */
}
EOF
gives "a region becomes its text, as a TODO, and its stub lines" <<'EOF'
int one(int a)
{
    /* TODO
     * Return twice the argument.
     */
    todo("one", a);
    return -1;
}
EOF

cat >"$source" <<'EOF'
/* BEGIN SOLUTION
 * Not indented.
 * stub: int none;
 */
int secret;
/* END SOLUTION */
        /* BEGIN SOLUTION
         * Indented by eight.
         * stub: if (0)
         * stub:     todo("deeper");
         */
        secret();
        /* END SOLUTION */
EOF
gives "stub lines are indented as their region is, and keep what they add" <<'EOF'
/* TODO
 * Not indented.
 */
int none;
        /* TODO
         * Indented by eight.
         */
        if (0)
            todo("deeper");
EOF

cat >"$source" <<'EOF'
    /* BEGIN SOLUTION
     * The first. */
    secret(1);
    /* END SOLUTION */
    between(); /* a comment that stays */
    /* BEGIN SOLUTION
     * The second.
     */
    /* END SOLUTION */
    behind();

EOF
gives "several regions; what lies between and behind them stays" <<'EOF'
    /* TODO
     * The first. */
    between(); /* a comment that stays */
    /* TODO
     * The second.
     */
    behind();

EOF

# What awk would expand in a replacement (&, \) or a format (%) is only text here.
cat >"$source" <<'EOF'
    /* BEGIN SOLUTION
     * Print 100%s & go on.
     * stub: printf("100%% \\ & \n", "%s");
     */
    secret();
    /* END SOLUTION */
EOF
gives "stub lines come through byte for byte" <<'EOF'
    /* TODO
     * Print 100%s & go on.
     */
    printf("100%% \\ & \n", "%s");
EOF

printf 'int main(void)\n{\n    /* nothing to cut */\n}\n' >"$source"
gives "a file without a region stays as it is" <"$source"

printf 'a;\n/* BEGIN SOLUTION\n */\nb;\n/* BEGIN SOLUTION\n */\n/* END SOLUTION */\n' >"$source"
rejects 5 "line 2" "a region inside a region is rejected"

printf '/* BEGIN SOLUTION\n * text\n/* BEGIN SOLUTION\n */\n/* END SOLUTION */\n' >"$source"
rejects 3 "line 1" "a region that begins in another's comment is rejected"

printf 'a;\n/* BEGIN SOLUTION\n */\nb;\nc;\n' >"$source"
rejects 5 "line 2" "an unclosed region is rejected"

printf 'a;\n/* BEGIN SOLUTION\n * the comment has no end\n' >"$source"
rejects 3 "line 2" "an unclosed comment is rejected"

printf 'a;\nb;\n/* END SOLUTION */\n' >"$source"
rejects 3 "END SOLUTION" "an unopened region is rejected"

printf '/* BEGIN SOLUTION\n */\n/* END SOLUTION */\n/* END SOLUTION */\n' >"$source"
rejects 4 "END SOLUTION" "a second end is rejected"

printf '/* BEGIN SOLUTION\n * text\n/* END SOLUTION */\n' >"$source"
rejects 3 "END SOLUTION" "an end inside the region's comment is rejected"

printf 'a;\n/* BEGIN SOLUTION return 1\n */\n/* END SOLUTION */\n' >"$source"
rejects 2 "BEGIN SOLUTION" "text behind BEGIN SOLUTION is rejected"

printf 'a;\n/* BEGIN SOLUTION */\n/* END SOLUTION */\n' >"$source"
rejects 2 "BEGIN SOLUTION" "a BEGIN SOLUTION that closes its comment is rejected"

printf 'a;\nb; /* BEGIN SOLUTION\n */\n/* END SOLUTION */\n' >"$source"
rejects 2 "BEGIN SOLUTION" "code before BEGIN SOLUTION is rejected"

printf 'a;\n// BEGIN SOLUTION\n/* END SOLUTION */\n' >"$source"
rejects 2 "BEGIN SOLUTION" "another kind of comment is rejected"

# What stands beside the marker would be lost without a word.
printf '/* BEGIN SOLUTION\n */\na;\n/* END SOLUTION */ lost();\n' >"$source"
rejects 4 "END SOLUTION" "text behind END SOLUTION is rejected"

echo "1..$number"
exit "$failed"
