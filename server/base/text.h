/*
 * text: building bytes into a place of fixed size.
 *
 * Shape   { bytes, length, size_bytes, is_full }; always NUL-terminated while size_bytes > 0.
 * Errors  what does not fit sets is_full and is left out; ask once, at the end.
 * Owner   borrows the place.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/attr.h"
#include "base/span.h"

#include <stdint.h>
#include <string.h>

struct text {
    char  *bytes;
    size_t length;
    size_t size_bytes;
    bool   is_full;
};

struct text text_in(char *place, size_t size_bytes);

void text_add_number(struct text *text, int64_t number);
/* With zeros before it, so that it is digits long at least; number is not negative. */
void text_add_padded(struct text *text, int number, int digits);
void text_add_format(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_add_hex(struct text *text, const unsigned char *bytes, size_t length);

/* Inline, as is what follows: an answer is made of thousands of small pieces. */
static inline void
text_add(struct text *text, struct span more)
{
    if (text->is_full || more.length >= text->size_bytes - text->length) {
        text->is_full = text->is_full || more.length > 0;
        return;
    }
    if (more.length > 0)
        memcpy(text->bytes + text->length, more.bytes, more.length);
    text->length += more.length;
    text->bytes[text->length] = '\0';
}

static inline void
text_add_byte(struct text *text, char byte)
{
    if (text->is_full || text->size_bytes - text->length <= 1) {
        text->is_full = true;
        return;
    }
    text->bytes[text->length++] = byte;
    text->bytes[text->length] = '\0';
}

static inline void
text_add_string(struct text *text, const char *more)
{
    text_add(text, span_of(more));
}

static inline struct span
text_span(const struct text *text)
{
    return span_make(text->bytes, text->length);
}

#endif
