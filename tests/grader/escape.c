/* Texts made fit for the forms of report; see escape.h. */
#include "tests/grader/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

enum {
    INVALID = 0xFFFD /* read from bytes that are no UTF-8 */
};

/* Takes the next character; each byte that belongs to none is taken alone, as INVALID. */
static uint32_t next_character(const char **text)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)*text;
    int length = byte[0] < 0x80   ? 1
                 : byte[0] < 0xC2 ? 0
                 : byte[0] < 0xE0 ? 2
                 : byte[0] < 0xF0 ? 3
                 : byte[0] < 0xF5 ? 4
                                  : 0;
    uint32_t code = length == 1 ? byte[0] : byte[0] & (0xFFu >> (length + 1));
    ++*text;
    for (int i = 1; i < length; i++) {
        if ((byte[i] & 0xC0) != 0x80)
            return INVALID; /* the closing NUL included */
        code = code << 6 | (byte[i] & 0x3Fu);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (length == 0 || code < smallest[length] || code > 0x10FFFF || surrogate)
        return INVALID;
    *text += length - 1;
    return code;
}

/* Control characters other than newline and tab, those past ASCII included. */
static bool is_control(uint32_t code)
{
    return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7F && code < 0xA0);
}

static void json_character(FILE *out, uint32_t code, const char *bytes, size_t length)
{
    if (code == '"' || code == '\\')
        fprintf(out, "\\%c", (char)code);
    else if (code == '\n')
        fputs("\\n", out);
    else if (code == '\t')
        fputs("\\t", out);
    else if (is_control(code))
        fprintf(out, "\\u%04x", code);
    else if (code == INVALID)
        fputs(replacement, out);
    else
        fwrite(bytes, 1, length, out);
}

void json_string(FILE *out, const char *text)
{
    fputc('"', out);
    while (text != NULL && *text != '\0') {
        const char *start = text;
        uint32_t code = next_character(&text);
        json_character(out, code, start, (size_t)(text - start));
    }
    fputc('"', out);
}

/* XML 1.0 has no way at all to write most control characters, U+FFFE and U+FFFF. A parser turns
 * a carriage return into a newline, and in an attribute a newline into a blank, unless it is
 * written by its number. */
static void xml_character(FILE *out, uint32_t code, const char *bytes, size_t length)
{
    if (code == '&')
        fputs("&amp;", out);
    else if (code == '<')
        fputs("&lt;", out);
    else if (code == '>')
        fputs("&gt;", out);
    else if (code == '"')
        fputs("&quot;", out);
    else if (code == '\r' || (code >= 0x7F && code < 0xA0))
        fprintf(out, "&#%u;", code);
    else if (is_control(code) || code == INVALID || code == 0xFFFE || code == 0xFFFF)
        fputs(replacement, out);
    else
        fwrite(bytes, 1, length, out);
}

static void xml(FILE *out, const char *text, bool in_attribute)
{
    while (text != NULL && *text != '\0') {
        const char *start = text;
        uint32_t code = next_character(&text);
        if (in_attribute && (code == '\n' || code == '\t'))
            fprintf(out, "&#%u;", code);
        else
            xml_character(out, code, start, (size_t)(text - start));
    }
}

void xml_text(FILE *out, const char *text)
{
    xml(out, text, false);
}

void xml_attribute(FILE *out, const char *text)
{
    xml(out, text, true);
}

/* Characters that no browser shows: controls, marks and switches of direction, fillers, blanks
 * without a width, tags. The joiners of scripts and of emoji (U+200C, U+200D) are left, as they
 * belong to names. */
static bool is_hidden(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0xAD, 0xAD},     {0x61C, 0x61C},   {0x115F, 0x1160},  {0x180E, 0x180E},
                  {0x200B, 0x200B}, {0x200E, 0x200F}, {0x2028, 0x202E},  {0x2060, 0x206F},
                  {0x3164, 0x3164}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},  {0xFDD0, 0xFDEF},
                  {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE007F}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return is_control(code);
}

/* Hidden characters in a row share what opens and closes their mark. */
static void shown(FILE *out, const char *text, size_t length, const char *open,
                  const char *close)
{
    const char *end = text + length;
    bool marked = false;
    while (text < end) {
        const char *start = text;
        uint32_t code = next_character(&text);
        if (text > end) { /* cut in the middle of a character */
            text = start + 1;
            code = INVALID;
        }
        bool hidden = is_hidden(code);
        if (hidden != marked)
            fputs(hidden ? open : close, out);
        if (hidden)
            fprintf(out, "%sU+%04X", marked ? " " : "", code);
        else
            xml_character(out, code, start, (size_t)(text - start));
        marked = hidden;
    }
    fputs(marked ? close : "", out);
}

