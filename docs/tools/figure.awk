# Turns the source of a figure into a fragment of SVG for a page, in one language:
#
#     awk -v name=NAME -v language=en|ko -f figure.awk NAME.fig
#
# A source has one command a line:  COMMAND ARGUMENTS [KEY=VALUE] [CLASSES] : TEXT
# Empty lines and lines that begin with # are comments. All lengths are units of the viewBox.
#
# Text. A word in it stands in both languages: {English|한국어}. What both have in common is
# {=TCP} in the ordinary font, or code between backticks, which may stand inside of braces, too.
# A letter outside of these is an error, so that no text can lack its translation. " // " begins a
# new line of the figure.
#
# Every figure:
#   size WIDTH [HEIGHT]      a sequence finds its height itself
#   title : TEXT             desc : TEXT    (several lines of desc are joined)
#
# Drawing (y as ~N is relative to the row, see below):
#   box X Y W H              a box with its text in the middle (round: with round ends)
#   text X Y                 TEXT at a place (start, middle or end: which part of it; bold, small)
#   line X Y X Y ...         arrow X Y X Y ...     (both: a head at both ends; TEXT above its middle)
#   curve X Y X Y X Y X Y    a Bezier curve with a head
#   cells X Y W H            a box of that size for each word of TEXT
#   number X Y               a small number in a circle
#
# Sequence: actors side by side, time runs down in rows.
#   actor ID X               a header with TEXT, and a life line below it (width=N of the header)
#   width N                  the width of the boxes of steps
#   row [DY]                 goes down by DY (40); all that follows stands in this row
#   step ID [NUMBER]         a box on the life line
#   state ID                 a box with round ends on it, as wide as its text
#   note ID left|right       TEXT beside it
#   message FROM TO          an arrow, TEXT above it (slant: arrives lower, as time passes;
#                            at=X: where the text is centred)
#   on ID, off ID            begin and end of a bar on the life line (wait: dashed, it is blocked)
#   frame X X, end           a frame around rows, TEXT at its top
#   foot X                   TEXT below everything, where the life lines have ended
#   mark WORD, return X ID WORD    an arrow along X from the step of this row to that of the marked one
#
# Classes: accent, second, muted (colours, with docs/theme/figures.css), soft (filled), dashed, plain
# (no fill), bold, small, start, middle, end, both, slant, round, wait.
# The awk is POSIX's; it counts bytes, so that a letter of Hangul is three.

function fail(message)
{
    printf "%s:%d: %s\n", FILENAME, FNR, message > "/dev/stderr"
    failed = 1
    exit 1
}

# The text of one language; the backticks stay.
function pick(text,    i, c, out, part, parts, code, same)
{
    out = ""
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "`") {
            code = index(substr(text, i + 1), "`")
            if (code == 0)
                fail("a backtick is not closed")
            out = out substr(text, i, code + 1)
            i += code
        } else if (c == "{") {
            parts = 1; part[1] = part[2] = ""; code = 0
            for (i++; i <= length(text); i++) {
                c = substr(text, i, 1)
                if (c == "`")
                    code = !code
                if (!code && c == "}")
                    break
                if (!code && c == "|")
                    parts++
                else
                    part[parts] = part[parts] c
            }
            if (i > length(text))
                fail("a brace is not closed")
            same = substr(part[1], 1, 1) == "="
            if (same && parts == 1)
                out = out substr(part[1], 2)
            else if (parts != 2 || same || part[1] == "" || part[2] !~ /[\352-\355]/ || part[1] ~ /[\352-\355]/)
                fail("not {English|Korean}: {" part[1] (parts > 1 ? "|" part[2] : "") "}")
            else
                out = out part[language == "ko" ? 2 : 1]
        } else if (c ~ /[A-Za-z\352-\355]/)
            fail("text outside of {English|Korean}: " substr(text, i))
        else
            out = out c
    }
    return out
}

# Doxygen takes @ and \ for the beginning of a command.
function escape(text)
{
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    gsub(/\\/, "\\&#92;", text)
    gsub(/@/, "\\&#64;", text)
    return text
}

function spans(text,    n, part, i, out)
{
    n = split(text, part, "`")
    out = ""
    for (i = 1; i <= n; i++)
        if (part[i] != "")
            out = out (i % 2 ? escape(part[i]) : "<tspan class=\"code\">" escape(part[i]) "</tspan>")
    return out
}

# About how wide a text is: a letter of Hangul counts for two.
function width_of(text,    i, c, n, code)
{
    n = 0
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "`")
            code = !code
        else if (c ~ /[\340-\357]/)
            n += 13
        else if (c !~ /[\200-\277]/)
            n += code ? 8.2 : c ~ /[A-Z]/ ? 9 : 7
    }
    return n
}

function add(layer, element) { drawing[layer] = drawing[layer] element "\n" }

function has(word) { return (" " classes " ") ~ (" " word " ") }

function colour() { return has("accent") ? " accent" : has("second") ? " second" : has("muted") ? " muted" : "" }

