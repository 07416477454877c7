/*
 * pg: constants of PostgreSQL's binary wire format, for this room only.
 *
 * Source  PostgreSQL's catalogue pg_type (the OIDs of built-in types are fixed) and its epoch,
 *         2000-01-01.
 */
#ifndef QUERY_PG_H
#define QUERY_PG_H

#include "query/value.h"

#include <stdint.h>

enum { PG_EPOCH_DAYS = 10957 };
#define PG_EPOCH_US (INT64_C(10957) * INT64_C(86400000000))

struct pg_type_row {
    uint32_t oid;
    uint32_t array_oid;
    int      length; /* bytes of a number, or -1 for bytes of any length */
};

const struct pg_type_row *pg_type_info(enum pg_type type);

#endif
