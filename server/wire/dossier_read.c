#include "wire/dossier_read.h"

#include "base/attr.h"

#include <assert.h>

enum { FORMAT = 1, PG_EPOCH_DAY = 10957, LIST_COUNT_MAX = 4096 };

enum part_kind {
    PART_NUMBER, /* int16_t, int32_t or int64_t by size; NULL gives otherwise */
    PART_TEXT,   /* struct span; NULL gives the empty one */
    PART_DAY,    /* day_t; NULL gives otherwise */
    PART_LIST    /* pointer and count */
};

struct part {
    enum part_kind      kind;
    size_t              offset;
    size_t              size;
    int64_t             otherwise;
    size_t              count_offset;
    const struct shape *shape;
};

struct shape {
    const struct part *parts;
    size_t             part_count;
    size_t             struct_bytes;
};

struct reading {
    const unsigned char *bytes;
    size_t               left;
    struct arena        *arena;
};

#define NUMBER(type, field, value)                                      \
    {                                                                   \
        .kind = PART_NUMBER, .offset = offsetof(struct type, field),    \
        .size = sizeof(((struct type *)0)->field), .otherwise = (value) \
    }
#define TEXT(type, field)                                         \
    {                                                             \
        .kind = PART_TEXT, .offset = offsetof(struct type, field) \
    }
#define DAY(type, field, value)                                                        \
    {                                                                                  \
        .kind = PART_DAY, .offset = offsetof(struct type, field), .otherwise = (value) \
    }
#define LIST(type, field, count, nested)                                 \
    {                                                                    \
        .kind = PART_LIST, .offset = offsetof(struct type, field),       \
        .count_offset = offsetof(struct type, count), .shape = &(nested) \
    }
#define SHAPE(type, parts)                             \
    {                                                  \
        (parts), ARRAY_LEN(parts), sizeof(struct type) \
    }

/* clang-format off */
static const struct part ratio_parts[] = {
    DAY(dossier_ratio, from_on, DAY_UNKNOWN),
    DAY(dossier_ratio, until_on, DAY_FOREVER),
    NUMBER(dossier_ratio, ratio_percent, -1),
};
static const struct shape ratio_shape = SHAPE(dossier_ratio, ratio_parts);

static const struct part elderly_parts[] = {
    DAY(dossier_elderly, issued_on, DAY_UNKNOWN),
    DAY(dossier_elderly, from_on, DAY_UNKNOWN),
    DAY(dossier_elderly, until_on, DAY_FOREVER),
    NUMBER(dossier_elderly, ratio_percent, -1),
};
static const struct shape elderly_shape = SHAPE(dossier_elderly, elderly_parts);

static const struct part ceiling_parts[] = {
    TEXT(dossier_ceiling, classification),
    TEXT(dossier_ceiling, class),
    DAY(dossier_ceiling, issued_on, DAY_UNKNOWN),
    DAY(dossier_ceiling, from_on, DAY_UNKNOWN),
    DAY(dossier_ceiling, until_on, DAY_FOREVER),
    DAY(dossier_ceiling, long_term_on, DAY_UNKNOWN),
};
static const struct shape ceiling_shape = SHAPE(dossier_ceiling, ceiling_parts);

static const struct part disease_parts[] = {
    NUMBER(dossier_disease, category, 0),
    DAY(dossier_disease, issued_on, DAY_UNKNOWN),
    DAY(dossier_disease, from_on, DAY_UNKNOWN),
    DAY(dossier_disease, until_on, DAY_FOREVER),
    NUMBER(dossier_disease, self_pay, -1),
};
static const struct shape disease_shape = SHAPE(dossier_disease, disease_parts);

static const struct part benefit_parts[] = {
    TEXT(dossier_benefit, payer_number),
    TEXT(dossier_benefit, recipient_number),
    TEXT(dossier_benefit, programme),
    DAY(dossier_benefit, from_on, DAY_UNKNOWN),
    DAY(dossier_benefit, until_on, DAY_FOREVER),
    NUMBER(dossier_benefit, self_pay, -1),
};
static const struct shape benefit_shape = SHAPE(dossier_benefit, benefit_parts);

