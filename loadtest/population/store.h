/*
 * store: the database that is filled.
 *
 * Shape   one connection per thread. Whatever fails has been said on standard error.
 * Errors  false.
 * Owner   store_close() frees; accepts one that was never opened.
 */
#ifndef STORE_H
#define STORE_H

#include "query/copy.h"

#include <libpq-fe.h>

struct store {
    PGconn *connection;
};

MUST_USE bool store_open(struct store *store, const char *url);
void          store_close(struct store *store);

MUST_USE bool store_run(struct store *store, const char *statement);

/* The result belongs to the caller; NULL after a failure. */
MUST_USE PGresult *store_ask(struct store *store, const char *question);
MUST_USE bool      store_ask_number(struct store *store, const char *question, int64_t *ret_number);

/* Sends all rows of a copy that was ended; nothing when there are none. */
MUST_USE bool store_copy(struct store *store, const char *statement, const struct copy *copy);

#endif
