/*
 * Tests of the reports' parts: escaping, wrapping, scores, and the explanation of a check. Whole
 * reports are read by parsers that are not ours in formats.sh.
 */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include "tests/grader/escape.h"
#include "tests/grader/model.h"
#include "tests/grader/report.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define REPLACED     "\xEF\xBF\xBD"

typedef void text_writer(FILE *out, const char *text);

/* What a writer makes of a text; to be freed. */
static char *written(text_writer *write, const char *text)
{
    char *made;
    size_t length;
    FILE *out = open_memstream(&made, &length);
    assert_non_null(out);
    write(out, text);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(made), length); /* no NUL came through */
    return made;
}

static void expect(text_writer *write, const char *text, const char *expected)
{
    char *made = written(write, text);
    assert_string_equal(made, expected);
    free(made);
}

static void test_json(void **state)
{
    (void)state;
    expect(json_string, "", "\"\"");
    expect(json_string, NULL, "\"\"");
    expect(json_string, "plain /path", "\"plain /path\"");
    expect(json_string, "\"\\\n\t\r", "\"\\\"\\\\\\n\\t\\u000d\"");
    expect(json_string, "\xED\x95\x9C \xF0\x9F\x98\x80", "\"\xED\x95\x9C \xF0\x9F\x98\x80\"");
}

static void test_json_control_characters(void **state)
{
    (void)state;
    for (int code = 1; code < 0x20; code++) {
        char text[2] = {(char)code, '\0'}, expected[16];
        snprintf(expected, sizeof expected, "\"\\u%04x\"", (unsigned)code);
        if (code != '\n' && code != '\t')
            expect(json_string, text, expected);
    }
    expect(json_string, "\x7F\xC2\x9B", "\"\\u007f\\u009b\"");
}

static void test_xml(void **state)
{
    (void)state;
    expect(xml_text, "", "");
    expect(xml_text, NULL, "");
    expect(xml_text, "<a b=\"c\"> & ]]>", "&lt;a b=&quot;c&quot;&gt; &amp; ]]&gt;");
    expect(xml_text, "a\n\tb\r", "a\n\tb&#13;");
    expect(xml_attribute, "a\n\tb\r\"", "a&#10;&#9;b&#13;&quot;");
    expect(xml_text, "\xED\x95\x9C \xF0\x9F\x98\x80", "\xED\x95\x9C \xF0\x9F\x98\x80");
    expect(xml_text, "\xEF\xBF\xBE\xEF\xBF\xBF", REPLACED REPLACED); /* U+FFFE, U+FFFF */
}

static void test_xml_control_characters(void **state)
{
    (void)state;
    for (int code = 1; code < 0x20; code++) {
        char text[2] = {(char)code, '\0'};
        if (strchr("\n\t\r", code) != NULL)
            continue;
        expect(xml_text, text, REPLACED);
        expect(xml_attribute, text, REPLACED);
    }
}

/* Each byte of a broken sequence is replaced, and what follows it comes through. */
static void test_invalid_utf8(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"a\xFFz", "a" REPLACED "z"},
        {"\x80z", REPLACED "z"},
        {"\xC0\xAFz", REPLACED REPLACED "z"},                      /* too long a form of '/' */
        {"\xE0\x80\xAFz", REPLACED REPLACED REPLACED "z"},         /* the same */
        {"\xED\xA0\x80z", REPLACED REPLACED REPLACED "z"},         /* a surrogate */
        {"\xF4\x90\x80\x80", REPLACED REPLACED REPLACED REPLACED}, /* past U+10FFFF */
        {"\xF8z", REPLACED "z"},
        {"\xE2\x82", REPLACED REPLACED}, /* cut short by the end of the text */
        {"\xF0\x9F\n", REPLACED REPLACED "\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect(xml_text, cases[i].text, cases[i].expected);
        char *made = written(json_string, cases[i].text);
        assert_int_equal(strncmp(made + 1, cases[i].expected, 3), 0);
        free(made);
    }
    expect(json_string, "\xC0\xAFz", "\"" REPLACED REPLACED "z\"");
}

static void shown_text(FILE *out, const char *text)
{
    xml_shown(out, text, strlen(text));
}

