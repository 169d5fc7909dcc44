/* Gradescope's metadata; see collect_metadata.h. The file holds students' output too: a real
 * reader of YAML cannot be misled by lines of it that look like keys. */
#define _GNU_SOURCE
#include "tests/class/collect_metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static const char *scalar(const yaml_node_t *node)
{
    return node != NULL && node->type == YAML_SCALAR_NODE
               ? (const char *)node->data.scalar.value
               : "";
}

/* The value of a key of a mapping, or NULL. */
static yaml_node_t *value_of(yaml_document_t *document, yaml_node_t *mapping, const char *key)
{
    if (mapping == NULL || mapping->type != YAML_MAPPING_NODE)
        return NULL;
    yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
    for (; pair < mapping->data.mapping.pairs.top; pair++)
        if (strcmp(scalar(yaml_document_get_node(document, pair->key)), key) == 0)
            return yaml_document_get_node(document, pair->value);
    return NULL;
}

/* `2026-09-12 10:11:12.123456000 Z`, or `-07:00` at its end, as ISO 8601 without the fraction. */
static char *iso_time(const char *text)
{
    int year, month, day, hour, minute, second, end = 0;
    char *time = NULL;
    if (sscanf(text, "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
               &second, &end) != 6)
        return strdup("");
    const char *zone = text + end;
    if (*zone == '.')
        zone += 1 + strspn(zone + 1, "0123456789");
    zone += strspn(zone, " ");
    if (strcmp(zone, "UTC") == 0)
        zone = "Z";
    if (strspn(zone, "+-:0123456789Z") != strlen(zone) || strlen(zone) > 6)
        return strdup("");
    if (asprintf(&time, "%04d-%02d-%02dT%02d:%02d:%02d%s", year, month, day, hour, minute,
                 second, zone) == -1)
        abort();
    return time;
}

static void add_submitter(struct submitters *submitters, yaml_document_t *document,
                          const char *folder, yaml_node_t *person, const char *time)
{
    submitters->all =
        reallocarray(submitters->all, submitters->count + 1, sizeof *submitters->all);
    if (submitters->all == NULL)
        abort();
    submitters->all[submitters->count++] = (struct submitter){
        .folder = strdup(folder),
        .id = strdup(scalar(value_of(document, person, ":sid"))),
        .email = strdup(scalar(value_of(document, person, ":email"))),
        .name = strdup(scalar(value_of(document, person, ":name"))),
        .time = iso_time(time),
    };
}

static void add_submission(struct submitters *submitters, yaml_document_t *document,
                           const char *folder, yaml_node_t *submission)
{
    yaml_node_t *people = value_of(document, submission, ":submitters");
    const char *time = scalar(value_of(document, submission, ":created_at"));
    if (people == NULL || people->type != YAML_SEQUENCE_NODE)
        return;
    yaml_node_item_t *item = people->data.sequence.items.start;
    for (; item < people->data.sequence.items.top; item++)
        add_submitter(submitters, document, folder, yaml_document_get_node(document, *item),
                      time);
}

char *submitters_read(const char *text, size_t length, struct submitters *submitters)
{
    yaml_parser_t parser;
    yaml_document_t document;
    char *wrong = NULL;
    *submitters = (struct submitters){.count = 0};
    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    if (!yaml_parser_load(&parser, &document)) {
        if (asprintf(&wrong, "is no YAML: line %zu: %s", parser.problem_mark.line + 1,
                     parser.problem != NULL ? parser.problem : "no reason told") == -1)
            abort();
        yaml_parser_delete(&parser);
        return wrong;
    }
    yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root == NULL || root->type != YAML_MAPPING_NODE) {
        wrong = strdup("names no submissions");
    } else {
        yaml_node_pair_t *pair = root->data.mapping.pairs.start;
        for (; pair < root->data.mapping.pairs.top; pair++)
            add_submission(submitters, &document,
                           scalar(yaml_document_get_node(&document, pair->key)),
                           yaml_document_get_node(&document, pair->value));
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return wrong;
}

void submitters_free(struct submitters *submitters)
{
    for (size_t i = 0; i < submitters->count; i++) {
        struct submitter *one = &submitters->all[i];
        free(one->folder);
        free(one->id);
        free(one->email);
        free(one->name);
        free(one->time);
    }
    free(submitters->all);
    *submitters = (struct submitters){.count = 0};
}
