/* Tests of tests/probe/visible.c: whatever a student's program writes, what reaches the reader is
 * printable ASCII and harmless UTF-8, ends in a NUL, and stays inside its buffer. Buffers are
 * allocated at their very size, so that the address sanitizer sees a byte too many. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdbool.h>

#include "tests/probe/visible.h"

enum { SMALLEST = 32, ROOMY = 4096 };

typedef char *show(const void *data, size_t length, char *text, size_t size);

/* The bytes lie at the very end of an allocation, and so does the text. */
static char *shown(show *function, const void *data, size_t length, size_t size)
{
    char *copy = malloc(length > 0 ? length : 1), *text = malloc(size);
    assert_true(copy != NULL && text != NULL);
    memcpy(copy, data, length);
    memset(text, 'X', size);
    assert_ptr_equal(function(copy, length, text, size), text);
    assert_true(strnlen(text, size) < size);
    free(copy);
    return text;
}

static void expect(show *function, const char *data, size_t length, const char *expected)
{
    char *text = shown(function, data, length, ROOMY);
    assert_string_equal(text, expected);
    free(text);
}

/* Both functions, on a C string; the expected text is without quotes. */
static void expect_both(const char *data, const char *expected)
{
    char quoted[ROOMY];
    snprintf(quoted, sizeof quoted, "\"%s\"", expected);
    expect(visible, data, strlen(data), quoted);
    expect(printable, data, strlen(data), expected);
}

static void test_plain_text(void **state)
{
    (void)state;
    expect_both("", "");
    expect_both("served 1 clients, 12 bytes", "served 1 clients, 12 bytes");
    expect_both("100%s %n ~ }{ `id` $(id)", "100%s %n ~ }{ `id` $(id)");
}

static void test_named_characters(void **state)
{
    (void)state;
    expect(visible, "a\n\t\r\"\\", 6, "\"a\\n\\t\\r\\\"\\\\\"");
    expect(printable, "a\n\t\r\"\\", 6, "a\n\t\\r\"\\");
}

static void test_escape_sequences(void **state)
{
    (void)state;
    expect_both("\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m");
    expect_both("\033]0;title\007", "\\x1b]0;title\\x07");
    expect_both("a\bb\fc\vd\177", "a\\x08b\\x0cc\\x0bd\\x7f");
    expect_both("\x9b"
                "31m",
                "\\x9b31m"); /* the one-byte CSI */
}

static void test_nul_is_a_byte(void **state)
{
    (void)state;
    expect(visible, "a\0b\0", 4, "\"a\\x00b\\x00\"");
    expect(printable, "a\0b", 3, "a\\x00b");
}

/* Every byte alone, and every pair: nothing comes out but printable ASCII and whole sequences. */
static void test_every_pair_of_bytes(void **state)
{
    (void)state;
    char text[SMALLEST * 2];
    for (unsigned pair = 0; pair <= 0xFFFF; pair++) {
        unsigned char bytes[] = {(unsigned char)(pair >> 8), (unsigned char)pair};
        visible(bytes, sizeof bytes, text, sizeof text);
        bool whole = bytes[0] >= 0xC2 && bytes[0] <= 0xDF && (bytes[1] & 0xC0) == 0x80;
        for (const char *at = text; *at != '\0'; at++)
            if ((unsigned char)*at < 0x20 || (unsigned char)*at == 0x7F ||
                ((unsigned char)*at >= 0x80 && !whole))
                fail_msg("%02x %02x gives %s", bytes[0], bytes[1], text);
    }
}

static void test_korean_passes(void **state)
{
    (void)state;
    expect_both("서버가 시작되었습니다", "서버가 시작되었습니다");
    expect_both("é ß 漢字 😀", "é ß 漢字 😀");
    expect_both("\xC2\xA0\xF4\x8F\xBF\xBD", "\xC2\xA0\xF4\x8F\xBF\xBD");
}

