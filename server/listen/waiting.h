/*
 * waiting: those who came when every place was taken, first come, first served.
 *
 * Shape   a refusal costs about as much as an answer, and whoever is refused comes again. So one
 *         more than there are places for is not refused but stands here, with its head read and its
 *         body not, until a place is free; only when that takes longer than place_wait_ms, or the
 *         server ends, is it refused. Waiting costs no memory but the connection's own, and the
 *         number of connections bounds it.
 * Units   milliseconds of clock_ticks_ms(), but for waiting_seat().
 * Errors  none: who cannot wait is refused by the caller.
 * Owner   the listener; one thread. A connection that waits is suspended, so that only a call from
 *         here, waiting_tick() or waiting_end(), lets it go on.
 */
#ifndef LISTEN_WAITING_H
#define LISTEN_WAITING_H

#include "listen/peer.h"
#include "request/place.h"

#include <microhttpd.h>

struct waiting {
    const struct place_table *places;
    struct peer_queue         queue;
    uint32_t                  count;
    uint32_t                  called_count; /* places that are free and spoken for */
    uint32_t                  patience_ms;  /* 0: nobody waits */
};

/* Whether this peer may take a place now. Nobody passes those who came before. */
bool waiting_admits(const struct waiting *waiting, const struct peer *peer);

/* It takes one: since when it has been here, in microseconds of clock_ticks_us(). */
int64_t waiting_seat(struct waiting *waiting, struct peer *peer);

/* Suspends the connection until then; false where it has waited for long enough, or may not. */
bool waiting_hold(struct waiting *waiting, struct peer *peer, struct MHD_Connection *connection,
                  int64_t now_ms);

/* Calls as many as there are free places, once these are a group; fewer wait for the tick. */
void waiting_call(struct waiting *waiting);

/* Calls for each free place, and lets those go on who have waited for too long, to be refused. */
void waiting_tick(struct waiting *waiting, int64_t now_ms);

/* The same, of all; and nobody waits any more. */
void waiting_end(struct waiting *waiting);

/* This peer is refused, and has no turn any more. */
void waiting_refuse(struct waiting *waiting, struct peer *peer);

/* This peer is gone. */
void waiting_leave(struct waiting *waiting, struct peer *peer);

/* How many have no place yet. */
uint32_t waiting_standing(const struct waiting *waiting);

#endif
