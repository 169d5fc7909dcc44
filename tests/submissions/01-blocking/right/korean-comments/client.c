/*
 * 에코 클라이언트: 클라이언트의 네 단계.
 *
 *     socket -> connect -> write와 read -> close
 *
 * 입력을 한 조각 보내고, 그 조각이 모두 돌아올 때까지 기다린 다음 다음 조각을 보낸다. 모두
 * 보낸 뒤에 읽으면 서버와 클라이언트가 서로를 영원히 기다리게 될 수 있다.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { BUFFER_SIZE = 4096 };

/* 이 주소 하나에 연결된 소켓을 돌려준다. 실패하면 실패한 호출을 적어 두고 -1을 돌려준다. */
static int connect_to(const struct addrinfo *at, struct failure *failure)
{
    /* 1단계: 소켓을 만든다. */
    int connection = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (connection == -1)
        return failure_errno(failure, "socket");

    /* 2단계: 연결한다. 실패하면 소켓을 열어 둔 채로 나가지 않는다. */
    if (connect(connection, at->ai_addr, at->ai_addrlen) == -1) {
        failure_errno(failure, "connect");
        close(connection);
        return -1;
    }
    return connection;
}

/* 이름 하나가 여러 주소를 뜻할 수 있으므로, 처음으로 대답하는 주소를 쓴다. */
static int open_connection(const char *address, struct failure *failure)
{
    struct addrinfo *list;
    int code = address_resolve(address, ADDRESS_TO_CONNECT, &list);
    if (code != 0)
        return failure_gai(failure, "resolve", code);
    int connection = -1;
    for (const struct addrinfo *at = list; at != NULL && connection == -1; at = at->ai_next)
        connection = connect_to(at, failure);
    address_free(list);
    return connection;
}

/* 보낸 만큼 돌아올 때까지 출력한다. TCP는 바이트의 흐름이라서 몇 조각으로 올지 모른다. */
static void print_echo(int connection, size_t due)
{
    char buffer[BUFFER_SIZE];
    while (due > 0) {
        size_t want = due < sizeof buffer ? due : sizeof buffer;
        ssize_t length = read(connection, buffer, want);
        if (length == -1)
            die_errno("서버에서 읽기 실패");
        if (length == 0)
            die("서버가 연결을 먼저 끊었습니다: 아직 %zu바이트가 돌아오지 않았습니다", due);
        if (write_all(STDOUT_FILENO, buffer, (size_t)length) == -1)
            die_errno("표준 출력에 쓰기 실패");
        due -= (size_t)length;
    }
}

/* 3단계: 표준 입력이 끝날 때까지 읽고, 보내고, 돌아온 것을 출력한다. */
static void talk(int connection)
{
    char buffer[BUFFER_SIZE];
    for (;;) {
        ssize_t length = read(STDIN_FILENO, buffer, sizeof buffer);
        if (length == -1)
            die_errno("표준 입력에서 읽기 실패");
        if (length == 0) /* 입력의 끝 (터미널에서는 Ctrl-D) */
            return;
        if (write_all(connection, buffer, (size_t)length) == -1)
            die_errno("서버에 쓰기 실패");
        print_echo(connection, (size_t)length);
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("주소  (보기: 127.0.0.1:7000)");
    signal(SIGPIPE, SIG_IGN); /* 떠난 서버에 쓰면 write()가 오류를 돌려준다 */
    struct failure failure;
    int connection = open_connection(argv[1], &failure);
    if (connection == -1)
        die_failure(&failure, argv[1]);
    talk(connection);
    close(connection); /* 4단계 */
    return 0;
}
