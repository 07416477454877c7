#include "query/set.h"

#include "query/pg.h"
#include "query/stmt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool
make_room(struct set *set, size_t bytes)
{
    if (bytes > SET_BYTES_MAX - set->length)
        return false;
    if (bytes <= set->size_bytes - set->length)
        return true;
    size_t wanted = set->size_bytes == 0 ? 16384 : set->size_bytes;
    while (wanted - set->length < bytes)
        wanted *= 2;
    char *grown = malloc(wanted);
    if (grown == NULL)
        return false;
    if (set->length > 0)
        memcpy(grown, set->bytes, set->length);
    if (set->bytes != NULL)
        explicit_bzero(set->bytes, set->length); /* it held personal data */
    free(set->bytes);
    set->bytes = grown;
    set->size_bytes = wanted;
    return true;
}

static void
put_number(struct set *set, uint64_t number, int length)
{
    for (int i = length - 1; i >= 0; i--)
        set->bytes[set->length++] = (char)(number >> (8 * i) & 0xff);
}

static uint64_t
wire_number(enum pg_type type, int64_t number)
{
    if (type == PG_DATE)
        return number == DAY_FOREVER ? INT32_MAX : (uint64_t)(number - PG_EPOCH_DAYS);
    return (uint64_t)(type == PG_INSTANT ? number - PG_EPOCH_US : number);
}

static void
put_bytes(struct set *set, enum pg_type type, struct span bytes)
{
    if (type == PG_JSONB)
        set->bytes[set->length++] = 1; /* jsonb's binary form: one byte of version, then text */
    if (bytes.length > 0)
        memcpy(set->bytes + set->length, bytes.bytes, bytes.length);
    set->length += bytes.length;
}

static size_t
value_length(enum pg_type type, const struct value *value)
{
    const struct pg_type_row *info = pg_type_info(type);
    if (info->length > 0)
        return (size_t)info->length;
    return value->bytes.length + (type == PG_JSONB ? 1 : 0);
}

static bool
put_value(struct set *set, enum pg_type type, const struct value *value, bool with_length)
{
    size_t length = value_length(type, value);

    if (!make_room(set, length + 4))
        return false;
    if (with_length)
        put_number(set, value->is_null ? UINT32_MAX : length, 4);
    if (value->is_null)
        return true;
    if (pg_type_info(type)->length > 0)
        put_number(set, wire_number(type, value->number), pg_type_info(type)->length);
    else
        put_bytes(set, type, value->bytes);
    return true;
}

static bool
put_array(struct set *set, enum pg_type type, const struct ask *const *asks, int count, int param)
{
    enum { ARRAY_HEADER_BYTES = 20 };
    bool has_null = false;

    if (!make_room(set, ARRAY_HEADER_BYTES))
        return false;
    for (int i = 0; i < count; i++)
        has_null = has_null || asks[i]->values[param].is_null;
    put_number(set, 1, 4); /* dimensions */
    put_number(set, has_null, 4);
    put_number(set, pg_type_info(type)->oid, 4);
    put_number(set, (uint64_t)count, 4);
    put_number(set, 1, 4); /* first index */
    for (int i = 0; i < count; i++)
        if (!put_value(set, type, &asks[i]->values[param], true))
            return false;
    return true;
}

static bool
put_param(struct set *set, const struct stmt_row *row, const struct ask *const *asks, int count,
          int param)
{
    enum pg_type type = row->params[param];

    set->starts[param] = set->length;
    if (stmt_param_is_array(row, param))
        return put_array(set, type, asks, count, param);
    return put_value(set, type, &asks[0]->values[param], false);
}

enum fault
set_build(struct set *set, int stmt, const struct ask *const *asks, int count)
{
    const struct stmt_row *row = stmt_info(stmt);

    assert(count > 0 && (row->is_set || count == 1));
    set->length = 0;
    set->param_count = stmt_param_count(row);
    for (int param = 0; param < set->param_count; param++) {
        for (int i = 0; i < count; i++)
            assert(asks[i]->stmt == stmt && asks[i]->count == set->param_count);
        if (!put_param(set, row, asks, count, param))
            return FAULT_STORE_BUSY;
        set->lengths[param] = (int)(set->length - set->starts[param]);
    }
    for (int param = 0; param < set->param_count; param++) {
        bool is_null = !stmt_param_is_array(row, param) && asks[0]->values[param].is_null;
        set->values[param] = is_null ? NULL : set->bytes + set->starts[param];
    }
    return FAULT_NONE;
}

void
set_close(struct set *set)
{
    if (set->bytes != NULL)
        explicit_bzero(set->bytes, set->size_bytes);
    free(set->bytes);
    *set = (struct set){ 0 };
}
