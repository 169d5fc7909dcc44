/**
 * @file common/io.h
 * @brief Write all of it.
 *
 * write(2) on a socket may take fewer bytes than it was given and say so in its return value: a
 * short write. It is no error, and a program that does not look loses the rest.
 *
 * Left out: a read of an exact count. How many bytes a peer will send is the business of the
 * protocol, so each program reads in its own loop.
 */
#ifndef COMMON_IO_H
#define COMMON_IO_H

#include <stddef.h>

/**
 * @brief Write all the bytes to a blocking descriptor, however many calls that takes.
 * @param fd      an open descriptor in blocking mode; it stays the caller's.
 * @param data    the bytes.
 * @param length  how many.
 * @return 0 when every byte was taken; -1 with errno set by write(2) when one was not: how many
 *         were taken before is then unknown, and the connection is of no more use.
 *
 * An interrupted call (EINTR) is repeated. A peer that is gone shows as EPIPE or ECONNRESET;
 * the signal SIGPIPE, which comes first, is the program's to ignore. See write(2), signal(7).
 */
int write_all(int fd, const void *data, size_t length);

#endif
