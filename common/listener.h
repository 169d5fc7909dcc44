/**
 * @file common/listener.h
 * @brief Open a listening socket: the first three steps of a server in one call.
 *
 * Lab 01 has the student write this. From lab 02 on, where it has nothing new to teach, it
 * comes from here.
 */
#ifndef COMMON_LISTENER_H
#define COMMON_LISTENER_H

#include "common/error.h"

/**
 * @brief socket(2), bind(2) and listen(2) for an address written as text.
 * @param address  `HOST:PORT` or `unix:PATH`, see common/address.h; every address that a name
 *                 stands for is tried, the first that works is taken.
 * @param failure  filled in when nothing worked: the call and the reason of the last attempt.
 * @return the listening socket, blocking and closed on exec, which the caller closes; or -1.
 *
 * The address can be taken again while connections of an earlier server linger in TIME_WAIT
 * (SO_REUSEADDR, socket(7)). `[::]:PORT` serves IPv4 clients too, on every machine (IPV6_V6ONLY
 * off, ipv6(7)). What a connection writes leaves at once, though an earlier piece may not be
 * acknowledged yet (TCP_NODELAY, which accept(2) hands on; tcp(7)): an echo that takes several
 * writes would otherwise wait 40 ms for its last piece. The file of a unix socket on which nobody listens any more is replaced; one on
 * which somebody does, or that is no socket, is left alone (EADDRINUSE).
 */
int open_listener(const char *address, struct failure *failure);

#endif
