/* What a grading found; see model.h. */
#include "tests/grader/model.h"

#include <stdlib.h>
#include <string.h>

const char *result_text(const struct result *result, const char *key)
{
    for (size_t i = 0; i < result->field_count; i++)
        if (strcmp(result->fields[i].key, key) == 0)
            return result->fields[i].value;
    return NULL;
}

int result_score(const struct result *result)
{
    return result->status == PASSED ? result->points : 0;
}

int grading_score(const struct grading *grading)
{
    int sum = 0;
    for (size_t i = 0; i < grading->result_count; i++)
        sum += result_score(&grading->results[i]);
    return sum > grading->deduction ? sum - grading->deduction : 0;
}

int grading_maximum(const struct grading *grading)
{
    int sum = 0;
    for (size_t i = 0; i < grading->result_count; i++)
        sum += grading->results[i].points;
    return sum;
}

/* A check that was left without a verdict is broken too: it must not be taken for one that
 * failed. Of a refused submission, no verdict is expected. */
bool grading_broken(const struct grading *grading)
{
    for (size_t i = 0; i < grading->result_count; i++) {
        enum status status = grading->results[i].status;
        if (status == BROKEN || (status == PENDING && grading->refusal == NULL))
            return true;
    }
    return grading->result_count == 0 && grading->refusal == NULL;
}

bool grading_passed(const struct grading *grading)
{
    for (size_t i = 0; i < grading->result_count; i++)
        if (grading->results[i].status != PASSED)
            return false;
    return grading->refusal == NULL;
}

void result_free(struct result *result)
{
    free(result->name);
    free(result->needs);
    free(result->programs);
    free(result->holds);
    free(result->because);
    for (size_t i = 0; i < result->field_count; i++) {
        free(result->fields[i].key);
        free(result->fields[i].value);
    }
    free(result->fields);
}

void grading_free(struct grading *grading)
{
    for (size_t i = 0; i < grading->result_count; i++)
        result_free(&grading->results[i]);
    for (size_t i = 0; i < grading->build_count; i++)
        free(grading->builds[i].broken);
    for (size_t i = 0; i < grading->source_count; i++) {
        free(grading->sources[i].name);
        free(grading->sources[i].text);
        free(grading->sources[i].said);
    }
    free(grading->results);
    free(grading->builds);
    free(grading->sources);
    free(grading->rubric);
    free(grading->refusal);
    free(grading->lab);
    *grading = (struct grading){0};
}
