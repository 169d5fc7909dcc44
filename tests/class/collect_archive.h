/**
 * @file tests/class/collect_archive.h
 * @brief Open archives, as a student may have made them to do harm.
 *
 * bsdtar(1) turns any archive into a plain tar stream, in a sandbox that sees no file but the
 * system's programs: the archive is its standard input, the stream comes back through a pipe,
 * and is read here. So no path of the archive ever becomes one of this machine. Compressed
 * files are first decompressed by bsdcat(1) alone, and only what then is a tar or a zip goes on:
 * among the forms that bsdtar knows there is one, mtree(5), which makes it read other files.
 */
#ifndef CLASS_COLLECT_ARCHIVE_H
#define CLASS_COLLECT_ARCHIVE_H

#include "tests/class/collect_entries.h"
#include "tests/sandbox/sandbox.h"

/** How much may still come out of archives. It shrinks as they are opened. */
struct allowance {
    uint64_t bytes;        /**< of all files together */
    size_t entries;        /**< files, folders and links */
    size_t archives;       /**< archives to open */
    unsigned seconds;      /**< of a processor's time, for each step */
    double patience;       /**< seconds that pass, for all together */
    const char *too_large; /**< what is said when the bytes are used up */
    const char *too_many;  /**< what is said when the entries are */
};

/** @brief What one student's archives may hold. @return 64 MiB, 10,000 entries, 32 archives, two
 * minutes. */
struct allowance student_allowance(void);

/** @brief What the class's archive may hold, the instructor's own. @return 4 GiB and 1,000,000
 * entries. */
struct allowance class_allowance(void);

/** How an attempt to open an archive ended. */
enum unpacked {
    UNPACKED,     /**< it is open */
    NOT_UNPACKED, /**< it is no good */
    UNPACK_FAILED /**< this machine failed; source->failure says how, or else errno */
};

/**
 * @brief Open an archive and list what it holds.
 * @param source     where its bytes are, and the spool that takes what is kept of it: sources,
 *                   archives, metadata.
 * @param archive    the entry; its path begins those of what it holds.
 * @param level      the isolation.
 * @param allowance  what is left of it.
 * @param entries    appended to; as it was unless the archive could be opened as a whole.
 * @param why        filled in when it is no good: the reason, to free(3).
 * @return how it ended.
 */
enum unpacked archive_open(struct source *source, const struct entry *archive,
                           enum isolation level, struct allowance *allowance,
                           struct entries *entries, char **why);

/** @brief As archive_open(), for an archive that is open already. @param source  as above.
 * @param fd  the archive. @param level, allowance, entries, why  as above. @return as above. */
enum unpacked archive_open_fd(struct source *source, int fd, enum isolation level,
                              struct allowance *allowance, struct entries *entries, char **why);

#endif
