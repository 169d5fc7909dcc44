/* Tests of tests/sandbox/: the words of a command, the names of levels, and the command lines
 * that put a level into effect. Whether the sandboxes hold is tested in grader.sh, with hostile
 * programs; here, that no option is lost on any level. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <sys/wait.h>

#include "tests/sandbox/command.h"
#include "tests/sandbox/sandbox.h"

enum { MOST_WORDS = sizeof((struct command *)NULL)->words / sizeof(char *) };

static const char workspace[] = "/tmp/socket labs";

/* Where words (blanks between) stand one behind the other in a command: an index, or -1. */
static int position(const struct command *command, const char *words)
{
    char joined[16384] = " ", wanted[512];
    snprintf(wanted, sizeof wanted, " %s ", words);
    for (size_t i = 0; i < command->count; i++)
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s ",
                 command->words[i]);
    const char *found = strstr(joined, wanted);
    return found == NULL ? -1 : (int)(found - joined);
}

static void expect_words(const struct command *command, const char *words)
{
    if (position(command, words) == -1)
        fail_msg("the command lacks: %s", words);
}

static void expect_no_words(const struct command *command, const char *words)
{
    if (position(command, words) != -1)
        fail_msg("the command has: %s", words);
}

/* posix_spawn(3) stops at the first NULL: none may stand between words. */
static void expect_whole(const struct command *command)
{
    for (size_t i = 0; i < command->count; i++)
        assert_non_null(command->words[i]);
    assert_null(command->words[command->count]);
}

static bool has_namespaces(int level)
{
    return level == ISOLATED || level == ISOLATED_WITHOUT_PROC;
}

static void test_words(void **state)
{
    (void)state;
    struct command command = {.count = 0};
    char word[] = "two words";
    command_add(&command, "one", word, "", NULL);
    command_addf(&command, "--size=%d%%", 42);
    word[0] = 'X';
    assert_int_equal(command.count, 4);
    assert_string_equal(command.words[0], "one");
    assert_string_equal(command.words[1], "two words");
    assert_string_equal(command.words[2], "");
    assert_string_equal(command.words[3], "--size=42%");
    expect_whole(&command);
    command_free(&command);
    assert_int_equal(command.count, 0);
    assert_null(command.words[0]);
    command_free(&command);
}

static void test_words_stop_at_null(void **state)
{
    (void)state;
    struct command command = {.count = 0};
    command_add(&command, NULL, "never", NULL);
    command_add(&command, "one", NULL, "never", NULL);
    assert_int_equal(command.count, 1);
    command_free(&command);
}

static void test_most_words(void **state)
{
    (void)state;
    struct command command = {.count = 0};
    for (int i = 1; i < MOST_WORDS; i++)
        command_addf(&command, "%d", i);
    expect_whole(&command);
    pid_t child = fork_child();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        command_add(&command, "one too many", NULL);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    command_free(&command);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = {"isolated", "isolated-without-proc", "separate-uid",
                                        "limits-only"};
    assert_int_equal(ISOLATION_COUNT, sizeof names / sizeof names[0]);
    for (int i = 0; i < ISOLATION_COUNT; i++) {
        enum isolation level = ISOLATION_COUNT;
        assert_string_equal(isolation_name((enum isolation)i), names[i]);
        assert_true(isolation_named(names[i], &level));
        assert_int_equal(level, i);
        assert_true(strlen(isolation_meaning((enum isolation)i)) > 20);
    }
    static const char *const wrong[] = {"", "isolate", "ISOLATED", "isolated ", "none"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        enum isolation level = SEPARATE_UID;
        assert_false(isolation_named(wrong[i], &level));
        assert_int_equal(level, SEPARATE_UID);
    }
}

/* Root goes first, with all its power, once a session has its memory cgroup; anybody else has
 * nothing to drop. */
static void expect_drop(const struct command *command, bool in_group)
{
    if (geteuid() != 0) {
        expect_no_words(command, "/usr/bin/setpriv");
        return;
    }
    assert_true(command->count > 0);
    bool grouped = in_group && strcmp(command->words[0], "/bin/sh") == 0;
    assert_string_equal(command->words[grouped ? 4 : 0], "/usr/bin/setpriv");
    expect_words(command, "/usr/bin/setpriv --reuid=61000 --regid=61000 --clear-groups "
                          "--inh-caps=-all --bounding-set=-all --no-new-privs");
}

static void expect_bubblewrap(const struct command *command)
{
    expect_words(command, "/usr/bin/bwrap --unshare-user --unshare-uts --unshare-cgroup "
                          "--die-with-parent --cap-drop ALL --clearenv");
    expect_words(command, "--ro-bind /usr /usr");
    expect_words(command, "--remount-ro /dev --remount-ro / --");
    expect_no_words(command, "--share-net");
}

static void test_compile(void **state)
{
    (void)state;
    for (int level = 0; level < ISOLATION_COUNT; level++) {
        struct command command = {.count = 0};
        sandbox_compile(&command, (enum isolation)level, workspace);
        expect_whole(&command);
        expect_drop(&command, false);
        expect_words(&command, "/usr/bin/prlimit --core=0 --cpu=20 --as=1073741824 "
                               "--fsize=67108864 --nofile=256");
        if (has_namespaces(level)) {
            expect_bubblewrap(&command);
            expect_no_words(&command, "--bind");
            expect_words(&command,
                         "--unshare-pid --unshare-net --unshare-ipc --disable-userns");
            expect_words(&command, "--size 67108864 --tmpfs /tmp");
            expect_words(&command, "--ro-bind /tmp/socket labs/source /source");
            expect_words(&command, "--ro-bind /tmp/socket labs/kit /kit");
            expect_no_words(&command, "--proc");
            assert_true(position(&command, "/usr/bin/bwrap") <
                        position(&command, "/usr/bin/prlimit"));
        }
        command_free(&command);
    }
}

