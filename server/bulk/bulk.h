/*
 * bulk: works off lists of questions behind the request line's back, one thread for a server.
 *
 * Shape   its own loop, lanes, directory, places and line, so that it cannot take any of them from
 *         a single question. Takes a chunk of items, sends each down the line as a request without
 *         a connection, stores what comes back (desk.h), and begins again. One chunk at a time;
 *         behind each a pause while single questions are under way; the thread itself is nice.
 * Units   milliseconds.
 * Errors  bulk_start(): a reason to print, or NULL. An item whose turn was cut short by a crash or
 *         a lost database is taken again when its lease runs out; its access record is then there
 *         already, and the same answer is given.
 * Owner   the main thread starts and joins; all else belongs to the thread, but for the meter,
 *         which the admin listener reads.
 */
#ifndef BULK_BULK_H
#define BULK_BULK_H

#include "auth/poll.h"
#include "bulk/desk.h"
#include "crypto/pseudonym.h"
#include "line/line.h"
#include "listen/meter.h"

#include <pthread.h>

struct bulk_settings {
    const char *database_url;
    const char *pseudonym_key;
    uint32_t    chunk; /* items at a time, at most BULK_CHUNK_MAX */
    uint32_t    pause_ms;
    uint32_t    idle_ms; /* between two looks for new jobs */
    size_t      arena_block_bytes;
    size_t      arena_bytes_max;
    uint32_t    directory_poll_ms;
    uint32_t    directory_stale_ms;
    bool        has_budgets;
    uint32_t    drain_ms;
    bool (*is_busy)(void *owner); /* whether single questions are under way */
    void *owner;
};

struct bulk {
    const struct bulk_settings *settings;
    pthread_t                   thread;
    bool                        is_running;
    int                         wake_file;
    _Atomic bool                wants_drain;
    struct meter                meter;

    struct directory      directory;
    struct directory_poll poll;
    struct pseudonym_keys keys;
    struct line           line;
    struct desk           desk;
    int64_t               tick_ms; /* when the next of each is due */
    int64_t               poll_ms;
    int64_t               drain_until_ms;
};

const char *bulk_start(struct bulk *bulk, const struct bulk_settings *settings);
void        bulk_drain(struct bulk *bulk); /* the chunk under way is ended in order */
void        bulk_join(struct bulk *bulk);

#endif
