/*
 * span: borrowed bytes with a length.
 *
 * Shape   { bytes, length }; bytes need not end in NUL and may be NULL when length is 0.
 * Owner   never the span: whoever made the bytes.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *bytes;
    size_t      length;
};

static inline struct span
span_make(const char *bytes, size_t length)
{
    return (struct span){ .bytes = bytes, .length = length };
}

/* Borrows a NUL-terminated text; NULL becomes the empty span. */
static inline struct span
span_of(const char *text)
{
    return (struct span){ .bytes = text, .length = text == NULL ? 0 : strlen(text) };
}

static inline bool
span_equal(struct span a, struct span b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static inline bool
span_is(struct span a, const char *text)
{
    return span_equal(a, span_of(text));
}

static inline bool
span_is_empty(struct span a)
{
    return a.length == 0;
}

static inline bool
span_is_digits(struct span a)
{
    for (size_t i = 0; i < a.length; i++)
        if (a.bytes[i] < '0' || a.bytes[i] > '9')
            return false;
    return a.length > 0;
}

#endif
