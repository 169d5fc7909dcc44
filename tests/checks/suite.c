/* The program around a table of checks; see check.h. */
#define _GNU_SOURCE
#include "tests/checks/check.h"

#include <fcntl.h>
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/error.h"
#include "tests/messages/messages.h"
#include "tests/probe/await.h"
#include "tests/probe/finding.h"
#include "tests/probe/peer.h"
#include "tests/probe/program.h"
#include "tests/probe/watcher.h"
#include "tests/sandbox/sandbox.h"

static struct {
    const char *check, *workspace;
    enum isolation isolation;
    int results;
    double seconds; /* after which the grader ends the check */
} given = {.results = -1, .seconds = 600};

const char *workspace(void)
{
    return given.workspace;
}

char *workspace_text(const char *name)
{
    enum { LARGEST = 1 << 18 };
    char path[512];
    snprintf(path, sizeof path, "%s/%s", given.workspace, name);
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? calloc(1, LARGEST) : NULL;
    if (text != NULL && fread(text, 1, LARGEST - 1, file) == 0)
        text[0] = '\0';
    if (file != NULL)
        fclose(file);
    return text;
}

static int list(const struct suite *suite)
{
    printf("programs\t%s\n", suite->programs);
    for (size_t i = 0; i < suite->count; i++) {
        const struct check *check = &suite->checks[i];
        printf("%s\t%d\t%s\t%s\t%s\n", check->name, check->points, check->needs,
               check->programs, check->holds);
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Whatever the programs left running comes to us, the subreaper, as an orphan, and is ended. */
static void end_descendants(void)
{
    static pid_t pids[PROCESSES];
    for (int round = 0; round < 100; round++) {
        size_t count = process_tree(getpid(), pids);
        if (count == 1)
            return;
        for (size_t i = 1; i < count; i++)
            kill(pids[i], SIGKILL);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        usleep(1000);
    }
}

/* cmocka calls the test; what it needs to know reaches it as the test's state. */
static void run_check(void **state)
{
    const struct check *check = *state;
    watcher_start(given.isolation);
    check->run();
    expect_little_memory();
}

static int clean_up(void **state)
{
    (void)state;
    peers_end();
    programs_end();
    return 0;
}

/* cmocka's own report tells nothing that the record does not, and goes nowhere. */
static void silence(void)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere == -1 || dup2(nowhere, STDOUT_FILENO) == -1 ||
        dup2(nowhere, STDIN_FILENO) == -1)
        die_errno("open /dev/null");
}

/* Checks have many more clients than a shell's limit of descriptors allows. */
static void raise_descriptor_limit(void)
{
    enum { ENOUGH = 8192 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return; /* what follows says so when it runs out */
    limit.rlim_cur = limit.rlim_max < ENOUGH ? limit.rlim_max : ENOUGH;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int run(const char *lab, const struct check *check)
{
    struct CMUnitTest test = {check->name, run_check, NULL, clean_up, (void *)check};
    const struct CMUnitTest tests[] = {test};
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGPIPE, SIG_IGN);
    close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC); /* nothing of ours is theirs */
    if (given.isolation == SEPARATE_UID)
        prctl(PR_SET_DUMPABLE, 0); /* the programs have our uid: they are not to look into us */
    silence();
    raise_descriptor_limit();
    programs_setup(given.isolation, given.workspace);
    await_at_most(given.seconds);
    finding_begin(lab, check->name);
    int wrong = cmocka_run_group_tests_name(check->name, tests, NULL, NULL);
    end_descendants();
    if ((wrong != 0) == finding_holds())
        return EXIT_FAILURE; /* cmocka and we do not agree: no verdict */
    return finding_write(given.results) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void read_options(int argc, char *argv[])
{
    static const struct option options[] = {{"list", no_argument, NULL, 'l'},
                                            {"check", required_argument, NULL, 'c'},
                                            {"workspace", required_argument, NULL, 'w'},
                                            {"isolation", required_argument, NULL, 'i'},
                                            {"results", required_argument, NULL, 'r'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"messages", required_argument, NULL, 'm'},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'c')
            given.check = optarg;
        else if (option == 'w')
            given.workspace = optarg;
        else if (option == 'r')
            given.results = atoi(optarg);
        else if (option == 's')
            given.seconds = atof(optarg);
        else if (option == 'm')
            messages_open(optarg); /* without it, texts are English */
        else if (option == '?' || (option == 'i' && !isolation_named(optarg, &given.isolation)))
            usage("--list | --check NAME --workspace DIR --isolation LEVEL --results FD "
                  "[--seconds N] [--messages FILE]");
    }
}

int suite_main(int argc, char *argv[], const struct suite *suite)
{
    read_options(argc, argv);
    if (given.check == NULL)
        return list(suite);
    if (given.workspace == NULL || given.results == -1)
        usage("--check NAME --workspace DIR --isolation LEVEL --results FD");
    for (size_t i = 0; i < suite->count; i++)
        if (strcmp(suite->checks[i].name, given.check) == 0)
            return run(suite->lab, &suite->checks[i]);
    die("no check is called %s", given.check);
}
