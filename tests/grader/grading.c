/* Grading one lab; see grading.h. Builds and checks are jobs. What may start is decided anew
 * whenever one has ended; what is established is kept, whatever becomes of the rest. */
#define _GNU_SOURCE
#include "tests/grader/grading.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/grader/jobs.h"
#include "tests/grader/language.h"
#include "tests/grader/record.h"
#include "tests/grader/text.h"
#include "tests/grader/workspace.h"
#include "tests/messages/messages.h"

enum { PATH_SIZE = 1024, BUILD_SECONDS = 120, CHECK_SECONDS = 600, LARGEST_PROGRAM = 64 << 20 };
enum { COMPILER_REFUSED = 10 }; /* the script's exit status over the student's source */

/* The builds of a program: what its name, the flags and the library's name have more. */
static const struct {
    const char *suffix, *flags;
} variants[] = {
    {"", ""}, {"-asan", "-fsanitize=address,undefined"}, {"-tsan", "-fsanitize=thread"}};

enum { VARIANTS = sizeof variants / sizeof variants[0] };

/* What is running for a build or a check. */
struct work {
    struct job job;
    struct build *build; /* one of these two */
    struct result *result;
    bool started;
};

/* A grading under way. */
struct run {
    struct grading *grading;
    const struct grading_options *options;
    char workspace[PATH_SIZE];
    struct work *works; /* the builds' first, then the results' */
    size_t work_count;
};

