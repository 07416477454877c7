/*
 * recheck: doubts that wait for the resident register alone are asked about until it answers.
 *
 * Shape   one thread with a session, a vault and a client of its own. Every interval it goes once
 *         through the doubts of kind 3, many at a time: the claimed number is unsealed, asked and
 *         wiped, what is held is compared with the answer, and all of them are settled in one
 *         transaction. Tries, pauses and the breaker are the client's; a doubt that is not answered
 *         stays what it is until the next interval.
 * Units   milliseconds.
 * Errors  recheck_start(): a reason to print, or NULL. Whatever else goes wrong is logged and tried
 *         again at the next interval. Safe beside other registrars and after any death: a doubt is
 *         settled once, and only as long as the person is what was compared.
 * Owner   the main thread starts, drains and joins; the settings outlive the thread. Without a
 *         resident register nothing runs.
 */
#ifndef BATCH_RECHECK_H
#define BATCH_RECHECK_H

#include "batch/job.h"

#include <pthread.h>

struct recheck_people;

struct recheck {
    const struct batch_settings *settings;
    struct session              *session;
    struct vault                *vault;
    struct register_client      *reg;
    struct recheck_people       *people; /* who are asked about at a time */
    pthread_t                    thread;
    bool                         is_running;
    int                          wake_file;
    _Atomic bool                 wants_end;
};

const char *recheck_start(struct recheck *recheck, const struct batch_settings *settings);
void        recheck_drain(struct recheck *recheck);
void        recheck_join(struct recheck *recheck);

#endif
