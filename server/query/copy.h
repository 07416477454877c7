/*
 * copy: rows in PostgreSQL's binary COPY format.
 *
 * Shape   copy_open(), then for each row copy_row() and one field after the other, then copy_end().
 * Units   days are day_t; DAY_UNKNOWN becomes NULL, DAY_FOREVER an open end.
 * Errors  is_full once memory has run out; what follows is dropped.
 * Owner   copy_close() wipes and frees; accepts one that was never opened. A copy of rows only
 *         (copy_rows_start()) has neither header nor end: its bytes are added to another copy.
 * Source  PostgreSQL manual, COPY, "Binary Format"; date, timestamptz and daterange as their send
 *         functions write them.
 */
#ifndef QUERY_COPY_H
#define QUERY_COPY_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/span.h"

#include <stdint.h>

struct copy {
    char  *bytes;
    size_t length;
    size_t size_bytes;
    size_t rows;
    bool   is_full;
};

void copy_start(struct copy *copy);      /* forgets all rows, keeps the memory */
void copy_rows_start(struct copy *copy); /* the same, without a header */
void copy_end(struct copy *copy);
void copy_close(struct copy *copy);

void copy_row(struct copy *copy, int16_t fields);
void copy_raw(struct copy *copy, const void *bytes, size_t length); /* encoded already */
void copy_int2(struct copy *copy, int16_t number);
void copy_int4(struct copy *copy, int32_t number);
void copy_int8(struct copy *copy, int64_t number);
void copy_bool(struct copy *copy, bool truth);
void copy_null(struct copy *copy);
void copy_text(struct copy *copy, struct span text);
void copy_span_or_null(struct copy *copy, struct span text); /* empty becomes NULL */
void copy_text_or_null(struct copy *copy, const char *text); /* NULL and "" become NULL */
void copy_day(struct copy *copy, day_t day);
void copy_days(struct copy *copy, day_t from_on, day_t until_on);           /* daterange */
void copy_code(struct copy *copy, int16_t code);                            /* 0 becomes NULL */
void copy_texts(struct copy *copy, const struct span *texts, size_t count); /* text[] */
void copy_instant(struct copy *copy, day_t day, uint32_t seconds); /* DAY_FOREVER: infinity */

#endif
