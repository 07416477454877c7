/*
 * set: many asks of one statement, as the binary arrays that go over the wire.
 *
 * Shape   one array per parameter, one element per ask; parameters that the catalogue calls
 *         shared, and all of a statement that is no set, are plain values, taken from the first
 *         ask.
 * Units   bytes; at most SET_BYTES_MAX for all parameters together.
 * Errors  FAULT_STORE_BUSY when the bytes would not fit: fewer asks per flight, or smaller ones.
 * Owner   the set owns its buffer, which is reused from flight to flight and wiped by
 *         set_close().
 */
#ifndef QUERY_SET_H
#define QUERY_SET_H

#include "base/fault.h"
#include "query/value.h"

enum { SET_BYTES_MAX = 8 * 1024 * 1024 };

struct set {
    char       *bytes;
    size_t      length;
    size_t      size_bytes;
    int         param_count;
    const char *values[STMT_PARAMS_MAX];
    int         lengths[STMT_PARAMS_MAX];
    size_t      starts[STMT_PARAMS_MAX];
};

/* Fills the set from count asks, all of the statement stmt. */
MUST_USE enum fault set_build(struct set *set, int stmt, const struct ask *const *asks, int count);

void set_close(struct set *set);

#endif
