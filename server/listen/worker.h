/*
 * worker: one thread with everything that it needs to answer: loop, listener, line, lanes,
 * directory.
 *
 * Shape   nothing is shared between workers; the main thread speaks to one through its atomics and
 *         one async handle, and reads its meter. What worker_start() is given must not change.
 * Errors  worker_start(): a reason to print, or NULL.
 * Owner   the main thread starts and joins; all else belongs to the thread.
 */
#ifndef LISTEN_WORKER_H
#define LISTEN_WORKER_H

#include "auth/card_desk.h"
#include "auth/poll.h"
#include "crypto/factor.h"
#include "document/press.h"
#include "listen/listener.h"

#include <pthread.h>

struct worker_settings {
    struct line_settings     line;
    struct listener_settings listener;
    struct tls_files         tls;
    const char              *pseudonym_key;
    const char              *challenge_key;
    const char              *office_key;
    const char              *document_key;
    const char              *document_issuer;
    struct card_trust       *cards;    /* held by the main thread; NULL: no card is taken */
    struct card_status      *statuses; /* the same; NULL: nobody is asked about cards */
    uint32_t                 directory_poll_ms;
    uint32_t                 drain_ms;
};

struct lane_watch {
    uv_poll_t   *poll; /* on the heap, since closing it is not at once */
    struct lane *lane;
    int          file; /* the lane's socket again, so that it is ours to close */
    uint64_t     connection;
    int          events; /* 0 while it does not watch */
};

struct worker {
    const struct worker_settings *settings;
    int                           number;
    pthread_t                     thread;
    bool                          is_running;
    _Atomic bool                  wants_drain;
    _Atomic(struct tls *)         fresh_tls; /* handed over by the main thread, not yet taken */
    _Atomic bool                  is_ready;  /* it is fit, and peers are let in */
    struct meter                  meter;

    uv_loop_t             loop;
    uv_async_t            async;
    uv_prepare_t          prepare;
    uv_timer_t            tick;
    uv_timer_t            gather; /* runs while those who wait, wait for more */
    uv_timer_t            poll_tick;
    struct directory      directory;
    struct directory_poll poll;
    struct pseudonym_keys keys;
    struct card_desk      desk;
    struct factor_key    *factors;
    struct press          press;
    struct line           line;
    struct listener       listener;
    struct lane_watch     watches[LANES_MAX + 1];
    int64_t               opened_ms;
    int64_t               drain_until_ms;
    int64_t               partitions_ms;
    bool                  is_fit; /* the directory is fresh and a lane is open */
    bool                  has_begun;
    bool                  is_draining;
};

const char *worker_start(struct worker *worker, const struct worker_settings *settings, int number);
void        worker_wake(struct worker *worker);
void        worker_renew(struct worker *worker, struct tls *tls);                /* takes the tls */
void        worker_renew_cards(struct worker *worker, struct card_trust *cards); /* holds them */
void        worker_join(struct worker *worker);

#endif
