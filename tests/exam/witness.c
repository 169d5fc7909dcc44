/*
 * witness: what hostile.sh sets up around a hostile submission, beyond what a shell can do: somebody
 * who would see it come out of its sandbox.
 *
 *     witness listen LOG ABSTRACT PATH
 *         listens on a port of the loopback, an abstract unix socket and one at PATH. Writes the
 *         port to LOG.port, and a line to LOG for each connection. Runs until it is killed.
 *     witness connect PORT ABSTRACT PATH
 *         connects to each of the three, to see that they do listen.
 *     witness keep LOG COMMAND...
 *         runs COMMAND, and ends with its exit status. Processes that it leaves behind, in whatever
 *         session or process group, come to us; those that do not end within 5 seconds are named in
 *         LOG, and killed.
 *     witness count FILE
 *         prints how many characters of a file, which is to be UTF-8, could do something to a
 *         terminal or turn the direction of its text, or are none at all.
 *
 * Left out: a verdict. What it saw is judged by hostile.sh.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include "common/error.h"

enum { SOCKETS = 3, PROCESSES = 4096, SECONDS_TO_END = 5 };

/* The three places, in the order of their names. */
struct place {
    union {
        struct sockaddr any;
        struct sockaddr_in loopback;
        struct sockaddr_un name;
    } address;
    socklen_t length;
};

static const char *const names[SOCKETS] = {"loopback", "abstract", "path"};

static void find_places(struct place places[SOCKETS], unsigned port, const char *abstract,
                        const char *path)
{
    const size_t before = offsetof(struct sockaddr_un, sun_path);
    memset(places, 0, SOCKETS * sizeof places[0]);
    places[0].address.loopback = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
    places[0].length = sizeof places[0].address.loopback;
    for (int i = 1; i < SOCKETS; i++) {
        struct sockaddr_un *name = &places[i].address.name;
        const char *text = i == 1 ? abstract : path;
        if (strlen(text) + 2 > sizeof name->sun_path)
            die("%s is too long for a socket", text);
        name->sun_family = AF_UNIX;
        strcpy(name->sun_path + (i == 1), text); /* an abstract name begins with a zero byte */
        places[i].length = (socklen_t)(before + strlen(text) + 1);
    }
}

/* Whoever waits for the file finds it whole. */
static void write_file(const char *path, const char *text)
{
    char fresh[4096];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "we");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) == EOF ||
        rename(fresh, path) == -1)
        die_errno("write %s", path);
}

