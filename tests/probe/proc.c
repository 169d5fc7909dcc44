/* What /proc shows of a program; see proc.h. */
#define _GNU_SOURCE
#include "tests/probe/proc.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/messages/messages.h"
#include "tests/probe/peer.h"
#include "tests/probe/program.h"

enum { TCP_LISTENING = 10, LINES_SHOWN = 6 };

/* How a call says that it has a time limit. */
enum limit { NEVER, NEGATIVE_INT, NULL_POINTER };

static const char FUTEX[] = "futex"; /* by which libraries wait for locks and threads */

static const struct {
    long number;
    const char *name;
    int fd; /* which argument is the descriptor, -1 for none */
    enum limit limit;
    int argument; /* which argument is the time limit */
    bool writes;
} calls[] = {
    {SYS_read, "read", 0, NEVER, 0, false},
    {SYS_readv, "readv", 0, NEVER, 0, false},
    {SYS_recvfrom, "recv", 0, NEVER, 0, false},
    {SYS_recvmsg, "recvmsg", 0, NEVER, 0, false},
    {SYS_write, "write", 0, NEVER, 0, true},
    {SYS_writev, "writev", 0, NEVER, 0, true},
    {SYS_sendto, "send", 0, NEVER, 0, true},
    {SYS_sendmsg, "sendmsg", 0, NEVER, 0, true},
    {SYS_sendfile, "sendfile", 0, NEVER, 0, true},
    {SYS_splice, "splice", 0, NEVER, 0, true},
    {SYS_accept, "accept", 0, NEVER, 0, false},
    {SYS_accept4, "accept4", 0, NEVER, 0, false},
    {SYS_connect, "connect", 0, NEVER, 0, false},
    {SYS_wait4, "waitpid", -1, NEVER, 0, false},
    {SYS_waitid, "waitid", -1, NEVER, 0, false},
    {SYS_rt_sigsuspend, "sigsuspend", -1, NEVER, 0, false},
    {SYS_flock, "flock", 0, NEVER, 0, false},
    {SYS_futex, FUTEX, -1, NULL_POINTER, 3, false},
    {SYS_rt_sigtimedwait, "sigwait", -1, NULL_POINTER, 2, false},
    {SYS_ppoll, "ppoll", -1, NULL_POINTER, 2, false},
    {SYS_pselect6, "select", -1, NULL_POINTER, 4, false},
    {SYS_epoll_pwait, "epoll_wait", 0, NEGATIVE_INT, 3, false},
#ifdef SYS_poll
    {SYS_poll, "poll", -1, NEGATIVE_INT, 2, false},
#endif
#ifdef SYS_select
    {SYS_select, "select", -1, NULL_POINTER, 4, false},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", 0, NEGATIVE_INT, 3, false},
#endif
#ifdef SYS_pause
    {SYS_pause, "pause", -1, NEVER, 0, false},
#endif
    {SYS_nanosleep, "nanosleep", -1, NULL_POINTER, 0, false},
    {SYS_clock_nanosleep, "sleep", -1, NULL_POINTER, 2, false},
};

/* Reads a whole small file. Returns its length, or -1. */
static ssize_t slurp(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return -1;
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    if (length >= 0)
        text[length] = '\0';
    return length;
}

static void add_children(pid_t parent, pid_t pids[PROCESSES], size_t *count)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", parent);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return;
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char name[320], text[16384];
        if (task->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "/proc/%d/task/%s/children", parent, task->d_name);
        if (slurp(name, text, sizeof text) <= 0)
            continue;
        char *next = text, *end;
        for (long pid; *count < PROCESSES && (pid = strtol(next, &end, 10)) > 0; next = end)
            pids[(*count)++] = (pid_t)pid;
    }
    closedir(tasks);
}

size_t process_tree(pid_t root, pid_t pids[PROCESSES])
{
    size_t count = 1;
    pids[0] = root;
    for (size_t i = 0; i < count; i++)
        add_children(pids[i], pids, &count);
    return count;
}

static bool runs_same_file(pid_t one, pid_t other)
{
    char path[64];
    struct stat files[2];
    pid_t pids[] = {one, other};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/proc/%d/exe", pids[i]);
        if (stat(path, &files[i]) == -1)
            return false;
    }
    return files[0].st_ino == files[1].st_ino && files[0].st_dev == files[1].st_dev;
}

static pid_t parent_of(pid_t pid)
{
    char path[64], text[512], *behind_name;
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (slurp(path, text, sizeof text) > 0 && (behind_name = strrchr(text, ')')) != NULL)
        sscanf(behind_name + 1, " %*c %d", &parent);
    return parent;
}

/* An orphan, a child's child whose parent has ended, becomes a sibling of the program: whoever
 * started the program takes in orphans too. Other programs of ours are siblings as well. */
