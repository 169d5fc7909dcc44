/*
 * poll()로 여러 클라이언트를 스레드 하나에서 처리하는 에코 서버. 블로킹되는 곳은 poll()뿐이다.
 *
 * - 모든 소켓은 논블로킹(O_NONBLOCK)이다.
 * - write()가 다 받아 주지 않으면 나머지를 보관하고, 그동안은 POLLOUT만 기다린다 (backpressure).
 * - SIGTERM, SIGINT는 signalfd로 받아서 poll()로 함께 기다린다.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/error.h"
#include "common/listener.h"

#define BUFFER_SIZE 4096

/* 클라이언트 하나. 표에서 자리가 바뀌어도 되도록 따로 할당하지 않고 값으로 둔다. */
struct client {
    unsigned long long received; /* 받은 바이트 수 */
    size_t length, offset;       /* 보관된 길이, 이미 보낸 만큼 */
    char *buffer;                /* 보관된 것이 없어도 계속 갖고 있는다 */
};

static struct pollfd *fds;      /* 0번은 리스너, 1번은 시그널, 2번부터 클라이언트 */
static struct client *clients;  /* 같은 첨자를 쓴다 */
static int count, capacity;
static int stopping;            /* SIGTERM 뒤에는 1 */
static unsigned long long total_clients, total_bytes;

/* 잠시 안 되는 것뿐이고 오류는 아니다. */
static int try_again(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* 표에 하나를 더한다. 자리가 없으면 두 배로 늘린다. 성공하면 0. */
static int add(int fd, char *buffer)
{
    if (count == capacity) {
        int larger = capacity == 0 ? 32 : capacity * 2;
        struct pollfd *f = realloc(fds, (size_t)larger * sizeof *f);
        if (f == NULL)
            return -1;
        fds = f; /* 옛 주소는 이제 쓸 수 없다 */
        struct client *c = realloc(clients, (size_t)larger * sizeof *c);
        if (c == NULL)
            return -1;
        clients = c;
        capacity = larger;
    }
    fds[count].fd = fd;
    fds[count].events = POLLIN;
    fds[count].revents = 0;
    memset(&clients[count], 0, sizeof clients[count]);
    clients[count].buffer = buffer;
    count++;
    return 0;
}

/* i번 연결이 끝났다. 마지막 것을 빈자리로 옮긴다. */
static void finish(int i)
{
    close(fds[i].fd);
    free(clients[i].buffer);
    total_clients++;
    total_bytes += clients[i].received;
    fds[i] = fds[count - 1];
    clients[i] = clients[count - 1];
    count--;
    printf("served %llu clients, %llu bytes\n", total_clients, total_bytes);
}

/* 보관된 것을 보낼 수 있는 만큼 보낸다. 연결이 끝났으면 -1. */
static int flush_out(int i)
{
    struct client *c = &clients[i];
    ssize_t sent = write(fds[i].fd, c->buffer + c->offset, c->length - c->offset);
    if (sent == -1 && !try_again()) {
        warn_errno("쓰기 실패");
        return -1;
    }
    if (sent > 0)
        c->offset += (size_t)sent;
    if (c->offset < c->length) { /* 남았다: 받을 준비가 될 때까지 읽지 않고 기다린다 */
        fds[i].events = POLLOUT;
        return 0;
    }
    c->length = c->offset = 0;
    fds[i].events = POLLIN;
    if (stopping) /* 더 보낼 것이 없다고 알린다 */
        shutdown(fds[i].fd, SHUT_WR);
    return 0;
}

/* 한 번 읽어서 돌려보낸다. 연결이 끝났으면 -1. */
static int echo(int i)
{
    struct client *c = &clients[i];
    ssize_t length = read(fds[i].fd, c->buffer, BUFFER_SIZE);
    if (length == 0)
        return -1;
    if (length == -1)
        return try_again() ? 0 : -1;
    if (stopping) /* 새로 온 것은 버린다. 읽지 않고 닫으면 연결이 리셋된다. */
        return 0;
    c->received += (unsigned long long)length;
    c->length = (size_t)length;
    c->offset = 0;
    return flush_out(i);
}

static void serve_clients(void)
{
    for (int i = count - 1; i >= 2; i--) { /* 거꾸로: 옮겨 온 것은 이미 본 것이다 */
        if (fds[i].revents == 0)
            continue;
        int result = clients[i].length > 0 ? flush_out(i) : echo(i);
        if (result == -1)
            finish(i);
    }
}

/* 리스너를 다시 볼 때까지 기다릴 시간을 돌려준다. */
static int welcome(void)
{
    int fd = accept4(fds[0].fd, NULL, NULL, SOCK_NONBLOCK);
    if (fd == -1) {
        if (try_again())
            return -1;
        warn_errno("연결 수락 실패"); /* 디스크립터가 모자란다: 1초 동안 쉰다 */
        return 1000;
    }
    char *buffer = malloc(BUFFER_SIZE);
    if (buffer == NULL || add(fd, buffer) == -1) {
        warn_errno("메모리 부족");
        free(buffer);
        close(fd);
    }
    return -1;
}

static int left_until(struct timespec end)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int)((end.tv_sec - t.tv_sec) * 1000 + (end.tv_nsec - t.tv_nsec) / 1000000);
}

/* 남은 것을 보내고 끝낸다. 길어도 1초. */
static void stop(void)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec++;
    stopping = 1;
    close(fds[0].fd);
    close(fds[1].fd);
    fds[0].fd = fds[1].fd = -1; /* 음수는 poll()이 건너뛴다 */
    for (int i = 2; i < count; i++)
        if (clients[i].length == 0)
            shutdown(fds[i].fd, SHUT_WR);
    int left;
    while (count > 2 && (left = left_until(end)) > 0)
        if (poll(fds, (nfds_t)count, left) > 0)
            serve_clients();
    while (count > 2)
        finish(count - 1);
    printf("served %llu clients, %llu bytes\n", total_clients, total_bytes);
}

static int signal_descriptor(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
        die_errno("sigprocmask");
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (fd == -1)
        die_errno("signalfd");
    return fd;
}

int main(int argc, char *argv[])
{
    struct failure failure;
    char address[ADDRESS_SIZE];
    if (argc != 2)
        usage("ADDRESS   (보기: 127.0.0.1:7000, [::1]:7000, unix:/tmp/echo.sock)");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    int signals = signal_descriptor();
    int listener = open_listener(argv[1], &failure);
    if (listener == -1)
        die_failure(&failure, argv[1]);
    if (fcntl(listener, F_SETFL, O_NONBLOCK) == -1)
        die_errno("fcntl");
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname %s", argv[1]);
    if (add(listener, NULL) == -1 || add(signals, NULL) == -1)
        die_errno("realloc");
    printf("listening on %s\n", address);
    int wait = -1;
    struct pollfd *listener_fd = &fds[0];
    while (fds[1].revents == 0) {
        listener_fd->events = wait == -1 ? POLLIN : 0;
        int ready = poll(fds, (nfds_t)count, wait);
        wait = -1;
        if (ready == -1) {
            if (errno != EINTR)
                die_errno("poll");
            continue;
        }
        serve_clients();
        if (listener_fd->revents & POLLIN)
            wait = welcome();
    }
    stop();
    free(fds);
    free(clients);
    return 0;
}
