/**
 * @file tests/probe/await.h
 * @brief Wait for an event, and know when it will not come.
 *
 * A check does not wait a fixed time for what a right program does at once: it waits for the
 * event itself. That a wrong program will not bring it about is proved from /proc: each of its
 * tasks sleeps in a call that only an event ends, has not run since the last look, and nothing
 * is under way to it. Only a program that sleeps for a limited time is waited for by the clock.
 */
#ifndef PROBE_AWAIT_H
#define PROBE_AWAIT_H

#include <stdbool.h>

/** How a wait ended. */
enum outcome {
    AWAIT_DONE,     /**< what was waited for has come */
    AWAIT_ENDED,    /**< a program has ended instead */
    AWAIT_STUCK,    /**< every program is blocked, and nothing will wake it */
    AWAIT_SPINNING, /**< a program uses the processor and brings nothing about */
    AWAIT_LATE      /**< nothing has moved for a long time */
};

/**
 * @brief Bound all waiting of the check that begins now.
 * @param seconds  after so many the grader ends the check, without a verdict; 600 unless told.
 *
 * A check that comes near that end is broken(): the machine is too slow. But a program that itself
 * takes a quarter of that time while a check waits for it, asleep or on a processor, has failed():
 * a right one needs far less, on a slow machine too. What it sleeps counts only where the suite
 * neither worked nor waited for a processor meanwhile: then nobody else can have been waited for.
 */
void await_at_most(double seconds);

/**
 * @brief Wait until something holds; meanwhile everything that can be moved is moved.
 * @param done      tells whether it holds; called again and again.
 * @param argument  handed to it.
 * @return how the wait ended; after ::AWAIT_ENDED all that the program wrote has been read.
 */
enum outcome await(bool (*done)(void *argument), void *argument);

/**
 * @brief The same for what a right program may take 2 seconds for, as closing what is over: a
 *        program may do that by a timer whose signal is nowhere to be seen in /proc.
 * @param done, argument  as for await().
 * @return as await(), but ::AWAIT_STUCK only after 2.5 seconds without a sign of life.
 */
enum outcome await_patiently(bool (*done)(void *argument), void *argument);

/**
 * @brief Wait until every program sleeps and nothing moves, so that what comes next meets the
 *        programs in a known place; for a moment only where a program never rests.
 *
 * No verdict rests on it: a program that is met elsewhere is tested less sharply, that is all.
 */
void settle(void);

/**
 * @brief Watch the programs for a while; meanwhile everything that can be moved is moved.
 * @param seconds  how long.
 */
void watch(double seconds);

/**
 * @brief Measure how much of a processor the programs use while nothing is asked of them.
 * @return a share, 0.02 for 2 %.
 *
 * Up to four windows of 0.3 s are looked at, and the first that is below the limit of 2 % ends
 * it: a program may wake up once a second, but one that spins never rests. Waiting for a
 * processor counts as using it, on a busy machine too, but for the wait that comes with each
 * waking up, which is the machine's doing and not the program's.
 */
double share_of_processor(void);

#endif
