/*
 * desk: where a chunk of items is fetched from the store, and its results are handed in.
 *
 * Shape   resting → taking → asking → storing → resting. Items are given out when the transaction
 *         that leased them has committed, and handed in together when all have been responded to.
 * Units   milliseconds of clock_ticks_ms().
 * Errors  a transaction that fails, or a lane that is lost, ends the chunk: what was not stored is
 *         leased again later. An item that the store was too busy for is not stored either.
 * Owner   the bulk thread. Items live in places of the line, which keep the answers until they are
 *         stored.
 */
#ifndef BULK_DESK_H
#define BULK_DESK_H

#include "line/line.h"
#include "listen/meter.h"
#include "query/lane.h"

enum { BULK_CHUNK_MAX = PASSENGERS_MAX };

enum desk_state { DESK_RESTING, DESK_TAKING, DESK_ASKING, DESK_STORING, DESK_EXPIRING };

struct desk_item {
    struct request *request;
    struct job_item item;
    int64_t         job_id;
};

struct desk {
    struct lane     *lane;
    struct line     *line;
    struct meter    *meter;
    enum desk_state  state;
    struct desk_item items[BULK_CHUNK_MAX];
    int              item_count;
    int              answered;
    int              chunk;     /* how many items to take at a time, from now on */
    int64_t          asked_ms;  /* start of the statement or chunk under way */
    int64_t          rest_ms;   /* resting until then */
    int64_t          reopen_ms; /* a lost lane is not opened before */
    int64_t          expire_ms; /* when old jobs are looked for again */
    int64_t          took_ms;   /* how long the last chunk took */
    uint32_t         idle_ms;
    bool             is_idle; /* there was nothing to take */
};

MUST_USE bool desk_open(struct desk *desk, const char *database_url, struct line *line,
                        struct meter *meter, int chunk, uint32_t idle_ms);
void          desk_close(struct desk *desk);

/* Takes the next step, if it is time: call in every turn of the loop. */
void desk_turn(struct desk *desk, bool may_take, int64_t now_ms);

/* Whether the chunk is answered and can be handed in. */
bool desk_is_due(const struct desk *desk);

/* The line's way out. */
void desk_respond(void *desk, struct request *r);

/* Until when the next chunk is not taken. */
void desk_rest(struct desk *desk, int64_t until_ms);

#endif
