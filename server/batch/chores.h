/*
 * chores: what the registrar has to do from time to time, whoever asks or not.
 *
 * Shape   one thread with one session; a table of chores, each done every interval: notices that
 *         have become overdue, kept replies and unfinished uploads whose time is up, files of the
 *         spool that are needed no more, facilities whose answers a correction has overtaken. Each
 *         is bounded, set-based, and safe to do by several registrars at once and again after any
 *         death.
 * Units   milliseconds; seconds of age.
 * Errors  chores_start(): a reason to print, or NULL. A chore that fails is logged and done again
 *         at its next time; the others go on.
 * Owner   the main thread starts, drains and joins; the settings outlive the thread.
 */
#ifndef BATCH_CHORES_H
#define BATCH_CHORES_H

#include "crypto/pseudonym.h"
#include "query/session.h"
#include "spool/spool.h"

#include <pthread.h>

struct chores_settings {
    const char         *database_url;
    const char         *pseudonym_key; /* file; the same as serve has */
    const struct spool *spool;
    uint32_t            every_ms;
    int32_t             upload_age_s;
};

struct chores {
    const struct chores_settings *settings;
    struct session               *session;
    struct pseudonym_keys         keys;
    pthread_t                     thread;
    pthread_mutex_t               mutex;
    pthread_cond_t                wake;
    bool                          is_running;
    bool                          wants_end; /* under the mutex */
};

const char *chores_start(struct chores *chores, const struct chores_settings *settings);
void        chores_drain(struct chores *chores); /* the chore under way is ended in order */
void        chores_join(struct chores *chores);

#endif
