#include "listen/waiting.h"

/* Of all places, so many are free before those who wait are called: whenever one is let go, the
 * library looks at everyone who is suspended. */
enum { GROUP_PART = 4 };

bool
waiting_admits(const struct waiting *waiting, const struct peer *peer)
{
    if (peer != NULL && peer->turn != TURN_NONE)
        return peer->turn == TURN_CALLED;
    return waiting->count == 0 && waiting->places->free_count > waiting->called_count;
}

int64_t
waiting_seat(struct waiting *waiting, struct peer *peer)
{
    if (peer == NULL || peer->turn != TURN_CALLED)
        return clock_ticks_us();
    peer->turn = TURN_NONE;
    waiting->called_count--;
    return peer->since_ms * 1000;
}

bool
waiting_hold(struct waiting *waiting, struct peer *peer, struct MHD_Connection *connection,
             int64_t now_ms)
{
    if (waiting->patience_ms == 0 || peer == NULL || peer->turn == TURN_OVER)
        return false;
    peer_begin(peer);
    peer_hold(peer, &waiting->queue, connection, now_ms);
    waiting->count++;
    MHD_suspend_connection(connection);
    return true;
}

static bool
let_go(struct waiting *waiting, int64_t now_ms, int64_t least_ms, enum peer_turn turn)
{
    struct peer *peer = peer_taken(&waiting->queue, now_ms, least_ms);

    if (peer == NULL)
        return false;
    waiting->count--;
    waiting->called_count += turn == TURN_CALLED;
    peer->turn = turn;
    MHD_resume_connection(peer->connection); /* the library calls http_handle() again */
    return true;
}

static void
call(struct waiting *waiting)
{
    while (waiting->places->free_count > waiting->called_count)
        if (!let_go(waiting, 0, INT64_MIN, TURN_CALLED))
            return;
}

void
waiting_call(struct waiting *waiting)
{
    uint32_t free_count = waiting->places->free_count - waiting->called_count;

    if (waiting->count > 0 && free_count > waiting->places->count / GROUP_PART)
        call(waiting);
}

void
waiting_tick(struct waiting *waiting, int64_t now_ms)
{
    call(waiting);
    while (let_go(waiting, now_ms, waiting->patience_ms, TURN_OVER))
        continue;
}

void
waiting_end(struct waiting *waiting)
{
    waiting->patience_ms = 0;
    while (let_go(waiting, 0, INT64_MIN, TURN_OVER))
        continue;
}

void
waiting_leave(struct waiting *waiting, const struct peer *peer)
{
    waiting->called_count -= peer->turn == TURN_CALLED;
}
