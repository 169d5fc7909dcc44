/**
 * @file tests/class/collect_out.h
 * @brief What a collection leaves behind: the roll of students, their staged files, and the
 *        lists of what was and was not placed.
 *
 * Every file appears whole or not at all: it is written as `OUT/.new` and then renamed, so that a
 * full disk or a kill leaves what was there before. A file that already has the right bytes is
 * not touched. Names here are numbers, labs and labs' files: nothing of a student's.
 */
#ifndef CLASS_COLLECT_OUT_H
#define CLASS_COLLECT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** A student, as a line of students.tsv. */
struct student {
    unsigned number; /**< from 1 on; never given anew */
    char *id;        /**< the platform's, or an empty text */
    char *login;     /**< the login or email, likewise */
    char *name;      /**< the name, likewise */
    bool is_new;     /**< was not there before this run */
};

/** All students, by their numbers. */
struct roll {
    struct student *all; /**< the students */
    size_t count;        /**< how many */
};

/** A growing list of lines of a file. */
struct lines {
    char **all;   /**< the lines, without their newlines */
    size_t count; /**< how many */
};

/** @brief Make a folder ready for output, and lock it against another collection. @param path
 * the folder. @return its descriptor, or -1 with errno set: EWOULDBLOCK when another is at
 * work. */
int out_open(const char *path);

/**
 * @brief Write a text so that it can stand in a column, and on a terminal.
 * @param out   where to.
 * @param text  bytes of any kind. Control characters, bytes that are no UTF-8, and characters
 *              that turn the direction of writing around come out as `\xHH`; tab, newline and
 *              backslash as `\t`, `\n`, `\\`.
 */
void column(FILE *out, const char *text);

/** @brief Read students.tsv. @param out  the folder. @param roll  filled in.
 * @return NULL, or what is wrong with the file, to free(3). */
char *roll_read(int out, struct roll *roll);

/**
 * @brief Find a student, or add one.
 * @param roll             all.
 * @param id, login, name  what is known, taken over. A student is known by the first of these
 *                         that is there.
 * @return the student's place in the roll.
 */
size_t roll_find(struct roll *roll, char *id, char *login, char *name);

/** @brief Write students.tsv, unless it is right as it is. @param out, roll  as above.
 * @return false with errno set. */
bool roll_write(int out, const struct roll *roll);

/** @brief Release it. @param roll  empty afterwards. */
void roll_free(struct roll *roll);

/**
 * @brief Write a file as `staged/NUMBER/LAB/NAME`, unless it is there with the same bytes.
 * @param out           the folder.
 * @param number        the student's.
 * @param lab, name     the rest of the path.
 * @param data, length  the bytes; NULL to remove the file.
 * @return false with errno set.
 */
bool stage(int out, unsigned number, const char *lab, const char *name, const void *data,
           size_t length);

/** @brief Append a line. @param lines  the list. @param line  of allocated memory, taken over. */
void lines_add(struct lines *lines, char *line);

/** @brief Read a file's lines. @param out  the folder. @param name  the file's name. @param lines
 * filled in; no such file has none. @return false with errno set. */
bool lines_read(int out, const char *name, struct lines *lines);

/** @brief Write a file of lines, unless it is right as it is. @param out, name, lines  as above.
 * @return false with errno set. */
bool lines_write(int out, const char *name, const struct lines *lines);

/** @brief Release them. @param lines  empty afterwards. */
void lines_free(struct lines *lines);

#endif