static unsigned open_places(struct place places[SOCKETS], struct pollfd sets[SOCKETS])
{
    for (int i = 0; i < SOCKETS; i++) {
        int fd = socket(places[i].address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd == -1 || bind(fd, &places[i].address.any, places[i].length) == -1 ||
            listen(fd, 64) == -1)
            die_errno("listen: %s", names[i]);
        sets[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    places[0].length = sizeof places[0].address.loopback;
    if (getsockname(sets[0].fd, &places[0].address.any, &places[0].length) == -1)
        die_errno("getsockname");
    return ntohs(places[0].address.loopback.sin_port);
}

static noreturn void listen_for_ever(const char *log, const char *abstract, const char *path)
{
    struct place places[SOCKETS];
    struct pollfd sets[SOCKETS];
    char text[4096];
    find_places(places, 0, abstract, path);
    unsigned port = open_places(places, sets);
    FILE *out = fopen(log, "we");
    if (out == NULL || chmod(path, 0666) == -1)
        die_errno("write %s", log);
    setvbuf(out, NULL, _IOLBF, 0);
    char file[4096];
    snprintf(file, sizeof file, "%s.port", log);
    snprintf(text, sizeof text, "%u\n", port);
    write_file(file, text);
    for (;;) {
        if (poll(sets, SOCKETS, -1) == -1 && errno != EINTR)
            die_errno("poll");
        for (int i = 0; i < SOCKETS; i++) {
            int connection = sets[i].revents != 0 ? accept(sets[i].fd, NULL, NULL) : -1;
            if (connection == -1)
                continue;
            fprintf(out, "%s\n", names[i]);
            close(connection);
        }
    }
}

static void connect_to_all(const char *port, const char *abstract, const char *path)
{
    struct place places[SOCKETS];
    char byte;
    find_places(places, (unsigned)atoi(port), abstract, path);
    for (int i = 0; i < SOCKETS; i++) {
        int fd = socket(places[i].address.any.sa_family, SOCK_STREAM, 0);
        if (fd == -1 || connect(fd, &places[i].address.any, places[i].length) == -1)
            die_errno("connect: %s", names[i]);
        if (read(fd, &byte, 1) == -1) /* the end comes when the connection has been noted */
            die_errno("read: %s", names[i]);
        close(fd);
    }
}

/* ---- keep -------------------------------------------------------------------------------------- */

static void add_children(pid_t pid, pid_t pids[PROCESSES], size_t *count)
{
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        if (!isdigit((unsigned char)task->d_name[0]))
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/children", pid, task->d_name);
        FILE *children = fopen(path, "re");
        int child;
        while (children != NULL && *count < PROCESSES && fscanf(children, "%d", &child) == 1)
            pids[(*count)++] = child;
        if (children != NULL)
            fclose(children);
    }
    if (tasks != NULL)
        closedir(tasks);
}

static void put_command(FILE *out, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    FILE *command = fopen(path, "re");
    fprintf(out, "%d ", pid);
    for (int byte; command != NULL && (byte = fgetc(command)) != EOF;)
        fputc(byte == '\0' ? ' ' : byte, out);
    fputc('\n', out);
    if (command != NULL)
        fclose(command);
}

static void name_processes(const char *log, const pid_t pids[PROCESSES], size_t count)
{
    size_t length;
    char *text = NULL;
    FILE *out = open_memstream(&text, &length);
    for (size_t i = 0; out != NULL && i < count; i++)
        put_command(out, pids[i]);
    if (out == NULL || fclose(out) == EOF)
        die_errno("open_memstream");
    write_file(log, text);
    free(text);
}

/* What forks meanwhile is met the next time, a second later. */
static void end_what_is_left(const char *log, bool named)
{
    static pid_t pids[PROCESSES];
    size_t count = 0;
    add_children(getpid(), pids, &count);
    for (size_t i = 0; i < count; i++)
        add_children(pids[i], pids, &count);
    if (!named)
        name_processes(log, pids, count);
    for (size_t i = 0; i < count; i++)
        kill(pids[i], SIGKILL);
    alarm(1);
}

/* Waits for all that is left. SIGALRM is blocked but here, and is taken as what it is: the time
 * is over. */
static void wait_for_rest(const char *log)
{
    sigset_t events;
    siginfo_t seen;
    sigemptyset(&events);
    sigaddset(&events, SIGALRM);
    sigaddset(&events, SIGCHLD);
    alarm(SECONDS_TO_END);
    for (bool named = false;;) {
        pid_t ended;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
            ;
        if (ended == -1)
            return;
        if (sigwaitinfo(&events, &seen) == SIGALRM) {
            end_what_is_left(log, named);
            named = true;
        }
    }
}

static int keep(const char *log, char *command[])
{
    sigset_t events, before;
    int status;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1) /* orphans come to us */
        die_errno("prctl");
    sigemptyset(&events);
    sigaddset(&events, SIGALRM);
    sigaddset(&events, SIGCHLD);
    sigprocmask(SIG_BLOCK, &events, &before);
    pid_t child = fork();
    if (child == -1)
        die_errno("fork");
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        execvp(command[0], command);
        _exit(127);
    }
    if (waitpid(child, &status, 0) == -1)
        die_errno("waitpid");
    write_file(log, "");
    wait_for_rest(log);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- count ------------------------------------------------------------------------------------- */

static bool does_something(wint_t character)
{
    if (character == L'\n' || character == L'\t')
        return false;
    return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0xfffd ||
           (character >= 0x202a && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

/* What is no UTF-8 counts too, and ends it. */
static size_t count_in(const char *path)
{
    size_t count = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        die_errno("open %s", path);
    for (wint_t character; (character = fgetwc(file)) != WEOF;)
        count += does_something(character);
    count += ferror(file) != 0;
    fclose(file);
    return count;
}

int main(int argc, char *argv[])
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "listen") == 0 && argc == 5)
        listen_for_ever(argv[2], argv[3], argv[4]);
    if (strcmp(verb, "keep") == 0 && argc > 3)
        return keep(argv[2], argv + 3);
    if (strcmp(verb, "connect") == 0 && argc == 5) {
        connect_to_all(argv[2], argv[3], argv[4]);
    } else if (strcmp(verb, "count") == 0 && argc == 3) {
        if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
            die("no locale C.UTF-8");
        printf("%zu\n", count_in(argv[2]));
    } else {
        usage("listen LOG ABSTRACT PATH | connect PORT ABSTRACT PATH | keep LOG COMMAND... | "
              "count FILE");
    }
}
