#include "wire/members.h"

#include "model/day.h"
#include "model/utf8.h"
#include "wire/slice.h"

#include <assert.h>

enum {
    WHOLE_DIGITS_MAX = 18,
    HIGH_SURROGATE = 0xD800,
    LOW_SURROGATE = 0xDC00,
    AFTER_SURROGATES = 0xE000
};

static const char not_json[] = "not JSON";
static const char not_a_string[] = "not a string";

static int
hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Four hexadecimal digits at *at; false when they are not there. */
static bool
take_unit(struct span text, size_t *at, uint32_t *ret_unit)
{
    *ret_unit = 0;
    if (text.length - *at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int value = hex_value(text.bytes[(*at)++]);
        if (value < 0)
            return false;
        *ret_unit = *ret_unit << 4 | (uint32_t)value;
    }
    return true;
}

static bool
take_unicode_escape(struct span text, size_t *at, uint32_t *ret_code)
{
    uint32_t low;

    if (!take_unit(text, at, ret_code))
        return false;
    if (*ret_code < HIGH_SURROGATE || *ret_code >= AFTER_SURROGATES)
        return true;
    if (*ret_code >= LOW_SURROGATE || text.length - *at < 2 || text.bytes[*at] != '\\'
        || text.bytes[*at + 1] != 'u')
        return false;
    *at += 2;
    if (!take_unit(text, at, &low) || low < LOW_SURROGATE || low >= AFTER_SURROGATES)
        return false;
    *ret_code = 0x10000 + ((*ret_code - HIGH_SURROGATE) << 10) + (low - LOW_SURROGATE);
    return true;
}

/* Behind a backslash. Control characters belong into no value here, however they are written. */
static bool
take_escape(struct span text, size_t *at, uint32_t *ret_code)
{
    if (*at == text.length)
        return false;
    char letter = text.bytes[(*at)++];
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        *ret_code = (unsigned char)letter;
        return true;
    case 'u':
        return take_unicode_escape(text, at, ret_code) && *ret_code >= ' ';
    default:
        return false;
    }
}

/* Is it UTF-8 without quotes and control characters? Also finds escapes. */
static bool
is_sound_inside(struct span inside, bool *ret_has_escapes)
{
    *ret_has_escapes = false;
    for (size_t at = 0; at < inside.length;) {
        uint32_t code = utf8_next(inside, &at);
        if (code == UTF8_BAD || code < ' ' || code == '"' || (code >= 0x7F && code < 0xA0))
            return false;
        if (code != '\\')
            continue;
        *ret_has_escapes = true;
        if (at == inside.length)
            return false;
        at++; /* what is escaped is ASCII, or refused later */
    }
    return true;
}

static const char *
unescape(struct span inside, struct arena *arena, struct span *ret_text)
{
    /* An escape is never shorter than what it stands for. */
    char *place = arena_take_raw(arena, inside.length + 1);
    if (place == NULL)
        return "more escapes than there is room for";
    struct text text = text_in(place, inside.length + 1);
    for (size_t at = 0; at < inside.length;) {
        uint32_t code = utf8_next(inside, &at);
        if (code == '\\' && !take_escape(inside, &at, &code))
            return "an escape that stands for nothing";
        utf8_add(&text, code);
    }
    *ret_text = text_span(&text);
    return NULL;
}

const char *
members_read_text(struct span value, size_t bytes_max, struct arena *arena, struct span *ret_text)
{
    bool        has_escapes;
    const char *reason = NULL;

    if (value.length < 2 || value.bytes[0] != '"' || value.bytes[value.length - 1] != '"')
        return not_a_string;
    struct span text = span_make(value.bytes + 1, value.length - 2);
    if (!is_sound_inside(text, &has_escapes))
        return not_a_string;
    if (has_escapes)
        reason = unescape(text, arena, &text);
    if (reason == NULL && text.length > bytes_max)
        reason = "a text longer than its limit";
    if (reason == NULL)
        *ret_text = text;
    return reason;
}

