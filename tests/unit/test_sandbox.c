/* Test of the command lines of sandboxes: what must stand in them at each level. Whether they
 * keep what they promise is tested by isolation.sh and grader.sh. */
#include "tests/sandbox/sandbox.h"
#include "tests/unit/unit.h"

/* Of the last word that ends so. */
static size_t position_of(const struct command *command, const char *end)
{
    for (size_t i = command->count; i-- > 0;) {
        size_t length = strlen(command->words[i]);
        if (length >= strlen(end) && strcmp(command->words[i] + length - strlen(end), end) == 0)
            return i;
    }
    fail_msg("%s is not there", end);
    return 0;
}

/* The filter is the last before the command itself: no word of ours runs within it. */
static void a_filter_stands_last(const struct command *command, const char *filter,
                                 size_t behind)
{
    assert_int_equal(position_of(command, "/kit/confine"), command->count - behind - 2);
    assert_int_equal(position_of(command, filter), command->count - behind - 1);
}

static void a_compiler_is_filtered_at_each_level(void **state)
{
    (void)state;
    for (int level = 0; level < ISOLATION_COUNT; level++) {
        struct command command = {.count = 0};
        sandbox_compile(&command, (enum isolation)level, "/work");
        a_filter_stands_last(&command, "/kit/compile.filter", 0);
        command_free(&command);
    }
}

static void a_program_is_filtered_at_each_level(void **state)
{
    (void)state;
    for (int level = 0; level < ISOLATION_COUNT; level++)
        for (int sanitized = 0; sanitized < 2; sanitized++) {
            struct command command = {.count = 0};
            struct run_options options = {
                .program = "server", .called = "server", .sanitized = sanitized};
            sandbox_run(&command, (enum isolation)level, "/work", &options);
            a_filter_stands_last(&command,
                                 sanitized && level == ISOLATED ? "/kit/sanitized.filter"
                                                                : "/kit/run.filter",
                                 1);
            command_free(&command);
        }
}

static void each_level_has_a_name_and_a_meaning(void **state)
{
    (void)state;
    for (int level = 0; level < ISOLATION_COUNT; level++) {
        enum isolation found = ISOLATION_COUNT;
        assert_true(isolation_named(isolation_name((enum isolation)level), &found));
        assert_int_equal(found, level);
        assert_non_null(strstr(isolation_meaning(found), "a filter of system calls"));
    }
    enum isolation none;
    assert_false(isolation_named("none", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_compiler_is_filtered_at_each_level),
                                       cmocka_unit_test(a_program_is_filtered_at_each_level),
                                       cmocka_unit_test(each_level_has_a_name_and_a_meaning)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
