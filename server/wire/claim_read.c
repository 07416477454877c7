#include "wire/claim_read.h"

#include <stddef.h>

enum { BETWEEN_CLAIMS = 0x1d, BEFORE_LINE = 0x1e, BETWEEN_FIELDS = 0x1f };

enum { NUMBER_BYTES_MAX = 7 };

enum told_kind {
    TOLD_DAY,    /* day_t */
    TOLD_CODE,   /* int16_t, never empty */
    TOLD_NUMBER, /* int32_t, -1 when empty */
    TOLD_TEXT    /* struct span */
};

struct told_field {
    enum told_kind kind;
    size_t         offset;
};

#define HEAD(field) offsetof(struct claim, field)
#define LINE(field) offsetof(struct claim_line, field)

/* clang-format off */
static const struct told_field head_fields[] = {
    { TOLD_DAY,  HEAD(month) },
    { TOLD_CODE, HEAD(source) },
    { TOLD_CODE, HEAD(in_out) },
    { TOLD_TEXT, HEAD(facility_code) },
    { TOLD_TEXT, HEAD(facility_name) },
    { TOLD_TEXT, HEAD(prescriber_code) },
    { TOLD_TEXT, HEAD(prescriber_name) },
    { TOLD_DAY,  HEAD(prescribed_on) },
};

static const struct told_field line_fields[] = {
    { TOLD_DAY,    LINE(done_on) },
    { TOLD_TEXT,   LINE(code) },
    { TOLD_TEXT,   LINE(yj_code) },
    { TOLD_TEXT,   LINE(name) },
    { TOLD_TEXT,   LINE(ingredient) },
    { TOLD_TEXT,   LINE(quantity) },
    { TOLD_TEXT,   LINE(unit) },
    { TOLD_TEXT,   LINE(usage) },
    { TOLD_TEXT,   LINE(instruction) },
    { TOLD_NUMBER, LINE(times) },
    { TOLD_TEXT,   LINE(kind) },
};
/* clang-format on */

static bool
is_number(struct span text, int32_t *ret_number)
{
    bool    is_negative = text.length > 0 && text.bytes[0] == '-';
    int32_t number = 0;

    if (text.length - is_negative == 0 || text.length - is_negative > NUMBER_BYTES_MAX)
        return false;
    for (size_t i = is_negative; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
        number = number * 10 + (text.bytes[i] - '0');
    }
    *ret_number = is_negative ? -number : number;
    return true;
}

static bool
take_field(const struct told_field *field, struct span text, char *into)
{
    void   *place = into + field->offset;
    int32_t number;

    if (field->kind == TOLD_TEXT) {
        *(struct span *)place = text;
        return true;
    }
    if (span_is_empty(text) && field->kind != TOLD_CODE)
        number = field->kind == TOLD_DAY ? DAY_UNKNOWN : -1;
    else if (!is_number(text, &number))
        return false;
    if (field->kind == TOLD_DAY)
        *(day_t *)place = number;
    else if (field->kind == TOLD_NUMBER)
        *(int32_t *)place = number;
    else
        *(int16_t *)place = (int16_t)number;
    return field->kind != TOLD_CODE || number == (int16_t)number;
}

/* Up to the next separator, which is_last says is not there. */
static bool
next_field(struct span *left, bool is_last, struct span *ret_field)
{
    const char *end =
        left->length == 0 ? NULL : (const char *)memchr(left->bytes, BETWEEN_FIELDS, left->length);

    if ((end == NULL) != is_last)
        return false;
    *ret_field = end == NULL ? *left : span_make(left->bytes, (size_t)(end - left->bytes));
    if (end != NULL)
        *left = span_make(end + 1, left->length - ret_field->length - 1);
    return true;
}

static bool
take_fields(struct span text, const struct told_field *fields, size_t count, void *into)
{
    struct span field;

    for (size_t i = 0; i < count; i++)
        if (!next_field(&text, i + 1 == count, &field) || !take_field(&fields[i], field, into))
            return false;
    return true;
}

/* Cuts off what stands before the separator, or all. */
static struct span
cut_off(struct span *left, char separator)
{
    const char *end =
        left->length == 0 ? NULL : (const char *)memchr(left->bytes, separator, left->length);
    struct span piece = *left;

    if (end == NULL) {
        *left = (struct span){ 0 };
        return piece;
    }
    piece.length = (size_t)(end - left->bytes);
    *left = span_make(end + 1, left->length - piece.length - 1);
    return piece;
}

static size_t
count_of(struct span text, char separator)
{
    size_t count = 0;

    while (!span_is_empty(text)) {
        (void)cut_off(&text, separator);
        count += text.bytes != NULL;
    }
    return count;
}

static enum fault
read_lines(struct span left, struct arena *arena, struct claim *claim)
{
    size_t count = count_of(left, BEFORE_LINE) + 1;

    claim->lines = arena_take(arena, count * sizeof *claim->lines);
    if (claim->lines == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (; claim->line_count < count; claim->line_count++)
        if (!take_fields(cut_off(&left, BEFORE_LINE), line_fields, ARRAY_LEN(line_fields),
                         &claim->lines[claim->line_count]))
            return FAULT_STORE_REFUSED;
    return FAULT_NONE;
}

static enum fault
read_one(struct span text, struct arena *arena, struct claim *claim)
{
    struct span head = cut_off(&text, BEFORE_LINE);

    if (!take_fields(head, head_fields, ARRAY_LEN(head_fields), claim)
        || claim->source < CLAIM_RECEIPT || claim->source > CLAIM_PRESCRIPTION || claim->in_out < 1
        || claim->in_out > 2)
        return FAULT_STORE_REFUSED;
    return read_lines(text, arena, claim);
}

enum fault
claim_read(struct span told, struct arena *arena, struct claim **ret_claims, size_t *ret_count)
{
    size_t        count = count_of(told, BETWEEN_CLAIMS) + 1;
    struct claim *claims = arena_take(arena, count * sizeof *claims);

    if (claims == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (size_t i = 0; i < count; i++) {
        enum fault fault = read_one(cut_off(&told, BETWEEN_CLAIMS), arena, &claims[i]);
        if (fault != FAULT_NONE)
            return fault;
    }
    *ret_claims = claims;
    *ret_count = count;
    return FAULT_NONE;
}
