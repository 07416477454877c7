#include "wire/record.h"

#include <endian.h>
#include <string.h>

enum { PG_EPOCH_DAY = 10957, LIST_COUNT_MAX = 4096 };

struct reading {
    const unsigned char *bytes;
    size_t               left;
    struct arena        *arena;
};

/* Of 2, 4 or 8 bytes; inline, since each field has two before its own. */
static inline bool
read_number(struct reading *reading, size_t length, int64_t *ret_number)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;

    if (reading->left < length)
        return false;
    switch (length) {
    case 2:
        memcpy(&two, reading->bytes, sizeof two);
        *ret_number = (int16_t)be16toh(two);
        break;
    case 4:
        memcpy(&four, reading->bytes, sizeof four);
        *ret_number = (int32_t)be32toh(four);
        break;
    default:
        memcpy(&eight, reading->bytes, sizeof eight);
        *ret_number = (int64_t)be64toh(eight);
        break;
    }
    reading->bytes += length;
    reading->left -= length;
    return true;
}

/* Reads a length and borrows that many bytes; is_null when the length is -1. */
static inline bool
read_piece(struct reading *reading, struct reading *ret_piece, bool *ret_is_null)
{
    int64_t length;

    if (!read_number(reading, 4, &length))
        return false;
    *ret_is_null = length == -1;
    if (length == -1)
        length = 0;
    if (length < 0 || (uint64_t)length > reading->left)
        return false;
    *ret_piece = (struct reading){ .bytes = reading->bytes,
                                   .left = (size_t)length,
                                   .arena = reading->arena };
    reading->bytes += length;
    reading->left -= (size_t)length;
    return true;
}

static bool
store_number(const struct record_part *part, char *into, int64_t number)
{
    switch (part->size) {
    case sizeof(int16_t):
        *(int16_t *)(void *)into = (int16_t)number;
        return number >= INT16_MIN && number <= INT16_MAX;
    case sizeof(int32_t):
        *(int32_t *)(void *)into = (int32_t)number;
        return number >= INT32_MIN && number <= INT32_MAX;
    default:
        *(int64_t *)(void *)into = number;
        return true;
    }
}

static bool
take_number(const struct record_part *part, struct reading *piece, bool is_null, char *into)
{
    int64_t number = part->otherwise;

    if (!is_null
        && ((piece->left != 2 && piece->left != 4 && piece->left != 8)
            || !read_number(piece, piece->left, &number)))
        return false;
    return store_number(part, into, number);
}

static bool
take_day(const struct record_part *part, struct reading *piece, bool is_null, char *into)
{
    int64_t days = part->otherwise - PG_EPOCH_DAY;

    if (!is_null && (piece->left != 4 || !read_number(piece, 4, &days)))
        return false;
    if (!is_null && days == INT32_MAX) {
        *(day_t *)(void *)into = DAY_FOREVER;
        return true;
    }
    int64_t day = days + PG_EPOCH_DAY;
    if (day < INT32_MIN || day > INT32_MAX)
        return false;
    *(day_t *)(void *)into = (day_t)day;
    return true;
}

static enum fault read_record(struct reading *reading, const struct record_shape *shape, int extra,
                              char *into);

static enum fault
read_elements(struct reading *piece, const struct record_shape *shape, int64_t count, char *items)
{
    for (int64_t i = 0; i < count; i++) {
        struct reading element;
        bool           is_null;
        if (!read_piece(piece, &element, &is_null) || is_null)
            return FAULT_STORE_REFUSED;
        enum fault fault = read_record(&element, shape, 0, items + (size_t)i * shape->struct_bytes);
        if (fault != FAULT_NONE)
            return fault;
    }
    return piece->left == 0 ? FAULT_NONE : FAULT_STORE_REFUSED;
}

/* Header: dimensions, has nulls, element type; with one dimension: count, first index. */
static enum fault
take_list(const struct record_part *part, struct reading *piece, char *structure)
{
    int64_t dimensions, ignored, count = 0;

    if (!read_number(piece, 4, &dimensions) || !read_number(piece, 4, &ignored)
        || !read_number(piece, 4, &ignored) || dimensions < 0 || dimensions > 1)
        return FAULT_STORE_REFUSED;
    if (dimensions == 1
        && (!read_number(piece, 4, &count) || !read_number(piece, 4, &ignored) || count < 0
            || count > LIST_COUNT_MAX))
        return FAULT_STORE_REFUSED;
    char *items = NULL;
    if (count > 0) {
        items = arena_take(piece->arena, (size_t)count * part->shape->struct_bytes);
        if (items == NULL)
            return FAULT_REQUEST_TOO_LARGE;
    }
    size_t item_count = (size_t)count;
    memcpy(structure + part->offset, &items, sizeof items);
    memcpy(structure + part->count_offset, &item_count, sizeof item_count);
    return read_elements(piece, part->shape, count, items);
}

static enum fault
take_part(const struct record_part *part, struct reading *piece, bool is_null, char *structure)
{
    char *into = structure + part->offset;
    bool  is_sound = false;

    switch (part->kind) {
    case PART_NUMBER:
        is_sound = take_number(part, piece, is_null, into);
        break;
    case PART_TEXT:
        *(struct span *)(void *)into = span_make((const char *)piece->bytes, piece->left);
        is_sound = true;
        break;
    case PART_DAY:
        is_sound = take_day(part, piece, is_null, into);
        break;
    case PART_LIST:
        return is_null ? FAULT_STORE_REFUSED : take_list(part, piece, structure);
    }
    return is_sound ? FAULT_NONE : FAULT_STORE_REFUSED;
}

/* extra: fields before the first part, which the caller has looked at already. */
static enum fault
read_record(struct reading *reading, const struct record_shape *shape, int extra, char *into)
{
    int64_t field_count, type;

    if (!read_number(reading, 4, &field_count) || field_count != (int64_t)shape->part_count + extra)
        return FAULT_STORE_REFUSED;
    for (int64_t i = 0; i < field_count; i++) {
        struct reading piece;
        bool           is_null;
        if (!read_number(reading, 4, &type) || !read_piece(reading, &piece, &is_null))
            return FAULT_STORE_REFUSED;
        if (i < extra)
            continue;
        enum fault fault = take_part(&shape->parts[i - extra], &piece, is_null, into);
        if (fault != FAULT_NONE)
            return fault;
    }
    return reading->left == 0 ? FAULT_NONE : FAULT_STORE_REFUSED;
}

/* The format stands first, so that a later one is told from damage before anything is believed. */
static bool
is_of_format(struct reading reading, int wanted)
{
    int64_t        field_count, type, format;
    struct reading piece;
    bool           is_null;

    return read_number(&reading, 4, &field_count) && field_count > 0
           && read_number(&reading, 4, &type) && read_piece(&reading, &piece, &is_null)
           && piece.left == 2 && read_number(&piece, 2, &format) && format == wanted;
}

enum fault
record_read(struct span bytes, int format, const struct record_shape *shape, struct arena *arena,
            void *into)
{
    struct reading reading = { .bytes = (const unsigned char *)bytes.bytes,
                               .left = bytes.length,
                               .arena = arena };

    return is_of_format(reading, format) ? read_record(&reading, shape, 1, into)
                                         : FAULT_STORE_REFUSED;
}
