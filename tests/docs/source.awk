# Prints the words of a Markdown page, one in each line, as they should appear in its HTML: without
# the marks of headings, lists, tables, links and stress, and without comments. What stands in a
# block of code or between backticks stays as it is. A drawing in characters under a figure is left
# out, as the site shows the figure in its place. What is inserted from elsewhere is <inserted>.
#
#     awk -f source.awk PAGE

function show(text, count, i, words) {
    count = split(text, words, /[ \t]+/)
    for (i = 1; i <= count; i++) if (words[i] != "") print words[i]
}

# prose(TEXT): without links, stress and escapes; spans of code are set aside.
function prose(text, out, spans, span_text, n) {
    spans = 0
    while (match(text, /`[^`]+`/)) {
        out = out substr(text, 1, RSTART - 1) "\001" (++spans) "\001"
        span_text[spans] = substr(text, RSTART + 1, RLENGTH - 2)
        text = substr(text, RSTART + RLENGTH)
    }
    out = out text
    while (match(out, /\]\([^) ]*\)/)) out = substr(out, 1, RSTART - 1) substr(out, RSTART + RLENGTH)
    gsub(/\[/, "", out)
    gsub(/\*/, "", out)
    while (match(out, /\001[0-9]+\001/)) {
        n = substr(out, RSTART + 1, RLENGTH - 2)
        out = substr(out, 1, RSTART - 1) span_text[n] substr(out, RSTART + RLENGTH)
    }
    return out
}

# Code and links may go on in the next line.
held != "" {
    if (/^ *$/ || /^ *```/) show(prose(held))
    else $0 = held " " $0
    held = ""
}
/^<!-- figure: / { figure = 1; next }
/^ *```/ {
    code = !code
    if (code) dropped = figure
    figure = 0
    next
}
code { if (!dropped) show($0); next }
/^<!-- insert: / { print "<inserted>"; next }
!code && /^ *<!--/ { comment = 1 }
comment { if (/-->/) comment = 0; next }
/[^ ]/ { figure = 0 }
/^ *\|[-: |]*\|$/ { next }
{
    text = $0
    sub(/^#+ +/, "", text)
    sub(/^ *[-+*] +/, "", text)
    sub(/^ *> ?/, "", text)
    if (text ~ /^ *\|/) {
        gsub(/\\\|/, "\002", text)
        gsub(/\|/, " ", text)
        gsub(/\002/, "|", text)
    }
    plain = text
    if (gsub(/`/, "", plain) % 2 == 1 || gsub(/\[/, "", plain) > gsub(/\]/, "", plain)) held = text
    else show(prose(text))
}
END { if (held != "") show(prose(held)) }
