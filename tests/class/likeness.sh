#!/bin/sh
# Compares the staged submissions of a class with one another, file by file, by sim_c of Debian's
# similarity-tester: `likeness.sh LABS`, in the class's directory. Prints a table of the likest.
#
# The lines of the skeleton (LABS/LAB/FILE), which all have in common, and blank lines are left
# out first; names, layout and remarks do not count, as sim_c compares tokens. A likeness is a
# reason to look and no proof: a page of code that solves the same task is alike in part.
set -u
export LC_ALL=C.UTF-8
labs=$1
LEAST=40 # percent
MOST=50  # pairs of a file
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
trap 'exit 3' HUP INT TERM

# Remarks go first, as a line may end one that stays. Lines are compared without their blanks.
without_skeleton() {
    awk '
        function code(line,  kept, at) {
            while (line != "") {
                if (remark) {
                    if (!(at = index(line, "*/"))) return kept
                    line = substr(line, at + 2)
                    remark = 0
                } else if (match(line, /^("([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047|[^"\047\/]+)/)) {
                    kept = kept substr(line, 1, RLENGTH)
                    line = substr(line, RLENGTH + 1)
                } else if (line ~ /^\/\//) {
                    return kept
                } else {
                    remark = line ~ /^\/\*/
                    if (!remark) kept = kept substr(line, 1, 1)
                    line = substr(line, remark ? 3 : 2)
                }
            }
            return kept
        }
        FNR == 1 { remark = 0 }
        { line = shown = code($0); gsub(/[ \t\r]/, "", line) }
        FNR == NR { skeleton[line]; next }
        line != "" && !(line in skeleton) { print shown }' "$1" "$2"
}

# sim_c says `A consists for N % of B material`, once for each direction.
pairs() {
    awk '$2 == "consists" && $3 == "for" {
        a = substr($1, 3, length($1) - 4); b = substr($7, 3, length($7) - 4)
        pair = a < b ? a "\t" b : b "\t" a
        if ($4 > percent[pair]) percent[pair] = $4
    }
    END { for (pair in percent) print percent[pair] "\t" pair }' | sort -k 1,1nr -k 2
}

for skeleton in "$labs"/[0-9]*/*.c; do
    lab=$(basename "$(dirname "$skeleton")") file=$(basename "$skeleton")
    rm -rf "$scratch/files" && mkdir "$scratch/files" || exit 3
    for staged in staged/*/"$lab"/"$file"; do
        if [ ! -f "$staged" ] || [ -L "$staged" ]; then continue; fi
        number=${staged#staged/}
        without_skeleton "$skeleton" "$staged" >"$scratch/files/${number%%/*}.c" || exit 3
    done
    [ "$(find "$scratch/files" -type f | wc -l)" -gt 1 ] || continue
    (cd "$scratch/files" && sim_c -p -e -s -t "$LEAST" ./*.c) >"$scratch/said" 2>&1 || {
        cat "$scratch/said" >&2
        exit 3
    }
    printf '%s/%s: without the lines of the skeleton, in percent of tokens\n' "$lab" "$file"
    pairs <"$scratch/said" | head -n "$MOST" >"$scratch/pairs"
    awk -F '\t' '
        FNR == NR { name[$1] = $4; next }
        { printf "  %3d %%  %s (%s)  and  %s (%s)\n", $1, name[$2], $2, name[$3], $3 }' \
        students.tsv "$scratch/pairs"
    [ -s "$scratch/pairs" ] || printf '  no two are alike by %s %% or more\n' "$LEAST"
done
