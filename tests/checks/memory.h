/**
 * @file tests/checks/memory.h
 * @brief memory-clean: a lab's scenario under the address and undefined-behaviour sanitizers.
 */
#ifndef CHECKS_MEMORY_H
#define CHECKS_MEMORY_H

#include <stdbool.h>

struct program;

/** @brief A server with full buffers, several clients, a half-close and resets. */
void memory_of_server(void);

/**
 * @brief A server with full buffers and 150 clients at once, who leave in no order, and resets.
 * @param ends_by_signal  whether SIGTERM is to end it, so that leaks count.
 */
void memory_of_crowd(bool ends_by_signal);

/** @brief Expect that no sanitizer has reported anything; failed() otherwise.
 * @param program  a build with sanitizers, running or ended. */
void expect_no_report(struct program *program);

/** @brief A client with 256 KiB to send, whose leaks count, as it ends by itself. */
void memory_of_client(void);

#endif
