/*
 * Threads: an argument of their own, a result, a lock, and codes that are not in errno.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

enum { THREADS = 4, ROUNDS = 10000 };

/* [mutex] */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long sum;

static void add(long amount)
{
    pthread_mutex_lock(&lock);
    sum += amount;
    pthread_mutex_unlock(&lock);
}
/* [mutex] */

/* [argument] */
struct job {
    long amount;
    int rounds;
};

static void *work(void *argument)
{
    struct job *job = argument;
    for (int i = 0; i < job->rounds; i++)
        add(job->amount);
    free(job); /* it was this thread's alone */
    return NULL;
}

static pthread_t start(long amount)
{
    struct job *job = malloc(sizeof *job);
    if (job == NULL)
        die_errno("malloc");
    *job = (struct job){.amount = amount, .rounds = ROUNDS};
    pthread_t thread;
    int code = pthread_create(&thread, NULL, work, job);
    if (code != 0) {
        free(job);
        die_code(code, "pthread_create"); /* not die_errno() */
    }
    return thread;
}
/* [argument] */

static void work_together(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(i + 1);
    /* [join] */
    for (int i = 0; i < THREADS; i++) {
        int code = pthread_join(threads[i], NULL);
        if (code != 0)
            die_code(code, "pthread_join");
    }
    printf("the sum is %ld\n", sum); /* all have ended: no lock is needed any more */
    /* [join] */
}

static void *wait_for(void *semaphore)
{
    sem_wait(semaphore);
    return NULL;
}

static void detach_twice(void)
{
    static sem_t never; /* so that the thread still runs */
    sem_init(&never, 0, 0);
    pthread_t thread;
    int code = pthread_create(&thread, NULL, wait_for, &never);
    if (code != 0)
        die_code(code, "pthread_create");
    /* [detach] */
    code = pthread_detach(thread);
    if (code != 0)
        die_code(code, "pthread_detach");
    code = pthread_join(thread, NULL); /* nobody may wait for it now */
    printf("pthread_join: %s\n", strerror(code));
    /* [detach] */
}

int main(void)
{
    work_together();
    detach_twice();
}