static void test_invalid_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *data, *expected;
    } cases[] = {
        {"\x80 a", "\\x80 a"},                              /* a continuation alone */
        {"\xC0\xAF", "\\xc0\\xaf"},                         /* overlong: two bytes, */
        {"\xE0\x80\xAF", "\\xe0\\x80\\xaf"},                /* three, */
        {"\xF0\x80\x80\xAF", "\\xf0\\x80\\x80\\xaf"},       /* four */
        {"\xED\xA0\x80", "\\xed\\xa0\\x80"},                /* a surrogate */
        {"\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},       /* beyond U+10FFFF */
        {"\xF5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},       /* no first byte */
        {"\xFF\xFE", "\\xff\\xfe"},                         /* UTF-16 */
        {"\xED\x95x", "\\xed\\x95x"},                       /* a sequence cut by a letter */
        {"\xED\x95", "\\xed\\x95"},                         /* ... and by the end */
        {"\xF0\x9F\x98", "\\xf0\\x9f\\x98"},                /* ... of four bytes */
        {"\xED\x95\xED\x95\x9C", "\\xed\\x95\xED\x95\x9C"}, /* a good one behind a bad one */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_both(cases[i].data, cases[i].expected);
}

static void test_control_characters_of_unicode(void **state)
{
    (void)state;
    expect_both("\xC2\x80", "\\xc2\\x80");
    expect_both("\xC2\x9B"
                "31m",
                "\\xc2\\x9b31m"); /* CSI in UTF-8 */
    expect_both("\xC2\x9F", "\\xc2\\x9f");
}

/* A text that turns its direction, or hides a part, reads as something that it is not. */
static void test_marks_that_mislead(void **state)
{
    (void)state;
    static const unsigned marks[] = {0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A,
                                     0x202B, 0x202D, 0x202E, 0x2066, 0x2067, 0x2069, 0xFEFF};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        char data[8], text[SMALLEST * 2];
        unsigned code = marks[i];
        if (code < 0x800)
            snprintf(data, sizeof data, "%c%c", (int)(0xC0 | code >> 6),
                     (int)(0x80 | (code & 0x3F)));
        else
            snprintf(data, sizeof data, "%c%c%c", (int)(0xE0 | code >> 12),
                     (int)(0x80 | (code >> 6 & 0x3F)), (int)(0x80 | (code & 0x3F)));
        visible(data, strlen(data), text, sizeof text);
        if (strncmp(text, "\"\\x", 3) != 0)
            fail_msg("U+%04X comes through", code);
    }
}

/* A text of many times the same piece, in a buffer that is too small for it. */
static void expect_cut(const char *piece, size_t spelt, size_t size)
{
    char data[ROOMY] = "";
    for (size_t length = 0; length + 8 < sizeof data; length += strlen(piece))
        memcpy(data + length, piece, strlen(piece) + 1);
    char *quoted = shown(visible, data, strlen(data), size);
    char *cut = strstr(quoted, "\"... (");
    assert_non_null(cut);
    assert_int_equal((size_t)(cut - quoted - 1) % spelt, 0);
    assert_int_equal(quoted[strlen(quoted) - 1], ')');
    free(quoted);
    char *plain = shown(printable, data, strlen(data), size);
    assert_true(strlen(plain) >= 3);
    assert_string_equal(plain + strlen(plain) - 3, "...");
    free(plain);
}

/* It is cut between characters, and between what stands for them; it says so, and it fits. */
static void test_cut_in_any_buffer(void **state)
{
    (void)state;
    for (size_t size = SMALLEST; size < 3 * SMALLEST; size++) {
        expect_cut("a", 1, size);
        expect_cut("\n", 2, size);
        expect_cut("\\", 2, size);
        expect_cut("\033", 4, size);
        expect_cut("\xED", 4, size);
        expect_cut("한", 3, size);
        expect_cut("😀", 4, size);
    }
}

static void test_cut_says_how_much_there_was(void **state)
{
    (void)state;
    static char data[5 << 20];
    memset(data, 'a', sizeof data);
    char *text = shown(visible, data, sizeof data, 64);
    assert_non_null(strstr(text, "aaa\"... (5242880 bytes"));
    free(text);
}

/* Where the whole fits with room to spare, nothing is said of a cut. */
static void test_short_texts_are_whole(void **state)
{
    (void)state;
    for (size_t size = SMALLEST; size < 2 * SMALLEST; size++) {
        char *text = shown(visible, "abc", 3, size);
        assert_string_equal(text, "\"abc\"");
        free(text);
        text = shown(printable, "abc", 3, size);
        assert_string_equal(text, "abc");
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_text),
        cmocka_unit_test(test_named_characters),
        cmocka_unit_test(test_escape_sequences),
        cmocka_unit_test(test_nul_is_a_byte),
        cmocka_unit_test(test_every_pair_of_bytes),
        cmocka_unit_test(test_korean_passes),
        cmocka_unit_test(test_invalid_utf8),
        cmocka_unit_test(test_control_characters_of_unicode),
        cmocka_unit_test(test_marks_that_mislead),
        cmocka_unit_test(test_cut_in_any_buffer),
        cmocka_unit_test(test_cut_says_how_much_there_was),
        cmocka_unit_test(test_short_texts_are_whole),
    };
    alarm(UNIT_TIME_LIMIT);
    return cmocka_run_group_tests_name("visible", tests, NULL, NULL);
}
