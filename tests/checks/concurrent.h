/**
 * @file tests/checks/concurrent.h
 * @brief The checks of servers for many clients at once, labs 02 to 05, and what they share.
 */
#ifndef CHECKS_CONCURRENT_H
#define CHECKS_CONCURRENT_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/checks/echo.h"

enum { MANY = 2000 /**< as many clients as a check has at most */ };

/** What being one of many clients that are served badly means. */
extern const struct blame crowd_blame;

/**
 * @brief Connect clients one after the other, each with its echo before the next comes.
 * @param server   the server.
 * @param clients  filled in, @p count of them.
 * @param count    how many.
 * @param blame    what a failure means.
 */
void gather(struct server *server, struct peer *clients[], size_t count,
            const struct blame *blame);

/** @brief All speak at once, and each gets its own bytes.
 * @param clients, count, blame  as for gather(). */
void all_speak(struct peer *clients[], size_t count, const struct blame *blame);

/** @brief All leave. @param clients, count  as for gather(). */
void all_leave(struct peer *clients[], size_t count);

/** A number that the server has to reach, or to come back to. */
struct goal {
    struct server *server;                      /**< the server */
    unsigned (*measure)(const struct server *); /**< what is counted */
    unsigned wanted;                            /**< the number */
    bool or_less;                               /**< fewer will do */
    unsigned seen;                              /**< the latest count */
};

/** @brief Wait up to 2 seconds of the server's own until a goal is reached.
 * @param goal  it. @return whether it is. */
bool reaches_soon(struct goal *goal);

/** @brief Count the server's processes, without zombies. @param server  it. @return how many. */
unsigned processes_of(const struct server *server);
/** @brief Count its threads. @param server  it. @return how many, in all processes. */
unsigned threads_of(const struct server *server);
/** @brief Count its zombies. @param server  it. @return how many. */
unsigned zombies_of(const struct server *server);
/** @brief Count descriptors of its first process. @param server  it. @return how many. */
unsigned descriptors_of(const struct server *server);

/** @brief Many clients at once, all answered. @param count  how many, at most ::MANY. */
void clients_at_once(size_t count);
/** @brief out-of-processes, out-of-threads. @param kind  `processes` or `threads`. */
void check_out_of_tasks(const char *kind);

/** @brief clients-at-once, with 50. */
void check_clients_at_once(void);
/** @brief clients-at-once, and beside a client that does not read. */
void check_clients_beside_slow_reader(void);
/** @brief survives-reset, and resets among clients that speak at the same moment. */
void check_survives_reset_of_many(void);
/** @brief out-of-descriptors: the limit is met, and nobody but the newcomer notices. */
void check_out_of_descriptors(void);
/** @brief one-thread: no child and no second thread. */
void check_one_thread(void);

#endif