/* Tells whether a blank-separated list has a name. */
static bool lists(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = names; (at = strstr(at, name)) != NULL; at += length)
        if ((at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static int is_suite(const struct dirent *entry)
{
    return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

char **labs_list(size_t *count)
{
    char path[PATH_SIZE];
    struct dirent **entries;
    snprintf(path, sizeof path, "%s/checks", kit_directory());
    int found = scandir(path, &entries, is_suite, alphasort);
    *count = found > 0 ? (size_t)found : 0;
    char **names = calloc(*count + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < *count; i++) {
        names[i] = strdup(entries[i]->d_name);
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
    return names;
}

static bool some_check_runs(const struct grading *grading, const char *build)
{
    for (size_t i = 0; i < grading->result_count; i++)
        if (lists(grading->results[i].programs, build))
            return true;
    return false;
}

static void add_build(struct grading *grading, const struct build *build)
{
    grading->builds =
        reallocarray(grading->builds, grading->build_count + 1, sizeof *grading->builds);
    if (grading->builds == NULL)
        abort();
    grading->builds[grading->build_count++] = *build;
}

/* The check `builds` is about those without sanitizers; the others are made for who runs them. */
static void add_builds(struct grading *grading, char *programs)
{
    for (char *name; (name = strsep(&programs, " ")) != NULL;)
        for (size_t variant = 0; variant < VARIANTS; variant++) {
            struct build build = {.variant = variant};
            snprintf(build.name, sizeof build.name, "%s%s", name, variants[variant].suffix);
            if (variant == 0 || some_check_runs(grading, build.name))
                add_build(grading, &build);
        }
}

static void add_result(struct grading *grading, char *line)
{
    char *columns[5];
    for (int i = 0; i < 5; i++) {
        columns[i] = strsep(&line, i < 4 ? "\t" : "");
        columns[i] = strdup(columns[i] != NULL ? columns[i] : "");
    }
    grading->results =
        reallocarray(grading->results, grading->result_count + 1, sizeof *grading->results);
    if (grading->results == NULL)
        abort();
    grading->results[grading->result_count++] = (struct result){.name = columns[0],
                                                                .points = atoi(columns[1]),
                                                                .needs = columns[2],
                                                                .programs = columns[3],
                                                                .holds = columns[4]};
    free(columns[1]);
}

char *grading_begin(struct grading *grading, const char *lab)
{
    *grading = (struct grading){.lab = strdup(lab)};
    struct job job = {.limit = BUILD_SECONDS};
    command_addf(&job.command, "%s/checks/%s", kit_directory(), lab);
    command_add(&job.command, "--list", NULL);
    job_start(&job);
    if (jobs_wait() != &job)
        return text("%s", translated("interrupted"));
    char *wrong = NULL, *rest = job.captures[0].data, *programs = NULL;
    if (job.error != NULL || job.status != 0)
        wrong = text(translated("the suite of %s does not run: %s"), lab,
                     job.error != NULL ? job.error : rest);
    for (char *line; wrong == NULL && (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "programs\t", 9) == 0)
            programs = line + 9;
        else if (line[0] != '\0')
            add_result(grading, line);
    }
    if (wrong == NULL)
        add_builds(grading, programs);
    if (wrong == NULL && (grading->result_count == 0 || grading->build_count == 0))
        wrong = text(translated("the suite of %s lists no checks"), lab);
    job_free(&job);
    return wrong;
}

char *labs_read(struct grading **labs, size_t *count)
{
    char *wrong = NULL, **names = labs_list(count);
    *labs = calloc(*count + 1, sizeof **labs);
    if (names == NULL || *labs == NULL)
        abort();
    for (size_t i = 0; i < *count; i++) {
        if (wrong == NULL)
            wrong = grading_begin(&(*labs)[i], names[i]);
        free(names[i]);
    }
    free(names);
    return wrong != NULL || *count > 0 ? wrong
                                       : text("%s", translated("no suite is built: run make"));
}

/*
 * The compiler's results come back through pipes: what it says (standard output and error), the
 * program (descriptor 3), the symbols that the object leaves open (4), the time it took (5).
 *
 * Symbols by which an object would change what a sanitizer does come first among those, each with
 * the word `sanitizer` before it: functions that are a sanitizer's, and calls of those that silence
 * it. What gcc itself adds to an object that is built with sanitizers is not among them.
 */
static const char compile_script[] =
    "export PATH=/usr/bin LC_ALL=C.UTF-8\n"
    "[ -r \"$2/lib$5.a\" ] && command -v gcc nm >/dev/null || { echo \"gcc, nm or lib$5.a is "
    "missing\"; exit 1; }\n"
    "cd \"$1\" && made=$(mktemp -d -p \"$6\") && trap 'times >&5; rm -rf \"$made\"' EXIT || "
    "exit 1\n"
    "flags=\"-std=gnu17 -Wall -Wextra -g -O1 $4\"\n"
    "gcc $flags -I \"$2\" -c -o \"$made/object\" \"$3.c\" || exit 10\n"
    "{ nm -g -P \"$made/object\" | sed -nE"
    " -e 's/^_+([alt]san|ubsan|sanitizer|interceptor)_[^ ]* [^Uvw] .*/sanitizer &/p'"
    " -e 's/^(__lsan_|__sanitizer_|__asan_set_(death|error)|Annotate)[^ ]* [Uvw].*/sanitizer "
    "&/p'"
    " -e 's/^__tsan_(acquire|release|mutex|ignore|[a-z_]*fiber)[^ ]* [Uvw].*/sanitizer &/p'\n"
    "nm -u -P \"$made/object\"; echo; } >&4\n"
    "gcc $flags -o \"$made/program\" \"$made/object\" \"$2/lib$5.a\" -pthread "
    "-Wl,--no-as-needed -lgcc_s || exit 10\n" /* pthread_exit() would open it, and may not */
    "cat \"$made/program\" >&3\n";

static void start_build(struct run *run, struct work *work)
{
    const struct build *build = work->build;
    const char *suffix = variants[build->variant].suffix;
    char source[PATH_SIZE + 16], kit[PATH_SIZE + 16], temporary[PATH_SIZE + 16];
    enum isolation level = run->options->isolation;
    sandbox_path(level, run->workspace, "source", source, sizeof source);
    sandbox_path(level, run->workspace, "kit", kit, sizeof kit);
    sandbox_path(level, run->workspace, "tmp", temporary, sizeof temporary);
    struct command *command = &work->job.command;
    sandbox_compile(command, level, run->workspace);
    command_add(command, "/bin/sh", "-c", compile_script, "compile", source, kit, NULL);
    command_addf(command, "%.*s", (int)(strlen(build->name) - strlen(suffix)), build->name);
    command_add(command, variants[build->variant].flags, NULL);
    command_addf(command, "common%s", suffix);
    command_add(command, temporary, NULL);
    work->job.limit = BUILD_SECONDS;
    work->job.captures[1].maximum = LARGEST_PROGRAM;
    job_start(&work->job);
}

/* Sums up what the shell's `times` prints: minutes and seconds, as 0m0.12s, four of them. */
static double sum_of_times(const char *times)
{
    double sum = 0, minutes, seconds;
    for (int used; sscanf(times, " %lfm%lfs%n", &minutes, &seconds, &used) == 2; times += used)
        sum += 60 * minutes + seconds;
    return sum;
}

static bool write_program(const struct run *run, const char *name, const struct capture *from)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "programs/%s", name);
    return workspace_write(run->workspace, path, from->data, from->length, true);
}

static bool write_text_of(const struct run *run, const char *name, const char *suffix,
                          const char *data, size_t length)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "programs/%s%s", name, suffix);
    return workspace_write(run->workspace, path, data, length, false);
}

