/* tcpserv02: UNIX Network Programming, chapter 26, with a count of what was served */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTENQ	1024
#define MAXLINE	4096
#define SA		struct sockaddr

static pthread_mutex_t	count_mutex = PTHREAD_MUTEX_INITIALIZER;
static long				nclients;
static long long		nbytes;

static void
err_doit(int error, const char *fmt, va_list ap)
{
	char	buf[MAXLINE];

	vsnprintf(buf, sizeof(buf), fmt, ap);
	fprintf(stderr, "server: %s: %s\n", buf, strerror(error));
}

static void
err_ret(const char *fmt, ...)
{
	va_list	ap;
	int		errno_save = errno;

	va_start(ap, fmt);
	err_doit(errno_save, fmt, ap);
	va_end(ap);
}

static void
err_sys(const char *fmt, ...)
{
	va_list	ap;
	int		errno_save = errno;

	va_start(ap, fmt);
	err_doit(errno_save, fmt, ap);
	va_end(ap);
	exit(1);
}

static void
err_quit(const char *what, const char *why)
{
	fprintf(stderr, "server: %s: %s\n", what, why);
	exit(1);
}

static void
Pthread_mutex_lock(pthread_mutex_t *mptr)
{
	int		n;

	if ((n = pthread_mutex_lock(mptr)) == 0)
		return;
	errno = n;
	err_sys("pthread_mutex_lock error");
}

static void
Pthread_mutex_unlock(pthread_mutex_t *mptr)
{
	int		n;

	if ((n = pthread_mutex_unlock(mptr)) == 0)
		return;
	errno = n;
	err_sys("pthread_mutex_unlock error");
}

static ssize_t
writen(int fd, const void *vptr, size_t n)
{
	size_t		nleft = n;
	ssize_t		nwritten;
	const char	*ptr = vptr;

	while (nleft > 0) {
		if ((nwritten = write(fd, ptr, nleft)) <= 0) {
			if (nwritten < 0 && errno == EINTR)
				nwritten = 0;		/* and call write() again */
			else
				return(-1);
		}
		nleft -= nwritten;
		ptr += nwritten;
	}
	return(n);
}

static int
unix_listen(const char *arg)
{
	int					fd;
	struct sockaddr_un	un;

	bzero(&un, sizeof(un));
	un.sun_family = AF_UNIX;
	if (arg[5] == 0 || strlen(arg + 5) >= sizeof(un.sun_path))
		err_quit(arg, "a path has 1 to 107 bytes");
	strcpy(un.sun_path, arg + 5);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) < 0)
		err_sys("socket %s", arg);
	if (bind(fd, (SA *) &un, sizeof(un)) < 0)
		err_sys("bind %s", arg);
	if (listen(fd, LISTENQ) < 0)
		err_sys("listen %s", arg);
	printf("listening on %s\n", arg);
	return(fd);
}

static int
tcp_listen(const char *arg)
{
	int						fd = -1, n;
	const int				on = 1;
	char					*host, *serv, bound[NI_MAXHOST], port[NI_MAXSERV];
	struct addrinfo			hints, *res, *ressave;
	struct sockaddr_storage	ss;
	socklen_t				len = sizeof(ss);

	if ((host = strdup(arg)) == NULL)
		err_sys("strdup");
	if ((serv = strrchr(host, ':')) == NULL || serv[1] == 0)
		err_quit(arg, "no port");
	*serv++ = 0;
	if (host[0] == '[' && serv[-2] == ']') {
		serv[-2] = 0;
		memmove(host, host + 1, strlen(host));
	}
	bzero(&hints, sizeof(hints));
	hints.ai_flags = AI_PASSIVE;
	hints.ai_socktype = SOCK_STREAM;
	if ((n = getaddrinfo(*host ? host : NULL, serv, &hints, &res)) != 0)
		err_quit(arg, gai_strerror(n));
	for (ressave = res; res != NULL; res = res->ai_next) {
		if ((fd = socket(res->ai_family, res->ai_socktype, res->ai_protocol)) < 0)
			continue;		/* error, try next one */
		if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
			err_sys("setsockopt %s", arg);
		if (bind(fd, res->ai_addr, res->ai_addrlen) == 0)
			break;			/* success */
		n = errno;
		close(fd);
		errno = n;
	}
	if (res == NULL)
		err_sys("bind %s", arg);
	if (listen(fd, LISTENQ) < 0)
		err_sys("listen %s", arg);
	freeaddrinfo(ressave);
	free(host);
	if (getsockname(fd, (SA *) &ss, &len) < 0)
		err_sys("getsockname %s", arg);
	n = getnameinfo((SA *) &ss, len, bound, sizeof(bound), port, sizeof(port),
					NI_NUMERICHOST | NI_NUMERICSERV);
	if (n != 0)
		err_quit(arg, gai_strerror(n));
	printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n" : "listening on %s:%s\n",
		   bound, port);
	return(fd);
}

static long long
str_echo(int sockfd)
{
	ssize_t		n;
	long long	total = 0;
	char		buf[MAXLINE];

again:
	while ((n = read(sockfd, buf, MAXLINE)) > 0) {
		total += n;
		if (writen(sockfd, buf, n) != n)
			break;
	}
	if (n < 0 && errno == EINTR)
		goto again;
	if (n < 0)
		err_ret("str_echo: read error");
	return(total);
}

static void *
doit(void *arg)
{
	int			connfd;
	long long	n;

	connfd = *((int *) arg);
	free(arg);

	pthread_detach(pthread_self());
	n = str_echo(connfd);	/* same function as before */
	close(connfd);			/* done with connected socket */

	Pthread_mutex_lock(&count_mutex);
	nclients++;
	nbytes += n;
	printf("served %ld clients, %lld bytes\n", nclients, nbytes);
	fflush(stdout);
	Pthread_mutex_unlock(&count_mutex);
	return(NULL);
}

int
main(int argc, char **argv)
{
	int			listenfd, connfd, *iptr, n;
	pthread_t	tid;

	if (argc != 2) {
		fprintf(stderr, "usage: server <address>\n");
		exit(2);
	}
	signal(SIGPIPE, SIG_IGN);
	listenfd = strncmp(argv[1], "unix:", 5) ? tcp_listen(argv[1]) : unix_listen(argv[1]);
	fflush(stdout);

	for ( ; ; ) {
		if ((connfd = accept(listenfd, NULL, NULL)) < 0) {
			err_ret("accept error");
			sleep(1);
			continue;
		}
		if ((iptr = malloc(sizeof(int))) == NULL) {
			err_ret("malloc error");
			close(connfd);
			continue;
		}
		*iptr = connfd;
		if ((n = pthread_create(&tid, NULL, &doit, iptr)) != 0) {
			errno = n;
			err_ret("pthread_create error");
			free(iptr);
			close(connfd);
		}
	}
}
