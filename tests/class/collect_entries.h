/**
 * @file tests/class/collect_entries.h
 * @brief What a platform's export holds, as one flat list: files on disk and files of archives
 *        alike, known by their paths.
 *
 * Nothing is ever unpacked to a path that a student chose: what is needed of an archive is kept
 * in a spool, a file without a name, and a path is only a text. Files on disk are opened
 * component by component, never through a link.
 */
#ifndef CLASS_COLLECT_ENTRIES_H
#define CLASS_COLLECT_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

enum {
    LARGEST_SOURCE = 1 << 20,   /**< of a lab's file, as the grader has it */
    LARGEST_ARCHIVE = 64 << 20, /**< a student's archive, and all that it holds */
    DEEPEST_FOLDER = 64,        /**< folders inside each other */
    SNIFFED = 512               /**< so many bytes tell what a file is */
};

/** What stands at a path. */
enum entry_kind {
    ENTRY_FILE,      /**< a regular file */
    ENTRY_DIRECTORY, /**< a folder, or an archive that has been opened */
    ENTRY_UNUSABLE,  /**< something else, as a link: no good as a lab's file */
    ENTRY_MISPLACED  /**< whatever it is, its path is none that can be used */
};

/** What a file's first bytes are. */
enum content {
    NOT_LOOKED,         /**< nobody has looked yet */
    ORDINARY,           /**< nothing of the following */
    COMPILED,           /**< an ELF file */
    ARCHIVE_TAR,        /**< a tar archive, its header's checksum right */
    ARCHIVE_ZIP,        /**< a zip archive */
    ARCHIVE_COMPRESSED, /**< gzip, bzip2, xz or zstd, of whatever */
    ARCHIVE_FOREIGN     /**< 7-Zip or RAR: not opened */
};

/** One file or folder. */
struct entry {
    char *path;           /**< below the root, slashes between; an archive is like a folder */
    enum entry_kind kind; /**< what stands there */
    const char *wrong;    /**< of an unusable one: why, as `is a symbolic link` */
    uint64_t size;        /**< of a file, in bytes */
    off_t kept;           /**< where it begins in the spool, or one of the following */
    enum content content; /**< what it begins with */
    size_t own;           /**< where in the path the student's own part begins */
    size_t handed;        /**< by which of the student's submissions it came */
    unsigned archives;    /**< how many archives it lies in */
};

/** Values of entry.kept. */
enum {
    ON_DISK = -1, /**< the file itself, under the root */
    NOT_KEPT = -2 /**< nowhere: nothing wants its contents */
};

/** A list of them. */
struct entries {
    struct entry *all; /**< the entries */
    size_t count;      /**< how many */
    size_t room;       /**< for how many there is memory */
};

/** Where entries' bytes are. */
struct source {
    int directory; /**< the root of what is on disk; -1 where that is an archive */
    int spool;     /**< holds what was kept of archives */
    off_t end;     /**< the end of that */
    char *failure; /**< what failed on this machine where errno cannot tell; to free(3) */
};

/** @brief Open an unnamed file below $TMPDIR or /tmp. @return its descriptor, or -1 with errno
 * set. */
int temporary_file(void);

/** @brief Append an entry. @param entries  the list. @param path  of allocated memory, which the
 * list then owns. @param kind  what it is. @return it, valid until the next one is appended. */
struct entry *entries_add(struct entries *entries, char *path, enum entry_kind kind);

/** @brief Put a list in order, by the bytes of the paths, so that all of a folder stands
 * together. @param entries  the list. */
void entries_sort(struct entries *entries);

/** @brief Shorten a list. @param entries  the list. @param count  so many stay. */
void entries_cut(struct entries *entries, size_t count);

/** @brief Release a list. @param entries  empty afterwards. */
void entries_free(struct entries *entries);

/**
 * @brief List a folder on disk, links not followed.
 * @param directory  its descriptor.
 * @param except     a folder that is left out, as our own output.
 * @param entries    the list to append to.
 * @return false with errno set when the folder itself cannot be read.
 *
 * Folders that are surely nobody's work (junk_kind()) are listed, and not looked into.
 */
bool list_folder(int directory, const struct stat *except, struct entries *entries);

/** @brief Open a file of the list for reading. @param source  where its bytes are. @param entry
 * a file. @return a descriptor at its first byte, or -1 with errno set. */
int entry_open(const struct source *source, const struct entry *entry);

/**
 * @brief Read a whole file of the list.
 * @param source, entry  as above.
 * @param length         filled in.
 * @return its bytes, closed by a NUL that is not counted, to free(3); or NULL with errno set.
 */
char *entry_read(const struct source *source, const struct entry *entry, size_t *length);

/** @brief Tell what bytes are. @param data  a file's first. @param length  how many, up to
 * ::SNIFFED. @return what they look like. */
enum content sniff(const unsigned char *data, size_t length);

/** @brief Tell what a file is, reading its first bytes when nobody has yet. @param source, entry
 * as above. @return entry->content. */
enum content entry_content(const struct source *source, struct entry *entry);

/**
 * @brief Tell whether a name is one of those that surely are nobody's work.
 * @param name    a file's or folder's.
 * @param length  of the name.
 * @return its kind, for a summary, as `files of version control`; or NULL.
 */
const char *junk_kind(const char *name, size_t length);

#endif
