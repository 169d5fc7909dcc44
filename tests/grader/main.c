/*
 * build/grade: grades a submission and writes a report. What it promises is told in --help.
 *
 * Exit status: 0 every check passed, 1 some did not, 2 wrong usage or a submission that cannot be
 * taken, 3 the grader could not do its own work.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/grader/escape.h"
#include "tests/grader/grading.h"
#include "tests/grader/jobs.h"
#include "tests/grader/language.h"
#include "tests/grader/output.h"
#include "tests/grader/record.h"
#include "tests/grader/rubric.h"
#include "tests/messages/messages.h"

enum { ALL_PASSED, SOME_FAILED, NOT_TAKEN, NOT_DONE };

static const char help[] =
    "usage: grade LAB DIR [--format FORMAT] [--output FILE] [--verbose] [--jobs N]\n"
    "                     [--isolation LEVEL]\n"
    "                     [--language WHICH]\n"
    "\n"
    "Grades a submission of a lab and writes a report.\n"
    "\n"
    "  LAB                a lab's directory name, as 01-blocking, or `all`\n"
    "  DIR                holds the lab's files; with `all`, one directory for each lab\n"
    "  --format FORMAT    text (the default), tap, junit, gradescope, classroom (GitHub\n"
    "                     Classroom), autolab, html (a page for a browser, with the source),\n"
    "                     or record: what the other reports can be written from later, of a\n"
    "                     refused submission too\n"
    "  --output FILE      write the report there, whole or not at all; several reports of one\n"
    "                     grading: repeat --format and --output in pairs\n"
    "  --verbose          with text: how long everything took\n"
    "  --jobs N           so many builds and checks at a time (default: four for each "
    "processor)\n"
    "  --rubric FILE      the points that count, in place of the labs' own (docs/en/class.md)\n"
    "  --isolation LEVEL  isolated, isolated-without-proc, separate-uid or limits-only; "
    "without\n"
    "                     it the best that this machine allows, and never limits-only, which "
    "is\n"
    "                     for code that you trust\n"
    "  --language WHICH   en or ko, of reports and messages; without it as LANGUAGE, LC_ALL,\n"
    "                     LC_MESSAGES and LANG say\n"
    "  --help             this\n"
    "\n"
    "Exit status: 0 every check passed, 1 some did not, 2 wrong usage or a submission that "
    "cannot\n"
    "be taken, 3 the grader itself could not do its work (then no points are given or "
    "taken).\n";

/* The command line. */
struct request {
    const char *lab, *directory, *rubric, *language;
    struct outputs outputs;
    struct grading_options options;
    bool verbose, isolation_given;
};

static noreturn void wrong_usage(const char *what, const char *which)
{
    fprintf(stderr, "grade: %s%s%s\n", what, which[0] != '\0' ? ": " : "", which);
    fprintf(stderr, "usage: grade LAB DIR [--format %s] [--output FILE] [--help]\n",
            report_formats());
    exit(NOT_TAKEN);
}

static size_t read_jobs(const char *number)
{
    char *end;
    long jobs = strtol(number, &end, 10);
    if (*end != '\0' || end == number || jobs < 1 || jobs > 32)
        wrong_usage("--jobs takes a number from 1 to 32", number);
    return (size_t)jobs;
}

static void read_option(struct request *request, int option)
{
    if (option == 'f' && report_writer_named(optarg) == NULL)
        wrong_usage("no such format", optarg);
    if (option == 'f' && !outputs_format(&request->outputs, optarg))
        wrong_usage("too many reports", optarg);
    if (option == 'o' && !outputs_path(&request->outputs, optarg))
        wrong_usage("too many reports", optarg);
    if (option == 'i' && !isolation_named(optarg, &request->options.isolation))
        wrong_usage("no such level of isolation", optarg);
    if (option == 'i')
        request->isolation_given = true;
    if (option == 'l')
        request->language = optarg;
    if (option == 'r')
        request->rubric = optarg;
    if (option == 'v')
        request->verbose = true;
    if (option == 'j')
        request->options.jobs = read_jobs(optarg);
    if (option == 'h') {
        fputs(help, stdout);
        exit(fflush(stdout) == 0 ? ALL_PASSED : NOT_DONE);
    }
}

