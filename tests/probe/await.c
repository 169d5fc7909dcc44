/* Waiting for events; see await.h. */
#include "tests/probe/await.h"

#include <stddef.h>

#include "tests/probe/channel.h"
#include "tests/probe/finding.h"
#include "tests/probe/peer.h"
#include "tests/probe/program.h"

enum { LONGEST_PAUSE = 16 };

static const double look_every = 0.03;   /* seconds between two looks at /proc */
static const double quiet = 0.4;         /* so long without a sign of life is proof */
static const double quiet_patient = 2.5; /* TCP's, or the program's, own timers may still act */
static const double late_asleep = 5;     /* for a program that sleeps by the clock */
static const double late = 120;          /* for one that never gets a processor */
static const double latest = 0.9;        /* of the time after which the grader ends a check */
static const double slow = 0.25;         /* of it, when the program itself took so much */
static const double longest_between = 0.1;
static const double settled = 0.03;
static const double spins = 2e9; /* nanoseconds of processor without bringing anything about */

/* The whole check's time, as await_at_most() tells. */
static struct {
    double begun, seconds;
    double own;               /* what the program itself took of it */
    unsigned long long suite; /* nanoseconds that we used a processor or waited for one */
} check = {.seconds = 600};

void await_at_most(double seconds)
{
    check.begun = now();
    check.seconds = seconds;
}

/* What is known of the programs since something last moved. */
struct vigil {
    bool patient;
    double begun, moved, looked, quiet_since, asleep;
    struct activity first, last;
};

static void note_movement(struct vigil *vigil)
{
    vigil->moved = vigil->looked = vigil->quiet_since = now();
    vigil->asleep = 0;
    vigil->first = vigil->last = programs_activity();
}

static void look(struct vigil *vigil, bool for_ever)
{
    struct activity seen = programs_activity();
    if (seen.asleep) { /* we may have been kept waiting ourselves: that is no sleep of its */
        double since = now() - vigil->looked;
        vigil->asleep += since < longest_between ? since : longest_between;
    }
    vigil->looked = now();
    if (!(for_ever ? seen.blocked : seen.asleep) || seen.turns != vigil->last.turns)
        vigil->quiet_since = vigil->looked;
    vigil->last = seen;
}

/* Something moved: what was used of the processor up to the last look brought it about. */
static void keep_vigil(struct vigil *vigil)
{
    vigil->moved = vigil->quiet_since = now();
    vigil->asleep = 0;
    vigil->first = vigil->last;
}

/* Adds what the program took of the time since the last look: see await_at_most(). */
static void count_own_time(const struct vigil *vigil, double looked, unsigned long long ran)
{
    unsigned long long suite = time_of_self();
    double slept = vigil->looked - looked - (double)(suite - check.suite) / 1e9;
    check.suite = suite;
    if (vigil->last.asleep && slept > 0)
        check.own += slept < longest_between ? slept : longest_between;
    if (vigil->last.ran > ran)
        check.own += (double)(vigil->last.ran - ran) / 1e9;
}

static void expect_progress(void)
{
    double all = now() - check.begun;
    if (check.own > slow * check.seconds)
        failed(
            SYMPTOM_too_slow, "the check comes to its end in far less time",
            "after %.0f seconds it had not; for %.0f of them the program slept though it had "
            "something to do, or used the processor",
            all, check.own);
    if (all > latest * check.seconds)
        broken("something still moved after %.0f seconds", all);
}

static enum outcome judge(struct vigil *vigil)
{
    if (now() - vigil->looked < look_every)
        return AWAIT_DONE;
    double looked = vigil->looked;
    unsigned long long ran = vigil->last.ran;
    look(vigil, true);
    count_own_time(vigil, looked, ran);
    if (vigil->looked - vigil->quiet_since >
        (vigil->patient || peers_in_flight() ? quiet_patient : quiet))
        return AWAIT_STUCK;
    /* A thread that ends takes its share out of the sum: the difference may be negative. */
    if ((double)vigil->last.ran - (double)vigil->first.ran > spins && vigil->last.running)
        return AWAIT_SPINNING;
    bool is_late = vigil->asleep > late_asleep || vigil->looked - vigil->moved > late;
    return is_late ? AWAIT_LATE : AWAIT_DONE;
}

static bool drain(bool (*done)(void *), void *argument)
{
    while (pump(0) > 0)
        ;
    return done(argument);
}

static enum outcome wait_for(bool (*done)(void *argument), void *argument, bool patient)
{
    struct vigil vigil = {.patient = patient, .begun = now()};
    int pause = 1;
    note_movement(&vigil);
    for (;;) {
        bool ended = programs_any_ended();
        bool moved = pump(pause) > 0;
        if (done(argument))
            return AWAIT_DONE;
        if (ended)
            return drain(done, argument) ? AWAIT_DONE : AWAIT_ENDED;
        enum outcome outcome = judge(&vigil);
        expect_progress();
        if (moved) {
            keep_vigil(&vigil);
            pause = 1;
        } else if (outcome != AWAIT_DONE) {
            return outcome;
        } else if (pause < LONGEST_PAUSE) {
            pause *= 2;
        }
    }
}

enum outcome await(bool (*done)(void *argument), void *argument)
{
    return wait_for(done, argument, false);
}

enum outcome await_patiently(bool (*done)(void *argument), void *argument)
{
    return wait_for(done, argument, true);
}

void settle(void)
{
    static double unrest = 1.5; /* a program that never rests is waited for less each time */
    struct vigil vigil = {.begun = now()};
    note_movement(&vigil);
    while (vigil.looked - vigil.quiet_since < settled && now() - vigil.begun < unrest) {
        if (pump(2) > 0)
            note_movement(&vigil);
        else if (programs_any_ended())
            return;
        else
            look(&vigil, false);
    }
    if (now() - vigil.begun >= unrest && unrest > 0.1)
        unrest /= 2;
}

void watch(double seconds)
{
    double end = now() + seconds;
    for (double left = seconds; left > 0; left = end - now())
        pump((int)(left * 1000) + 1);
}

double share_of_processor(void)
{
    static const double window = 0.3, limit = 0.02, wait_of_a_waking = 0.02;
    double share = 1;
    for (int i = 0; i < 4 && share >= limit; i++) {
        double begun = now();
        struct activity before = programs_activity();
        watch(window);
        struct activity after = programs_activity();
        double ran = ((double)after.ran - (double)before.ran) / 1e9;
        double waited = ((double)after.waited - (double)before.waited) / 1e9 -
                        wait_of_a_waking * ((double)after.slept - (double)before.slept);
        share = (ran + (waited > 0 ? waited : 0)) / (now() - begun);
    }
    return share;
}
