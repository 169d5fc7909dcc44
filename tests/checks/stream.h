/**
 * @file tests/checks/stream.h
 * @brief The checks that every stream server has to pass, whatever its model; what each
 * verifies is told in its lab's table.
 *
 * Each check is a function without arguments or result: it returns when the check holds.
 */
#ifndef CHECKS_STREAM_H
#define CHECKS_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/probe/finding.h"
#include "tests/probe/peer.h"

/** @brief Expect the server to use less than 2 % of a processor. @param symptom  what it means
 * when it does not. @param when  said in the report. */
void expect_rest(enum symptom symptom, const char *when);

/** @brief Wait until the server takes no more from a client that does not read.
 * @param client  it. @return how much it took, its kernel's buffers included. */
size_t fill_up(struct peer *client);

/** @brief Tell whether a program has printed the tally with these totals.
 * @param program  it. @param clients, bytes  the totals. @return whether. */
bool prints_totals(const struct program *program, unsigned long long clients,
                   unsigned long long bytes);

/** @brief Read the last tally. @param program  it. @return how many clients it shows, 0 where
 * there is none. */
unsigned long long last_count(const struct program *program);

/** @brief listens: the ready line comes and its address answers, for a given port too. */
void check_listens(void);
/** @brief echoes: lines, and bytes of every value. */
void check_echoes(void);
/** @brief echoes-bulk: 4 MiB through short reads and short writes. */
void check_echoes_bulk(void);
/** @brief half-close: what is due at end of file is delivered first. */
void check_half_close(void);
/** @brief survives-reset: over TCP and over unix sockets, mid-read and mid-write. */
void check_survives_reset(void);
/** @brief keeps-no-descriptor: 50 clients leave none behind. */
void check_keeps_no_descriptor(void);
/** @brief idles: silence costs no processor. */
void check_idles(void);
/** @brief tally: the totals are exact. */
void check_tally(void);
/** @brief tally, for servers with concurrent clients: those too, leaving in any order. */
void check_tally_of_many(void);
/** @brief any-family: IPv4, IPv6, a name, every interface, and a unix path. */
void check_any_family(void);
/** @brief restarts-at-once: the port can be bound again after a kill. */
void check_restarts_at_once(void);
/** @brief reports-bind-failure: a taken port is named, with exit status 1. */
void check_reports_bind_failure(void);
/** @brief serves-next-client: 20 clients one after the other. */
void check_serves_next_client(void);

#endif
