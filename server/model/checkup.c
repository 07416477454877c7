#include "model/checkup.h"

#include "base/attr.h"

#include <assert.h>
#include <string.h>

enum { HUNDREDTHS = 100, DECIMALS_MOST = 2, WHOLE_DIGITS_MOST = 7 };

static const char entry_mark = '~';
static const char part_mark = '^';

const char *
checkup_type_name(enum checkup_type type)
{
    static const char *const names[] = { "PQ", "CD", "ST" };

    assert((size_t)type < ARRAY_LEN(names));
    return names[type];
}

/* The first row that does not come before the code. */
static size_t
row_of(struct span code)
{
    size_t low = 0;
    size_t high = checkup_item_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(checkup_items[middle].code, code.bytes, CHECKUP_CODE_LENGTH) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool
is_code(size_t row, struct span code)
{
    return row < checkup_item_count
           && memcmp(checkup_items[row].code, code.bytes, CHECKUP_CODE_LENGTH) == 0;
}

const struct checkup_item *
checkup_item_of(struct span code, day_t on)
{
    const struct checkup_item *found = NULL;

    if (code.length != CHECKUP_CODE_LENGTH)
        return NULL;
    for (size_t row = row_of(code); is_code(row, code); row++)
        if (checkup_items[row].from_on <= on)
            found = &checkup_items[row];
    return found;
}

/* What stands before the mark; the rest begins behind it. */
static struct span
cut(struct span *rest, char mark)
{
    const char *at = rest->length == 0 ? NULL : memchr(rest->bytes, mark, rest->length);
    struct span part = *rest;

    if (at == NULL) {
        *rest = span_make(rest->bytes + rest->length, 0);
        return part;
    }
    part.length = (size_t)(at - rest->bytes);
    *rest = span_make(at + 1, rest->length - part.length - 1);
    return part;
}

bool
checkup_next(struct span *rest, struct checkup_value *ret_value)
{
    if (rest->length == 0)
        return false;
    struct span entry = cut(rest, entry_mark);
    *ret_value = (struct checkup_value){ .code = cut(&entry, part_mark) };
    ret_value->value = cut(&entry, part_mark);
    ret_value->unit = cut(&entry, part_mark);
    ret_value->flag = cut(&entry, part_mark);
    if (entry.length > 0)
        ret_value->code.length = 0;
    return true;
}

bool
checkup_number(struct span text, int32_t *ret_hundredths)
{
    struct span whole = cut(&text, '.');
    int32_t     number = 0;

    if (!span_is_digits(whole) || whole.length > WHOLE_DIGITS_MOST)
        return false;
    /* "170." has a point and nothing behind it */
    bool has_point = text.bytes != whole.bytes + whole.length;
    if (has_point && (!span_is_digits(text) || text.length > DECIMALS_MOST))
        return false;
    for (size_t i = 0; i < whole.length; i++)
        number = number * 10 + (whole.bytes[i] - '0');
    number *= HUNDREDTHS;
    for (size_t i = 0; i < text.length; i++)
        number += (text.bytes[i] - '0') * (i == 0 ? 10 : 1);
    *ret_hundredths = number;
    return true;
}

static size_t
decimals_of(struct span text)
{
    (void)cut(&text, '.');
    return text.length;
}

const char *
checkup_choice_name(const struct checkup_item *item, struct span value)
{
    if (item->type != CHECKUP_CHOICE)
        return NULL;
    for (const struct checkup_choice *choice = item->choices; choice->code != NULL; choice++)
        if (span_is(value, choice->code))
            return choice->name;
    return NULL;
}

static bool
is_value_of(const struct checkup_item *item, struct span value, int32_t *ret_number)
{
    switch (item->type) {
    case CHECKUP_QUANTITY:
        return checkup_number(value, ret_number) && decimals_of(value) <= (size_t)item->decimals;
    case CHECKUP_CHOICE:
        return checkup_choice_name(item, value) != NULL;
    case CHECKUP_TEXT:
        return value.length > 0 && value.length <= CHECKUP_TEXT_BYTES_MAX;
    }
    return false;
}

static bool
is_flag_of(const struct checkup_item *item, struct span flag)
{
    return flag.length == 0
           || (item->type == CHECKUP_QUANTITY && (span_is(flag, "L") || span_is(flag, "H")));
}

enum checkup_trouble
checkup_look(const struct checkup_value *value, day_t on)
{
    const struct checkup_item *item = checkup_item_of(value->code, on);
    int32_t                    number = 0;

    if (item == NULL)
        return CHECKUP_ITEM_UNKNOWN;
    if (!span_equal(value->unit, span_of(item->unit)))
        return CHECKUP_UNIT_WRONG;
    if (!is_value_of(item, value->value, &number))
        return CHECKUP_VALUE_WRONG;
    if (!is_flag_of(item, value->flag))
        return CHECKUP_FLAG_WRONG;
    if (item->type == CHECKUP_QUANTITY && (number < item->least || number > item->most))
        return CHECKUP_OUT_OF_RANGE;
    return CHECKUP_SOUND;
}

static size_t
points_in(const struct checkup_list *lists, size_t count)
{
    size_t points = count;

    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < lists[i].items.length; at++)
            points += lists[i].items.bytes[at] == entry_mark;
    return points;
}

/* One point as it was read, and the row of the table that it belongs to. */
struct read_point {
    size_t               row;
    struct checkup_point point;
};

static void
read_list(const struct checkup_list *list, struct read_point *points, size_t *used)
{
    struct span          rest = list->items;
    struct checkup_value value;

    while (checkup_next(&rest, &value)) {
        const struct checkup_item *item = checkup_item_of(value.code, list->examined_on);
        if (item == NULL) /* it was known when it came: the others are not to be lost with it */
            continue;
        points[(*used)++] = (struct read_point){
            .row = row_of(value.code), /* of several rows the first: one series */
            .point = { .examined_on = list->examined_on,
                       .value = value.value,
                       .name = checkup_choice_name(item, value.value),
                       .flag = value.flag },
        };
    }
}

/* Points of one row stay in the order in which they were read. */
static size_t
gather(const struct read_point *points, size_t count, struct checkup_point *places, size_t *counts,
       struct checkup_series *series)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++)
        counts[points[i].row]++;
    for (size_t row = 0; row < checkup_item_count; row++) {
        if (counts[row] == 0)
            continue;
        series[used] = (struct checkup_series){ .item = &checkup_items[row], .points = places };
        places += counts[row];
        counts[row] = used++;
    }
    for (size_t i = 0; i < count; i++) {
        struct checkup_series *its = &series[counts[points[i].row]];
        its->points[its->count++] = points[i].point;
    }
    return used;
}

enum fault
checkup_series_make(const struct checkup_list *lists, size_t count, struct arena *arena,
                    struct checkup_series **ret_series, size_t *ret_count)
{
    size_t                room = points_in(lists, count);
    size_t                used = 0;
    struct read_point    *points = arena_take_raw(arena, room * sizeof *points);
    struct checkup_point *places = arena_take_raw(arena, room * sizeof *places);
    size_t               *counts = arena_take(arena, checkup_item_count * sizeof *counts);

    *ret_count = 0;
    *ret_series = arena_take_raw(arena, room * sizeof **ret_series);
    if (points == NULL || places == NULL || counts == NULL || *ret_series == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (size_t i = 0; i < count; i++)
        read_list(&lists[i], points, &used);
    *ret_count = gather(points, used, places, counts, *ret_series);
    return FAULT_NONE;
}
