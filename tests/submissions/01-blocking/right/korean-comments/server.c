/*
 * 한 번에 클라이언트 하나만 처리하는 에코 서버: 서버의 여섯 단계.
 *
 *     socket -> bind -> listen -> accept -> read와 write -> close
 *                                   ^                          |
 *                                   +--------------------------+
 *
 * 여러 클라이언트를 동시에 처리하는 것은 다음 실습에서 한다. 한 클라이언트가 연결되어 있는
 * 동안 다른 클라이언트는 대기열에서 기다린다.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"

enum { BACKLOG = 128, BUFFER_SIZE = 16384 };

struct tally {
    unsigned long long clients, bytes;
};

/* 이 주소 하나에서 기다리는 소켓을 돌려준다. 실패하면 실패한 호출을 적어 두고 -1을 돌려준다. */
static int listen_at(const struct addrinfo *at, struct failure *failure)
{
    /* 1단계: 소켓을 만든다. */
    int listener = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (listener == -1)
        return failure_errno(failure, "socket");

    /* 서버를 다시 켰을 때 "주소가 이미 사용 중"이라는 오류를 막는다 (TIME_WAIT). */
    int yes = 1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1) {
        failure_errno(failure, "setsockopt");
        close(listener);
        return -1;
    }

    /* 2단계: 주소를 붙인다. */
    if (bind(listener, at->ai_addr, at->ai_addrlen) == -1) {
        failure_errno(failure, "bind");
        close(listener);
        return -1;
    }

    /* 3단계: 이제부터 연결을 받는다. */
    if (listen(listener, BACKLOG) == -1) {
        failure_errno(failure, "listen");
        close(listener);
        return -1;
    }
    return listener;
}

/* 이름 하나가 여러 주소를 뜻할 수 있으므로, 되는 것을 찾을 때까지 차례로 해 본다. */
static int open_listener(const char *address, struct failure *failure)
{
    struct addrinfo *list;
    int code = address_resolve(address, ADDRESS_TO_LISTEN, &list);
    if (code != 0)
        return failure_gai(failure, "resolve", code);
    int listener = -1;
    for (const struct addrinfo *at = list; at != NULL && listener == -1; at = at->ai_next)
        listener = listen_at(at, failure);
    address_free(list);
    return listener;
}

/* 클라이언트가 보내기를 마칠 때까지 받은 것을 그대로 돌려보낸다. 받은 바이트 수를 돌려준다. */
static unsigned long long handle_client(int connection)
{
    unsigned long long received = 0;
    char buffer[BUFFER_SIZE];

    for (;;) {
        ssize_t length = read(connection, buffer, sizeof buffer);
        if (length == 0) /* 파일의 끝: 클라이언트가 더 보낼 것이 없다 */
            break;
        if (length == -1) { /* 이 연결만 끝난 것이고, 서버는 계속 돌아야 한다 */
            warn_errno("클라이언트에게서 읽기 실패");
            break;
        }
        received += (unsigned long long)length;
        /* 문자열이 아니라 바이트이므로 strlen()이 아니라 length만큼 보낸다. */
        if (write_all(connection, buffer, (size_t)length) == -1) {
            warn_errno("클라이언트에게 쓰기 실패");
            break;
        }
    }
    return received;
}

static void serve(int listener)
{
    struct tally tally = {0, 0};

    for (;;) {
        /* 4단계: 다음 클라이언트를 받는다. 없으면 여기서 기다린다. */
        int connection = accept(listener, NULL, NULL);
        if (connection == -1) {
            warn_errno("연결 수락 실패");
            sleep(1); /* 실패가 계속되어도 CPU를 다 쓰지 않도록 쉰다 */
            continue;
        }

        /* 5단계: 읽고 쓴다. */
        tally.bytes += handle_client(connection);

        /* 6단계: 닫는다. 닫지 않으면 파일 디스크립터가 하나씩 없어진다. */
        close(connection);
        tally.clients++;
        printf("served %llu clients, %llu bytes\n", tally.clients, tally.bytes);
    }
}

/* 포트 0으로 시작하면 진짜 포트 번호는 커널만 안다. */
static void announce(int listener)
{
    char address[ADDRESS_SIZE];
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "주소를 알 수 없음");
    if (printf("listening on %s\n", address) < 0)
        die_errno("표준 출력에 쓰기 실패");
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        usage("주소  (보기: 127.0.0.1:7000, [::1]:7000, unix:/tmp/echo.sock)");
    setvbuf(stdout, NULL, _IOLBF, 0); /* 파이프나 파일로도 한 줄씩 바로 나가게 한다 */
    signal(SIGPIPE, SIG_IGN); /* 떠난 클라이언트에게 쓰면 write()가 오류를 돌려준다 */
    struct failure failure;
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    announce(listener);
    serve(listener);
}
