/* Echo server, one process for each connection. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

#define BUFLEN 2048

struct totals {
  unsigned long clients;
  unsigned long long bytes;
};

static struct totals *totals;
static int semid;
static char buf[BUFLEN];

static void
reap(int sig)
{
  int e;

  e = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0)
    ;
  errno = e;
  (void) sig;
}

/* delta -1 enters, +1 leaves; the kernel undoes it if we die in between */
static void
sem_change(int delta)
{
  struct sembuf op;

  op.sem_num = 0;
  op.sem_op = delta;
  op.sem_flg = SEM_UNDO;
  while (semop(semid, &op, 1) < 0 && errno == EINTR)
    ;
}

static int
make_totals(void)
{
  union { int val; void *p; } arg;
  int shmid;
  int result;

  result = -1;
  semid = -1;
  shmid = shmget(IPC_PRIVATE, sizeof *totals, IPC_CREAT | 0600);
  if (shmid < 0)
    goto out;
  totals = shmat(shmid, NULL, 0);
  if (totals == (void *) -1)
    goto out;
  semid = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
  if (semid < 0)
    goto out;
  arg.val = 1;
  if (semctl(semid, 0, SETVAL, arg) < 0)
    goto out;
  memset(totals, 0, sizeof *totals);
  result = 0;
out:
  if (shmid >= 0)
    shmctl(shmid, IPC_RMID, NULL); /* it goes when the last of us detaches */
  return result;
}

static int
send_back(int fd, size_t length)
{
  size_t done;
  ssize_t n;

  for (done = 0; done < length; done += n) {
    n = send(fd, buf + done, length - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      n = 0;
    if (n < 0)
      return -1;
  }
  return 0;
}

static int
child(int fd)
{
  unsigned long long bytes;
  ssize_t n;
  int status;

  bytes = 0;
  status = EXIT_FAILURE;
  for (;;) {
    n = recv(fd, buf, BUFLEN, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      warn_errno("recv");
      goto out;
    }
    if (n == 0)
      break;
    bytes += n;
    if (send_back(fd, n) < 0) {
      warn_errno("send");
      goto out;
    }
  }
  status = EXIT_SUCCESS;
out:
  close(fd);
  sem_change(-1);
  totals->clients++;
  totals->bytes += bytes;
  printf("served %lu clients, %llu bytes\n", totals->clients, totals->bytes);
  fflush(stdout);
  sem_change(+1);
  return status;
}

static void
remove_semaphore(int sig)
{
  semctl(semid, 0, IPC_RMID);
  _exit(128 + sig);
}

int
main(int argc, char **argv)
{
  struct failure failure;
  struct sigaction sa;
  char name[ADDRESS_SIZE];
  int listener, fd, code;
  pid_t pid;

  if (argc != 2)
    usage("ADDRESS");
  listener = open_listener(argv[1], &failure);
  if (listener < 0)
    die_failure(&failure, argv[1]);
  code = address_of_socket(listener, name, sizeof name);
  if (code != 0)
    die_gai(code, "getsockname");
  if (make_totals() < 0)
    die_errno("shared memory");
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = reap;
  sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
  sigaction(SIGCHLD, &sa, NULL);
  sa.sa_handler = remove_semaphore;
  sigaction(SIGTERM, &sa, NULL);
  sigaction(SIGINT, &sa, NULL);
  printf("listening on %s\n", name);
  fflush(stdout);

again:
  fd = accept(listener, NULL, NULL);
  if (fd < 0) {
    warn_errno("accept");
    sleep(1);
    goto again;
  }
  pid = fork();
  if (pid == 0) {
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    close(listener);
    exit(child(fd));
  }
  if (pid < 0)
    warn_errno("fork");
  close(fd);
  goto again;
}
