/*
 * value: what goes into a statement, typed before it gets there.
 *
 * Shape   a value is null, a number, or borrowed bytes; its type is said by the statement's row.
 *         An ask is one question's values for one statement of the catalogue.
 * Units   days are day_t, instants instant_t; the wire form is made in set.c.
 * Owner   borrows texts and bytes until the set was built, which is before lane_ask() returns.
 */
#ifndef QUERY_VALUE_H
#define QUERY_VALUE_H

#include "base/clock.h"
#include "base/span.h"

#include <stdint.h>

enum pg_type {
    PG_NONE = 0,
    PG_BOOL,
    PG_INT2,
    PG_INT4,
    PG_INT8,
    PG_TEXT,
    PG_BYTEA,
    PG_DATE,
    PG_INSTANT,
    PG_UUID,
    PG_XID8,
    PG_JSONB,
    PG_TYPE_COUNT
};

enum { STMT_PARAMS_MAX = 24 };

struct value {
    bool        is_null;
    int64_t     number; /* bool, int*, day, instant, xid8 */
    struct span bytes;  /* text, bytea, uuid (16 bytes), jsonb (text form) */
};

struct ask {
    int          stmt; /* enum stmt; STMT_NONE asks nothing */
    int          count;
    struct value values[STMT_PARAMS_MAX];
};

void ask_start(struct ask *ask, int stmt);
void ask_number(struct ask *ask, int64_t number);
void ask_bytes(struct ask *ask, struct span bytes);
void ask_null(struct ask *ask);

/* Null when the text is empty. */
void ask_text_or_null(struct ask *ask, struct span text);

#endif
