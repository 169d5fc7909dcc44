/* How a submission was built; see sources.h. The grader leaves what the compiler said in the
 * workspace: programs/NAME.log, and NAME.symbols once it compiled. */
#define _GNU_SOURCE
#include "tests/checks/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/checks/check.h"
#include "tests/checks/echo.h"
#include "tests/messages/messages.h"
#include "tests/probe/visible.h"

static const char *const names[] = {"server", "client"};
enum { NAMES = 2 };

static bool is_there(const char *name, const char *suffix)
{
    char path[512];
    snprintf(path, sizeof path, "%s/programs/%s%s", workspace(), name, suffix);
    return access(path, R_OK) == 0;
}

static void expect_built(const char *name, char *warnings, size_t size)
{
    enum { SHOWN = 1600 };
    char file[64], shown[SHOWN];
    if (!is_there(name, ".log"))
        return; /* a lab without this program */
    snprintf(file, sizeof file, "programs/%s.log", name);
    char *said = workspace_text(file);
    if (said == NULL)
        broken("cannot read %s", file);
    step("compile %s.c: gcc -std=gnu17 -Wall -Wextra", name);
    printable(said, strlen(said), shown, sizeof shown);
    free(said);
    if (!is_there(name, ".symbols"))
        failed(SYMPTOM_does_not_compile, "the file compiles", "the compiler said:\n%s", shown);
    if (!is_there(name, ""))
        failed(SYMPTOM_does_not_link, "the program links with common/ and the C library",
               "the linker said:\n%s", shown);
    snprintf(warnings + strlen(warnings), size - strlen(warnings), "%s%s",
             warnings[0] != '\0' && shown[0] != '\0' ? "\n" : "", shown);
}

void check_builds(void)
{
    char warnings[4000] = "";
    for (int i = 0; i < NAMES; i++)
        expect_built(names[i], warnings, sizeof warnings);
    if (warnings[0] != '\0')
        note("the compiler warns:\n%s", warnings);
}

static bool is_called(const char *symbols, const char *name, size_t length)
{
    for (const char *at = symbols; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, name, length) == 0 && (at[length] == ' ' || at[length] == '\n'))
            return true;
    }
    return false;
}

static bool one_is_called(const char *symbols, const char *either)
{
    for (const char *name = either; name != NULL;) {
        const char *bar = strchr(name, '|');
        if (is_called(symbols, name, bar ? (size_t)(bar - name) : strlen(name)))
            return true;
        name = bar != NULL ? bar + 1 : NULL;
    }
    return false;
}

void expect_calls(const char *program, const char *const *calls)
{
    char file[64], missing[200] = "", expected[200];
    snprintf(file, sizeof file, "programs/%s.symbols", program);
    char *symbols = workspace_text(file);
    if (symbols == NULL)
        broken("cannot read %s", file);
    step("look at which functions the compiled %s.c calls (nm -u)", program);
    for (size_t i = 0; calls[i] != NULL; i++)
        if (!one_is_called(symbols, calls[i]))
            snprintf(missing + strlen(missing), sizeof missing - strlen(missing), "%s%.*s",
                     missing[0] != '\0' ? ", " : "", (int)strcspn(calls[i], "|"), calls[i]);
    bool leaves_it =
        is_called(symbols, "open_listener", 13) || is_called(symbols, "open_connection", 15);
    free(symbols);
    snprintf(expected, sizeof expected,
             translated("%s.c itself makes the calls that the lab is about"), program);
    if (missing[0] != '\0')
        failed(SYMPTOM_calls_missing, expected, "%s.c does not call %s", program, missing);
    if (leaves_it)
        failed(SYMPTOM_calls_missing, expected, "%s.c has common/ open its socket", program);
}

void expect_model(const char *wanted, const char *const *others)
{
    char expected[400], found[200] = "";
    char *symbols = workspace_text("programs/server.symbols");
    if (symbols == NULL)
        broken("cannot read programs/server.symbols");
    step("look at which functions the compiled server.c calls (nm -u)");
    snprintf(expected, sizeof expected,
             translated("server.c waits for its clients with %.*s(), and uses "
                        "neither another call of this kind nor processes or threads"),
             (int)strcspn(wanted, "|"), wanted);
    for (size_t i = 0; others[i] != NULL; i++)
        if (one_is_called(symbols, others[i]))
            snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s",
                     found[0] != '\0' ? ", " : "", others[i]);
    bool uses_it = one_is_called(symbols, wanted);
    free(symbols);
    if (found[0] != '\0')
        failed(SYMPTOM_other_model, expected, "server.c calls %s", found);
    if (!uses_it)
        failed(SYMPTOM_model_missing, expected, "server.c does not call it");
}

void expect_own_sanitizers(const char *build)
{
    static const char mark[] = "sanitizer ";
    char file[64], shown[200];
    snprintf(file, sizeof file, "programs/%s.symbols", build);
    char *symbols = workspace_text(file);
    if (symbols == NULL)
        broken("cannot read %s", file);
    const char *name = symbols + sizeof mark - 1; /* the grader puts such lines first */
    if (strncmp(symbols, mark, sizeof mark - 1) == 0 && name[0] != '\0')
        failed(
            SYMPTOM_sanitizer_changed,
            "the file neither defines a sanitizer's functions nor calls those that silence it",
            "in %s: %s", build, printable(name, strcspn(name, " \n"), shown, sizeof shown));
    free(symbols);
}

static void expect_usage(const char *name)
{
    static const char expected[] = MESSAGE("a usage line on standard error, as \"usage: server "
                                           "ADDRESS\", and exit status 2");
    char how[160];
    struct program *program = program_start(name, BUILD_PLAIN, NULL);
    program->input.finish = true;
    enum outcome outcome = await(has_ended, program);
    while (pump(0) > 0)
        ;
    if (!program_ended(program))
        failed(SYMPTOM_usage_status, expected, "it did not end: %s",
               describe_outcome(outcome, program, how, sizeof how));
    if (program->status != 2)
        failed(SYMPTOM_usage_status, expected, "%s: %s", name,
               describe_status(program->status, how, sizeof how));
    if (program->errors.in_length == 0)
        failed(SYMPTOM_usage_message, expected,
               "%s: exit status 2, and nothing on standard error", name);
    programs_end();
}

void check_reports_usage(void)
{
    for (int i = 0; i < NAMES; i++)
        if (is_there(names[i], ""))
            expect_usage(names[i]);
}