/* What would not be seen, or would turn what is seen, is named; names in any script stay. */
static void test_hidden_characters(void **state)
{
    (void)state;
    expect(shown_text, "a < b\n\tc", "a &lt; b\n\tc");
    expect(shown_text, "a\xE2\x80\xAE\x1B[b", "a<mark>U+202E U+001B</mark>[b");
    expect(shown_text, "\xE2\x81\xA6", "<mark>U+2066</mark>");
    expect(shown_text, "\xD8\x9C\xE2\x80\x8F", "<mark>U+061C U+200F</mark>");
    expect(shown_text, "\r\x7F\xC2\x85", "<mark>U+000D U+007F U+0085</mark>");
    expect(shown_text, "\xF3\xA0\x81\xA1", "<mark>U+E0061</mark>");
    expect(shown_text, "\xFF", REPLACED);
    expect(shown_text, "\xED\x95\x9C \xD9\x85\xE2\x80\x8C",
           "\xED\x95\x9C \xD9\x85\xE2\x80\x8C");
    expect(xml_shown_plain, "a\xE2\x80\xAE\"", "a[U+202E]&quot;");
    expect(xml_shown_plain, NULL, "");
}

static void cut_text(FILE *out, const char *text)
{
    xml_shown(out, text, 2);
}

static void test_shown_bytes(void **state)
{
    char *made;
    size_t length;
    (void)state;
    FILE *out = open_memstream(&made, &length);
    assert_non_null(out);
    xml_shown(out, "a\0\0b", 4);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(made, "a<mark>U+0000 U+0000</mark>b");
    free(made);
    expect(cut_text, "a\xED\x95\x9C", "a" REPLACED); /* in the middle of a character */
}

static void test_long_text(void **state)
{
    enum { LENGTH = 200000 };
    (void)state;
    char *text = malloc(LENGTH + 1);
    assert_non_null(text);
    memset(text, '<', LENGTH);
    text[LENGTH] = '\0';
    char *made = written(xml_text, text);
    assert_int_equal(strlen(made), 4 * LENGTH);
    free(made);
    free(text);
}

static void base64_text(FILE *out, const char *text)
{
    base64(out, text, strlen(text));
}

/* The test vectors of RFC 4648. */
static void test_base64(void **state)
{
    (void)state;
    expect(base64_text, "", "");
    expect(base64_text, "f", "Zg==");
    expect(base64_text, "fo", "Zm8=");
    expect(base64_text, "foo", "Zm9v");
    expect(base64_text, "foob", "Zm9vYg==");
    expect(base64_text, "fooba", "Zm9vYmE=");
    expect(base64_text, "foobar", "Zm9vYmFy");
    expect(base64_text, "\xFB\xFF\xBF", "+/+/");
}

static void test_one_line(void **state)
{
    (void)state;
    expect(one_line, "", "");
    expect(one_line, NULL, "");
    expect(one_line, "ends\n", "ends");
    expect(one_line, "a\nb\tc\x1B[0m", "a b c" REPLACED "[0m");
}

static void wrapped_at_12(FILE *out, const char *text)
{
    wrapped(out, text, 12);
}

#define TEN    "123456789 "
#define EIGHTY TEN TEN TEN TEN TEN TEN TEN "1234567890"
#define BLANKS "            "

static void test_wrapping(void **state)
{
    (void)state;
    expect(wrapped_at_12, "", "\n");
    expect(wrapped_at_12, "short", "short\n");
    expect(wrapped_at_12, EIGHTY, EIGHTY "\n");
    expect(wrapped_at_12, EIGHTY " more", EIGHTY "\n" BLANKS "more\n");
    expect(wrapped_at_12, EIGHTY "   ", EIGHTY "\n");
    expect(wrapped_at_12, EIGHTY "1 2",
           TEN TEN TEN TEN TEN TEN "123456789\n" BLANKS "12345678901 2\n");
    expect(wrapped_at_12, EIGHTY "  " EIGHTY, EIGHTY "\n" BLANKS EIGHTY "\n");
}

static void test_wrapping_keeps_lines(void **state)
{
    (void)state;
    expect(wrapped_at_12, "one\n  two  blanks\n\nlast",
           "one\n" BLANKS "  two  blanks\n\n" BLANKS "last\n");
    expect(wrapped_at_12, "ends\n", "ends\n\n");
    expect(wrapped_at_12, "escape \x1B[2J", "escape " REPLACED "[2J\n");
}

#define LONG                                                                                   \
    "/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789"

static void test_wrapping_keeps_long_words(void **state)
{
    (void)state;
    expect(wrapped_at_12, LONG, LONG "\n");
    expect(wrapped_at_12, LONG " b", LONG "\n" BLANKS "b\n");
    expect(wrapped_at_12, "a " LONG " b", "a\n" BLANKS LONG "\n" BLANKS "b\n");
    expect(wrapped_at_12, "  " LONG " b", "  " LONG "\n" BLANKS "b\n");
}

