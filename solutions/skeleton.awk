# Cuts a lab's skeleton from its solution: what stands between a comment that starts with
# BEGIN SOLUTION and the comment END SOLUTION is replaced by the first comment's text, as a TODO,
# and by the code of its "stub:" lines. Usage: awk -f skeleton.awk solution.c > skeleton.c
# Nested, unopened and unclosed regions are errors: exit status 1 and a line on standard error.

function fail(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what > "/dev/stderr"
    failed = 1
    exit 1
}

/BEGIN SOLUTION/ {
    if (state != "") fail("BEGIN SOLUTION inside the region that began in line " began)
    state = "comment"; began = FNR; stub = ""
    indent = $0; sub(/[^ ].*/, "", indent)
    if ($0 !~ /^ *\/\* BEGIN SOLUTION$/) fail("BEGIN SOLUTION must end its line and open a comment")
    printf "%s/* TODO\n", indent
    next
}
/END SOLUTION/ {
    if (state != "solution") fail("END SOLUTION without its BEGIN SOLUTION")
    if ($0 !~ /^ *\/\* END SOLUTION \*\/$/) fail("END SOLUTION must have a line and a comment to itself")
    state = ""
    next
}
state == "comment" && / \* stub: / {
    sub(/^.* \* stub: /, "")
    stub = stub indent $0 "\n"
    next
}
state == "comment" && /\*\/ *$/ {
    print
    printf "%s", stub
    state = "solution"
    next
}
state != "solution" { print }

END {
    if (!failed && state != "") fail("the region that began in line " began " has no END SOLUTION")
}
