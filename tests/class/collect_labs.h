/**
 * @file tests/class/collect_labs.h
 * @brief The labs and the files that each takes, as their suites tell.
 */
#ifndef CLASS_COLLECT_LABS_H
#define CLASS_COLLECT_LABS_H

#include <stdbool.h>
#include <stddef.h>

/** A lab. */
struct lab {
    char *name;     /**< of its directory, as `02-fork` */
    char *files[8]; /**< its files, as `server.c`, closed by NULL */
};

/** All labs. */
struct labs {
    struct lab *all; /**< the labs */
    size_t count;    /**< how many */
};

/** @brief Ask each built suite for its lab's files. @param labs  filled in; released by
 * labs_free(). @return NULL, or what failed, to free(3). */
char *labs_ask(struct labs *labs);

/** @brief Release them. @param labs  empty afterwards. */
void labs_free(struct labs *labs);

/** @brief Find a lab. @param labs  all. @param name  its name. @param length  of the name.
 * @return its number, or -1. */
int lab_named(const struct labs *labs, const char *name, size_t length);

/** @brief Find a file of a lab. @param lab  it. @param name  a file's name. @param length  of the
 * name. @return its number, or -1. */
int lab_file(const struct lab *lab, const char *name, size_t length);

/** @brief Tell whether some lab has a file. @param labs  all. @param name, length  its name.
 * @return whether one does. */
bool any_lab_file(const struct labs *labs, const char *name, size_t length);

#endif
