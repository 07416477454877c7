#include "query/copy.h"

#include "model/day.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BYTES = 1 << 20,
    RANGE_FROM_INCLUDED = 0x02,
    RANGE_FROM_OPEN = 0x08,
    RANGE_UNTIL_OPEN = 0x10
};

static char *
room(struct copy *copy, size_t bytes)
{
    if (copy->length + bytes > copy->size_bytes && !copy->is_full) {
        size_t size_bytes = copy->size_bytes == 0 ? FIRST_BYTES : copy->size_bytes * 2;
        while (size_bytes < copy->length + bytes)
            size_bytes *= 2;
        char *grown = malloc(size_bytes);
        if (grown == NULL) {
            copy->is_full = true;
        } else {
            if (copy->length > 0)
                memcpy(grown, copy->bytes, copy->length);
            if (copy->bytes != NULL)
                explicit_bzero(copy->bytes, copy->length);
            free(copy->bytes);
            copy->bytes = grown;
            copy->size_bytes = size_bytes;
        }
    }
    if (copy->is_full)
        return NULL;
    char *place = copy->bytes + copy->length;
    copy->length += bytes;
    return place;
}

static void
add(struct copy *copy, const void *bytes, size_t length)
{
    char *place = room(copy, length);
    if (place != NULL && length > 0)
        memcpy(place, bytes, length);
}

static void
add_big_endian(struct copy *copy, uint64_t number, size_t bytes)
{
    unsigned char *place = (unsigned char *)room(copy, bytes);

    if (place == NULL)
        return;
    for (size_t i = bytes; i > 0; i--) {
        place[i - 1] = (unsigned char)number;
        number >>= 8;
    }
}

static void
add_number(struct copy *copy, int64_t number, size_t bytes)
{
    add_big_endian(copy, bytes, 4);
    add_big_endian(copy, (uint64_t)number, bytes);
}

void
copy_start(struct copy *copy)
{
    static const char signature[] = "PGCOPY\n\377\r\n"; /* its final NUL belongs to it */

    copy->length = 0;
    copy->rows = 0;
    add(copy, signature, sizeof signature);
    add_big_endian(copy, 0, 4); /* flags */
    add_big_endian(copy, 0, 4); /* length of further header */
}

void
copy_rows_start(struct copy *copy)
{
    copy->length = 0;
    copy->rows = 0;
}

void
copy_end(struct copy *copy)
{
    add_big_endian(copy, UINT16_MAX, 2);
}

void
copy_close(struct copy *copy)
{
    if (copy->bytes != NULL)
        explicit_bzero(copy->bytes, copy->size_bytes); /* it held personal data */
    free(copy->bytes);
    *copy = (struct copy){ 0 };
}

void
copy_row(struct copy *copy, int16_t fields)
{
    copy->rows++;
    add_big_endian(copy, (uint64_t)fields, 2);
}

void
copy_raw(struct copy *copy, const void *bytes, size_t length)
{
    add(copy, bytes, length);
}

void
copy_int2(struct copy *copy, int16_t number)
{
    add_number(copy, number, 2);
}

void
copy_int4(struct copy *copy, int32_t number)
{
    add_number(copy, number, 4);
}

void
copy_int8(struct copy *copy, int64_t number)
{
    add_number(copy, number, 8);
}

void
copy_bool(struct copy *copy, bool truth)
{
    add_number(copy, truth, 1);
}

void
copy_null(struct copy *copy)
{
    add_big_endian(copy, UINT32_MAX, 4);
}

void
copy_text(struct copy *copy, struct span text)
{
    add_big_endian(copy, text.length, 4);
    add(copy, text.bytes, text.length);
}

void
copy_span_or_null(struct copy *copy, struct span text)
{
    if (text.length == 0)
        copy_null(copy);
    else
        copy_text(copy, text);
}

void
copy_text_or_null(struct copy *copy, const char *text)
{
    if (text == NULL || text[0] == '\0')
        copy_null(copy);
    else
        copy_text(copy, span_of(text));
}

void
copy_day(struct copy *copy, day_t day)
{
    if (day == DAY_UNKNOWN)
        copy_null(copy);
    else
        add_number(copy, day_to_pg(day), 4);
}

void
copy_days(struct copy *copy, day_t from_on, day_t until_on)
{
    unsigned flags = (from_on == DAY_UNKNOWN ? RANGE_FROM_OPEN : RANGE_FROM_INCLUDED)
                     | (until_on == DAY_FOREVER ? RANGE_UNTIL_OPEN : 0U);
    size_t bounds = (from_on != DAY_UNKNOWN) + (until_on != DAY_FOREVER);

    add_big_endian(copy, 1 + bounds * 8, 4);
    add_big_endian(copy, flags, 1);
    if (from_on != DAY_UNKNOWN)
        add_number(copy, day_to_pg(from_on), 4);
    if (until_on != DAY_FOREVER)
        add_number(copy, day_to_pg(until_on), 4);
}

void
copy_code(struct copy *copy, int16_t code)
{
    if (code == 0)
        copy_null(copy);
    else
        copy_int2(copy, code);
}

void
copy_texts(struct copy *copy, const struct span *texts, size_t count)
{
    enum { HEADER_BYTES = 12, DIMENSION_BYTES = 8, LENGTH_BYTES = 4, OID_TEXT = 25 };
    size_t bytes = count == 0 ? HEADER_BYTES : HEADER_BYTES + DIMENSION_BYTES;

    for (size_t i = 0; i < count; i++)
        bytes += LENGTH_BYTES + texts[i].length;
    add_big_endian(copy, bytes, 4);
    add_big_endian(copy, count == 0 ? 0 : 1, 4); /* dimensions */
    add_big_endian(copy, 0, 4);                  /* no NULL */
    add_big_endian(copy, OID_TEXT, 4);
    if (count == 0)
        return;
    add_big_endian(copy, count, 4);
    add_big_endian(copy, 1, 4); /* first index */
    for (size_t i = 0; i < count; i++)
        copy_text(copy, texts[i]);
}

void
copy_instant(struct copy *copy, day_t day, uint32_t seconds)
{
    static const int64_t day_us = INT64_C(86400) * 1000000;

    if (day == DAY_FOREVER)
        add_number(copy, INT64_MAX, 8);
    else
        add_number(copy, (day - DAY_PG_EPOCH) * day_us + seconds * INT64_C(1000000), 8);
}
