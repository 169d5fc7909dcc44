/**
 * @file tests/probe/channel.h
 * @brief The probe's ends of sockets and pipes: all of them non-blocking, moved by one pump.
 *
 * A check must never block: the program at the other end may be wrong in any way. So it only
 * says what is to be sent and whether to take what comes; pump() does as much as the kernel
 * allows.
 */
#ifndef PROBE_CHANNEL_H
#define PROBE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

/** One end of a socket or pipe. What was sent is kept, so that an echo can be compared with it.
 */
struct channel {
    int fd;               /**< -1 once it is closed */
    bool socket;          /**< half-close by shutdown(2); a pipe is closed instead */
    bool reading;         /**< take what comes; otherwise it stays in the kernel's buffer */
    bool finish;          /**< no more is to be sent: half-close once all has been */
    char *out;            /**< all that is, or was, to be sent */
    size_t out_length;    /**< how much that is */
    size_t out_sent;      /**< how much of it the kernel has taken */
    char *in;             /**< what came */
    size_t in_length;     /**< how much of it is kept, at most @ref in_maximum */
    size_t in_maximum;    /**< what comes beyond this is counted, and thrown away */
    size_t in_total;      /**< how much came */
    size_t piece;         /**< at most so much is taken at a time, 0 for 64 KiB */
    bool chatter;         /**< what moves here is no progress: lines that a program prints */
    bool ended;           /**< end of file came, or an error */
    int error;            /**< the errno value that ended it, or 0 */
    struct channel *next; /**< the pump's list */
};

/**
 * @brief Take over a descriptor, which becomes non-blocking, and add it to the pump's list.
 * @param channel  filled in; must stay where it is until channel_close().
 * @param fd       an open descriptor; from now on the channel's.
 * @param reading  see struct channel.
 */
void channel_open(struct channel *channel, int fd, bool reading);

/** @brief Close, forget and release everything. @param channel  open, or closed already. */
void channel_close(struct channel *channel);

/** @brief Append to what is to be sent. @param channel, data, length  the bytes are copied. */
void channel_send(struct channel *channel, const void *data, size_t length);

/** @brief Tell whether a text is in what came. @param channel, text  where, what.
 * @return whether it is. */
bool channel_holds(const struct channel *channel, const char *text);

/**
 * @brief Wait for what can be moved, on any channel, and move it.
 * @param milliseconds  how long to wait at most when nothing can be moved.
 * @return how many bytes, ends of file and errors were met: 0 is no progress.
 */
size_t pump(int milliseconds);

/** @brief Seconds on a clock that nobody sets. @return CLOCK_MONOTONIC. */
double now(void);

#endif
