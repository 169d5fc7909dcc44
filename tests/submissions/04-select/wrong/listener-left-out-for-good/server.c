/*
 * select()로 여러 클라이언트를 스레드 하나에서 처리하는 에코 서버 (I/O 멀티플렉싱).
 *
 * 1) 지켜볼 디스크립터를 모두 watched에 넣어 둔다.
 * 2) select()는 준비된 것만 남기므로, 복사본(ready)을 넘긴다.
 * 3) 리스너가 준비되면 accept(), 연결이 준비되면 한 번만 read()하고 그대로 write()한다.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

enum { BUFFER_SIZE = 8192 };

struct client {
    int open;                /* 연결되어 있으면 1 */
    unsigned long long sent; /* 이 클라이언트가 보낸 바이트 수 */
};

static struct client table[FD_SETSIZE]; /* 첨자는 디스크립터 번호 */
static fd_set watched;
static int listener, highest;
static int resting; /* accept()가 실패해서 리스너를 쉬게 하는 중 */
static unsigned long long total_clients, total_bytes;

/* 가장 큰 디스크립터를 다시 찾는다. select()의 첫 인자는 이 값에 1을 더한 것이다. */
static void find_highest(void)
{
    highest = listener;
    for (int fd = 0; fd < FD_SETSIZE; fd++)
        if (table[fd].open && fd > highest)
            highest = fd;
}

/* 연결이 끝났다: 닫고, 집합에서 빼고, 합계를 출력한다. */
static void finish(int fd)
{
    FD_CLR(fd, &watched);
    close(fd);
    table[fd].open = 0;
    total_clients++;
    total_bytes += table[fd].sent;
    find_highest();
    printf("served %llu clients, %llu bytes\n", total_clients, total_bytes);
}

/* 새 클라이언트를 받는다. */
static void welcome(void)
{
    int fd = accept(listener, NULL, NULL);
    if (fd == -1) {
        warn_errno("연결 수락 실패");
        resting = 1; /* 대기열에 클라이언트가 남아 있으므로 계속 준비 상태다: 잠시 보지 않는다 */
        return;
    }
    if (fd >= FD_SETSIZE) { /* fd_set에는 이 번호가 들어갈 자리가 없다 */
        warn("디스크립터 %d: 더 받을 수 없어서 돌려보냄", fd);
        close(fd);
        return;
    }
    table[fd].open = 1;
    table[fd].sent = 0;
    FD_SET(fd, &watched);
    find_highest();
}

/* 받은 것을 그대로 돌려보낸다. read()는 한 번만: 두 번째는 블로킹될 수 있다. */
static void answer(int fd)
{
    char buffer[BUFFER_SIZE];
    ssize_t length = read(fd, buffer, sizeof buffer);
    if (length == 0) { /* 파일의 끝: 클라이언트가 보내기를 마쳤다 */
        finish(fd);
        return;
    }
    if (length == -1) { /* 예를 들어 연결이 리셋되었다: 이 연결만 끝낸다 */
        warn_errno("읽기 실패");
        finish(fd);
        return;
    }
    table[fd].sent += (unsigned long long)length;
    if (write_all(fd, buffer, (size_t)length) == -1) {
        warn_errno("쓰기 실패");
        finish(fd);
    }
}

static void serve(void)
{
    FD_ZERO(&watched);
    for (;;) {
        struct timeval one_second = {.tv_sec = 1}; /* 리눅스는 이 값을 바꾸므로 매번 새로 */
        if (resting)
            FD_CLR(listener, &watched);
        else
            FD_SET(listener, &watched);
        fd_set ready = watched;
        int count = select(highest + 1, &ready, NULL, NULL, resting ? &one_second : NULL);
        if (count == -1) {
            warn_errno("select 실패");
            sleep(1);
            continue;
        }
        int last = highest; /* 새로 받은 클라이언트는 다음 바퀴에 본다 */
        for (int fd = 0; fd <= last; fd++)
            if (table[fd].open && FD_ISSET(fd, &ready))
                answer(fd);
        if (FD_ISSET(listener, &ready))
            welcome();
    }
}

int main(int argc, char *argv[])
{
    char address[ADDRESS_SIZE];
    struct failure failure;
    if (argc != 2)
        usage("ADDRESS   (보기: 127.0.0.1:7000, [::1]:7000, unix:/tmp/echo.sock)");
    setvbuf(stdout, NULL, _IOLBF, 0); /* 파이프로 연결되어도 한 줄씩 바로 나가게 한다 */
    signal(SIGPIPE, SIG_IGN);         /* 떠난 클라이언트에게 쓰면 write()가 실패하게 한다 */
    listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    highest = listener;
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    printf("listening on %s\n", address);
    serve();
}
