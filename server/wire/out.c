#include "wire/out.h"

#include "base/clock.h"
#include "model/day.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#define EACH_BYTE(value) ((uint64_t)0x0101010101010101 * (value))

/* Whether a byte of a word is below limit (at most 0x80), by the usual borrow trick. */
static inline bool
has_below(uint64_t word, uint64_t limit)
{
    return ((word - EACH_BYTE(limit)) & ~word & EACH_BYTE(0x80)) != 0;
}

/* The first byte from `from` on that may need an escape: eight at a time, since nearly all of them
 * need none. */
static inline size_t
skip_plain(struct span value, size_t from)
{
    uint64_t word;

    for (; from + sizeof word <= value.length; from += sizeof word) {
        memcpy(&word, value.bytes + from, sizeof word);
        if (has_below(word, 0x20) || has_below(word ^ EACH_BYTE('"'), 1)
            || has_below(word ^ EACH_BYTE('\\'), 1))
            break;
    }
    return from;
}

static inline bool
needs_escape(unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\';
}

/* Quotes around what needs no escape; at least two bytes. */
static void
add_plain(struct text *text, struct span value)
{
    char *room = text_take(text, value.length + 2);

    if (room == NULL)
        return;
    room[0] = '"';
    if (value.length > 0)
        memcpy(room + 1, value.bytes, value.length);
    room[value.length + 1] = '"';
}

/* Nearly all need no escape; of the others, what needs none is copied in runs. */
void
out_quoted(struct text *text, struct span value)
{
    size_t from = 0;
    size_t first = skip_plain(value, 0);

    while (first < value.length && !needs_escape((unsigned char)value.bytes[first]))
        first++;
    if (first == value.length) {
        add_plain(text, value);
        return;
    }
    text_add_byte(text, '"');
    for (size_t i = first; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.bytes[i];
        if (!needs_escape(byte))
            continue;
        text_add(text, span_make(value.bytes + from, i - from));
        if (byte < 0x20)
            text_add_format(text, "\\u%04x", byte);
        else
            text_add(text, span_make((char[]){ '\\', (char)byte }, 2));
        from = i + 1;
    }
    text_add(text, span_make(value.bytes + from, value.length - from));
    text_add_byte(text, '"');
}

static void
add_name(struct text *text, const struct out_row *row, bool *is_first)
{
    size_t length = strlen(row->name);
    char  *room = text_take(text, length + (*is_first ? 3 : 4));

    if (room == NULL)
        return;
    if (!*is_first)
        *room++ = ',';
    *is_first = false;
    *room++ = '"';
    memcpy(room, row->name, length);
    room[length] = '"';
    room[length + 1] = ':';
}

static void
add_day(struct text *text, day_t day)
{
    char place[DAY_ISO_SIZE];
    day_format_iso(day, place);
    add_plain(text, span_of(place));
}

static void
add_instant(struct text *text, instant_t instant)
{
    time_t    seconds = (time_t)(instant / 1000000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    text_add_byte(text, '"');
    text_add_padded(text, utc.tm_year + 1900, 4);
    text_add_byte(text, '-');
    text_add_padded(text, utc.tm_mon + 1, 2);
    text_add_byte(text, '-');
    text_add_padded(text, utc.tm_mday, 2);
    text_add_byte(text, 'T');
    text_add_padded(text, utc.tm_hour, 2);
    text_add_byte(text, ':');
    text_add_padded(text, utc.tm_min, 2);
    text_add_byte(text, ':');
    text_add_padded(text, utc.tm_sec, 2);
    text_add(text, span_make("Z\"", 2));
}

static void
add_list(struct text *text, const struct out_row *row, const struct out_list *list)
{
    text_add_byte(text, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            text_add_byte(text, ',');
        out_object(text, row->rows, (const char *)list->items + i * list->stride);
    }
    text_add_byte(text, ']');
}

/* The pointer's own type differs from row to row; its bytes do not. */
static const void *
pointer_at(const void *at)
{
    const void *pointer;
    memcpy(&pointer, at, sizeof pointer);
    return pointer;
}

static bool
is_left_out(const struct out_row *row, const void *at)
{
    day_t day;

    switch (row->kind) {
    case OUT_TEXT:
    case OUT_RAW:
        return span_is_empty(*(const struct span *)at);
    case OUT_STRING:
        return *(const char *const *)at == NULL;
    case OUT_DAY:
        day = *(const day_t *)at;
        return day == DAY_UNKNOWN || day == DAY_FOREVER;
    case OUT_CODE:
        return *(const int16_t *)at == 0;
    case OUT_RATIO:
        return *(const int16_t *)at < 0;
    case OUT_WHOLE:
        return *(const int32_t *)at < 0;
    case OUT_LONG:
        return *(const int64_t *)at < 0;
    case OUT_FLAG:
        return !*(const bool *)at;
    case OUT_INSTANT:
        return *(const instant_t *)at == 0;
    case OUT_OBJECT:
        return pointer_at(at) == NULL;
    case OUT_LIST:
        return !((const struct out_list *)at)->has;
    }
    assert(false && "a kind without a rule");
    return true;
}

static void
add_value(struct text *text, const struct out_row *row, const void *at)
{
    switch (row->kind) {
    case OUT_TEXT:
        out_quoted(text, *(const struct span *)at);
        break;
    case OUT_STRING:
        out_quoted(text, span_of(*(const char *const *)at));
        break;
    case OUT_DAY:
        add_day(text, *(const day_t *)at);
        break;
    case OUT_CODE:
        text_add_byte(text, '"');
        text_add_number(text, *(const int16_t *)at);
        text_add_byte(text, '"');
        break;
    case OUT_RATIO:
        text_add_byte(text, '"');
        text_add_padded(text, *(const int16_t *)at, 3);
        text_add_byte(text, '"');
        break;
    case OUT_WHOLE:
        text_add_number(text, *(const int32_t *)at);
        break;
    case OUT_LONG:
        text_add_number(text, *(const int64_t *)at);
        break;
    case OUT_RAW:
        text_add(text, *(const struct span *)at);
        break;
    case OUT_FLAG:
        text_add_string(text, "true");
        break;
    case OUT_INSTANT:
        add_instant(text, *(const instant_t *)at);
        break;
    case OUT_OBJECT:
        out_object(text, row->rows, pointer_at(at));
        break;
    case OUT_LIST:
        add_list(text, row, at);
        break;
    }
}

void
out_object(struct text *text, const struct out_row *rows, const void *from)
{
    bool is_first = true;

    text_add_byte(text, '{');
    for (const struct out_row *row = rows; row->name != NULL; row++) {
        const void *at = (const char *)from + row->offset;
        if (is_left_out(row, at))
            continue;
        add_name(text, row, &is_first);
        add_value(text, row, at);
    }
    text_add_byte(text, '}');
}
