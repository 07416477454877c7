/*
 * record: from PostgreSQL's binary record format to a struct, by tables.
 *
 * Shape   a shape is a list of parts in the order of the record's attributes: numbers, texts, days,
 *         and lists of records of another shape. The outermost record begins with the number of its
 *         format, so that a later one is told from damage before anything is believed.
 * Units   days are day_t.
 * Errors  FAULT_STORE_REFUSED bytes that break the layout: damage, or a format of another
 *         release
 *         FAULT_REQUEST_TOO_LARGE  the arena is full
 * Owner   spans point into the bytes, which must outlive the struct; arrays live in the arena.
 * Source  schema/dossier.md.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/fault.h"

#include <stddef.h>

enum record_part_kind {
    PART_NUMBER, /* int16_t, int32_t or int64_t by size; NULL gives otherwise */
    PART_TEXT,   /* struct span; NULL gives the empty one */
    PART_DAY,    /* day_t; NULL gives otherwise */
    PART_LIST    /* pointer and count */
};

struct record_part {
    enum record_part_kind      kind;
    size_t                     offset;
    size_t                     size;
    int64_t                    otherwise;
    size_t                     count_offset;
    const struct record_shape *shape;
};

struct record_shape {
    const struct record_part *parts;
    size_t                    part_count;
    size_t                    struct_bytes;
};

#define RECORD_NUMBER(type, field, value)                               \
    {                                                                   \
        .kind = PART_NUMBER, .offset = offsetof(struct type, field),    \
        .size = sizeof(((struct type *)0)->field), .otherwise = (value) \
    }
#define RECORD_TEXT(type, field)                                  \
    {                                                             \
        .kind = PART_TEXT, .offset = offsetof(struct type, field) \
    }
#define RECORD_DAY(type, field, value)                                                 \
    {                                                                                  \
        .kind = PART_DAY, .offset = offsetof(struct type, field), .otherwise = (value) \
    }
#define RECORD_LIST(type, field, count, nested)                          \
    {                                                                    \
        .kind = PART_LIST, .offset = offsetof(struct type, field),       \
        .count_offset = offsetof(struct type, count), .shape = &(nested) \
    }
#define RECORD_SHAPE(type, parts)                      \
    {                                                  \
        (parts), ARRAY_LEN(parts), sizeof(struct type) \
    }

/* into must be zeroed; it is filled in part where there is a fault. */
MUST_USE enum fault record_read(struct span bytes, int format, const struct record_shape *shape,
                                struct arena *arena, void *into);

#endif
