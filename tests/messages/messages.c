/*
 * Catalogues; see messages.h. The form of the file is told in gettext's manual, section "The
 * Format of GNU MO Files": two tables of lengths and places, of the texts, in order, and of their
 * translations. Left out are its hash table, plural forms and files with the other byte order than
 * msgfmt's own.
 */
#define _GNU_SOURCE
#include "tests/messages/messages.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LARGEST = 1 << 23,
    HEADER = 28,
    MAGIC_AT = 0,
    COUNT_AT = 8,
    TEXTS_AT = 12,
    OTHERS_AT = 16
};

static const uint32_t magic = 0x950412de;

static struct {
    char *data;
    size_t length;
    uint32_t count, texts, others; /* how many; where their tables are */
} catalogue;

static uint32_t number_at(size_t at)
{
    const unsigned char *byte = (const unsigned char *)catalogue.data + at;
    return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
}

static const char *text_at(uint32_t table, uint32_t index)
{
    return catalogue.data + number_at(table + 8 * (size_t)index + 4);
}

/* Tells whether a table and all its texts are within the file, each text with its NUL. */
static bool is_whole(uint32_t table)
{
    if (table > catalogue.length || catalogue.count > (catalogue.length - table) / 8)
        return false;
    for (uint32_t i = 0; i < catalogue.count; i++) {
        size_t length = number_at(table + 8 * (size_t)i);
        size_t place = number_at(table + 8 * (size_t)i + 4);
        if (place >= catalogue.length || length >= catalogue.length - place ||
            catalogue.data[place + length] != '\0')
            return false;
    }
    return true;
}

static bool read_catalogue(FILE *in)
{
    catalogue.data = malloc(LARGEST);
    if (catalogue.data == NULL)
        return false;
    catalogue.length = fread(catalogue.data, 1, LARGEST, in);
    if (catalogue.length < HEADER || catalogue.length == LARGEST ||
        number_at(MAGIC_AT) != magic)
        return false;
    catalogue.count = number_at(COUNT_AT);
    catalogue.texts = number_at(TEXTS_AT);
    catalogue.others = number_at(OTHERS_AT);
    return is_whole(catalogue.texts) && is_whole(catalogue.others);
}

bool messages_open(const char *path)
{
    FILE *in = fopen(path, "re");
    free(catalogue.data);
    catalogue.data = NULL;
    bool read = in != NULL && read_catalogue(in);
    if (in != NULL)
        fclose(in);
    if (!read) {
        free(catalogue.data);
        catalogue.data = NULL;
        catalogue.count = 0;
    }
    return read;
}

/* How the key of a catalogue, CONTEXT \4 TEXT or TEXT alone, compares with what is looked for. */
static int compare(const char *key, const char *context, const char *english)
{
    if (context == NULL)
        return strcmp(key, english);
    size_t length = strlen(context);
    int order = strncmp(key, context, length);
    if (order != 0)
        return order;
    if (key[length] != '\4')
        return (unsigned char)key[length] - '\4';
    return strcmp(key + length + 1, english);
}

static const char *find(const char *context, const char *english)
{
    uint32_t first = 0, behind = catalogue.count;
    while (first < behind) {
        uint32_t middle = first + (behind - first) / 2;
        int order = compare(text_at(catalogue.texts, middle), context, english);
        if (order == 0) {
            const char *other = text_at(catalogue.others, middle);
            return other[0] != '\0' ? other : english;
        }
        if (order < 0)
            first = middle + 1;
        else
            behind = middle;
    }
    return english;
}

/* The empty text is the key of the catalogue's own description. */
const char *translated(const char *english)
{
    return english[0] != '\0' ? find(NULL, english) : english;
}

const char *translated_in(const char *context, const char *english)
{
    return find(context, english);
}
