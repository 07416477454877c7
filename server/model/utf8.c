#include "model/utf8.h"

#include <assert.h>

struct lead {
    unsigned char mask; /* bits that tell the length */
    unsigned char bits; /* and their value */
    size_t        length;
    uint32_t      least; /* smaller ones would be overlong */
};

static const struct lead leads[] = {
    { 0x80, 0x00, 1, 0x0 },
    { 0xE0, 0xC0, 2, 0x80 },
    { 0xF0, 0xE0, 3, 0x800 },
    { 0xF8, 0xF0, 4, 0x10000 },
};

static uint32_t
read_tail(struct span text, size_t at, const struct lead *lead)
{
    uint32_t code = (unsigned char)text.bytes[at] & (unsigned char)~lead->mask;

    if (text.length - at < lead->length)
        return UTF8_BAD;
    for (size_t i = 1; i < lead->length; i++) {
        unsigned char byte = (unsigned char)text.bytes[at + i];
        if ((byte & 0xC0) != 0x80)
            return UTF8_BAD;
        code = code << 6 | (byte & 0x3F);
    }
    if (code < lead->least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return UTF8_BAD;
    return code;
}

uint32_t
utf8_next(struct span text, size_t *at)
{
    assert(*at < text.length);
    unsigned char first = (unsigned char)text.bytes[*at];

    for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
        if ((first & leads[i].mask) != leads[i].bits)
            continue;
        uint32_t code = read_tail(text, *at, &leads[i]);
        *at += code == UTF8_BAD ? 1 : leads[i].length;
        return code;
    }
    *at += 1;
    return UTF8_BAD;
}

void
utf8_add(struct text *text, uint32_t code_point)
{
    char   bytes[UTF8_BYTES_MAX];
    size_t length = 0;

    if (code_point < 0x80) {
        bytes[length++] = (char)code_point;
    } else if (code_point < 0x800) {
        bytes[length++] = (char)(0xC0 | code_point >> 6);
    } else if (code_point < 0x10000) {
        bytes[length++] = (char)(0xE0 | code_point >> 12);
        bytes[length++] = (char)(0x80 | (code_point >> 6 & 0x3F));
    } else {
        bytes[length++] = (char)(0xF0 | code_point >> 18);
        bytes[length++] = (char)(0x80 | (code_point >> 12 & 0x3F));
        bytes[length++] = (char)(0x80 | (code_point >> 6 & 0x3F));
    }
    if (code_point >= 0x80)
        bytes[length++] = (char)(0x80 | (code_point & 0x3F));
    text_add(text, span_make(bytes, length));
}

size_t
utf8_count(struct span text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.length; count++)
        if (utf8_next(text, &at) == UTF8_BAD)
            return SIZE_MAX;
    return count;
}
