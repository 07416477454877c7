#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct text
text_in(char *place, size_t size_bytes)
{
    assert(size_bytes > 0);
    place[0] = '\0';
    return (struct text){ .bytes = place, .size_bytes = size_bytes };
}

void
text_add_number(struct text *text, int64_t number)
{
    char     digits[24];
    size_t   at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        digits[--at] = '-';
    text_add(text, span_make(digits + at, sizeof digits - at));
}

void
text_add_padded(struct text *text, int number, int digits)
{
    char   place[12];
    size_t at = sizeof place;

    assert(number >= 0 && digits <= (int)sizeof place);
    for (; number > 0 || digits > 0; number /= 10, digits--)
        place[--at] = (char)('0' + number % 10);
    text_add(text, span_make(place + at, sizeof place - at));
}

void
text_add_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    size_t  room = text->size_bytes - text->length;

    if (text->is_full)
        return;
    va_start(arguments, format);
    int wanted = vsnprintf(text->bytes + text->length, room, format, arguments);
    va_end(arguments);
    if (wanted < 0 || (size_t)wanted >= room) {
        text->is_full = true;
        text->bytes[text->length] = '\0';
        return;
    }
    text->length += (size_t)wanted;
}

void
text_add_hex(struct text *text, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        char pair[2] = { digits[bytes[i] >> 4], digits[bytes[i] & 15] };
        text_add(text, span_make(pair, 2));
    }
}
