/*
 * The server that is measured; what each function promises is told in server.h.
 *
 * Processor time is read from the clocks of its processes (clock_getcpuclockid), which count in
 * nanoseconds what schedstat in /proc counts, and go on counting a thread's time when it has
 * ended. A child's time goes over to its parent when that waits for it, and is in what the kernel
 * tells of the parent at its end (wait4).
 */
#define _GNU_SOURCE
#include "tests/bench/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/listener.h"

enum {
    PROCESSES = 2048,    /* at most so many of one server are looked at */
    PATIENCE = 5000,     /* milliseconds until a server listens, or does nothing any more */
    QUIET = 5,           /* milliseconds without a nanosecond of processor */
    RAW_BUFFER = 1 << 16 /* bytes that the raw echo reads at once */
};

static const char anywhere[] = "127.0.0.1:0";
static const char ready[] = "listening on ";

/* The server's process group, 0 for none. It ends before we do: it would complain of us. */
static volatile sig_atomic_t running;

static void pause_milliseconds(unsigned milliseconds)
{
    struct timespec time = {.tv_nsec = milliseconds * 1000000L};
    nanosleep(&time, NULL); /* where a signal cuts it short, the caller looks once more */
}

static void kill_running(void)
{
    if (running != 0)
        kill(-running, SIGKILL);
}

/* The signal's default action was restored when it came: it ends us once this returns. */
static void end_by(int number)
{
    kill_running();
    raise(number);
}

static void end_with_us(pid_t group)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = end_by, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    running = group;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (sigaction(signals[i], &action, NULL) == -1)
            die_errno("sigaction");
    if (atexit(kill_running) != 0)
        die("atexit failed");
}

/* The measure for the others: one client, blocking calls, and nothing else. */
static noreturn void raw_echo(void)
{
    static char buffer[RAW_BUFFER];
    struct failure failure;
    int listener = open_listener(anywhere, &failure);
    if (listener == -1)
        die_failure(&failure, anywhere);
    char address[ADDRESS_SIZE];
    int code = address_of_socket(listener, address, sizeof address);
    if (code != 0)
        die_gai(code, "getsockname");
    if (dprintf(STDOUT_FILENO, "%s%s\n", ready, address) < 0)
        die_errno("write to standard output");
    int connection = accept(listener, NULL, NULL);
    if (connection == -1)
        die_errno("accept");
    ssize_t length;
    while ((length = read(connection, buffer, sizeof buffer)) > 0)
        if (write_all(connection, buffer, (size_t)length) == -1)
            die_errno("write to the client");
    if (length == -1)
        die_errno("read from the client");
    _exit(EXIT_SUCCESS);
}

/* In the child. A group of its own lets all its children be killed at once; that it dies with us
 * is set here for the case that we are killed ourselves. */