/* What the compiler said, once, and of each build its symbols: for the suite to read. */
static bool keep_texts(const struct run *run, const struct build *build, const struct job *job)
{
    const char *late = translated("the compiler was stopped: it took too long\n");
    const struct capture *said = &job->captures[0], *symbols = &job->captures[2];
    if (build->variant == 0 &&
        !write_text_of(run, build->name, ".log", job->timed_out ? late : said->data,
                       job->timed_out ? strlen(late) : said->length))
        return false;
    return symbols->length == 0 ||
           write_text_of(run, build->name, ".symbols", symbols->data, symbols->length);
}

/* Tells whether the compiler did its work, whatever it had to say of the source. */
static bool compiler_ran(const struct job *job)
{
    bool refused = WIFEXITED(job->status) && WEXITSTATUS(job->status) == COMPILER_REFUSED;
    return job->error == NULL && (job->status == 0 || refused || job->timed_out);
}

/* What the compiler said of a file stays with the file. */
static void keep_words(struct grading *grading, const struct build *build,
                       const struct capture *said)
{
    for (size_t i = 0; i < grading->source_count && said->length > 0; i++) {
        struct source *source = &grading->sources[i];
        size_t length = strlen(build->name);
        if (strncmp(source->name, build->name, length) == 0 &&
            strcmp(source->name + length, ".c") == 0 && source->said == NULL)
            source->said = strdup(said->data);
    }
}

static void end_build(struct run *run, struct work *work)
{
    struct build *build = work->build;
    struct job *job = &work->job;
    const struct capture *program = &job->captures[1];
    build->done = true;
    build->wall = job->wall;
    build->cpu = sum_of_times(job->captures[3].data);
    if (!compiler_ran(job)) {
        build->broken = text(translated("the compiler did not run: %.400s"),
                             job->error != NULL ? job->error : job->captures[0].data);
        return;
    }
    build->built = job->status == 0 && program->length > 0 && !program->cut;
    if (build->variant == 0)
        keep_words(run->grading, build, &job->captures[0]);
    if ((build->built && !write_program(run, build->name, program)) ||
        !keep_texts(run, build, job))
        build->broken = text(translated("keeping what was built: %s"), strerror(errno));
}

/* The limit can be lowered, so that a suite that hangs can be tested. */
static double check_seconds(void)
{
    const char *lower = getenv("GRADE_CHECK_SECONDS");
    int seconds = lower != NULL ? atoi(lower) : 0;
    return seconds > 0 && seconds < CHECK_SECONDS ? seconds : CHECK_SECONDS;
}

