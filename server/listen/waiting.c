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

static bool
end_turn(struct waiting *waiting, struct peer *peer)
{
    bool was_called = peer->turn == TURN_CALLED;

    waiting->called_count -= was_called;
    peer->turn = TURN_NONE;
    return was_called;
}

int64_t
waiting_seat(struct waiting *waiting, struct peer *peer)
{
    bool was_called = peer != NULL && end_turn(waiting, peer);

    return was_called ? peer->since_ms * 1000 : clock_ticks_us();
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
waiting_refuse(struct waiting *waiting, struct peer *peer)
{
    peer_begin(peer);
    end_turn(waiting, peer);
}

void
waiting_leave(struct waiting *waiting, struct peer *peer)
{
    waiting->count -= peer->queue == &waiting->queue;
    end_turn(waiting, peer);
}

uint32_t
waiting_standing(const struct waiting *waiting)
{
    return waiting->count + waiting->called_count;
}