static const struct part coverage_parts[] = {
    NUMBER(dossier_coverage, coverage_id, 0),
    TEXT(dossier_coverage, insurer_number),
    TEXT(dossier_coverage, card_class),
    TEXT(dossier_coverage, symbol),
    TEXT(dossier_coverage, number),
    TEXT(dossier_coverage, branch),
    TEXT(dossier_coverage, symbol_key),
    TEXT(dossier_coverage, number_key),
    NUMBER(dossier_coverage, relation, 0),
    TEXT(dossier_coverage, insured_name),
    DAY(dossier_coverage, acquired_on, DAY_UNKNOWN),
    DAY(dossier_coverage, lost_on, DAY_FOREVER),
    TEXT(dossier_coverage, loss_reason),
    DAY(dossier_coverage, issued_on, DAY_UNKNOWN),
    DAY(dossier_coverage, card_valid_from, DAY_UNKNOWN),
    DAY(dossier_coverage, card_expires_on, DAY_UNKNOWN),
    NUMBER(dossier_coverage, state, 0),
    NUMBER(dossier_coverage, scheme, 0),
    DAY(dossier_coverage, preschool_until, DAY_UNKNOWN),
    LIST(dossier_coverage, ratios, ratio_count, ratio_shape),
    LIST(dossier_coverage, elderly, elderly_count, elderly_shape),
    LIST(dossier_coverage, ceilings, ceiling_count, ceiling_shape),
    LIST(dossier_coverage, diseases, disease_count, disease_shape),
};
static const struct shape coverage_shape = SHAPE(dossier_coverage, coverage_parts);

/* Behind the format number, which is read first. */
static const struct part body_parts[] = {
    NUMBER(dossier, person_id, 0),
    TEXT(dossier, name),
    TEXT(dossier, name_kana),
    TEXT(dossier, name_other),
    TEXT(dossier, name_other_kana),
    NUMBER(dossier, sex1, 0),
    NUMBER(dossier, sex2, 0),
    DAY(dossier, birth_date, DAY_UNKNOWN),
    TEXT(dossier, address),
    TEXT(dossier, post_number),
    NUMBER(dossier, flags, 0),
    NUMBER(dossier, hold, 0),
    LIST(dossier, coverages, coverage_count, coverage_shape),
    LIST(dossier, benefits, benefit_count, benefit_shape),
};
static const struct shape body_shape = SHAPE(dossier, body_parts);
/* clang-format on */

static bool
read_number(struct reading *reading, size_t length, int64_t *ret_number)
{
    uint64_t number = 0;

    if (reading->left < length)
        return false;
    for (size_t i = 0; i < length; i++)
        number = number << 8 | reading->bytes[i];
    reading->bytes += length;
    reading->left -= length;
    switch (length) {
    case 2:
        *ret_number = (int16_t)number;
        return true;
    case 4:
        *ret_number = (int32_t)number;
        return true;
    default:
        *ret_number = (int64_t)number;
        return true;
    }
}

/* Reads a length and borrows that many bytes; is_null when the length is -1. */
static bool
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
store_number(const struct part *part, char *into, int64_t number)
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
take_number(const struct part *part, struct reading *piece, bool is_null, char *into)
{
    int64_t number = part->otherwise;

    if (!is_null
        && ((piece->left != 2 && piece->left != 4 && piece->left != 8)
            || !read_number(piece, piece->left, &number)))
        return false;
    return store_number(part, into, number);
}

static bool
take_day(const struct part *part, struct reading *piece, bool is_null, char *into)
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

static enum fault read_record(struct reading *reading, const struct shape *shape, int extra,
                              char *into);

static enum fault
read_elements(struct reading *piece, const struct shape *shape, int64_t count, char *items)
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
take_list(const struct part *part, struct reading *piece, char *structure)
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
take_part(const struct part *part, struct reading *piece, bool is_null, char *structure)
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
read_record(struct reading *reading, const struct shape *shape, int extra, char *into)
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
is_our_format(struct reading reading)
{
    int64_t        field_count, type, format;
    struct reading piece;
    bool           is_null;

    return read_number(&reading, 4, &field_count) && field_count > 0
           && read_number(&reading, 4, &type) && read_piece(&reading, &piece, &is_null)
           && piece.left == 2 && read_number(&piece, 2, &format) && format == FORMAT;
}

enum fault
dossier_read(struct span bytes, struct arena *arena, struct dossier *ret_dossier)
{
    struct reading reading = { .bytes = (const unsigned char *)bytes.bytes,
                               .left = bytes.length,
                               .arena = arena };
    struct dossier dossier = { 0 };

    if (!is_our_format(reading))
        return FAULT_STORE_REFUSED;
    enum fault fault = read_record(&reading, &body_shape, 1, (char *)&dossier);
    if (fault == FAULT_NONE)
        *ret_dossier = dossier;
    return fault;
}
