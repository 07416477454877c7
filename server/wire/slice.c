#include "wire/slice.h"

static bool
is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void
skip_blanks(struct slice *slice)
{
    while (slice->at < slice->end && is_blank(*slice->at))
        slice->at++;
}

static bool
take_byte(struct slice *slice, char byte)
{
    skip_blanks(slice);
    if (slice->at == slice->end || *slice->at != byte)
        return false;
    slice->at++;
    return true;
}

static bool
break_off(struct slice *slice)
{
    slice->is_broken = true;
    return false;
}

/* From behind the opening quote to behind the closing one. */
static bool
skip_string(struct slice *slice)
{
    while (slice->at < slice->end) {
        char byte = *slice->at++;
        if (byte == '"')
            return true;
        if (byte == '\\' && slice->at < slice->end)
            slice->at++;
    }
    return break_off(slice);
}

/* To the comma or closing bracket behind this value. */
static bool
skip_value(struct slice *slice)
{
    size_t depth = 0;

    while (slice->at < slice->end) {
        switch (*slice->at) {
        case '"':
            slice->at++;
            if (!skip_string(slice))
                return false;
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth == 0)
                return true;
            depth--;
            break;
        case ',':
            if (depth == 0)
                return true;
            break;
        default:
            break;
        }
        slice->at++;
    }
    return break_off(slice);
}

static bool
take_value(struct slice *slice, struct span *ret_value)
{
    skip_blanks(slice);
    const char *from = slice->at;
    if (!skip_value(slice))
        return false;
    const char *to = slice->at;
    while (to > from && is_blank(to[-1]))
        to--;
    if (to == from)
        return break_off(slice);
    *ret_value = span_make(from, (size_t)(to - from));
    return true;
}

static bool
take_name(struct slice *slice, struct span *ret_name)
{
    if (!take_byte(slice, '"'))
        return break_off(slice);
    const char *from = slice->at;
    if (!skip_string(slice))
        return false;
    *ret_name = span_make(from, (size_t)(slice->at - 1 - from));
    return take_byte(slice, ':') || break_off(slice);
}

void
slice_start(struct slice *slice, struct span text)
{
    *slice = (struct slice){ .at = text.bytes, .end = text.bytes + text.length };
}

bool
slice_enter(struct slice *slice, char bracket)
{
    if (!take_byte(slice, bracket))
        return break_off(slice);
    slice->closer = bracket == '{' ? '}' : ']';
    slice->has_begun = false;
    return true;
}

bool
slice_next(struct slice *slice, struct span *ret_name, struct span *ret_value)
{
    if (slice->is_broken || take_byte(slice, slice->closer))
        return false;
    if (slice->has_begun && !take_byte(slice, ','))
        return break_off(slice);
    slice->has_begun = true;
    if (ret_name != NULL && !take_name(slice, ret_name))
        return false;
    return take_value(slice, ret_value);
}

bool
slice_end(struct slice *slice)
{
    skip_blanks(slice);
    return !slice->is_broken && slice->at == slice->end;
}
