/**
 * @file tests/checks/client.h
 * @brief The checks of lab 01's client, for which the grader is the server.
 */
#ifndef CHECKS_CLIENT_H
#define CHECKS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct program;

/**
 * @brief Run a client, in its build with sanitizers, until it ends or nothing moves any more.
 * @param input, length  its standard input.
 * @param leave          whether the server leaves after ten bytes; otherwise it echoes all.
 * @return the client, whatever became of it; programs_end() releases it.
 */
struct program *run_client(const void *input, size_t length, bool leave);

/** @brief client-echoes: what goes in comes out, and the client ends with status 0. */
void check_client_echoes(void);
/** @brief client-bulk: 1 MiB through a server that reads only while its echo is taken. */
void check_client_bulk(void);
/** @brief client-refused: nobody listens. */
void check_client_refused(void);
/** @brief client-server-leaves: the server closes, or resets, before all has come back. */
void check_client_server_leaves(void);
/** @brief client-short-reads: replies that arrive a byte at a time. */
void check_client_short_reads(void);

#endif
