/*
 * The signatures of the calls, as the pages show them. Each is declared once more behind the
 * header that declares it, so a compiler refuses this file when one of them is not right.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
/* With optimization the C library makes macros of these. */
#undef htons
#undef htonl
#undef ntohs
#undef ntohl

/* [socket] */
#include <sys/socket.h>

int socket(int domain, int type, int protocol);
/* [socket] */

/* [socketpair] */
#include <sys/socket.h>

int socketpair(int domain, int type, int protocol, int pair[2]);
/* [socketpair] */

/* [getaddrinfo] */
#include <netdb.h>
#include <sys/socket.h>
#include <sys/types.h>

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict list);
const char *gai_strerror(int code);
/* [getaddrinfo] */

/* [freeaddrinfo] */
#include <netdb.h>

void freeaddrinfo(struct addrinfo *list);
/* [freeaddrinfo] */

/* [getnameinfo] */
#include <netdb.h>
#include <sys/socket.h>

int getnameinfo(const struct sockaddr *restrict address, socklen_t length, char *restrict host,
                socklen_t host_size, char *restrict service, socklen_t service_size, int flags);
/* [getnameinfo] */

/* [inet_pton] */
#include <arpa/inet.h>

int inet_pton(int family, const char *restrict text, void *restrict address);
/* [inet_pton] */

/* [inet_ntop] */
#include <arpa/inet.h>

const char *inet_ntop(int family, const void *restrict address, char *restrict text,
                      socklen_t size);
/* [inet_ntop] */

/* [byteorder] */
#include <arpa/inet.h>

uint16_t htons(uint16_t host);
uint32_t htonl(uint32_t host);
uint16_t ntohs(uint16_t network);
uint32_t ntohl(uint32_t network);
/* [byteorder] */

/* [bind] */
#include <sys/socket.h>

int bind(int fd, const struct sockaddr *address, socklen_t length);
/* [bind] */

/* [listen] */
#include <sys/socket.h>

int listen(int fd, int backlog);
/* [listen] */

/* [accept] */
#include <sys/socket.h>

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length);
/* [accept] */

/* [accept4] */
#define _GNU_SOURCE /* in the first line of the file, before any header */
#include <sys/socket.h>

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags);
/* [accept4] */

/* [connect] */
#include <sys/socket.h>

int connect(int fd, const struct sockaddr *address, socklen_t length);
/* [connect] */

/* [read] */
#include <unistd.h>

ssize_t read(int fd, void *buffer, size_t size);
/* [read] */

/* [write] */
#include <unistd.h>

ssize_t write(int fd, const void *buffer, size_t length);
/* [write] */

/* [recv] */
#include <sys/socket.h>

ssize_t recv(int fd, void *buffer, size_t size, int flags);
/* [recv] */

/* [send] */
#include <sys/socket.h>

ssize_t send(int fd, const void *buffer, size_t length, int flags);
/* [send] */

/* [sendto] */
#include <sys/socket.h>

ssize_t sendto(int fd, const void *buffer, size_t length, int flags,
               const struct sockaddr *address, socklen_t address_length);
/* [sendto] */

/* [recvfrom] */
#include <sys/socket.h>

ssize_t recvfrom(int fd, void *restrict buffer, size_t size, int flags,
                 struct sockaddr *restrict address, socklen_t *restrict address_length);
/* [recvfrom] */

/* [shutdown] */
#include <sys/socket.h>

int shutdown(int fd, int how);
/* [shutdown] */

/* [close] */
#include <unistd.h>

int close(int fd);
/* [close] */

/* [setsockopt] */
#include <sys/socket.h>

int setsockopt(int fd, int level, int option, const void *value, socklen_t length);
int getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict length);
/* [setsockopt] */

/* [getsockname] */
#include <sys/socket.h>

int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict length);
/* [getsockname] */

/* [getpeername] */
#include <sys/socket.h>

int getpeername(int fd, struct sockaddr *restrict address, socklen_t *restrict length);
/* [getpeername] */

/* [fcntl] */
#include <fcntl.h>

int fcntl(int fd, int command, ...);
/* [fcntl] */

/* [fork] */
#include <unistd.h>

pid_t fork(void);
/* [fork] */

/* [waitpid] */
#include <sys/wait.h>

pid_t waitpid(pid_t child, int *status, int options);
/* [waitpid] */

/* [_exit] */
#include <stdnoreturn.h>
#include <unistd.h>

noreturn void _exit(int status);
/* [_exit] */

/* [sigaction] */
#include <signal.h>

int sigaction(int number, const struct sigaction *restrict action,
              struct sigaction *restrict old);
/* [sigaction] */

/* [signal] */
#include <signal.h>

typedef void (*sighandler_t)(int);
sighandler_t signal(int number, sighandler_t handler);
/* [signal] */

/* [sigprocmask] */
#include <signal.h>

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
/* [sigprocmask] */

/* [mmap] */
#include <sys/mman.h>

void *mmap(void *wish, size_t length, int protection, int flags, int fd, off_t offset);
int munmap(void *start, size_t length);
/* [mmap] */

/* [pthread_create] */
#include <pthread.h>

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*function)(void *), void *restrict argument);
/* [pthread_create] */

/* [pthread_detach] */
#include <pthread.h>

int pthread_detach(pthread_t thread);
/* [pthread_detach] */

/* [pthread_join] */
#include <pthread.h>

int pthread_join(pthread_t thread, void **result);
/* [pthread_join] */

/* [pthread_mutex] */
#include <pthread.h>

int pthread_mutex_lock(pthread_mutex_t *lock);
int pthread_mutex_unlock(pthread_mutex_t *lock);
/* [pthread_mutex] */

/* [select] */
#include <sys/select.h>

int select(int nfds, fd_set *restrict readable, fd_set *restrict writable,
           fd_set *restrict failed, struct timeval *restrict timeout);
/* [select] */

/* [poll] */
#include <poll.h>

int poll(struct pollfd *watched, nfds_t count, int milliseconds);
/* [poll] */

/* [signalfd] */
#include <sys/signalfd.h>

int signalfd(int fd, const sigset_t *set, int flags);
/* [signalfd] */

/* [perror] */
#include <stdio.h>
#include <string.h>

void perror(const char *text);
char *strerror(int code);
/* [perror] */

int main(void)
{
}
