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

/* Room for so many bytes (1 or more) that the caller fills at once; NULL, and the text is full,
 * when there is none. */
static inline char *
text_take(struct text *text, size_t length)
{
    if (text->is_full || length >= text->size_bytes - text->length) {
        text->is_full = true;
        return NULL;
    }
    char *room = text->bytes + text->length;
    text->length += length;
    text->bytes[text->length] = '\0';
    return room;
}

static inline void
text_add(struct text *text, struct span more)
{
    char *room = more.length > 0 ? text_take(text, more.length) : NULL;

    if (room != NULL)
        memcpy(room, more.bytes, more.length);
}

static inline void
text_add_byte(struct text *text, char byte)
{
    char *room = text_take(text, 1);

    if (room != NULL)
        *room = byte;
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