void xml_shown(FILE *out, const char *bytes, size_t length)
{
    shown(out, bytes, length, "<mark>", "</mark>");
}

void xml_shown_plain(FILE *out, const char *text)
{
    shown(out, text != NULL ? text : "", text != NULL ? strlen(text) : 0, "[", "]");
}

/* How many columns a character has on a terminal. Those that combine with the one before them have
 * none; the wide ones are those of Unicode's EastAsianWidth.txt, as far as texts are likely to hold
 * them. wcwidth(3) would need a locale. */
static int columns_of(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        int columns;
    } ranges[] = {{0x300, 0x36F, 0},     {0x1100, 0x115F, 2},   {0x1160, 0x11FF, 0},
                  {0x200B, 0x200F, 0},   {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},
                  {0xA960, 0xA97F, 2},   {0xAC00, 0xD7A3, 2},   {0xF900, 0xFAFF, 2},
                  {0xFE30, 0xFE6F, 2},   {0xFF00, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},
                  {0x1F300, 0x1F64F, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return ranges[i].columns;
    return 1;
}

void padded(FILE *out, const char *text, int columns)
{
    fputs(text, out);
    while (*text != '\0')
        columns -= columns_of(next_character(&text));
    fprintf(out, "%*s", columns > 0 ? columns : 0, "");
}

void base64(FILE *out, const void *data, size_t length)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *byte = data;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)byte[i] << 16;
        group |= left > 1 ? (uint32_t)byte[i + 1] << 8 : 0;
        group |= left > 2 ? byte[i + 2] : 0;
        fputc(digits[group >> 18], out);
        fputc(digits[group >> 12 & 63], out);
        fputc(left > 1 ? digits[group >> 6 & 63] : '=', out);
        fputc(left > 2 ? digits[group & 63] : '=', out);
    }
}

/* Characters up to `end`, made harmless for a terminal. */
static void plain(FILE *out, const char *text, const char *end)
{
    while (text < end) {
        const char *start = text;
        uint32_t code = next_character(&text);
        if (is_control(code) || code == INVALID)
            fputs(replacement, out);
        else
            fwrite(start, 1, (size_t)(text - start), out);
    }
}

void one_line(FILE *out, const char *text)
{
    if (text == NULL)
        return;
    for (;;) {
        size_t length = strcspn(text, "\n\t");
        plain(out, text, text + length);
        if (text[length] == '\0' || text[length + 1] == '\0')
            return;
        fputc(' ', out);
        text += length + 1;
    }
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

/* Where the line from `text` to `end` has to be broken: at the last blank with no more than
 * `room` characters before it, or behind the first word, should that be longer. The blanks that
 * the line begins with are no place to break it. */
static const char *break_of(const char *text, const char *end, int room)
{
    const char *at = text, *last = NULL;
    int columns = 0;
    while (at < end && is_blank(*at)) {
        columns += *at == '\t' ? 8 : 1;
        at++;
    }
    while (at < end) {
        if (is_blank(*at) && (last == NULL || columns <= room))
            last = at;
        if (columns >= room && last != NULL)
            return last;
        bool tab = *at == '\t';
        uint32_t code = next_character(&at);
        columns += tab ? 8 : columns_of(code);
    }
    return columns <= room || last == NULL ? end : last;
}

static void wrap_line(FILE *out, const char *line, const char *end, int indent)
{
    while (end > line && is_blank(end[-1]))
        end--;
    for (;;) {
        const char *next = break_of(line, end, TEXT_COLUMNS - indent), *until = next;
        while (until > line && is_blank(until[-1]))
            until--;
        plain(out, line, until);
        fputc('\n', out);
        if (next == end)
            return;
        for (line = next; is_blank(*line);)
            line++;
        fprintf(out, "%*s", indent, "");
    }
}

void wrapped(FILE *out, const char *text, int indent)
{
    for (;;) {
        const char *end = text + strcspn(text, "\n");
        wrap_line(out, text, end, indent);
        if (*end == '\0')
            return;
        text = end + 1;
        if (*text != '\n' && *text != '\0')
            fprintf(out, "%*s", indent, "");
    }
}