# Lines of text, the middle of the block at y.
function put_text(x, y, anchor, style, text,    n, i, part, top)
{
    n = split(text, part, " // ")
    top = y - (n - 1) * 9 + 5
    for (i = 1; i <= n; i++)
        add(3, sprintf("<text class=\"%s\" x=\"%g\" y=\"%g\">%s</text>", anchor style, x, top + (i - 1) * 18, spans(part[i])))
}

function text_style(    s)
{
    s = colour()
    if (has("bold")) s = s " bold"
    if (has("small")) s = s " small"
    if (has("halo")) s = s " halo"
    return s
}

function put_box(layer, x, y, w, h, text,    style)
{
    style = "box" colour()
    if (has("soft")) style = style " soft"
    if (has("plain")) style = style " plain"
    if (has("dashed")) style = style " dashed"
    add(layer, sprintf("<rect class=\"%s\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"%g\"/>", style, x, y, w, h,
        has("round") ? h / 2 : has("square") ? 0 : 4))
    if (text != "")
        put_text(x + w / 2, y + h / 2, "middle", text_style(), text)
}

function head_of(    c)
{
    c = has("accent") ? "accent" : has("second") ? "second" : has("muted") ? "muted" : "line"
    heads[c] = 1
    return "url(#figure-" name "-head-" c ")"
}

function put_path(d, arrow)
{
    add(2, "<path class=\"line" colour() (has("dashed") ? " dashed" : "") "\" d=\"" d "\"" \
        (arrow ? " marker-end=\"" head_of() "\"" : "") (has("both") ? " marker-start=\"" head_of() "\"" : "") "/>")
}

function put_number(x, y, n)
{
    add(3, sprintf("<circle class=\"box accent soft\" cx=\"%g\" cy=\"%g\" r=\"11\"/>", x, y))
    add(3, sprintf("<text class=\"middle accent bold small\" x=\"%g\" y=\"%g\">%s</text>", x, y + 4.5, n))
}

function place(word) { return substr(word, 1, 1) == "~" ? row + substr(word, 2) : word + 0 }

function actor(id)
{
    if (!(id in actor_x))
        fail("no actor " id)
    return actor_x[id]
}

# How far from its life line an actor's box of this row, or its bar, reaches.
function reach(id)
{
    if ((id, row) in row_reach)
        return row_reach[id, row]
    return id in bar_from ? 6 : 0
}

function end_bar(id,    keep)
{
    keep = classes
    classes = bar_classes[id]
    put_box(1, actor_x[id] - 6, bar_from[id], 12, row - bar_from[id], "")
    classes = keep
    delete bar_from[id]
}

BEGIN {
    if (name == "" || (language != "en" && language != "ko")) {
        print "usage: awk -v name=NAME -v language=en|ko -f figure.awk FILE" > "/dev/stderr"
        exit 2
    }
    step_width = 92
    row = 20
    frames = 0
}

