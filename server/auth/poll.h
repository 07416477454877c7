/*
 * poll: keeps a directory fresh, over a lane of its own.
 *
 * Shape   one round asks for the watermark, and for what changed since the watermark of the round
 *         before; a round that fails changes nothing and is asked again.
 * Errors  the directory's refreshed_ms stops moving; who asks is then refused as stale.
 * Owner   the worker owns it; the lane's socket is watched by the worker's loop.
 */
#ifndef AUTH_POLL_H
#define AUTH_POLL_H

#include "auth/directory.h"
#include "query/lane.h"

struct directory_poll {
    struct lane      *lane;
    struct directory *directory;
    int64_t           since_xid;     /* the watermark that the next round asks from */
    int64_t           watermark_xid; /* of the round under way */
    int64_t           asked_ms;      /* 0: no round under way */
    bool              has_run_out;   /* of memory, in the round under way */
    bool              wants_partitions;
    day_t             partitions_from;
};

MUST_USE bool poll_open(struct directory_poll *poll, const char *url, struct directory *directory);
void          poll_close(struct directory_poll *poll);

/* Starts a round unless one is under way; reopens a lost lane. Call once per interval. */
void poll_tick(struct directory_poll *poll, int64_t now_ms);

/* Has the next round make sure of the access records' partitions; call now and then. */
void poll_ensure_partitions(struct directory_poll *poll, day_t today);

#endif