static noreturn void become(const char *name, int output, pid_t parent)
{
    if (setpgid(0, 0) == -1 || prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        die_errno("prepare %s", name);
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    if (dup2(output, STDOUT_FILENO) == -1)
        die_errno("dup2");
    if (strcmp(name, "raw") == 0)
        raw_echo();
    execl(name, name, anywhere, (char *)NULL);
    warn_errno("exec %s", name);
    _exit(EXIT_FAILURE);
}

void server_must_live(const struct server *server, unsigned milliseconds)
{
    int status;
    pid_t ended = waitpid(server->pid, &status, WNOHANG);
    for (; ended == 0 && milliseconds > 0; milliseconds--) {
        pause_milliseconds(1);
        ended = waitpid(server->pid, &status, WNOHANG);
    }
    if (ended == -1)
        die_errno("waitpid %s", server->name);
    if (ended == 0)
        return;
    if (WIFSIGNALED(status))
        die("%s was ended by signal %d: %s", server->name, WTERMSIG(status),
            strsignal(WTERMSIG(status)));
    die("%s ended with status %d", server->name, WEXITSTATUS(status));
}

/* Takes the address out of the line that it prints once clients can connect. */
static bool read_address(struct server *server)
{
    char text[sizeof ready - 1 + ADDRESS_SIZE];
    ssize_t length = pread(server->output, text, sizeof text - 1, 0);
    if (length == -1)
        die_errno("read what %s printed", server->name);
    text[length] = '\0';
    char *end = strchr(text, '\n');
    if (end == NULL)
        return false;
    *end = '\0';
    if (strncmp(text, ready, strlen(ready)) != 0)
        die("%s printed \"%s\" and not where it listens", server->name, text);
    snprintf(server->address, sizeof server->address, "%s", text + strlen(ready));
    return true;
}

void server_start(struct server *server, const char *name)
{
    *server = (struct server){.name = name};
    server->output = memfd_create("output", MFD_CLOEXEC);
    if (server->output == -1)
        die_errno("memfd_create");
    pid_t self = getpid();
    server->pid = fork();
    if (server->pid == -1)
        die_errno("fork");
    if (server->pid == 0)
        become(name, server->output, self);
    setpgid(server->pid, server->pid); /* whoever comes first; the other's may fail */
    end_with_us(server->pid);
    for (unsigned waited = 0; !read_address(server); waited++) {
        if (waited == PATIENCE)
            die("%s did not say within %d seconds where it listens", name, PATIENCE / 1000);
        server_must_live(server, 1);
    }
}

static FILE *open_of_process(pid_t pid, const char *what)
{
    char path[64];
    snprintf(path, sizeof path, what, pid, pid);
    FILE *file = fopen(path, "re");
    if (file == NULL && errno != ENOENT && errno != ESRCH)
        die_errno("open %s", path);
    return file;
}

/* Fills in the first process and its children, which have none themselves. */
static size_t processes_of(const struct server *server, pid_t pids[PROCESSES])
{
    size_t count = 1;
    pids[0] = server->pid;
    FILE *children = open_of_process(server->pid, "/proc/%d/task/%d/children");
    if (children == NULL)
        die("no /proc/PID/task/TID/children: is %s gone, or the kernel without it?",
            server->name);
    for (int pid; fscanf(children, "%d", &pid) == 1; count++) {
        if (count == PROCESSES)
            die("%s has more than %d processes", server->name, PROCESSES);
        pids[count] = pid;
    }
    fclose(children);
    return count;
}

/* A process that has ended in between counts as 0. */
static double seconds_of(pid_t pid)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) == -1)
        return 0;
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double server_processor_time(const struct server *server)
{
    pid_t pids[PROCESSES];
    double sum = 0;
    for (size_t count = processes_of(server, pids), i = 0; i < count; i++)
        sum += seconds_of(pids[i]);
    return sum;
}

void server_settle(const struct server *server, bool alone)
{
    pid_t pids[PROCESSES];
    double last = -1;
    for (unsigned waited = 0; waited < PATIENCE; waited += QUIET) {
        double used = server_processor_time(server);
        bool is_alone = processes_of(server, pids) == 1;
        if (used == last && (is_alone || !alone))
            return;
        last = used;
        server_must_live(server, QUIET);
    }
    die("%s was still at work %d seconds after its last client", server->name, PATIENCE / 1000);
}

static double pss_of(pid_t pid)
{
    FILE *rollup = open_of_process(pid, "/proc/%d/smaps_rollup");
    if (rollup == NULL)
        return 0;
    char line[256];
    long kibibytes = -1;
    while (kibibytes == -1 && fgets(line, sizeof line, rollup) != NULL)
        if (sscanf(line, "Pss: %ld kB", &kibibytes) != 1)
            kibibytes = -1;
    fclose(rollup);
    if (kibibytes == -1)
        die("/proc/%d/smaps_rollup tells no Pss", pid);
    return (double)kibibytes;
}

double server_memory(const struct server *server)
{
    pid_t pids[PROCESSES];
    double sum = 0;
    for (size_t count = processes_of(server, pids), i = 0; i < count; i++)
        sum += pss_of(pids[i]);
    return sum;
}

double server_stop(struct server *server)
{
    struct rusage used;
    int status;
    server_must_live(server, 0);
    kill_running();
    if (wait4(server->pid, &status, 0, &used) == -1)
        die_errno("wait4 %s", server->name);
    running = 0;
    close(server->output);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}
