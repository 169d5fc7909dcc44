/* Tests of taking apart what the compiler said. */
#include "tests/unit/unit.h"

#include "tests/grader/remarks.h"

static void expect_text(const char *text, size_t length, const char *expected)
{
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
}

static void expect_remark(const struct remark *remark, enum remark_kind kind, size_t line,
                          const char *text)
{
    assert_int_equal(remark->kind, kind);
    assert_int_equal(remark->line, line);
    expect_text(remark->text, remark->length, text);
}

static void test_compiler(void **state)
{
    struct remark *remarks;
    (void)state;
    size_t count = remarks_read("server.c: In function 'serve':\n"
                                "server.c:60:24: error: 'a' undeclared; did you mean 'b'?\n"
                                "   60 |  a = 1;\n"
                                "      |  ^\n"
                                "server.c:60:24: note: each is reported once\n"
                                "server.c: At top level:\n"
                                "server.c:7:1: warning: unused\n"
                                "server.c:9:10: fatal error: no.h: No such file",
                                "server.c", &remarks);
    assert_int_equal(count, 4);
    expect_remark(&remarks[0], REMARK_ERROR, 60, "'a' undeclared; did you mean 'b'?");
    expect_text(remarks[0].excerpt, remarks[0].excerpt_length, "   60 |  a = 1;\n      |  ^\n");
    expect_remark(&remarks[1], REMARK_NOTE, 60, "each is reported once");
    expect_remark(&remarks[2], REMARK_WARNING, 7, "unused");
    assert_int_equal(remarks[2].excerpt_length, 0);
    expect_remark(&remarks[3], REMARK_ERROR, 9, "no.h: No such file");
    free(remarks);
}

static void test_linker(void **state)
{
    struct remark *remarks;
    (void)state;
    size_t count = remarks_read("/usr/bin/ld: /tmp/x/object: in function `main':\n"
                                "/source/client.c:5: undefined reference to `nowhere'\n"
                                "collect2: error: ld returned 1 exit status\n",
                                "client.c", &remarks);
    assert_int_equal(count, 3);
    expect_remark(&remarks[0], REMARK_OTHER, 0,
                  "/usr/bin/ld: /tmp/x/object: in function `main':");
    expect_remark(&remarks[1], REMARK_ERROR, 5, "undefined reference to `nowhere'");
    expect_remark(&remarks[2], REMARK_OTHER, 0, "collect2: error: ld returned 1 exit status");
    free(remarks);
}

/* Whatever has another form is kept whole, without a line. */
static void test_other_forms(void **state)
{
    static const char *const cases[] = {
        "client.c:3:1: warning: of another file",
        "server.c",
        "server.c:",
        "server.c:x:1: error: no number",
        "server.c:3",
        "server.c:3:1: remark: no kind",
        "myserver.c:3:1: error: another name",
        "server.c:3:1:error: no blank",
        "common/io.h:3:1: error: of a header",
        "  begins with blanks",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct remark *remarks;
        assert_int_equal(remarks_read(cases[i], "server.c", &remarks), 1);
        expect_remark(&remarks[0], REMARK_OTHER, 0, cases[i]);
        free(remarks);
    }
}

static void test_lines_that_cannot_be(void **state)
{
    struct remark *remarks;
    (void)state;
    assert_int_equal(
        remarks_read("server.c:99999999999999999999:1: error: far", "server.c", &remarks), 1);
    expect_remark(&remarks[0], REMARK_ERROR, 0, "far");
    free(remarks);
    assert_int_equal(remarks_read("server.c:0:1: error: none", "server.c", &remarks), 1);
    expect_remark(&remarks[0], REMARK_ERROR, 0, "none");
    free(remarks);
}

static void test_nothing_said(void **state)
{
    struct remark *remarks;
    (void)state;
    assert_int_equal(remarks_read(NULL, "server.c", &remarks), 0);
    assert_null(remarks);
    assert_int_equal(remarks_read("\n\n", "server.c", &remarks), 0);
    assert_null(remarks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compiler),     cmocka_unit_test(test_linker),
        cmocka_unit_test(test_other_forms),  cmocka_unit_test(test_lines_that_cannot_be),
        cmocka_unit_test(test_nothing_said),
    };
    alarm(UNIT_TIME_LIMIT);
    return cmocka_run_group_tests_name("remarks", tests, NULL, NULL);
}
