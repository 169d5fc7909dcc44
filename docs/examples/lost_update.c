/* Fifty threads count themselves without a lock, and most of their additions get lost. */
#include "common/error.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { THREADS = 50 };

static struct {
    unsigned long long clients;
} tally;

static void *count_client(void *unused)
{
    (void)unused;
    /* [window] */
    unsigned long long clients = tally.clients;
    usleep(1000);
    tally.clients = clients + 1;
    /* [window] */
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        int code = pthread_create(&threads[i], NULL, count_client, NULL);
        if (code != 0)
            die_code(code, "pthread_create");
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%d threads, the tally says %llu\n", THREADS, tally.clients);
}
