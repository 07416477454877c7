/*
 * lane: one connection to the database, in pipeline mode, which never blocks.
 *
 * Shape   asks are put on the lane, then either flushed (the transaction stays open) or synced
 *         (it commits). Everything between two syncs is one transaction.
 * Errors  the owner hears, in the order of the asks: LANE_ROWS for each; then LANE_COMMITTED
 *         once, when the commit is on disk, or LANE_FAILED once, when nothing of the transaction
 *         holds. LANE_LOST instead of any of them: the connection is gone and whether the
 *         transaction holds is not known. LANE_READY once after opening. Nothing is heard from
 *         inside a call that puts, flushes or syncs.
 * Owner   lane_new()/lane_free(). The lane knows no event loop: it offers a socket and says what
 *         it waits for. Everything is copied before lane_ask() returns.
 * Source  measured behaviour of libpq 15:
 *         https://www.postgresql.org/docs/15/libpq-pipeline-mode.html
 */
#ifndef QUERY_LANE_H
#define QUERY_LANE_H

#include "base/fault.h"
#include "query/rows.h"
#include "query/value.h"

struct lane;

enum lane_news { LANE_READY, LANE_ROWS, LANE_COMMITTED, LANE_FAILED, LANE_LOST };

/* rows is only given with LANE_ROWS. */
typedef void lane_hear(void *owner, struct lane *lane, enum lane_news news,
                       const struct rows *rows);

/* url is a libpq connection string and is borrowed for ever. NULL when out of memory. */
struct lane *lane_new(const char *url, lane_hear *hear, void *owner);
void         lane_free(struct lane *lane); /* accepts NULL */

/* Starts connecting; LANE_READY or LANE_LOST follows. A lane that was lost may be opened again. */
MUST_USE enum fault lane_open(struct lane *lane);
void                lane_shut(struct lane *lane); /* hears nothing more until opened again */

bool lane_is_open(const struct lane *lane); /* ready and idle, or in a transaction */
int  lane_socket(const struct lane *lane);  /* -1 when shut */

/* Another number is, or may be, another socket, even where the descriptor is the same. */
uint64_t lane_connection(const struct lane *lane);
bool     lane_wants_write(const struct lane *lane);

/* Call when the socket is readable or writable. */
void lane_turn(struct lane *lane);

MUST_USE enum fault lane_ask(struct lane *lane, int stmt, const struct ask *const *asks, int count);
MUST_USE enum fault lane_flush(struct lane *lane); /* wants the rows now; nothing commits yet */
MUST_USE enum fault lane_sync(struct lane *lane);  /* wants the commit */

/* The SQLSTATE of the last failure, or "". For logs and for choosing a fault. */
const char *lane_sqlstate(const struct lane *lane);

#endif
