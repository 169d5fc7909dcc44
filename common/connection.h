/**
 * @file common/connection.h
 * @brief Open a connection: the first two steps of a client in one call.
 *
 * Lab 01 has the student write this. Later programs that only need a connection take it from
 * here.
 */
#ifndef COMMON_CONNECTION_H
#define COMMON_CONNECTION_H

#include "common/error.h"

/**
 * @brief socket(2) and connect(2) for an address written as text.
 * @param address  `HOST:PORT` or `unix:PATH`, see common/address.h; every address that a name
 *                 stands for is tried, the first that answers is taken.
 * @param failure  filled in when none answered: the call and the reason of the last attempt.
 * @return the connected socket, blocking and closed on exec, which the caller closes; or -1.
 *
 * There is no time limit of its own: an address that swallows packets takes the kernel's, about
 * two minutes. See tcp(7).
 */
int open_connection(const char *address, struct failure *failure);

#endif
