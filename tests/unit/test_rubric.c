/*
 * Tests of rubrics: what is read, what is refused by which line, and what they do to points.
 */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <time.h>

#include "tests/grader/rubric.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Reads a rubric from a text; returns what is wrong, or NULL. */
static char *read_text(struct rubric *rubric, const char *text)
{
    char path[] = "/tmp/rubric.XXXXXX";
    int fd = mkstemp(path);
    assert_int_not_equal(fd, -1);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    char *wrong = rubric_read(rubric, path);
    unlink(path);
    return wrong;
}

static struct result made(const char *name, int points, enum status status)
{
    return (struct result){.name = strdup(name), .points = points, .status = status};
}

/* A lab of four checks and 100 points, 70 of them earned. */
static struct grading lab_named(const char *name)
{
    struct grading grading = {.lab = strdup(name), .result_count = 4};
    grading.results = calloc(4, sizeof *grading.results);
    grading.results[0] = made("builds", 0, PASSED);
    grading.results[1] = made("echoes", 40, PASSED);
    grading.results[2] = made("idles", 30, FAILED);
    grading.results[3] = made("tally", 30, PASSED);
    return grading;
}

static time_t at(const char *text)
{
    time_t time;
    assert_true(time_read(text, &time));
    return time;
}

static void test_times(void **state)
{
    static const char *const wrong[] = {"",
                                        "yesterday",
                                        "2026-11-20",
                                        "2026-11-20 25:00",
                                        "2026-11-20 23:59 +0900 or so",
                                        "2026-13-01 10:00",
                                        "23:59"};
    time_t time;
    (void)state;
    assert_int_equal(at("2026-11-20 23:59 +0900"), at("2026-11-20T14:59:00Z"));
    assert_int_equal(at("2026-11-20T23:59:30+09:00"), at("2026-11-20 14:59:30 +0000"));
    assert_int_equal(at("1970-01-02 00:00Z"), 86400);
    setenv("TZ", "Asia/Seoul", 1);
    tzset();
    assert_int_equal(at("2026-11-20 23:59"), at("2026-11-20 23:59 +0900"));
    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(time_read(wrong[i], &time));
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"weights echoes 3\n", ":1: no such setting"},
        {"\n# a remark\npoints echoes\n", ":3: points takes"},
        {"points echoes -3\n", ":1: points takes"},
        {"points echoes 3.5\n", ":1: points takes"},
        {"points echoes 99999999999999999999\n", ":1: points takes"},
        {"leave-out\n", ":1: leave-out takes"},
        {"leave-out echoes idles\n", ":1: leave-out takes"},
        {"due 02-fork tomorrow\n", ":1: due takes"},
        {"due 02-fork 2026-01-01 10:00\ndue 02-fork 2026-01-02 10:00\n", ":2: this lab"},
        {"late 101 % a day\n", ":1: late is written"},
        {"late 10 percent\n", ":1: late is written"},
        {"late 10 % a day, some days\n", ":1: late is written"},
        {"grace 15\n", ":1: grace is written"},
        {"free-days three\n", ":1: free-days takes"},
        {"name\n", ":1: name takes"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rubric rubric;
        char *wrong = read_text(&rubric, cases[i].text);
        assert_non_null(wrong);
        if (strstr(wrong, cases[i].why) == NULL)
            assert_string_equal(wrong, cases[i].why);
        free(wrong);
        rubric_free(&rubric);
    }
    struct rubric rubric;
    char *wrong = rubric_read(&rubric, "/nowhere/rubric.txt");
    assert_string_equal(wrong, "/nowhere/rubric.txt: No such file or directory");
    free(wrong);
    rubric_free(&rubric);
}

static void expect_misfit(const char *text, bool all, const char *why)
{
    struct rubric rubric;
    struct grading lab = lab_named("02-fork");
    char *wrong = read_text(&rubric, text);
    assert_null(wrong);
    wrong = rubric_misfit(&rubric, &lab, 1, all);
    if (why == NULL)
        assert_null(wrong);
    else
        assert_non_null(strstr(wrong, why));
    free(wrong);
    grading_free(&lab);
    rubric_free(&rubric);
}