static struct request read_request(int argc, char *argv[])
{
    static const struct option options[] = {{"format", required_argument, NULL, 'f'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"isolation", required_argument, NULL, 'i'},
                                            {"language", required_argument, NULL, 'l'},
                                            {"rubric", required_argument, NULL, 'r'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct request request = {.verbose = false};
    request.options.jobs = processors > 0 && processors <= 8 ? 4 * (size_t)processors : 8;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?')
            wrong_usage("no such option, or one without its value", argv[optind - 1]);
        read_option(&request, option);
    }
    if (!language_choose(request.language))
        wrong_usage("no such language", request.language);
    if (argc - optind != 2)
        wrong_usage("LAB and DIR are needed, and nothing else", "");
    request.lab = argv[optind];
    request.directory = argv[optind + 1];
    return request;
}

/* The labs that were asked for, a NULL behind the last. */
static char **choose_labs(const struct request *request, size_t *count)
{
    char **labs = labs_list(count);
    if (labs == NULL || *count == 0) {
        warn("%s", translated("no suite is built: run make"));
        exit(NOT_DONE);
    }
    if (strcmp(request->lab, "all") == 0)
        return labs;
    bool found = false;
    for (size_t i = 0; i < *count; i++) {
        found |= strcmp(labs[i], request->lab) == 0;
        free(labs[i]);
        labs[i] = NULL;
    }
    if (!found)
        wrong_usage("no such lab", request->lab);
    labs[0] = strdup(request->lab);
    *count = 1;
    return labs;
}

/* One's own code may run with limits only, but only when one says so. */
static void choose_isolation(struct request *request)
{
    enum isolation wanted = request->options.isolation;
    enum isolation level = isolation_available(wanted);
    if (level == wanted || (!request->isolation_given && level != LIMITS_ONLY)) {
        request->options.isolation = level;
        return;
    }
    if (request->isolation_given)
        warn(translated("this machine does not allow the isolation %s"),
             isolation_name(wanted));
    else
        warn("%s",
             translated("this machine does not let programs be isolated (`make doctor` says "
                        "why). To grade code that you trust, add --isolation limits-only "
                        "(make grade ISOLATION=limits-only)"));
    exit(NOT_DONE);
}

/* The name of a file may hold bytes that a terminal acts on: they are spelt out. */
static char *spell_out(const char *text)
{
    char *spelt = NULL;
    size_t length;
    FILE *out = open_memstream(&spelt, &length);
    for (; out != NULL && *text != '\0'; text++)
        fprintf(out, iscntrl((unsigned char)*text) && *text != '\n' ? "\\x%02x" : "%c",
                (unsigned char)*text);
    if (out == NULL || fclose(out) == EOF)
        die_errno("open_memstream");
    return spelt;
}

static void warn_visibly(const char *text)
{
    char *spelt = spell_out(text), *line = NULL;
    size_t length;
    FILE *out = open_memstream(&line, &length);
    if (out == NULL)
        die_errno("open_memstream");
    one_line(out, spelt);
    if (fclose(out) == EOF)
        die_errno("open_memstream");
    warn("%s", line);
    free(line);
    free(spelt);
}

static void grade_labs(struct grading *gradings, char **labs, size_t count,
                       struct request *request)
{
    for (size_t i = 0; i < count && !jobs_interrupted(); i++) {
        char directory[4096];
        bool all = strcmp(request->lab, "all") == 0;
        snprintf(directory, sizeof directory, "%s%s%s", request->directory, all ? "/" : "",
                 all ? labs[i] : "");
        if (gradings[i].result_count == 0)
            continue; /* its suite could not be read */
        request->options.follow = !all;
        grading_run(&gradings[i], directory, &request->options);
        if (gradings[i].refusal != NULL)
            warn_visibly(gradings[i].refusal);
    }
}

static noreturn void unfit(char *why)
{
    warn_visibly(why);
    exit(NOT_TAKEN);
}

/* Read before the grading, lest that be in vain. */
static struct rubric read_rubric(const char *path)
{
    struct rubric rubric;
    char *wrong = rubric_read(&rubric, path);
    if (wrong != NULL)
        unfit(wrong);
    return rubric;
}

static void begin_labs(struct grading *gradings, char **labs, size_t count,
                       const struct rubric *rubric)
{
    for (size_t i = 0; i < count; i++) {
        char *wrong = grading_begin(&gradings[i], labs[i]);
        if (wrong != NULL) {
            warn("%s", wrong); /* the other labs are graded all the same */
            free(wrong);
        }
    }
    char *wrong = rubric_misfit(rubric, gradings, count, false);
    if (wrong != NULL)
        unfit(wrong);
}

static int verdict(const struct grading *gradings, size_t count)
{
    int status = ALL_PASSED;
    for (size_t i = 0; i < count; i++) {
        int one = grading_passed(&gradings[i]) ? ALL_PASSED : SOME_FAILED;
        if (gradings[i].refusal != NULL)
            one = NOT_TAKEN;
        if (grading_broken(&gradings[i]))
            one = NOT_DONE;
        status = one > status ? one : status;
    }
    return status;
}

/* Each is tried, whatever becomes of the others. */
static void write_outputs(const struct outputs *outputs, const struct report *report,
                          bool records_only)
{
    bool written = true;
    for (size_t i = 0; i <= outputs->last; i++) {
        const struct output *output = &outputs->each[i];
        if ((records_only && output->write != write_record) || output_write(output, report))
            continue;
        warn_errno("write %s", output->path != NULL ? output->path : "standard output");
        written = false;
    }
    if (!written)
        exit(NOT_DONE);
}

/* What the grader could not do is said here too: not every form of report has room for it. */
static void warn_of_broken(const struct grading *grading)
{
    for (size_t i = 0; i < grading->result_count; i++)
        if (grading->results[i].status == BROKEN)
            warn(translated("no verdict on %s/%s: %s"), grading->lab, grading->results[i].name,
                 grading->results[i].because);
}

int main(int argc, char *argv[])
{
    close_range(STDERR_FILENO + 1, ~0u,
                CLOSE_RANGE_CLOEXEC); /* whatever the caller left open */
    struct request request = read_request(argc, argv);
    size_t count;
    char **labs = choose_labs(&request, &count);
    struct rubric rubric = {.name = NULL};
    if (request.rubric != NULL)
        rubric = read_rubric(request.rubric);
    choose_isolation(&request);
    jobs_catch_signals();
    struct grading *gradings = calloc(count, sizeof *gradings);
    if (gradings == NULL)
        die_errno("calloc");
    begin_labs(gradings, labs, count, &rubric);
    grade_labs(gradings, labs, count, &request);
    if (jobs_interrupted()) {
        warn("%s", translated("stopped by a signal: no verdict"));
        return NOT_DONE;
    }
    bool all = strcmp(request.lab, "all") == 0;
    int status = verdict(gradings, count);
    if (request.rubric != NULL)
        rubric_apply(&rubric, gradings, count, NULL, 0);
    struct report report = {
        .gradings = gradings, .count = count, .all = all, .verbose = request.verbose};
    write_outputs(&request.outputs, &report, !all && status == NOT_TAKEN);
    for (size_t i = 0; i < count; i++) {
        warn_of_broken(&gradings[i]);
        grading_free(&gradings[i]);
        free(labs[i]);
    }
    rubric_free(&rubric);
    free(gradings);
    free(labs);
    return status;
}
