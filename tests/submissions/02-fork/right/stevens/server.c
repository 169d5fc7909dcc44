/* tcpserv04, grown: UNIX Network Programming, chapter 5, with a count of what was served */
#include <errno.h>
#include <netdb.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTENQ 1024
#define MAXLINE 4096
#define SA      struct sockaddr

typedef void Sigfunc(int);

struct count {
	sem_t			mutex;
	long			nclients;
	long long		nbytes;
};

static void
err_doit(const char *fmt, va_list ap)
{
	char	buf[MAXLINE];
	int		n, errno_save = errno;

	n = snprintf(buf, sizeof(buf), "server: ");
	vsnprintf(buf + n, sizeof(buf) - n, fmt, ap);
	fprintf(stderr, "%s: %s\n", buf, strerror(errno_save));
}

static void
err_ret(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	err_doit(fmt, ap);
	va_end(ap);
}

static void
err_sys(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	err_doit(fmt, ap);
	va_end(ap);
	exit(1);
}

static void
err_quit(const char *what, const char *why)
{
	fprintf(stderr, "server: %s: %s\n", what, why);
	exit(1);
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

static Sigfunc *
Signal(int signo, Sigfunc *func)
{
	struct sigaction	act, oact;

	act.sa_handler = func;
	sigemptyset(&act.sa_mask);
	act.sa_flags = 0;		/* accept() returns EINTR: see main */
	if (sigaction(signo, &act, &oact) < 0)
		err_sys("sigaction %d", signo);
	return(oact.sa_handler);
}

static void
sig_chld(int signo)
{
	int		stat, errno_save = errno;

	(void) signo;
	while (waitpid(-1, &stat, WNOHANG) > 0)
		;
	errno = errno_save;
}

static int
unix_listen(const char *arg)
{
	int					fd;
	struct sockaddr_un	un;

	bzero(&un, sizeof(un));
	un.sun_family = AF_UNIX;
	if (strlen(arg + 5) == 0 || strlen(arg + 5) >= sizeof(un.sun_path))
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

static void
str_echo(int sockfd, struct count *ptr)
{
	ssize_t		n;
	char		buf[MAXLINE];
	long long	total = 0;

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
	close(sockfd);

	while (sem_wait(&ptr->mutex) < 0)
		;
	ptr->nclients++;
	ptr->nbytes += total;
	printf("served %ld clients, %lld bytes\n", ptr->nclients, ptr->nbytes);
	fflush(stdout);
	sem_post(&ptr->mutex);
}

int
main(int argc, char **argv)
{
	int				listenfd, connfd;
	pid_t			childpid;
	struct count	*ptr;

	if (argc != 2) {
		fprintf(stderr, "usage: server <address>\n");
		exit(2);
	}
	ptr = mmap(NULL, sizeof(*ptr), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	if (ptr == MAP_FAILED)
		err_sys("mmap");
	if (sem_init(&ptr->mutex, 1, 1) < 0)
		err_sys("sem_init");

	listenfd = strncmp(argv[1], "unix:", 5) ? tcp_listen(argv[1]) : unix_listen(argv[1]);
	fflush(stdout);
	Signal(SIGCHLD, sig_chld);	/* must call waitpid() */
	Signal(SIGPIPE, SIG_IGN);

	for ( ; ; ) {
		if ((connfd = accept(listenfd, NULL, NULL)) < 0) {
			if (errno == EINTR)
				continue;		/* back to for() */
			err_ret("accept error");
			sleep(1);
			continue;
		}
		if ((childpid = fork()) == 0) {	/* child process */
			close(listenfd);			/* close listening socket */
			str_echo(connfd, ptr);		/* process the request */
			exit(0);
		}
		if (childpid < 0)
			err_ret("fork error");
		close(connfd);					/* parent closes connected socket */
	}
}
