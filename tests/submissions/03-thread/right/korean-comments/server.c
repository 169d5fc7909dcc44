/*
 * 클라이언트마다 스레드를 하나씩 만드는 에코 서버. 모두 한 프로세스 안에 있어 메모리를 함께 쓴다.
 *
 *     메인 스레드          accept -> pthread_create -> accept ...
 *                                         |
 *     클라이언트 스레드                    +---> read와 write -> close -> 집계 -> 끝
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

enum { BUFFER_SIZE = 16384 };

/* 스레드에게 넘겨 주는 것. 받은 스레드가 free() 한다. */
struct client {
    int connection;
    unsigned long number;
};

static unsigned long long total_clients, total_bytes; /* 뮤텍스를 잡고서만 만진다 */
static pthread_mutex_t total_lock = PTHREAD_MUTEX_INITIALIZER;

/* 클라이언트가 보내기를 마칠 때까지 받은 것을 그대로 돌려보낸다. */
static unsigned long long handle_client(const struct client *client)
{
    unsigned long long received = 0;
    char buffer[BUFFER_SIZE];
    ssize_t length;

    while ((length = read(client->connection, buffer, sizeof buffer)) > 0) {
        received += (unsigned long long)length;
        if (write_all(client->connection, buffer, (size_t)length) == -1) {
            warn_errno("%lu번 클라이언트에게 쓰기", client->number);
            break;
        }
    }
    if (length == -1)
        warn_errno("%lu번 클라이언트로부터 읽기", client->number);
    return received;
}

/* 임계 구역은 짧게: 클라이언트와 이야기하는 동안에는 뮤텍스를 잡지 않는다. */
static void count_client(unsigned long long bytes)
{
    pthread_mutex_lock(&total_lock);
    total_clients++;
    total_bytes += bytes;
    printf("served %llu clients, %llu bytes\n", total_clients, total_bytes);
    pthread_mutex_unlock(&total_lock);
}

static void *client_thread(void *argument)
{
    struct client *client = argument;
    unsigned long long bytes = handle_client(client);
    close(client->connection);
    free(client);
    count_client(bytes);
    return NULL;
}

/* 변수 하나의 주소를 모든 스레드에게 주면 안 된다: 스레드마다 따로 메모리를 마련한다. */
static void start_thread(int connection, unsigned long number)
{
    pthread_t thread;
    struct client *client = malloc(sizeof *client);
    if (client == NULL) {
        warn_errno("메모리 마련하기(malloc)");
        close(connection);
        return;
    }
    client->connection = connection;
    client->number = number;
    int code = pthread_create(&thread, NULL, client_thread, client);
    if (code != 0) {
        /* errno가 아니라 돌려받은 값이 오류 번호다. */
        warn_code(code, "스레드 만들기(pthread_create)");
        close(connection);
        free(client);
        return;
    }
    pthread_detach(thread); /* 아무도 join 하지 않으므로 */
}

static void serve(int listener)
{
    for (unsigned long number = 1;; number++) {
        int connection = accept(listener, NULL, NULL);
        if (connection == -1) {
            warn_errno("연결 받기(accept)");
            sleep(1); /* 실패가 계속될 때 CPU를 다 쓰지 않도록 */
            continue;
        }
        start_thread(connection, number);
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
