/*
 * Processes: how a child ended, what it shares, and a handler of signals.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"

/* [waitpid] */
static void print_end(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) == -1)
        die_errno("waitpid");
    if (WIFEXITED(status))
        printf("it ended with status %d\n", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("signal %d ended it\n", WTERMSIG(status));
}
/* [waitpid] */

static void end_with_status(void)
{
    /* [fork] */
    pid_t child = fork();
    if (child == -1)
        die_errno("fork");
    if (child == 0) {
        /* this runs in the child only */
        _exit(7);
    }
    print_end(child);
    /* [fork] */
}

static void end_by_signal(void)
{
    pid_t child = fork();
    if (child == -1)
        die_errno("fork");
    if (child == 0) {
        for (;;)
            pause();
    }
    kill(child, SIGKILL);
    print_end(child);
}

static void share(void)
{
    /* [mmap] */
    int *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        die_errno("mmap");
    int own = 0;
    pid_t child = fork();
    if (child == -1)
        die_errno("fork");
    if (child == 0) {
        *shared = own = 100;
        _exit(EXIT_SUCCESS);
    }
    if (waitpid(child, NULL, 0) == -1)
        die_errno("waitpid");
    printf("own %d, shared %d\n", own, *shared);
    munmap(shared, sizeof *shared);
    /* [mmap] */
}

/* [sigaction] */
static volatile sig_atomic_t alarm_came;

static void note_alarm(int number)
{
    (void)number;
    alarm_came = 1; /* nothing else: see signal-safety(7) */
}

static void catch_alarm(void)
{
    struct sigaction action = {.sa_handler = note_alarm, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGALRM, &action, NULL) == -1)
        die_errno("sigaction SIGALRM");
}
/* [sigaction] */

static void write_to_nobody(void)
{
    int ends[2];
    if (pipe(ends) == -1)
        die_errno("pipe");
    close(ends[0]);
    /* [signal] */
    signal(SIGPIPE, SIG_IGN);
    if (write(ends[1], "x", 1) == -1)
        printf("write: %s\n", strerror(errno));
    /* [signal] */
    close(ends[1]);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* or a child would inherit lines not yet written */
    end_with_status();
    end_by_signal();
    share();
    catch_alarm();
    raise(SIGALRM);
    printf("the handler %s\n", alarm_came ? "ran" : "did not run");
    write_to_nobody();
}
