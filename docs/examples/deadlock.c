/* Two threads take two locks in opposite order, and wait for each other. One of them gives up here, so
 * that the program ends: pthread_mutex_lock() would wait for ever. */
#define _GNU_SOURCE
#include "common/error.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static struct {
    unsigned long long clients;
} tally;
static pthread_mutex_t tally_lock = PTHREAD_MUTEX_INITIALIZER;

/* [arrival] */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void note_arrival(int connection)
{
    pthread_mutex_lock(&log_lock);
    sleep(1); /* makes likely what is rare */
    pthread_mutex_lock(&tally_lock);
    warn("descriptor %d comes after %llu clients", connection, tally.clients);
    pthread_mutex_unlock(&tally_lock);
    pthread_mutex_unlock(&log_lock);
}
/* [arrival] */

static void *client_thread(void *argument)
{
    note_arrival((int)(intptr_t)argument);
    return NULL;
}

int main(void)
{
    pthread_mutex_lock(&tally_lock);
    pthread_t thread;
    int code = pthread_create(&thread, NULL, client_thread, (void *)(intptr_t)4);
    if (code != 0)
        die_code(code, "pthread_create");
    usleep(100000); /* by now the other thread has log_lock */

    struct timespec until;
    if (clock_gettime(CLOCK_REALTIME, &until) == -1)
        die_errno("clock_gettime");
    until.tv_nsec += 200000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    code = pthread_mutex_timedlock(&log_lock, &until);
    if (code != ETIMEDOUT)
        die("the threads did not meet");
    printf("each thread waits for the lock that the other one holds\n");
}
