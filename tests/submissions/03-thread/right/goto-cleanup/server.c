/* Echo server, one thread for each connection. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

#define BUFLEN 4096

struct conn {
  unsigned long long bytes;
  char buf[BUFLEN];
};

/* By descriptor. What a place points to is one thread's own from accept() to close(). */
static struct conn *_Atomic *conns;
static size_t nconns;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long clients;
static unsigned long long bytes;

static int
send_back(int fd, const struct conn *c, size_t length)
{
  size_t done;
  ssize_t n;

  for (done = 0; done < length; done += n) {
    n = send(fd, c->buf + done, length - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      n = 0;
    if (n < 0)
      return -1;
  }
  return 0;
}

static void *
serve(void *arg)
{
  struct conn *c;
  unsigned long long received;
  ssize_t n;
  int fd;

  fd = (int) (size_t) arg;
  c = conns[fd];
  for (;;) {
    n = recv(fd, c->buf, BUFLEN, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      warn_errno("recv");
      goto out;
    }
    if (n == 0)
      goto out;
    c->bytes += n;
    if (send_back(fd, c, n) < 0) {
      warn_errno("send");
      goto out;
    }
  }
out:
  received = c->bytes;
  conns[fd] = NULL;
  free(c);
  close(fd); /* from here on the number may be another client's */
  pthread_mutex_lock(&mutex);
  clients++;
  bytes += received;
  printf("served %lu clients, %llu bytes\n", clients, bytes);
  fflush(stdout);
  pthread_mutex_unlock(&mutex);
  return NULL;
}

static int
start(int fd)
{
  struct conn *c;
  pthread_t thread;
  int code;

  code = EMFILE;
  if ((size_t) fd >= nconns)
    goto fail;
  code = ENOMEM;
  c = calloc(1, sizeof *c);
  if (c == NULL)
    goto fail;
  conns[fd] = c;
  code = pthread_create(&thread, NULL, serve, (void *) (size_t) fd);
  if (code != 0)
    goto fail_free;
  pthread_detach(thread);
  return 0;

fail_free:
  conns[fd] = NULL;
  free(c);
fail:
  close(fd);
  return code;
}

int
main(int argc, char **argv)
{
  struct failure failure;
  struct rlimit limit;
  char name[ADDRESS_SIZE];
  int listener, fd, code;

  if (argc != 2)
    usage("ADDRESS");
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
    die_errno("getrlimit");
  nconns = limit.rlim_max > 65536 ? 65536 : limit.rlim_max;
  conns = calloc(nconns, sizeof *conns);
  if (conns == NULL)
    die_errno("calloc");
  listener = open_listener(argv[1], &failure);
  if (listener < 0)
    die_failure(&failure, argv[1]);
  code = address_of_socket(listener, name, sizeof name);
  if (code != 0)
    die_gai(code, "getsockname");
  printf("listening on %s\n", name);
  fflush(stdout);

again:
  fd = accept(listener, NULL, NULL);
  if (fd < 0) {
    warn_errno("accept");
    sleep(1);
    goto again;
  }
  code = start(fd);
  if (code != 0)
    warn_code(code, "a client is turned away");
  goto again;
}
