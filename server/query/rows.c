#include "query/rows.h"

#include "query/pg.h"
#include "query/stmt.h"

#include <assert.h>
#include <libpq-fe.h>
#include <string.h>

static const PGresult *
result_of(const struct rows *rows)
{
    return (const PGresult *)rows->result;
}

static enum pg_type
type_of(const struct rows *rows, int column)
{
    return stmt_info(rows->stmt)->columns[column];
}

int
rows_count(const struct rows *rows)
{
    return PQntuples(result_of(rows));
}

bool
rows_is_null(const struct rows *rows, int row, int column)
{
    return PQgetisnull(result_of(rows), row, column) == 1;
}

static uint64_t
big_endian(const struct rows *rows, int row, int column, int *ret_length)
{
    const unsigned char *bytes = (const unsigned char *)PQgetvalue(result_of(rows), row, column);
    int                  length = PQgetlength(result_of(rows), row, column);
    uint64_t             number = 0;

    assert(length >= 0 && length <= 8);
    for (int i = 0; i < length; i++)
        number = number << 8 | bytes[i];
    *ret_length = length;
    return number;
}

int64_t
rows_number(const struct rows *rows, int row, int column)
{
    enum pg_type type = type_of(rows, column);
    int          length;

    assert(type == PG_INT2 || type == PG_INT4 || type == PG_INT8 || type == PG_XID8);
    uint64_t number = big_endian(rows, row, column, &length);
    if (length == 2)
        return (int16_t)number;
    return length == 4 ? (int32_t)number : (int64_t)number;
}

bool
rows_bool(const struct rows *rows, int row, int column)
{
    int length;
    assert(type_of(rows, column) == PG_BOOL);
    return big_endian(rows, row, column, &length) != 0;
}

day_t
rows_day(const struct rows *rows, int row, int column)
{
    int length;
    assert(type_of(rows, column) == PG_DATE);
    int32_t days = (int32_t)big_endian(rows, row, column, &length);
    if (days == INT32_MAX)
        return DAY_FOREVER;
    return days + PG_EPOCH_DAYS;
}

instant_t
rows_instant(const struct rows *rows, int row, int column)
{
    int length;
    assert(type_of(rows, column) == PG_INSTANT);
    return (int64_t)big_endian(rows, row, column, &length) + PG_EPOCH_US;
}

struct span
rows_bytes(const struct rows *rows, int row, int column)
{
    enum pg_type type = type_of(rows, column);
    assert(type == PG_TEXT || type == PG_BYTEA || type == PG_UUID || type == PG_JSONB);
    const char *bytes = PQgetvalue(result_of(rows), row, column);
    int         length = PQgetlength(result_of(rows), row, column);
    if (type == PG_JSONB && length > 0)
        return span_make(bytes + 1, (size_t)length - 1); /* one byte of format version */
    return span_make(bytes, (size_t)length);
}
