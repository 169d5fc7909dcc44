# Fills in the frame of all pages, docs/theme/header.html: the words of a language, and the table of
# contents. What differs from page to page is left to finish.awk.
#
#     awk -v language=en -f header.awk CONTENTS docs/theme/header.html

BEGIN {
    FS = "\t"
    other = language == "en" ? "ko" : "en"
    split("skip|Skip to the text|본문으로 건너뛰기|" \
          "search|Search|검색|" \
          "menu|Contents|차례|" \
          "contents|Contents|차례|" \
          "other|한국어|English|" \
          "light|Light|밝게|" \
          "dark|Dark|어둡게|" \
          "none|Nothing found|찾은 것이 없습니다|" \
          "more|more|더 있음|" \
          "results|Search results|검색 결과|" \
          "code|The kit's code|키트의 코드", words, "|")
    for (i = 1; i in words && words[i] != ""; i += 3) text[words[i]] = words[i + (language == "en" ? 1 : 2)]
}

function escaped(plain) {
    gsub(/`/, "", plain)
    gsub(/&/, "\\&amp;", plain)
    gsub(/</, "\\&lt;", plain)
    return plain
}

function title_of(file, line) {
    while ((getline line < file) > 0)
        if (line ~ /^# /) break
    close(file)
    sub(/^# +/, "", line)
    sub(/ *{#.*/, "", line)
    return escaped(line)
}

# The table of contents is the first file.
NR == FNR {
    if ($4 != group || NR == 1) {
        if (NR > 1) list = list "</ul>\n"
        group = $4
        split(group, names, "|")
        if (group != "") list = list "<h2>" names[language == "en" ? 1 : 2] "</h2>\n"
        list = list "<ul>\n"
    }
    list = list "<li><a href=\"" $1 ".html\">" title_of($2) "</a></li>\n"
    if ($1 == "bench") list = list "<li><a href=\"files.html\">" text["code"] "</a></li>\n"
    next
}

{
    gsub(/LANGUAGE/, language)
    gsub(/OTHER/, other)
    while (match($0, /TEXT\([a-z]+\)/))
        $0 = substr($0, 1, RSTART - 1) text[substr($0, RSTART + 5, RLENGTH - 6)] substr($0, RSTART + RLENGTH)
    if ($0 == "CONTENTS") $0 = list "</ul>"
    print
}
