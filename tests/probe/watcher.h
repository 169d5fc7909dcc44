/**
 * @file tests/probe/watcher.h
 * @brief A bound on the memory of all of the student's processes together.
 *
 * The kernel's limits hold for each process; many processes, or memory that is shared, get past
 * them. So a process of the suite's own adds up, many times a second, what the programs hold, and
 * ends all of them when it is too much. Counted are the anonymous memory of each process, in
 * memory or swapped out, each shared mapping by its whole size (its pages may be there although
 * no process shows them), files of memfd_create(), and System V's shared memory. What files with a
 * name hold is not: it is bounded by the size of the program's /tmp. But each of them counts with
 * the kilobyte that the kernel keeps for it, at the levels where programs have a /tmp of their own.
 *
 * Left out: the kernel's own memory, as the buffers of sockets and pipes, and a file of
 * memfd_create() whose only descriptor is on its way through a socket.
 */
#ifndef PROBE_WATCHER_H
#define PROBE_WATCHER_H

#include <stdbool.h>

#include "tests/sandbox/sandbox.h"

/** @brief Start to watch all descendants of this process, but the watcher itself.
 * @param level  the isolation; broken() when no process can be made. */
void watcher_start(enum isolation level);

/** @brief Widen the bound: from now on programs with sanitizers run too. */
void watcher_allow_sanitizers(void);

/** @brief Tell whether the programs were ended for their memory. @return whether. */
bool watcher_has_ended_them(void);

/** @brief Tell the bound. @return bytes. */
int watcher_bound(void);

/** @brief Look once more. @return whether the programs have held, at some time, more memory than
 * they may. */
bool watcher_saw_too_much(void);

/** @brief See whether the watcher is at work. @return false when somebody has ended it. */
bool watcher_is_there(void);

/** @brief Say how much that was. @return a sentence, valid until the next call. */
const char *watcher_finding(void);

#endif
