/**
 * @file tests/probe/peer.h
 * @brief The other end of a connection: a client of the student's server, or a server for the
 *        student's client.
 */
#ifndef PROBE_PEER_H
#define PROBE_PEER_H

#include <stdbool.h>

#include "tests/probe/channel.h"
#include "tests/probe/program.h"

/** A connection's end that is ours. */
struct peer {
    char name[40];          /**< as reports call it: `client 3` */
    struct channel channel; /**< what is sent over it and what came */
    unsigned port;          /**< our TCP port, 0 for a unix socket */
    int error;              /**< the errno value of a connect that failed */
    struct peer *next;      /**< all of them */
};

enum {
    PEER_READS_LATER = 1, /**< take nothing yet, with a receive buffer as small as it goes */
    PEER_QUIET = 2        /**< one of many like it: its steps are not worth a line each */
};

/**
 * @brief Connect a client to a server and wait until the kernel has completed it.
 * @param server   the program, for the way to a unix path of its.
 * @param address  what it listens on.
 * @param flags    PEER_*.
 * @return the client, or NULL with errno set when it was refused or nothing came of it.
 *
 * Released by peers_end(), or earlier by one of the functions below.
 */
struct peer *peer_connect(struct program *server, const char *address, int flags);

/** @brief Listen for the student's client.
 * @param wanted  where: `127.0.0.1:0`, `[::1]:0` or a `unix:` address.
 * @param address, size  the caller's buffer for the address. @return the listening socket. */
int peer_listen(const char *wanted, char *address, size_t size);

/** @brief Accept the student's client. @param listener  non-blocking.
 * @param flags  PEER_*. @return the connection, or NULL while there is none. */
struct peer *peer_accept(int listener, int flags);

/** @brief Send. @param peer, data, length  the bytes are copied; the pump moves them. */
void peer_send(struct peer *peer, const void *data, size_t length);

/** @brief Finish sending: a half-close, once all has been sent. @param peer  it. */
void peer_finish(struct peer *peer);

/** @brief Leave in order: close, which sends end of file. @param peer  released. */
void peer_close(struct peer *peer);

/** @brief Leave with a reset (SO_LINGER 0, socket(7)); over a unix socket, which has none, with
 * a close that leaves unread what came. @param peer  released. */
void peer_reset(struct peer *peer);

/** @brief Tell how many bytes the other end's kernel has not taken yet.
 * @param peer  it. @return bytes, as SIOCOUTQ tells (tcp(7)). */
int peer_in_flight(const struct peer *peer);

/** @brief Tell how many bytes the other end has received and its program has not read.
 * @param peer  a TCP connection to this machine. @return bytes, 0 when it is closed there. */
unsigned peer_unread(const struct peer *peer);

/** @brief Find a peer by its TCP port. @param port  the port. @return its name or NULL. */
const char *peer_name(unsigned port);

/** @brief Count the peers that there have been since the last peers_end(). @return how many. */
unsigned peers_made(void);

/** @brief Close and release all peers. */
void peers_end(void);

/** @brief Tell whether anything is under way from a peer. @return whether it is. */
bool peers_in_flight(void);

#endif
