/**
 * @file tests/bench/server.h
 * @brief The server that is measured: started, looked at from outside, stopped.
 *
 * Every function ends the program with a message when it cannot do its work, as a measurement
 * with a hole in it is none. The server is killed with the program, however that ends.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/address.h"

/** A running server. */
struct server {
    const char *name;           /**< the path of its program, or `raw` */
    pid_t pid;                  /**< its first process, which leads a process group */
    int output;                 /**< what it printed, a file in memory */
    char address[ADDRESS_SIZE]; /**< where it listens */
};

/**
 * @brief Start a server at a port of 127.0.0.1 that the kernel chooses, and wait until it listens.
 * @param server  filled in.
 * @param name    the path of a program, or `raw`: the simplest echo there is, for one client, in a
 *                process that is forked for it.
 */
void server_start(struct server *server, const char *name);

/**
 * @brief End the program when the server is no longer there; return when it is.
 * @param server  the server.
 * @param milliseconds  how long it may take to be gone: a connection that it closed by ending
 *                      is seen before its end is.
 */
void server_must_live(const struct server *server, unsigned milliseconds);

/**
 * @brief Wait until it does nothing any more, so that what is read next belongs to what came before.
 * @param server  the server.
 * @param alone   wait also until its first process has no children left.
 */
void server_settle(const struct server *server, bool alone);

/**
 * @brief Read the processor time of all its processes, with those of their threads that have ended.
 * @param server  the server. @return seconds; children that have ended are not in it.
 */
double server_processor_time(const struct server *server);

/**
 * @brief Read the memory of all its processes, a page that k processes share as 1/k of it in each.
 * @param server  the server. @return KiB: the sum of their PSS.
 */
double server_memory(const struct server *server);

/**
 * @brief Kill it, with its children.
 * @param server  the server.
 * @return seconds of processor that it has used since its start, with the children that it has
 *         waited for. Those that it has not waited for are lost: settle first, alone.
 */
double server_stop(struct server *server);

#endif