/^[ \t]*(#|$)/ { next }

{
    colon = index($0, " : ")
    text = colon ? pick(substr($0, colon + 3)) : ""
    count = split(colon ? substr($0, 1, colon - 1) : $0, word, " ")
    command = word[1]
    n = 0
    classes = ""
    split("", value)
    split("", argument)
    for (i = 2; i <= count; i++) {
        if (word[i] ~ /^[a-z]+=/)
            value[substr(word[i], 1, index(word[i], "=") - 1)] = substr(word[i], index(word[i], "=") + 1)
        else if (word[i] ~ /^(accent|second|muted|soft|dashed|plain|bold|small|start|middle|end|both|slant|round|halo|square|wait|left|right)$/)
            classes = classes " " word[i]
        else
            argument[++n] = word[i]
    }
    if (command == "size") {
        width = argument[1]
        height = argument[2]
    } else if (command == "title") {
        gsub(/`/, "", text)
        title = text
    } else if (command == "desc") {
        gsub(/`/, "", text)
        desc = desc (desc == "" ? "" : " ") text
    } else if (command == "box") {
        put_box(has("square") || has("back") ? 0 : 1, argument[1], place(argument[2]), argument[3], argument[4], text)
    } else if (command == "text") {
        put_text(argument[1], place(argument[2]), has("middle") ? "middle" : has("end") ? "end" : "start", text_style(), text)
    } else if (command == "line" || command == "arrow") {
        if (n < 4 || n % 2)
            fail("pairs of coordinates are expected")
        d = ""
        for (i = 1; i < n; i += 2)
            d = d (i == 1 ? "M" : " L") argument[i] " " place(argument[i + 1])
        put_path(d, command == "arrow")
        if (text != "")
            put_text((argument[1] + argument[n - 1]) / 2, (place(argument[2]) + place(argument[n])) / 2 - 11, "middle", text_style(), text)
    } else if (command == "curve") {
        put_path("M" argument[1] " " place(argument[2]) " C" argument[3] " " place(argument[4]) " " argument[5] " " \
            place(argument[6]) " " argument[7] " " place(argument[8]), 1)
    } else if (command == "cells") {
        classes = classes " square"
        cells = split(text, cell, " ")
        for (i = 1; i <= cells; i++)
            put_box(1, argument[1] + (i - 1) * argument[3], place(argument[2]), argument[3], argument[4], cell[i])
    } else if (command == "number") {
        put_number(argument[1], place(argument[2]), text)
    } else if (command == "width") {
        step_width = argument[1]
    } else if (command == "actor") {
        id = argument[1]
        actor_x[id] = argument[2]
        w = "width" in value ? value["width"] : step_width
        put_box(1, argument[2] - w / 2, 4, w, split(text, part, " // ") > 1 ? 44 : 30, text)
        lines = lines id " "
        if (split(text, part, " // ") > 1)
            row = 34
    } else if (command == "row") {
        row += n ? argument[1] : 40
    } else if (command == "step" || command == "state") {
        id = argument[1]
        x = actor(id)
        w = command == "step" ? step_width : width_of(text) + 22
        if ("width" in value)
            w = value["width"]
        row_reach[id, row] = w / 2
        if (command == "state")
            classes = classes " round"
        h = command == "step" ? 30 : 24
        add(1, sprintf("<rect class=\"cover\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\"/>", x - w / 2, row - h / 2, w, h))
        put_box(2, x - w / 2, row - h / 2, w, h, text)
        if (n > 1)
            put_number(x - w / 2 - 2, row - 15, argument[2])
    } else if (command == "note") {
        x = actor(argument[1])
        d = reach(argument[1]) + 10
        if (has("left"))
            put_text(x - d, row, "end", text_style(), text)
        else
            put_text(x + d, row, "start", text_style(), text)
    } else if (command == "message") {
        from = actor(argument[1])
        to = actor(argument[2])
        down = has("slant") ? 16 : 0
        x1 = from + (to > from ? 1 : -1) * reach(argument[1])
        x2 = to - (to > from ? 1 : -1) * (reach(argument[2]) + 1)
        put_path("M" x1 " " row " L" x2 " " row + down, 1)
        if (text != "")
            put_text("at" in value ? value["at"] : (x1 + x2) / 2, row + down / 2 - 12, "middle", text_style(), text)
        row += down
    } else if (command == "on") {
        if (argument[1] in bar_from)
            end_bar(argument[1])
        actor(argument[1])
        bar_from[argument[1]] = row
        bar_classes[argument[1]] = has("wait") ? "second dashed square" : "accent soft square"
    } else if (command == "off") {
        if (!(argument[1] in bar_from))
            fail("no bar of " argument[1] " to end")
        end_bar(argument[1])
    } else if (command == "frame") {
        frames++
        frame_x[frames] = argument[1]
        frame_w[frames] = argument[2] - argument[1]
        frame_y[frames] = row
        put_text(argument[1] + 10, row + 14, "start", " muted small", text)
    } else if (command == "end") {
        if (!frames)
            fail("no frame to end")
        add(0, sprintf("<rect class=\"frame\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"4\"/>", frame_x[frames],
            frame_y[frames], frame_w[frames], row - frame_y[frames]))
        frames--
    } else if (command == "foot") {
        foot = row + 14
        lines_of_foot = split(text, part, " // ")
        put_text(argument[1], row + 25 + 9 * lines_of_foot, has("middle") ? "middle" : "start", text_style(), text)
        row += 10 + 18 * lines_of_foot
    } else if (command == "mark") {
        marked[argument[1]] = row
    } else if (command == "return") {
        x = actor(argument[2]) - step_width / 2
        if (!(argument[3] in marked))
            fail("no mark " argument[3])
        put_path("M" x " " row " L" argument[1] " " row " L" argument[1] " " marked[argument[3]] " L" x - 1 " " \
            marked[argument[3]], 1)
    } else
        fail("no such command: " command)
}

END {
    if (failed)
        exit 1
    if (name == "" || width == "" || title == "" || desc == "") {
        print FILENAME ": size, title or desc is missing" > "/dev/stderr"
        exit 1
    }
    if (height == "")
        height = row + 20
    if (foot)
        row = foot
    n = split(lines, ids, " ")
    for (i = 1; i <= n; i++) {
        if (ids[i] in bar_from)
            end_bar(ids[i])
        x = actor_x[ids[i]]
        add(0, sprintf("<path class=\"life\" d=\"M%g 34 L%g %g\"/>", x, x, foot ? foot : row + 14))
    }
    prefix = "figure-" name
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" role=\"img\" aria-labelledby=\"%s-title %s-desc\" " \
        "viewBox=\"0 0 %g %g\" style=\"max-width:%gpx\">\n", prefix, prefix, width, height, width
    printf "<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", prefix, escape(title), prefix, escape(desc)
    printf "<defs>\n"
    m = split("line accent second muted", kinds, " ")
    for (i = 1; i <= m; i++)
        if (kinds[i] in heads)
            printf "<marker id=\"%s-head-%s\" class=\"head %s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"10\" " \
                "markerHeight=\"10\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path d=\"M0 1 L10 5 L0 9 z\"/>" \
                "</marker>\n", prefix, kinds[i], kinds[i]
    printf "</defs>\n%s%s%s%s</svg>\n", drawing[0], drawing[1], drawing[2], drawing[3]
}
