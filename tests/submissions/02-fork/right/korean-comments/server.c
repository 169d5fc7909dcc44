/*
 * 클라이언트마다 프로세스를 하나씩 만드는 에코 서버.
 *
 *     부모    accept -> fork -> 연결을 닫는다 -> accept ...
 *                        |
 *     자식               +---> 리스너를 닫는다 -> read와 write -> close -> 집계 -> 끝
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

enum { BUFFER_SIZE = 16384 };

/* 자식들이 동시에 더할 수 있으므로 뮤텍스로 보호한다. 뮤텍스도 공유 메모리 안에 있어야 한다. */
struct tally {
    pthread_mutex_t lock;
    unsigned long long clients, bytes;
};

/* 클라이언트가 보내기를 마칠 때까지 받은 것을 그대로 돌려보낸다. */
static unsigned long long handle_client(int connection)
{
    unsigned long long received = 0;
    char buffer[BUFFER_SIZE];
    ssize_t length;

    while ((length = read(connection, buffer, sizeof buffer)) > 0) {
        received += (unsigned long long)length;
        if (write_all(connection, buffer, (size_t)length) == -1) {
            warn_errno("클라이언트에게 쓰기");
            break;
        }
    }
    if (length == -1)
        warn_errno("클라이언트로부터 읽기");
    return received;
}

/* fork() 뒤에는 변수가 모두 따로 복사되지만, 이 메모리만은 부모와 자식이 함께 쓴다. */
static struct tally *share_tally(void)
{
    pthread_mutexattr_t attribute;
    struct tally *tally =
        mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED)
        die_errno("mmap");
    pthread_mutexattr_init(&attribute);
    pthread_mutexattr_setpshared(&attribute, PTHREAD_PROCESS_SHARED);
    int code = pthread_mutex_init(&tally->lock, &attribute);
    if (code != 0)
        die_code(code, "pthread_mutex_init");
    return tally;
}

static void count_client(struct tally *tally, unsigned long long bytes)
{
    pthread_mutex_lock(&tally->lock);
    tally->clients++;
    tally->bytes += bytes;
    printf("served %llu clients, %llu bytes\n", tally->clients, tally->bytes);
    pthread_mutex_unlock(&tally->lock);
}

/* 여러 자식이 끝나도 SIGCHLD는 한 번만 올 수 있다. 그래서 없을 때까지 거둔다. */
static void reap_children(int number)
{
    (void)number;
    int saved = errno; /* 핸들러는 프로그램의 어느 곳에서든 끼어들 수 있다 */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static void serve(int listener)
{
    struct tally *tally = share_tally();
    struct sigaction action = {.sa_handler = reap_children, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, NULL) == -1)
        die_errno("sigaction SIGCHLD");

    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection == -1) {
            warn_errno("연결 받기(accept)");
            sleep(1); /* 실패가 계속될 때 CPU를 다 쓰지 않도록 */
            continue;
        }
        pid_t pid = fork();
        if (pid == 0) {
            /* 자식: 리스너는 부모의 것이다. */
            close(listener);
            unsigned long long bytes = handle_client(connection);
            close(connection);
            count_client(tally, bytes);
            exit(EXIT_SUCCESS);
        } else if (pid == -1) {
            /* 프로세스를 더 만들 수 없다: 이 클라이언트만 돌려보낸다. */
            warn_errno("프로세스 만들기(fork)");
        }
        close(connection); /* 부모: 이 연결은 자식의 것이다. */
    }
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];

    if (argc != 2)
        usage("ADDRESS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);

    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    printf("listening on %s\n", address);
    serve(listener);
}