static void start_check(struct run *run, struct work *work)
{
    enum isolation level = run->options->isolation;
    struct command *command = &work->job.command;
    const char *workspace = session_workspace(level, run->workspace);
    sandbox_session(command, level, run->workspace);
    command_addf(command, "%s/suite", workspace);
    command_add(command, "--check", work->result->name, "--workspace", workspace, "--isolation",
                isolation_name(level), "--results", "3", "--seconds", NULL);
    command_addf(command, "%.0f", check_seconds());
    if (run->grading->language[0] != '\0') {
        command_add(command, "--messages", NULL);
        command_addf(command, "%s/" WORKSPACE_MESSAGES, workspace);
    }
    work->job.limit = check_seconds();
    work->job.captures[1].maximum = 1 << 20;
    job_start(&work->job);
}

static char *why_no_record(const struct job *job)
{
    const char *said = job->captures[0].data;
    if (job->error != NULL)
        return text(translated("the sandbox did not start: %s"), job->error);
    if (job->timed_out)
        return text(translated("the check had no end within %.0f seconds"), check_seconds());
    if (WIFSIGNALED(job->status))
        return text(translated("the check was killed by signal %d"), WTERMSIG(job->status));
    return text(translated("the check ended with status %d and without a verdict: %.400s"),
                WEXITSTATUS(job->status), said);
}

static void end_check(struct work *work)
{
    struct result *result = work->result;
    struct job *job = &work->job;
    result->wall = job->wall;
    bool whole = record_read_check(result, job->captures[1].data) && !job->captures[1].cut;
    if (!whole || job->timed_out || job->error != NULL || job->status != 0) {
        result->status = BROKEN;
        result->because = why_no_record(job);
    } else if (result->status == BROKEN) {
        const char *came = result_text(result, "came");
        result->because = strdup(came != NULL ? came : "");
    }
}

static struct result *result_named(struct grading *grading, const char *name, size_t length)
{
    for (size_t i = 0; i < grading->result_count; i++)
        if (strlen(grading->results[i].name) == length &&
            strncmp(grading->results[i].name, name, length) == 0)
            return &grading->results[i];
    return NULL;
}

/* Tells whether all checks that this one needs have passed; decides it when one has not. */
static bool needs_are_met(struct grading *grading, struct result *result)
{
    for (const char *at = result->needs; *at != '\0';) {
        size_t length = strcspn(at, " ");
        const struct result *need = result_named(grading, at, length);
        if (need != NULL && need->status == PENDING)
            return false;
        if (need != NULL && need->status != PASSED) {
            result->status = SKIPPED;
            result->because = strdup(need->name);
            return false;
        }
        at += length + (at[length] == ' ');
    }
    return true;
}

/* The same for the programs that it runs. The check `builds` looks at all without sanitizers. */
static bool builds_are_met(const struct grading *grading, struct result *result)
{
    bool all = result->programs[0] == '\0';
    for (size_t i = 0; i < grading->build_count; i++) {
        const struct build *build = &grading->builds[i];
        if (all ? build->variant != 0 : !lists(result->programs, build->name))
            continue;
        if (!build->done)
            return false;
        if (build->broken != NULL || (!build->built && !all)) {
            result->status = build->broken != NULL ? BROKEN : SKIPPED;
            result->because = strdup(build->broken != NULL ? build->broken : "builds");
            return false;
        }
    }
    return true;
}

static bool is_ready(struct run *run, struct work *work)
{
    if (work->started)
        return false;
    if (work->build != NULL)
        return true;
    return work->result->status == PENDING && builds_are_met(run->grading, work->result) &&
           needs_are_met(run->grading, work->result);
}

/* Plain builds come first, as most checks wait for them; then checks in their order. */
static void start_what_is_ready(struct run *run)
{
    for (int pass = 0; pass < 3; pass++)
        for (size_t i = 0; i < run->work_count; i++) {
            struct work *work = &run->works[i];
            bool first = work->build != NULL && work->build->variant == 0;
            bool second = work->build != NULL && work->build->variant != 0;
            if ((pass == 0) != first || (pass == 1) != second || !is_ready(run, work))
                continue;
            if (jobs_running() >= run->options->jobs)
                return;
            work->started = true;
            if (work->build != NULL)
                start_build(run, work);
            else
                start_check(run, work);
        }
}