static void add_orphans(pid_t root, pid_t pids[PROCESSES], size_t *count)
{
    static pid_t siblings[PROCESSES];
    size_t found = 0;
    pid_t parent = parent_of(root);
    if (parent > 1)
        add_children(parent, siblings, &found);
    for (size_t i = 0; i < found; i++)
        if (siblings[i] != root && *count < PROCESSES && !is_program(siblings[i]) &&
            runs_same_file(siblings[i], root)) {
            size_t first = *count;
            pids[(*count)++] = siblings[i];
            for (size_t j = first; j < *count; j++)
                add_children(pids[j], pids, count);
        }
}

size_t program_tree(pid_t root, pid_t pids[PROCESSES])
{
    size_t count = process_tree(root, pids);
    add_orphans(root, pids, &count);
    return count;
}

static char task_state(pid_t pid, pid_t tid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
    if (slurp(path, text, sizeof text) <= 0)
        return 0;
    char *behind_name = strrchr(text, ')'); /* a name can hold spaces and parentheses */
    return behind_name != NULL && behind_name[1] == ' ' ? behind_name[2] : 0;
}

char process_state(pid_t pid)
{
    return task_state(pid, pid);
}

bool blocked_call_of(pid_t pid, pid_t tid, struct blocked_call *call)
{
    char path[64], text[256];
    *call = (struct blocked_call){.number = -1, .fd = -1};
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
    if (slurp(path, text, sizeof text) <= 0 || strncmp(text, "running", 7) == 0)
        return false;
    unsigned long long arguments[6] = {0};
    if (sscanf(text, "%ld %llx %llx %llx %llx %llx %llx", &call->number, &arguments[0],
               &arguments[1], &arguments[2], &arguments[3], &arguments[4], &arguments[5]) < 7)
        return false;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (calls[i].number != call->number)
            continue;
        unsigned long long limit = arguments[calls[i].argument];
        call->name = calls[i].name;
        call->fd = calls[i].fd == -1 ? -1 : (int)arguments[calls[i].fd];
        call->writes = calls[i].writes;
        call->untimed = calls[i].limit == NEVER ||
                        (calls[i].limit == NEGATIVE_INT && (int)limit < 0) ||
                        (calls[i].limit == NULL_POINTER && limit == 0);
        break;
    }
    return true;
}

bool is_blocked_in_writing(pid_t pid)
{
    char path[64];
    bool writes = false;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        pid_t tid = atoi(task->d_name);
        struct blocked_call call;
        writes |= tid > 0 && task_state(pid, tid) == 'S' && blocked_call_of(pid, tid, &call) &&
                  call.writes;
    }
    if (tasks != NULL)
        closedir(tasks);
    return writes;
}

static unsigned long long number_behind(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10);
}

static void add_task(struct activity *sum, pid_t pid, pid_t tid)
{
    char path[64], text[4096];
    char state = task_state(pid, tid);
    if (state == 0)
        return;
    if (state == 'Z' || state == 'X') {
        sum->zombies += pid == tid;
        return;
    }
    sum->threads++;
    sum->running |= state == 'R';
    bool stopped = state == 'T'; /* by a check, which will continue it */
    sum->asleep &= state == 'S' || stopped;
    struct blocked_call call;
    if (!stopped && (state != 'S' || !blocked_call_of(pid, tid, &call) || !call.untimed))
        sum->blocked = false;
    unsigned long long ran, waited, turns;
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, tid);
    if (slurp(path, text, sizeof text) > 0 &&
        sscanf(text, "%llu %llu %llu", &ran, &waited, &turns) == 3) {
        sum->ran += ran;
        sum->waited += waited;
        sum->turns += turns;
    }
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
    if (slurp(path, text, sizeof text) > 0)
        sum->slept += number_behind(text, "\nvoluntary_ctxt_switches:");
}

unsigned long long time_of_self(void)
{
    char text[128];
    unsigned long long ran, waited;
    return slurp("/proc/self/schedstat", text, sizeof text) > 0 &&
                   sscanf(text, "%llu %llu", &ran, &waited) == 2
               ? ran + waited
               : 0;
}

static void add_process(struct activity *sum, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return;
    sum->processes++;
    for (struct dirent *task; (task = readdir(tasks)) != NULL;)
        if (task->d_name[0] != '.')
            add_task(sum, pid, atoi(task->d_name));
    closedir(tasks);
}

struct activity activity_of(pid_t root)
{
    static pid_t pids[PROCESSES];
    struct activity sum = {.blocked = true, .asleep = true};
    size_t count = program_tree(root, pids);
    for (size_t i = 0; i < count; i++)
        add_process(&sum, pids[i]);
    return sum;
}

int descriptor_count(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *open_ones = opendir(path);
    if (open_ones == NULL)
        return -1;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(open_ones)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(open_ones);
    return count;
}

