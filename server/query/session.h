/*
 * session: one connection to the database for a thread that may wait.
 *
 * Shape   statements of the catalogue (stmt.h), one after the other, each a transaction of its own
 *         unless session_begin() opened one; and rows sent by COPY. Statements are prepared when
 *         the session connects.
 * Units   milliseconds.
 * Errors  FAULT_STORE_LOST: the connection is gone, and whether the last statement took effect is
 *         not known; session_connect() again. FAULT_STORE_REFUSED: the database refused it, nothing
 *         of it holds; session_sqlstate() says why. FAULT_STORE_BUSY: it would not fit. The server
 *         ends a statement that takes longer than the session's deadline.
 * Owner   session_new()/session_free(). Everything is copied before a call returns; rows live while
 *         they are heard.
 * Source  https://www.postgresql.org/docs/15/libpq-copy.html
 */
#ifndef QUERY_SESSION_H
#define QUERY_SESSION_H

#include "base/fault.h"
#include "query/copy.h"
#include "query/rows.h"
#include "query/value.h"

struct session;

typedef void session_hear(void *owner, const struct rows *rows);

/* Where rows go by COPY; each has its columns in the order of its writer. */
enum copy_into { COPY_BATCH_STAGE, COPY_INTO_COUNT };

enum { COPY_SWIFT_BYTES = 96 << 10 };

/* url is borrowed for ever. NULL when out of memory. */
struct session *session_new(const char *url, uint32_t deadline_ms);
void            session_free(struct session *session); /* accepts NULL */

/* Connects anew, whatever stood before. */
MUST_USE enum fault session_connect(struct session *session);
bool                session_is_open(const struct session *session);

MUST_USE enum fault session_begin(struct session *session);
MUST_USE enum fault session_commit(struct session *session);
void                session_rollback(struct session *session);

/* hear may be NULL. */
MUST_USE enum fault session_ask(struct session *session, const struct ask *ask, session_hear *hear,
                                void *owner);

/* The same in two halves, so that several sessions work at once: session_finish() waits for what
 * session_start() asked. Nothing else may be asked in between; a session that was started must be
 * finished. */
MUST_USE enum fault session_start(struct session *session, const struct ask *ask);
MUST_USE enum fault session_finish(struct session *session, session_hear *hear, void *owner);

/* As session_ask(), for count asks of one statement that takes sets. */
MUST_USE enum fault session_ask_set(struct session *session, int stmt,
                                    const struct ask *const *asks, int count, session_hear *hear,
                                    void *owner);

/* Sends all rows of a copy that was ended. What fits into the socket (COPY_SWIFT_BYTES) is gone at
 * once, and the database reads it while the caller goes on; session_copy_finish() waits for it, and
 * nothing else may be asked before. */
MUST_USE enum fault session_copy_start(struct session *session, enum copy_into into,
                                       const struct copy *copy);
MUST_USE enum fault session_copy_finish(struct session *session);

const char *session_sqlstate(const struct session *session); /* of the last failure, or "" */

#endif
