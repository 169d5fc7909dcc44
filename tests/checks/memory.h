/**
 * @file tests/checks/memory.h
 * @brief memory-clean: a lab's scenario under the address and undefined-behaviour sanitizers.
 */
#ifndef CHECKS_MEMORY_H
#define CHECKS_MEMORY_H

/** @brief A server with full buffers, several clients, a half-close and resets. */
void memory_of_server(void);

/** @brief A client with 256 KiB to send, whose leaks count, as it ends by itself. */
void memory_of_client(void);

#endif