bool holds_pipe(pid_t pid, int fd, int ours)
{
    char path[64];
    struct stat wanted, found;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    if (fstat(ours, &wanted) == -1)
        return true;
    if (stat(path, &found) == 0)
        return found.st_ino == wanted.st_ino && found.st_dev == wanted.st_dev;
    return errno != ENOENT ||
           descriptor_count(pid) <= 0; /* one that ends has lost all at once */
}

/* One line of /proc/net/tcp or tcp6. */
struct tcp_line {
    char local[33], remote[33];
    unsigned local_port, remote_port, state, unread;
    unsigned long inode;
};

/* Calls `look` with each TCP socket of this network until it returns true. */
static bool each_tcp(bool (*look)(const struct tcp_line *, void *), void *argument)
{
    static const char *const tables[] = {"/proc/self/net/tcp", "/proc/self/net/tcp6"};
    bool found = false;
    for (size_t i = 0; i < 2 && !found; i++) {
        FILE *table = fopen(tables[i], "re");
        char text[512];
        while (table != NULL && !found && fgets(text, sizeof text, table) != NULL) {
            struct tcp_line line;
            if (sscanf(text,
                       " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*x:%x %*s %*s %*u %*d %lu",
                       line.local, &line.local_port, line.remote, &line.remote_port,
                       &line.state, &line.unread, &line.inode) == 7)
                found = look(&line, argument);
        }
        if (table != NULL)
            fclose(table);
    }
    return found;
}

struct tcp_search {
    unsigned long inode;
    unsigned port, other_port, state, count;
    struct tcp_line line;
};

static bool has_inode(const struct tcp_line *line, void *argument)
{
    struct tcp_search *search = argument;
    if (line->inode != search->inode)
        return false;
    search->line = *line;
    return true;
}

static bool count_state(const struct tcp_line *line, void *argument)
{
    struct tcp_search *search = argument;
    search->count += line->local_port == search->port && line->state == search->state;
    return false;
}

unsigned tcp_sockets(unsigned port, unsigned state)
{
    struct tcp_search search = {.port = port, .state = state};
    each_tcp(count_state, &search);
    return search.count;
}

static bool add_unread(const struct tcp_line *line, void *argument)
{
    struct tcp_search *search = argument;
    if (line->local_port != search->port || line->remote_port != search->other_port)
        return false;
    search->count = line->unread;
    return true;
}

unsigned tcp_unread(unsigned local, unsigned remote)
{
    struct tcp_search search = {.port = local, .other_port = remote};
    each_tcp(add_unread, &search);
    return search.count;
}

/* The socket inode behind a descriptor, or 0; `link` is what the descriptor shows itself as. */
static unsigned long socket_inode(pid_t pid, int fd, char link[256])
{
    char path[64];
    unsigned long inode = 0;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    ssize_t length = readlink(path, link, 255);
    link[length < 0 ? 0 : length] = '\0';
    sscanf(link, "socket:[%lu]", &inode);
    return inode;
}

unsigned tcp_connections_of(pid_t pid, unsigned port)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *open_ones = opendir(path);
    for (struct dirent *entry; open_ones != NULL && (entry = readdir(open_ones)) != NULL;) {
        char link[256];
        if (entry->d_name[0] == '.')
            continue;
        struct tcp_search search = {.inode = socket_inode(pid, atoi(entry->d_name), link)};
        if (search.inode != 0 && each_tcp(has_inode, &search))
            count += search.line.state != TCP_LISTENING &&
                     (port == 0 || search.line.remote_port == port);
    }
    if (open_ones != NULL)
        closedir(open_ones);
    return count;
}

unsigned long long status_number(pid_t pid, const char *key)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    return slurp(path, text, sizeof text) <= 0 ? 0 : number_behind(text, key);
}

unsigned mapping_count(pid_t pid)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "re");
    for (int byte; maps != NULL && (byte = fgetc(maps)) != EOF;)
        count += byte == '\n';
    if (maps != NULL)
        fclose(maps);
    return count;
}

/* A unix socket's line: 1 when it listens (its path is copied), 0 when not, -1 when no such. */
static int unix_socket(unsigned long inode, char *path, size_t size)
{
    FILE *table = fopen("/proc/self/net/unix", "re");
    char text[512];
    int result = -1;
    while (table != NULL && result == -1 && fgets(text, sizeof text, table) != NULL) {
        unsigned flags;
        unsigned long number;
        char name[120] = "";
        if (sscanf(text, "%*x: %*x %*x %x %*x %*x %lu %119s", &flags, &number, name) < 2 ||
            number != inode)
            continue;
        result = (flags & 0x10000u) != 0;
        snprintf(path, size, "%s", name);
    }
    if (table != NULL)
        fclose(table);
    return result;
}

