/*
 * build/report: writes reports of gradings that were kept as records. What it promises is told in
 * --help.
 *
 * Verdicts are the grader's and stay as they are; points may follow another rubric each time.
 * Exit status: 0 written, 2 wrong usage, a rubric or a record that cannot be used, 3 a report
 * could not be written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "tests/grader/grading.h"
#include "tests/grader/language.h"
#include "tests/grader/output.h"
#include "tests/grader/record.h"
#include "tests/grader/rubric.h"

enum { WRITTEN, MISUSED = 2, NOT_DONE = 3, LABS = 64 };

static const char help[] =
    "usage: report [--rubric FILE] [--submitted LAB=TIME]... [--student NAME]\n"
    "              [--format FORMAT] [--output FILE]... RECORD...\n"
    "\n"
    "Writes reports of one student's gradings, which `grade --format record` has kept.\n"
    "\n"
    "  RECORD                a record, one for each lab, in the labs' order\n"
    "  --rubric FILE         the points that count (docs/en/class.md says how it is written)\n"
    "  --submitted LAB=TIME  when a lab was handed in, as 02-fork=2026-11-20T23:59:00+0900\n"
    "  --student NAME        whose work it is\n"
    "  --format FORMAT       as of build/grade: text (the default), html, gradescope, ...\n"
    "  --output FILE         write the report there, whole or not at all; several reports:\n"
    "                        repeat --format and --output in pairs\n"
    "  --language WHICH      en or ko; without it that of the records. What a check did and\n"
    "                        what came is told in the language of the grading\n"
    "  --all                 names of checks are LAB/check, with one record as well\n"
    "  --check               only see whether the rubric can be used\n"
    "  --help                this\n";

/* The command line. */
struct request {
    const char *rubric, *student, *language;
    struct handed_in times[LABS];
    size_t time_count;
    struct outputs outputs;
    bool all, check;
};

static noreturn void misused(const char *what, const char *which)
{
    fprintf(stderr, "report: %s%s%s\n", what, which[0] != '\0' ? ": " : "", which);
    fputs("usage: report [OPTIONS] RECORD... (--help lists them)\n", stderr);
    exit(MISUSED);
}

static void read_time(struct request *request, char *value)
{
    struct handed_in *time = &request->times[request->time_count];
    char *equals = strchr(value, '=');
    if (request->time_count == LABS || equals == NULL || !time_read(equals + 1, &time->time))
        misused("--submitted takes LAB=TIME, as 02-fork=2026-11-20T23:59:00+0900", value);
    *equals = '\0';
    time->lab = value;
    time->shown = equals + 1;
    request->time_count++;
}

static void read_option(struct request *request, int option)
{
    if (option == 'f' && report_writer_named(optarg) == NULL)
        misused("no such format", optarg);
    if (option == 'f' && !outputs_format(&request->outputs, optarg))
        misused("too many reports", optarg);
    if (option == 'o' && !outputs_path(&request->outputs, optarg))
        misused("too many reports", optarg);
    if (option == 's')
        read_time(request, optarg);
    if (option == 'r')
        request->rubric = optarg;
    if (option == 'n')
        request->student = optarg;
    if (option == 'l')
        request->language = optarg;
    if (option == 'a')
        request->all = true;
    if (option == 'c')
        request->check = true;
    if (option == 'h') {
        fputs(help, stdout);
        exit(fflush(stdout) == 0 ? WRITTEN : NOT_DONE);
    }
}

static void read_options(struct request *request, int argc, char *argv[])
{
    static const struct option options[] = {{"format", required_argument, NULL, 'f'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"rubric", required_argument, NULL, 'r'},
                                            {"language", required_argument, NULL, 'l'},
                                            {"submitted", required_argument, NULL, 's'},
                                            {"student", required_argument, NULL, 'n'},
                                            {"all", no_argument, NULL, 'a'},
                                            {"check", no_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?')
            misused("no such option, or one without its value", argv[optind - 1]);
        read_option(request, option);
    }
    if (request->language != NULL && !language_choose(request->language))
        misused("no such language", request->language);
    if (optind == argc && !request->check)
        misused("no record is named", "");
}

static void read_records(char *paths[], struct grading **gradings, size_t *count)
{
    for (; *paths != NULL; paths++) {
        FILE *in = fopen(*paths, "re");
        if (in == NULL) {
            warn_errno("%s", *paths);
            exit(MISUSED);
        }
        char *wrong = record_read(in, gradings, count);
        fclose(in);
        if (wrong != NULL) {
            warn("%s: %s", *paths, wrong);
            exit(MISUSED);
        }
    }
}

/* A rubric that names what is not there would change nothing, in silence. */
static void read_rubric(struct rubric *rubric, const char *path)
{
    struct grading *labs;
    size_t count;
    char *wrong = rubric_read(rubric, path);
    if (wrong == NULL)
        wrong = labs_read(&labs, &count);
    if (wrong == NULL)
        wrong = rubric_misfit(rubric, labs, count, true);
    if (wrong != NULL) {
        warn("%s", wrong);
        exit(MISUSED);
    }
    for (size_t i = 0; i < count; i++)
        grading_free(&labs[i]);
    free(labs);
}

static int write_all(const struct outputs *outputs, const struct report *report)
{
    int status = WRITTEN;
    for (size_t i = 0; i <= outputs->last; i++)
        if (!output_write(&outputs->each[i], report)) {
            const char *path = outputs->each[i].path;
            warn_errno("write %s", path != NULL ? path : "standard output");
            status = NOT_DONE;
        }
    return status;
}

int main(int argc, char *argv[])
{
    struct request request = {.rubric = NULL};
    struct rubric rubric = {.name = NULL};
    struct grading *gradings = NULL;
    size_t count = 0;
    read_options(&request, argc, argv);
    if (request.rubric != NULL)
        read_rubric(&rubric, request.rubric);
    read_records(argv + optind, &gradings, &count);
    if (request.language == NULL && count > 0)
        language_choose(gradings[0].language);
    if (request.rubric != NULL)
        rubric_apply(&rubric, gradings, count, request.times, request.time_count);
    struct report report = {.gradings = gradings,
                            .count = count,
                            .all = request.all || count > 1,
                            .student = request.student};
    int status = request.check ? WRITTEN : write_all(&request.outputs, &report);
    for (size_t i = 0; i < count; i++)
        grading_free(&gradings[i]);
    free(gradings);
    rubric_free(&rubric);
    return status;
}