static size_t pending(const struct grading *grading)
{
    size_t count = 0;
    for (size_t i = 0; i < grading->result_count; i++)
        count += grading->results[i].status == PENDING;
    return count;
}

/* A skipped check decides others in turn, so with nothing running it is looked at once more. */
static void run_works(struct run *run)
{
    size_t before;
    do {
        before = pending(run->grading);
        start_what_is_ready(run);
        struct job *job = jobs_wait();
        struct work *work = job != NULL ? job->owner : NULL;
        if (work != NULL && work->build != NULL)
            end_build(run, work);
        else if (work != NULL)
            end_check(work);
        if (job != NULL)
            job_free(job);
        else if (pending(run->grading) == before)
            return;
    } while (!jobs_interrupted());
}

static void plan(struct run *run)
{
    struct grading *grading = run->grading;
    run->work_count = grading->build_count + grading->result_count;
    run->works = calloc(run->work_count, sizeof *run->works);
    if (run->works == NULL)
        abort();
    for (size_t i = 0; i < run->work_count; i++) {
        run->works[i].job.owner = &run->works[i];
        if (i < grading->build_count)
            run->works[i].build = &grading->builds[i];
        else
            run->works[i].result = &grading->results[i - grading->build_count];
    }
}

static void run_all(struct run *run)
{
    plan(run);
    run_works(run);
    jobs_kill();
    free(run->works);
}

/* Without a workspace there is no verdict at all. */
static void break_all(struct grading *grading, char *why)
{
    for (size_t i = 0; i < grading->result_count; i++) {
        grading->results[i].status = BROKEN;
        grading->results[i].because = strdup(why);
    }
    free(why);
}

static char *program_names(const struct grading *grading)
{
    char *names = strdup("");
    for (size_t i = 0; i < grading->build_count; i++)
        if (grading->builds[i].variant == 0) {
            char *longer =
                text("%s%s%s", names, names[0] != '\0' ? " " : "", grading->builds[i].name);
            free(names);
            names = longer;
        }
    return names;
}

/* Reports show what was graded: the files as they were taken. */
static char *keep_sources(struct run *run)
{
    struct grading *grading = run->grading;
    for (size_t i = 0; i < grading->build_count; i++) {
        if (grading->builds[i].variant != 0)
            continue;
        char path[PATH_SIZE];
        struct source source = {.name = text("%s.c", grading->builds[i].name)};
        snprintf(path, sizeof path, "source/%s", source.name);
        source.text = workspace_read(run->workspace, path, &source.length);
        if (source.text == NULL)
            return text(translated("read %s: %s"), path, strerror(errno));
        grading->sources =
            reallocarray(grading->sources, grading->source_count + 1, sizeof *grading->sources);
        if (grading->sources == NULL)
            abort();
        grading->sources[grading->source_count++] = source;
    }
    return NULL;
}

void grading_run(struct grading *grading, const char *directory,
                 const struct grading_options *options)
{
    struct run run = {.grading = grading, .options = options};
    double begun = seconds_now();
    grading->graded = time(NULL);
    grading->isolation = options->isolation;
    if (strcmp(language(), "en") != 0)
        snprintf(grading->language, sizeof grading->language, "%s", language());
    char *programs = program_names(grading);
    char *wrong = workspace_make(grading->lab, run.workspace, sizeof run.workspace);
    if (wrong != NULL)
        break_all(grading, wrong);
    else if ((grading->refusal = submission_take(run.workspace, directory, programs,
                                                 options->follow)) == NULL) {
        if ((wrong = keep_sources(&run)) != NULL)
            break_all(grading, wrong);
        else
            run_all(&run);
    }
    free(programs);
    workspace_remove(run.workspace);
    grading->wall = seconds_now() - begun;
}
