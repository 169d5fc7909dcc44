/*
 * Tests of gradings kept in a file: what is written is read back, and what was cut short or is
 * no record is refused.
 */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include "tests/grader/record.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct field fields[] = {{"did", "client 1 sends \"a\\n\"\nand\\waits \\"},
                                {"came", ""},
                                {"cause", " begins with a blank"}};
static struct result results[] = {
    {.name = "builds", .needs = "", .programs = "", .holds = "it compiles", .status = PASSED},
    {.name = "echoes",
     .points = 60,
     .needs = "builds listens",
     .programs = "server",
     .holds = "lines",
     .status = FAILED,
     .fields = fields,
     .field_count = COUNT(fields),
     .wall = 1.25,
     .cpu = 0.5},
    {.name = "tally",
     .points = 40,
     .needs = "echoes",
     .programs = "server",
     .holds = "totals",
     .status = SKIPPED,
     .because = "echoes"},
};
static struct build builds[] = {
    {.name = "server", .done = true, .built = true, .wall = 0.5, .cpu = 0.25},
    {.name = "server-asan", .variant = 1, .done = true, .broken = "no\nmemory"}};
static struct source sources[] = {{.name = "server.c",
                                   .text = "int main(void)\n{\n}\n\0after \\ a NUL",
                                   .length = 32,
                                   .said = "server.c:1:5: warning\n"}};
static struct grading gradings[] = {
    {.lab = "02-fork",
     .language = "ko",
     .isolation = SEPARATE_UID,
     .results = results,
     .result_count = COUNT(results),
     .builds = builds,
     .build_count = COUNT(builds),
     .sources = sources,
     .source_count = COUNT(sources),
     .graded = 1700000000,
     .wall = 2.5},
    {.lab = "03-thread", .refusal = "server.c is missing", .graded = 1700000001},
};
static const struct report report = {.gradings = gradings, .count = COUNT(gradings)};

static char *written(const struct report *from, size_t *length)
{
    char *text;
    FILE *out = open_memstream(&text, length);
    assert_non_null(out);
    write_record(out, from);
    assert_int_equal(fclose(out), 0);
    return text;
}

static char *read_from(const char *text, size_t length, struct grading **read, size_t *count)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, length, "r");
    assert_non_null(in);
    *read = NULL;
    *count = 0;
    char *wrong = record_read(in, read, count);
    fclose(in);
    return wrong;
}

static void release(struct grading *read, size_t count)
{
    for (size_t i = 0; i < count; i++)
        grading_free(&read[i]);
    free(read);
}

static void test_round_trip(void **state)
{
    struct grading *read;
    size_t length, again, count;
    (void)state;
    char *text = written(&report, &length);
    assert_null(read_from(text, length, &read, &count));
    assert_int_equal(count, 2);
    const struct report second = {.gradings = read, .count = count};
    char *copy = written(&second, &again);
    assert_int_equal(again, length);
    assert_memory_equal(copy, text, length);
    release(read, count);
    free(copy);
    free(text);
}

static void test_what_is_read(void **state)
{
    struct grading *read;
    size_t length, count;
    (void)state;
    char *text = written(&report, &length);
    assert_null(read_from(text, length, &read, &count));
    assert_string_equal(read[0].lab, "02-fork");
    assert_int_equal(read[0].isolation, SEPARATE_UID);
    assert_string_equal(read[0].language, "ko");
    assert_string_equal(read[1].language, "");
    assert_int_equal(read[0].results[1].status, FAILED);
    assert_int_equal(grading_maximum(&read[0]), 100);
    assert_string_equal(result_text(&read[0].results[1], "did"), fields[0].value);
    assert_string_equal(result_text(&read[0].results[1], "cause"), " begins with a blank");
    assert_int_equal(read[0].sources[0].length, 32);
    assert_memory_equal(read[0].sources[0].text, sources[0].text, 32);
    assert_string_equal(read[0].builds[1].broken, "no\nmemory");
    assert_string_equal(read[1].refusal, "server.c is missing");
    assert_true(read[1].graded == 1700000001);
    release(read, count);
    free(text);
}

/* A record that a full disk or a killed grader cut short is never taken for a whole one. */
static void test_cut_short(void **state)
{
    struct report one = {.gradings = gradings, .count = 1};
    size_t length, count;
    (void)state;
    char *text = written(&one, &length);
    for (size_t cut = 1; cut + 1 < length; cut++) {
        struct grading *read;
        char *wrong = read_from(text, cut, &read, &count);
        assert_non_null(wrong);
        free(wrong);
        release(read, count);
    }
    free(text);
}

static void test_no_record(void **state)
{
    static const char *const texts[] = {"\n",
                                        "closed\n",
                                        "hello\n",
                                        "check x\nclosed\n",
                                        "lab a\nunknown b\nclosed\n",
                                        "lab a\nisolation none\nclosed\n",
                                        "lab a\ncheck b\nfield did\nclosed\n",
                                        "lab a\nsource b\npoints 3\nclosed\n",
                                        "lab a\nclosed\nclosed\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct grading *read;
        size_t count;
        char *wrong = read_from(texts[i], strlen(texts[i]), &read, &count);
        assert_non_null(wrong);
        free(wrong);
        release(read, count);
    }
}

static void test_check(void **state)
{
    static const char whole[] = "check echoes\nstatus failed\ncpu 0.5\ndid a\\nb\nend\n";
    (void)state;
    for (size_t cut = 0; cut < sizeof whole; cut++) {
        struct result result = {.name = strdup("echoes")};
        char *record = strndup(whole, cut);
        bool is_whole = record_read_check(&result, record);
        assert_int_equal(is_whole, cut >= sizeof whole - 2);
        if (is_whole)
            assert_string_equal(result_text(&result, "did"), "a\nb");
        free(record);
        struct grading holder = {.results = malloc(sizeof result), .result_count = 1};
        holder.results[0] = result;
        grading_free(&holder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_cut_short),  cmocka_unit_test(test_no_record),
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