static void test_session(void **state)
{
    (void)state;
    for (int level = 0; level < ISOLATION_COUNT; level++) {
        struct command command = {.count = 0};
        sandbox_session(&command, (enum isolation)level, workspace);
        expect_whole(&command);
        expect_drop(&command, true);
        if (has_namespaces(level)) {
            expect_bubblewrap(&command);
            expect_words(&command, "--unshare-net --unshare-ipc");
            expect_words(&command, level == ISOLATED ? "--unshare-pid --proc /proc"
                                                     : "--bind /proc /proc");
            if (level == ISOLATED) /* elsewhere the one exception: uid_map has to be written */
                expect_no_words(&command, "--bind");
            expect_words(&command, "--ro-bind /tmp/socket labs/etc /etc");
            expect_words(&command, "--ro-bind /tmp/socket labs /grading");
            assert_string_equal(command.words[command.count - 1], "--");
        }
        command_free(&command);
    }
}

/* What every program of a student's gets, on any level. */
static void expect_limits(const struct command *command, int level, bool sanitized)
{
    expect_words(command, "/usr/bin/prlimit --core=0 --cpu=120 --fsize=16777216 --nofile=4096");
    assert_int_equal(position(command, "--as=8589934592") == -1, sanitized);
    assert_int_equal(position(command, "--nproc=512") == -1, level == LIMITS_ONLY);
}

static void expect_run_namespaces(const struct command *command, int level)
{
    expect_bubblewrap(command);
    expect_no_words(command, "--bind");
    expect_words(command, "--unshare-pid --disable-userns --new-session");
    expect_words(command, "--size 16777216 --tmpfs /tmp --size 4194304 --tmpfs /dev/shm");
    expect_words(command, "--ro-bind /tmp/socket labs/etc /etc");
    expect_words(command, "--ro-bind /tmp/socket labs/programs/server-asan /lab/server");
    expect_words(command, "--setenv ASAN_OPTIONS detect_leaks=1");
    expect_no_words(command, "/grading");
    assert_int_equal(position(command, "--proc /proc") != -1, level == ISOLATED);
    assert_int_equal(position(command, "--symlink /lab/server /proc/self/exe") != -1,
                     level == ISOLATED_WITHOUT_PROC);
    assert_int_equal(position(command, "/usr/bin/choom -n 1000 --") != -1, level == ISOLATED);
    assert_string_equal(command->words[command->count - 1], "/lab/server");
}

/* By then root has gone: a session's suite is an ordinary user. */
static void test_run(void **state)
{
    (void)state;
    const struct run_options options = {
        "server-asan", "server", true, {"ASAN_OPTIONS", "detect_leaks=1"}};
    for (int level = 0; level < ISOLATION_COUNT; level++) {
        struct command command = {.count = 0};
        sandbox_run(&command, (enum isolation)level, workspace, &options);
        expect_whole(&command);
        expect_limits(&command, level, true);
        expect_no_words(&command, "/usr/bin/setpriv");
        if (has_namespaces(level)) {
            expect_run_namespaces(&command, level);
        } else {
            expect_words(&command, "/usr/bin/env ASAN_OPTIONS=detect_leaks=1 /usr/bin/prlimit");
            assert_string_equal(command.words[command.count - 1],
                                "/tmp/socket labs/programs/server-asan");
        }
        command_free(&command);
    }
}

static void test_run_without_a_variable(void **state)
{
    (void)state;
    const struct run_options options = {"client", "client", false, {NULL, NULL}};
    for (int level = 0; level < ISOLATION_COUNT; level++) {
        struct command command = {.count = 0};
        sandbox_run(&command, (enum isolation)level, workspace, &options);
        expect_limits(&command, level, false);
        expect_no_words(&command, "--setenv");
        expect_no_words(&command, "/usr/bin/env");
        expect_no_words(&command, "/proc/self/exe");
        command_free(&command);
    }
}

static void test_paths(void **state)
{
    (void)state;
    char path[64];
    for (int level = 0; level < ISOLATION_COUNT; level++) {
        bool inside = has_namespaces(level);
        assert_string_equal(session_workspace((enum isolation)level, workspace),
                            inside ? "/grading" : workspace);
        sandbox_path((enum isolation)level, workspace, "kit", path, sizeof path);
        assert_string_equal(path, inside ? "/kit" : "/tmp/socket labs/kit");
    }
}

/* A worse level than wanted can be found, a better one is not tried. */
static void test_available(void **state)
{
    (void)state;
    assert_int_equal(isolation_available(LIMITS_ONLY), LIMITS_ONLY);
    enum isolation separate = isolation_available(SEPARATE_UID);
    assert_true(separate == SEPARATE_UID || separate == LIMITS_ONLY);
    if (geteuid() != 0)
        assert_int_equal(separate, LIMITS_ONLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),      cmocka_unit_test(test_words_stop_at_null),
        cmocka_unit_test(test_most_words), cmocka_unit_test(test_names),
        cmocka_unit_test(test_compile),    cmocka_unit_test(test_session),
        cmocka_unit_test(test_run),        cmocka_unit_test(test_run_without_a_variable),
        cmocka_unit_test(test_paths),      cmocka_unit_test(test_available),
    };
    alarm(UNIT_TIME_LIMIT);
    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
