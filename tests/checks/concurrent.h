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

/** A limit of the server's that a check lowers for a while. */
struct limit {
    int resource;    /**< RLIMIT_NOFILE or RLIMIT_NPROC */
    const char *of;  /**< what it bounds: `descriptors` */
    unsigned before; /**< what it was */
};

/** @brief Lower a limit of a running server. @param server  it.
 * @param limit  what; `before` is filled in. @param to  the new soft limit. */
void lower_limit(const struct server *server, struct limit *limit, unsigned to);
/** @brief Undo lower_limit(). @param server, limit  as there. */
void raise_limit(const struct server *server, const struct limit *limit);

/** What not being up to a lack of something means. */
struct lack {
    struct blame staying;  /**< the clients it had are not served on */
    enum symptom ended;    /**< it ended */
    enum symptom spins;    /**< it spins */
    enum symptom kept;     /**< the client turned away is neither closed nor served later */
    enum symptom unserved; /**< nobody is served once there is room again */
};

/**
 * @brief With a limit reached: a client that cannot be served costs no other, no end, no spin.
 * @param server   the server.
 * @param staying  a client that is served.
 * @param limit    lowered already.
 * @param lack     what failures mean.
 * @return the client that could not be served, NULL where the server got round the limit.
 */
struct peer *live_through_lack(struct server *server, struct peer *staying,
                               const struct limit *limit, const struct lack *lack);

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