static void test_misfit(void **state)
{
    (void)state;
    expect_misfit("points echoes 3\nleave-out 02-fork/idles\n", true, NULL);
    expect_misfit("points 02-fork/echos 3\n", true, "line 1: there is no check 02-fork/echos");
    expect_misfit("points 02-fork/echos 3\n", false, "there is no check 02-fork/echos");
    expect_misfit("points 03-thread/echoes 3\n", true, "there is no check 03-thread/echoes");
    expect_misfit("points 03-thread/echoes 3\n", false, NULL); /* not all labs are at hand */
    expect_misfit("due 03-thread 2026-01-01 10:00\n", true, "there is no lab 03-thread");
    expect_misfit("due 03-thread 2026-01-01 10:00\n", false, NULL);
}

/* Applies a rubric to two labs; the caller looks at them and releases them. */
static void apply(const char *text, struct grading labs[2], const char *first,
                  const char *second)
{
    struct rubric rubric;
    struct handed_in times[2];
    size_t known = 0;
    labs[0] = lab_named("01-blocking");
    labs[1] = lab_named("02-fork");
    char *wrong = read_text(&rubric, text);
    assert_null(wrong);
    if (first != NULL)
        times[known++] = (struct handed_in){"01-blocking", at(first), first};
    if (second != NULL)
        times[known++] = (struct handed_in){"02-fork", at(second), second};
    rubric_apply(&rubric, labs, 2, times, known);
    rubric_free(&rubric);
}

static void release(struct grading labs[2])
{
    grading_free(&labs[0]);
    grading_free(&labs[1]);
}

static void test_weights(void **state)
{
    struct grading labs[2];
    (void)state;
    apply(
        "name Ours\npoints echoes 50\npoints 02-fork/echoes 10\nleave-out 01-blocking/idles\n",
        labs, NULL, NULL);
    assert_int_equal(grading_score(&labs[0]), 80);
    assert_int_equal(grading_maximum(&labs[0]), 80);
    assert_string_equal(labs[0].rubric,
                        "Ours\nechoes gives 50 points instead of 40\nidles is left out");
    assert_int_equal(grading_score(&labs[1]), 40);
    assert_int_equal(grading_maximum(&labs[1]), 70);
    assert_string_equal(labs[1].rubric, "Ours\nechoes gives 10 points instead of 40");
    assert_false(grading_passed(&labs[1]));
    release(labs);
}

static void expect_late(const char *handed_in, int deduction, const char *words)
{
    struct grading labs[2];
    apply("name Ours\ndue 01-blocking 2026-11-20 23:59 Z\nlate 10 % a day, 3 days\n"
          "grace 15 minutes\n",
          labs, handed_in, NULL);
    assert_int_equal(labs[0].deduction, deduction);
    assert_int_equal(grading_score(&labs[0]), deduction < 70 ? 70 - deduction : 0);
    if (strstr(labs[0].rubric, words) == NULL)
        assert_string_equal(labs[0].rubric, words);
    assert_int_equal(labs[1].deduction, 0);
    release(labs);
}

static void test_late(void **state)
{
    (void)state;
    expect_late("2026-11-20 23:59 Z", 0, "handed in 2026-11-20 23:59 Z, in time");
    expect_late("2026-11-21 00:14 Z", 0, ", in time");
    expect_late("2026-11-21 00:15 Z", 10, ", 1 day late: 10 points off");
    expect_late("2026-11-21 23:59 Z", 10, ", 1 day late: 10 points off");
    expect_late("2026-11-22 00:00 Z", 20, ", 2 days late: 20 points off");
    expect_late("2026-11-23 23:59 Z", 30, ", 3 days late: 30 points off");
    expect_late("2026-11-24 00:00 Z", 100, "later than the 3 days accepted: all points off");
    expect_late(NULL, 0, "is not known: taken as in time");
}

static void test_free_days(void **state)
{
    struct grading labs[2];
    (void)state;
    apply("due 01-blocking 2026-11-20 00:00 Z\ndue 02-fork 2026-11-20 00:00 Z\n"
          "late 20 % a day\nfree-days 3\n",
          labs, "2026-11-21 12:00 Z", "2026-11-22 00:00 Z");
    assert_int_equal(labs[0].deduction, 0);
    assert_non_null(strstr(labs[0].rubric, "2 days late, 2 of the free days used: 0 points"));
    assert_int_equal(labs[1].deduction, 20);
    assert_non_null(strstr(labs[1].rubric, "2 days late, 1 of the free days used: 20 points"));
    release(labs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_misfit), cmocka_unit_test(test_weights),
        cmocka_unit_test(test_late),   cmocka_unit_test(test_free_days),
    };
    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