static void tcp_address(const char *hex, unsigned port, char *text, size_t size)
{
    unsigned char bytes[16];
    char host[INET6_ADDRSTRLEN];
    size_t words = strlen(hex) / 8;
    for (size_t i = 0; i < words; i++) {
        char word[9] = "";
        memcpy(word, hex + 8 * i, 8);
        unsigned long value = strtoul(word, NULL, 16);
        for (size_t j = 0; j < 4; j++) /* each word is shown as this machine orders its bytes */
            bytes[4 * i + j] = ((unsigned char *)&(uint32_t){(uint32_t)value})[j];
    }
    inet_ntop(words == 4 ? AF_INET6 : AF_INET, bytes, host, sizeof host);
    snprintf(text, size, words == 4 ? "[%s]:%u" : "%s:%u", host, port);
}

bool listening_address(pid_t pid, char *text, size_t size)
{
    enum { HIGHEST = 4096 };
    text[0] = '\0';
    for (int fd = 0; fd < HIGHEST; fd++) {
        char link[256], path[120];
        struct tcp_search search = {.inode = socket_inode(pid, fd, link)};
        if (search.inode == 0)
            continue;
        if (each_tcp(has_inode, &search) && search.line.state == TCP_LISTENING) {
            tcp_address(search.line.local, search.line.local_port, text, size);
            return true;
        }
        if (unix_socket(search.inode, path, sizeof path) == 1) {
            snprintf(text, size, "unix:%s", path);
            return true;
        }
    }
    return false;
}

char *describe_descriptor(pid_t pid, int fd, char *text, size_t size)
{
    char link[256], path[120];
    struct tcp_search search = {.inode = socket_inode(pid, fd, link)};
    int of_unix = -1;
    if (search.inode != 0 && each_tcp(has_inode, &search)) {
        const char *name = peer_name(search.line.remote_port);
        if (search.line.state == TCP_LISTENING)
            snprintf(text, size, "%s", translated("its listening socket"));
        else if (name != NULL)
            snprintf(text, size, translated("its connection with %s"), name);
        else
            snprintf(text, size, "%s", translated("a TCP socket"));
    } else if (search.inode != 0 && (of_unix = unix_socket(search.inode, path, 120)) >= 0) {
        snprintf(text, size, "%s",
                 of_unix ? translated("its listening socket")
                         : translated("a unix connection"));
    } else if (fd <= STDERR_FILENO) {
        static const char *const names[] = {
            MESSAGE("standard input"), MESSAGE("standard output"), MESSAGE("standard error")};
        snprintf(text, size, "%s",
                 fd < 0 ? translated("no descriptor") : translated(names[fd]));
    } else {
        snprintf(text, size, "%s", link[0] != '\0' ? link : translated("not open"));
    }
    return text;
}

static void describe_task(FILE *out, const char *name, pid_t pid, pid_t tid, bool first)
{
    char state = task_state(pid, tid), text[512];
    struct blocked_call call;
    fprintf(out, "%s%s%s: ", name,
            first        ? ""
            : pid == tid ? translated(", a child")
                         : "",
            pid == tid ? "" : translated(", a thread"));
    if (state == 'Z' || state == 'X' || state == 0)
        fputs(translated("ended\n"), out);
    else if (state == 'T' || state == 't')
        fputs(translated("stopped\n"), out);
    else if (state == 'R' || !blocked_call_of(pid, tid, &call) || call.number == -1)
        fputs(translated("running (it uses the processor)\n"), out);
    else if (call.name == NULL)
        fprintf(out, translated("in system call number %ld\n"), call.number);
    else if (call.untimed && strcmp(call.name, FUTEX) == 0)
        fputs(translated("blocked in futex(), by which it waits for a lock or for a thread\n"),
              out);
    else if (call.fd >= 0)
        fprintf(out, translated("blocked in %s() on descriptor %d, %s\n"), call.name, call.fd,
                describe_descriptor(pid, call.fd, text, sizeof text));
    else
        fprintf(out,
                call.untimed ? translated("blocked in %s()\n")
                             : translated("for a limited time in %s()\n"),
                call.name);
}

char *describe_program(const char *name, pid_t root)
{
    static pid_t pids[PROCESSES];
    char *text = NULL, path[64];
    size_t length, lines = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        return NULL;
    size_t count = program_tree(root, pids);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "/proc/%d/task", pids[i]);
        DIR *tasks = opendir(path);
        for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;)
            if (task->d_name[0] != '.' && lines++ < LINES_SHOWN)
                describe_task(out, name, pids[i], atoi(task->d_name), i == 0);
        if (tasks != NULL)
            closedir(tasks);
    }
    if (lines > LINES_SHOWN)
        fprintf(out, translated("and %zu more\n"), lines - LINES_SHOWN);
    fclose(out);
    if (length > 0)
        text[length - 1] = '\0'; /* the last newline */
    return text;
}
