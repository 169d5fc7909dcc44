# Prints the anchors of a page, a line for each: FILE <tab> ANCHOR <tab> ENGLISH ANCHOR. The n-th
# heading of a translation has the anchor of the n-th English one, so that the same address leads
# to the same section in each language.
#
#     awk -f slugs.awk -f anchors.awk ENGLISH-FILE FILE

FNR == 1 { file_number++; count = 0; code = 0; delete seen }
/^ *```/ { code = !code }
code || !/^##+ / { next }
{
    heading = $0
    sub(/^#+ +/, "", heading)
    name = unique(slug(heading), seen)
    count++
}
file_number == 1 { english[count] = name }
file_number == 2 { print FILENAME "\t" name "\t" (count in english ? english[count] : name) }
