/*
 * run: one measurement from the first connection to the tally.
 *
 * Shape   run_traffic(): closed or open loop. run_handshakes(): connect, close, again. run_idle().
 *         What they share, the pieces of a request, is struct asker.
 * Errors  false when the run could not be made; what went wrong during it stands in the tally.
 * Owner   the caller owns all of the setup; a run frees all else before it returns.
 */
#ifndef RUN_H
#define RUN_H

#include "fleet.h"
#include "mix.h"
#include "tally.h"

struct asker {
    struct mold       mold;
    struct way       *ways[LOAD_SHARES_MAX]; /* of each share of the mix */
    const struct mix *mix;
    struct way       *only; /* without a mix; NULL: no questions */
    struct uuid_maker uuids;
    struct random     chance;
};

struct run_setup {
    const struct options  *options;
    const struct identity *identity;
    const struct mix      *mix; /* without shares: none */
    struct questions      *questions;
    struct tally          *tally;
};

/* Opens both; with a mix, gives each connection the kind and certificate that are its. */
MUST_USE bool run_prepare(struct asker *asker, struct fleet *fleet, uv_loop_t *loop,
                          const struct run_setup *setup, const struct fleet_events *events,
                          void *run, struct complaint *reterr_complaint);

/* Sends the next question on a ready connection. */
void asker_ask(struct asker *asker, struct connection *connection, uint64_t intended_ns,
               uint64_t now_ns);

/* A status that the question's author expected. */
bool asker_expected(const struct connection *connection);

/* Counts status and, when asked to, compares the answer that just came. */
void asker_judge(const struct connection *connection, const struct options *options,
                 struct tally *tally);

/* Copies into the tally what the fleet counted, and says why it could not come up. */
MUST_USE bool run_conclude(const struct fleet *fleet, struct tally *tally,
                           struct complaint *reterr_complaint);

/* Lets the loop run out and closes it. */
void run_loop_close(uv_loop_t *loop);

uint64_t run_seconds_ns(double seconds);

MUST_USE bool run_traffic(const struct run_setup *setup, struct complaint *reterr_complaint);
MUST_USE bool run_handshakes(const struct run_setup *setup, struct complaint *reterr_complaint);
MUST_USE bool run_idle(const struct run_setup *setup, struct complaint *reterr_complaint);

#endif
