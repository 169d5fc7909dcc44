# Prints the lines of solutions that skeleton.awk takes away, without their indentation, if they are long
# enough to be somebody's own: students' kits and pages are searched for them.
# Usage: awk -f solved.awk solutions/*/*.c

/BEGIN SOLUTION/ { state = "comment"; next }
/END SOLUTION/ { state = ""; next }
state == "comment" && /\*\/ *$/ { state = "solution"; next }
state == "solution" {
    gsub(/^[ \t]+|[ \t]+$/, "")
    if (length($0) > 24) print
}
