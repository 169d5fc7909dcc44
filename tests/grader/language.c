/* The language of reports; see language.h. */
#include "tests/grader/language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/grader/workspace.h"
#include "tests/messages/messages.h"

/* The first is that of the sources. */
static const char *const known[] = {"en", "ko"};
enum { KNOWN = sizeof known / sizeof known[0] };

static const char *chosen = "en";

/* Finds the language of a locale: `ko` of ko_KR.UTF-8. Returns NULL when it is not known. */
static const char *language_of(const char *locale, size_t length)
{
    size_t name = strcspn(locale, "_.@:");
    if (name > length)
        name = length;
    for (size_t i = 0; i < KNOWN; i++)
        if (strlen(known[i]) == name && strncmp(known[i], locale, name) == 0)
            return known[i];
    return NULL;
}

static const char *first_set(const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return "C";
}

/* The locale C asks for the sources' own language, and LANGUAGE counts for all others. */
static const char *language_of_environment(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *locale = first_set(variables, sizeof variables / sizeof variables[0]);
    if (strcmp(locale, "POSIX") == 0 || (locale[0] == 'C' && strchr(".@", locale[1]) != NULL))
        return known[0];
    const char *list = getenv("LANGUAGE");
    for (const char *at = list != NULL ? list : ""; *at != '\0';) {
        size_t length = strcspn(at, ":");
        const char *found = language_of(at, length);
        if (found != NULL)
            return found;
        at += length + (at[length] == ':');
    }
    const char *found = language_of(locale, strlen(locale));
    return found != NULL ? found : known[0];
}

static char *catalogue_of(const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/share/locale/%s/LC_MESSAGES/socket-labs.mo", kit_directory(),
             name);
    return path;
}

bool language_choose(const char *name)
{
    char path[1200];
    const char *found =
        name == NULL ? language_of_environment() : language_of(name, strlen(name));
    if (found == NULL || (name != NULL && strcmp(found, name) != 0))
        return false;
    bool others = found != known[0];
    chosen = others && messages_open(catalogue_of(found, path, sizeof path)) ? found : known[0];
    return true;
}

const char *language(void)
{
    return chosen;
}

char *language_catalogue(char *path, size_t size)
{
    return chosen != known[0] ? catalogue_of(chosen, path, size) : NULL;
}
