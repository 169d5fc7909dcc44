/*
 * Tests of catalogues: texts that they have and have not, and files that are no whole catalogue,
 * which must leave all texts in English and must not be read beyond their end.
 */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include "tests/messages/messages.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FILE_NAME    "catalogue"

/* Four texts in order, the first one the catalogue's own description. */
static const struct {
    const char *text, *other;
} entries[] = {{"", "Language: ko\n"},
               {"%d bytes", "%d\xEB\xB0\x94\xEC\x9D\xB4\xED\x8A\xB8"},
               {"labs/01/README.md\4The idea", "\xEC\x83\x9D\xEA\xB0\x81"},
               {"untranslated", ""}};

static void put_number(char *at, size_t number)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(number >> (8 * i));
}

/* Writes one text, its length and place. Returns where the next one begins. */
static size_t put_text(char *file, size_t table, size_t index, const char *text, size_t place)
{
    put_number(file + table + 8 * index, strlen(text));
    put_number(file + table + 8 * index + 4, place);
    strcpy(file + place, text);
    return place + strlen(text) + 1;
}

static size_t make(char file[512])
{
    enum {
        TEXTS = 28,
        OTHERS = TEXTS + 8 * COUNT(entries),
        FIRST = OTHERS + 8 * COUNT(entries)
    };
    size_t place = FIRST;
    memset(file, 0, 512);
    put_number(file, 0x950412de);
    put_number(file + 8, COUNT(entries));
    put_number(file + 12, TEXTS);
    put_number(file + 16, OTHERS);
    for (size_t i = 0; i < COUNT(entries); i++)
        place = put_text(file, TEXTS, i, entries[i].text, place);
    for (size_t i = 0; i < COUNT(entries); i++)
        place = put_text(file, OTHERS, i, entries[i].other, place);
    return place;
}

static bool opens(const char *file, size_t length)
{
    FILE *out = fopen(FILE_NAME, "we");
    assert_non_null(out);
    assert_int_equal(fwrite(file, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
    return messages_open(FILE_NAME);
}

static void expect_english(void)
{
    static const char text[] = "%d bytes";
    assert_ptr_equal(translated(text), text);
    assert_ptr_equal(translated_in("labs/01/README.md", text), text);
}

static void test_translations(void **state)
{
    (void)state;
    char file[512];
    expect_english();
    assert_true(opens(file, make(file)));
    assert_string_equal(translated("%d bytes"), entries[1].other);
    assert_string_equal(translated_in("labs/01/README.md", "The idea"), entries[2].other);
}

static void test_texts_that_it_does_not_have(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "%d byte", "%d bytesy", "The idea", "untranslated", "zzz", "labs/01/README.md"};
    char file[512];
    assert_true(opens(file, make(file)));
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_ptr_equal(translated(texts[i]), texts[i]);
        assert_ptr_equal(translated_in("labs/02/README.md", texts[i]), texts[i]);
    }
    assert_string_equal(translated_in("labs/01/README", "The idea"), "The idea");
    assert_string_equal(translated_in("labs/01/README.md2", "The idea"), "The idea");
}

static void test_no_file(void **state)
{
    (void)state;
    assert_false(messages_open("none"));
    assert_false(messages_open("."));
    expect_english();
}

/* Cut anywhere, even where a text is whole but its NUL is missing. */
static void test_cut_short(void **state)
{
    (void)state;
    char file[512];
    size_t whole = make(file);
    for (size_t length = 0; length < whole; length++) {
        assert_false(opens(file, length));
        expect_english();
    }
}

static void test_wrong_numbers(void **state)
{
    (void)state;
    static const size_t numbers[] = {0x7fffffff, 0xffffffff, 0x80000000, 511, 500};
    char file[512];
    for (size_t at = 8; at < 28 + 16 * COUNT(entries); at += 4)
        for (size_t i = 0; i < COUNT(numbers) && at != 20; i++) {
            size_t length = make(file);
            put_number(file + at, numbers[i]);
            opens(file, length); /* what it has of hash tables does not matter */
            translated("%d bytes");
        }
    size_t length = make(file);
    file[0] ^= 1;
    assert_false(opens(file, length));
    expect_english();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_translations),
        cmocka_unit_test(test_texts_that_it_does_not_have),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_wrong_numbers),
    };
    return cmocka_run_group_tests_name("messages", tests, enter_directory, leave_directory);
}
