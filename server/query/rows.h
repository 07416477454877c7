/*
 * rows: what a statement gave back, read by column, in binary.
 *
 * Shape   a view of one result; column types were checked against the catalogue when the lane
 *         opened.
 * Units   days as day_t, instants as instant_t.
 * Errors  reading a column as another type than the catalogue says is our defect and asserts.
 * Owner   borrows the result; spans end with the call that was given the rows.
 */
#ifndef QUERY_ROWS_H
#define QUERY_ROWS_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/span.h"

struct pg_result;

struct rows {
    const struct pg_result *result; /* a PGresult */
    int                     stmt;
};

int         rows_count(const struct rows *rows);
bool        rows_is_null(const struct rows *rows, int row, int column);
bool        rows_bool(const struct rows *rows, int row, int column);
int64_t     rows_number(const struct rows *rows, int row, int column); /* int2, int4, int8, xid8 */
day_t       rows_day(const struct rows *rows, int row, int column);
instant_t   rows_instant(const struct rows *rows, int row, int column);
struct span rows_bytes(const struct rows *rows, int row, int column); /* text, bytea, uuid, jsonb */

#endif