/* Hangul and an emoji take two columns, an accent by itself none. */
static void test_wrapping_counts_columns(void **state)
{
    (void)state;
    char text[512] = "";
    for (int i = 0; i < 25; i++)
        strcat(text, "\xED\x95\x9C ");
    strcat(text, "e\xCC\x81 \xF0\x9F\x98\x80!"); /* 80 columns: 75, and five more */
    char expected[600];
    snprintf(expected, sizeof expected, "%s\n", text);
    expect(wrapped_at_12, text, expected);
    snprintf(expected, sizeof expected, "%s\n" BLANKS "x\n", text);
    strcat(text, " x");
    expect(wrapped_at_12, text, expected);
}

static void test_scores(void **state)
{
    (void)state;
    struct result results[] = {{.points = 0, .status = PASSED},
                               {.points = 8, .status = PASSED},
                               {.points = 10, .status = FAILED},
                               {.points = 7, .status = SKIPPED}};
    struct grading grading = {.results = results, .result_count = COUNT(results)};
    assert_int_equal(grading_score(&grading), 8);
    assert_int_equal(grading_maximum(&grading), 25);
    assert_false(grading_broken(&grading));
    results[2].status = BROKEN;
    assert_true(grading_broken(&grading));
    assert_int_equal(result_score(&results[2]), 0);
    results[2].status = PENDING;
    assert_true(grading_broken(&grading)); /* left without a verdict */
    grading.refusal = "server.c is missing";
    assert_false(grading_broken(&grading));
}

static void test_nothing_checked_is_no_success(void **state)
{
    (void)state;
    struct grading grading = {.lab = "01-blocking"};
    assert_true(grading_broken(&grading));
}

static void test_result_text(void **state)
{
    (void)state;
    struct field fields[] = {{"did", "first"}, {"did", "second"}, {"came", "nothing"}};
    struct result result = {.fields = fields, .field_count = COUNT(fields)};
    assert_string_equal(result_text(&result, "did"), "first");
    assert_string_equal(result_text(&result, "came"), "nothing");
    assert_null(result_text(&result, "note"));
}

static const struct result *explained;

static void explain_it(FILE *out, const char *text)
{
    (void)text;
    explain(out, explained, 2);
}

static void test_explain(void **state)
{
    (void)state;
    struct field fields[] = {
        {"came", "nothing"},
        {"symptom", "silent"},
        {"did", "start the server"},
        {"left-out", "8"},
        {"did", "wait"},
        {"expected", "an echo"},
        {"where", "server: ended\nserver, a child: stopped"},
        {"said", "help"},
        {"cause", "It sleeps."},
        {"by-hand", "strace"},
        {"read", "Descriptors"},
    };
    struct result result = {
        .holds = "it echoes", .status = FAILED, .fields = fields, .field_count = COUNT(fields)};
    explained = &result;
    expect(explain_it, NULL,
           "  checked     it echoes\n"
           "  did          1. start the server\n"
           "                  (8 steps like these)\n"
           "              10. wait\n"
           "  expected    an echo\n"
           "  came        nothing\n"
           "  server was  ended\n"
           "              server, a child: stopped\n"
           "  it said     help\n"
           "  likely      It sleeps.\n"
           "  by hand     strace\n"
           "  read        the lab's README.md, section \"Descriptors\"\n");
}

static void test_explain_without_a_record(void **state)
{
    (void)state;
    struct result result = {.holds = "it echoes", .status = SKIPPED, .because = "listens"};
    explained = &result;
    expect(explain_it, NULL, "  not run, because of listens\n");
    result.status = BROKEN;
    result.because = "fork: no memory";
    expect(explain_it, NULL, "  no verdict  fork: no memory\n");
    result.because = "";
    expect(explain_it, NULL, "  no verdict  no reason is known\n");
    result.status = PASSED;
    expect(explain_it, NULL, "");
    result.status = FAILED;
    expect(explain_it, NULL, "  checked     it echoes\n");
}

static void test_formats(void **state)
{
    (void)state;
    char *names = strdup(report_formats());
    int count = 0;
    for (char *name = strtok(names, "|"); name != NULL; name = strtok(NULL, "|"), count++)
        assert_non_null(report_writer_named(name));
    assert_int_equal(count, 8);
    assert_null(report_writer_named("HTML"));
    assert_null(report_writer_named(""));
    free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_control_characters),
        cmocka_unit_test(test_xml),
        cmocka_unit_test(test_xml_control_characters),
        cmocka_unit_test(test_invalid_utf8),
        cmocka_unit_test(test_hidden_characters),
        cmocka_unit_test(test_shown_bytes),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_wrapping_keeps_lines),
        cmocka_unit_test(test_wrapping_keeps_long_words),
        cmocka_unit_test(test_wrapping_counts_columns),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_nothing_checked_is_no_success),
        cmocka_unit_test(test_result_text),
        cmocka_unit_test(test_explain),
        cmocka_unit_test(test_explain_without_a_record),
        cmocka_unit_test(test_formats),
    };
    alarm(UNIT_TIME_LIMIT);
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
