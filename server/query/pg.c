#include "query/pg.h"

#include "base/attr.h"

#include <assert.h>

/* clang-format off */
static const struct pg_type_row type_table[] = {
    [PG_BOOL]    = {   16, 1000,  1 },
    [PG_INT2]    = {   21, 1005,  2 },
    [PG_INT4]    = {   23, 1007,  4 },
    [PG_INT8]    = {   20, 1016,  8 },
    [PG_TEXT]    = {   25, 1009, -1 },
    [PG_BYTEA]   = {   17, 1001, -1 },
    [PG_DATE]    = { 1082, 1182,  4 },
    [PG_INSTANT] = { 1184, 1185,  8 },
    [PG_UUID]    = { 2950, 2951, -1 },
    [PG_XID8]    = { 5069,  271,  8 },
    [PG_JSONB]   = { 3802, 3807, -1 },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(type_table) == PG_TYPE_COUNT, "every type has a row");

const struct pg_type_row *
pg_type_info(enum pg_type type)
{
    assert(type > PG_NONE && type < PG_TYPE_COUNT);
    return &type_table[type];
}
