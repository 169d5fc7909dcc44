# Prints those entries of a file of the catalogue that are used.
# Usage: awk -f symptoms.awk USED FILE.def, where USED has a line SYMPTOM_name for each.

FNR == NR { used[$1]; next }
/^SYMPTOM\(/ {
    name = $0
    gsub(/^SYMPTOM\(|,.*/, "", name)
    printing = ("SYMPTOM_" name) in used
}
printing { print }
/"\) *$/ { printing = 0 }