static const char *
read_day(struct span value, struct arena *arena, day_t *ret_day)
{
    struct blame blame = { 0 };
    struct span  text;
    const char  *reason = members_read_text(value, DAY_ISO_SIZE - 1, arena, &text);

    if (reason != NULL)
        return reason;
    if (text.length != DAY_ISO_SIZE - 1 || day_parse(text, ret_day, &blame) != FAULT_NONE)
        return "not a day";
    return NULL;
}

static const char *
read_word(struct span value, const struct field *field, struct arena *arena, int16_t *ret_number)
{
    struct span text;
    const char *reason = members_read_text(value, field->limit, arena, &text);

    if (reason != NULL)
        return reason;
    for (int16_t i = 0; field->words[i] != NULL; i++)
        if (span_is(text, field->words[i])) {
            *ret_number = (int16_t)(i + 1);
            return NULL;
        }
    return "not one of the words of its member";
}

static const char *
read_whole(struct span value, size_t limit, int64_t *ret_number)
{
    int64_t number = 0;

    if (!span_is_digits(value) || value.length > WHOLE_DIGITS_MAX
        || (value.length > 1 && value.bytes[0] == '0'))
        return "not a whole number";
    for (size_t i = 0; i < value.length; i++)
        number = number * 10 + (value.bytes[i] - '0');
    if ((uint64_t)number > limit)
        return "a number above its limit";
    *ret_number = number;
    return NULL;
}

static const char *
read_flag(struct span value, bool *ret_flag)
{
    *ret_flag = span_is(value, "true");
    return *ret_flag || span_is(value, "false") ? NULL : "not true or false";
}

static const char *
read_value(struct span value, const struct field *field, struct arena *arena, void *into)
{
    char *at = (char *)into + field->offset;

    switch (field->kind) {
    case FIELD_TEXT:
        return members_read_text(value, field->limit, arena, (struct span *)(void *)at);
    case FIELD_DAY:
        return read_day(value, arena, (day_t *)(void *)at);
    case FIELD_WORD:
        return read_word(value, field, arena, (int16_t *)(void *)at);
    case FIELD_WHOLE:
        return read_whole(value, field->limit, (int64_t *)(void *)at);
    case FIELD_FLAG:
        return read_flag(value, (bool *)at);
    case FIELD_RAW:
        *(struct span *)(void *)at = value;
        return NULL;
    case FIELD_WORDS:
        break; /* no such table has lists of words */
    }
    assert(false && "a kind without a rule");
    return not_json;
}

static size_t
field_named(struct span name, const struct field *fields, size_t field_count)
{
    size_t i = 0;
    while (i < field_count && !span_is(name, fields[i].name))
        i++;
    return i;
}

const char *
members_read(struct span object, const struct field *fields, size_t field_count,
             struct arena *arena, void *into)
{
    struct slice slice;
    struct span  name, value;
    uint32_t     seen = 0;

    assert(field_count <= MEMBERS_MAX);
    for (size_t i = 0; i < field_count; i++)
        if (fields[i].kind == FIELD_DAY)
            *(day_t *)(void *)((char *)into + fields[i].offset) = DAY_UNKNOWN;
    slice_start(&slice, object);
    if (!slice_enter(&slice, '{'))
        return "not an object";
    while (slice_next(&slice, &name, &value)) {
        size_t at = field_named(name, fields, field_count);
        if (at == field_count)
            return "a member that is not known";
        if ((seen & 1U << at) != 0)
            return "a member twice";
        seen |= 1U << at;
        const char *reason = read_value(value, &fields[at], arena, into);
        if (reason != NULL)
            return reason;
    }
    if (!slice_end(&slice))
        return not_json;
    for (size_t i = 0; i < field_count; i++)
        if (fields[i].is_required && (seen & 1U << i) == 0)
            return "a member is missing";
    return NULL;
}
