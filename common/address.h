/**
 * @file common/address.h
 * @brief Addresses as people write them: `HOST:PORT` and `unix:PATH`, in both directions.
 *
 * | text                        | means                                                     |
 * | --------------------------- | --------------------------------------------------------- |
 * | `127.0.0.1:7000`            | an IPv4 address and a port                                |
 * | `[::1]:7000`                | an IPv6 address (in brackets, as it has colons itself)    |
 * | `localhost:7000`            | a name: every address that it has, in the resolver's order |
 * | `localhost:http`            | a service name from /etc/services in the port's place     |
 * | `:7000`                     | listening: every interface (IPv4); connecting: this machine |
 * | `127.0.0.1:0`               | listening: a free port that the kernel chooses            |
 * | `unix:/tmp/echo.sock`       | a unix domain socket at that path, at most 107 bytes long |
 *
 * Built on getaddrinfo(3) and getnameinfo(3), whose structures and codes it keeps: what a
 * reader learns here holds elsewhere. Left out: datagram and raw sockets, abstract unix names
 * in the text-to-address direction.
 */
#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>

/** Bytes that hold any address as text, its final NUL included. */
#define ADDRESS_SIZE 160

/** What an address is wanted for. */
enum address_use {
    ADDRESS_TO_LISTEN, /**< an empty HOST means every interface (AI_PASSIVE) */
    ADDRESS_TO_CONNECT /**< an empty HOST means this machine */
};

/** Why a text is no address. Positive, so that they differ from the resolver's own EAI_* codes.
 */
enum address_error {
    ADDRESS_NO_PORT = 1,   /**< there is no `:PORT` at the end */
    ADDRESS_NO_BRACKET,    /**< a `[` without its `]` */
    ADDRESS_BARE_IPV6,     /**< an IPv6 address without brackets, `::1:7000` */
    ADDRESS_BAD_PORT,      /**< a port number above 65535 */
    ADDRESS_HOST_TOO_LONG, /**< a host name over 255 bytes */
    ADDRESS_NO_PATH,       /**< `unix:` with nothing behind it */
    ADDRESS_PATH_TOO_LONG  /**< a path that does not fit into sun_path: over 107 bytes */
};

/**
 * @brief Turn a text into the list of socket addresses that it stands for.
 * @param text  `HOST:PORT` or `unix:PATH`.
 * @param use   what the addresses are wanted for.
 * @param list  on success the addresses, in the order in which to try them; release it with
 *              address_free(). Untouched on failure.
 * @return 0, an ::address_error, or what getaddrinfo(3) returned (EAI_NONAME: no such host,
 *         EAI_SERVICE: no such service, EAI_SYSTEM: see errno); all are for address_strerror().
 *
 * The entries are those of getaddrinfo(3), stream sockets only, one for a `unix:` address. A
 * caller tries them all: a name often has an IPv6 and an IPv4 address, and one may not work.
 */
int address_resolve(const char *text, enum address_use use, struct addrinfo **list);

/** @brief Release a list. @param list  from address_resolve(), or NULL. */
void address_free(struct addrinfo *list);

/**
 * @brief Write an address as text, numerically, so that address_resolve() reads it back.
 * @param address  a socket address of the family AF_INET, AF_INET6 or AF_UNIX.
 * @param length   its length as the kernel gave it; for AF_UNIX it tells the path's end.
 * @param text     the caller's buffer; ADDRESS_SIZE bytes are enough for every address.
 * @param size     the buffer's size in bytes.
 * @return 0, EAI_OVERFLOW when the buffer is too small, EAI_FAMILY for another family, or what
 *         getnameinfo(3) returned.
 *
 * A unix socket without a name, as a client's, gives `unix:`; an abstract one `unix:@NAME`. See
 * unix(7).
 */
int address_format(const struct sockaddr *address, socklen_t length, char *text, size_t size);

/**
 * @brief Write the address that a socket is bound to, with the port that it really has.
 * @param fd          a socket, the caller's.
 * @param text, size  as for address_format().
 * @return as address_format(); EAI_SYSTEM with errno set when getsockname(2) failed.
 */
int address_of_socket(int fd, char *text, size_t size);

/**
 * @brief Say what a code means.
 * @param code  an ::address_error or EAI_* code.
 * @return a string that is never freed; for EAI_SYSTEM it only says that errno has the reason.
 */
const char *address_strerror(int code);

#endif
