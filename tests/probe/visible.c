/* Bytes made visible; see visible.h. Student output can hold escape sequences for the terminal
 * of whoever reads the report, so nothing is passed on that is not known to be harmless. */
#include "tests/probe/visible.h"

#include <stdio.h>
#include <string.h>

#include "tests/messages/messages.h"

enum { ENDING = 26 }; /* room for `"... (NNNNNNN bytes in all)` */

/* The length of the UTF-8 sequence at `byte` that is safe to print, or 0. */
static size_t utf8_length(const unsigned char *byte, size_t left)
{
    size_t length = byte[0] >= 0xF0 ? 4 : byte[0] >= 0xE0 ? 3 : byte[0] >= 0xC2 ? 2 : 0;
    if (byte[0] > 0xF4 || length == 0 || length > left)
        return 0;
    unsigned code = byte[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (byte[i] & 0x3Fu);
    }
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    int surrogate = code >= 0xD800 && code <= 0xDFFF;
    int control = code < 0xA0;
    /* Marks that turn the direction of text can make a report read as something else. */
    int direction = code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
                    (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
                    code == 0xFEFF;
    return code < smallest[length] || code > 0x10FFFF || surrogate || control || direction
               ? 0
               : length;
}

/* Writes one byte or sequence to `out`; returns how many bytes of input it stands for. */
static size_t spell(const unsigned char *byte, size_t left, int quoted, char out[8])
{
    static const char names[] = "\n\t\r\"\\";
    static const char letters[] = "ntr\"\\";
    const char *named = byte[0] == '\0' ? NULL : strchr(names, byte[0]);
    if (!quoted && named != NULL && byte[0] != '\r')
        snprintf(out, 8, "%c", byte[0]);
    else if (named != NULL)
        snprintf(out, 8, "\\%c", letters[named - names]);
    else if (byte[0] >= 0x20 && byte[0] < 0x7F)
        snprintf(out, 8, "%c", byte[0]);
    else {
        size_t length = utf8_length(byte, left);
        if (length > 0) {
            memcpy(out, byte, length);
            out[length] = '\0';
            return length;
        }
        snprintf(out, 8, "\\x%02x", byte[0]);
    }
    return 1;
}

/* Returns where the spelling stopped for want of room. */
static size_t spell_all(const unsigned char *data, size_t length, int quoted, char *text,
                        size_t size, size_t *used)
{
    size_t at = 0;
    while (at < length) {
        char out[8];
        size_t taken = spell(data + at, length - at, quoted, out);
        if (*used + strlen(out) + ENDING >= size)
            break;
        memcpy(text + *used, out, strlen(out));
        *used += strlen(out);
        at += taken;
    }
    text[*used] = '\0';
    return at;
}

char *visible(const void *data, size_t length, char *text, size_t size)
{
    size_t used = 0;
    text[used++] = '"';
    size_t shown = spell_all(data, length, 1, text, size, &used);
    if (shown == length)
        snprintf(text + used, size - used, "\"");
    else
        snprintf(text + used, size - used, translated("\"... (%zu bytes)"), length);
    return text;
}

char *printable(const void *data, size_t length, char *text, size_t size)
{
    size_t used = 0;
    if (spell_all(data, length, 0, text, size, &used) < length)
        snprintf(text + used, size - used, "...");
    return text;
}
