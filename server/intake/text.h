/*
 * text: the text of a file as UTF-8, in a window that moves along it.
 *
 * Shape   the window holds [start, end) of bytes; text_more() adds to its end and first moves what
 *         is left to its front, so a pointer into it lives until then. The holder may change what
 *         it has taken. A byte order mark at the start is left out.
 * Units   bytes.
 * Errors  those of unpack.h, and REFUSAL_NOT_TEXT for bytes that are none of CP932; whether UTF-8
 *         is sound is asked of each piece, by utf8_is_text().
 * Owner   text_close() wipes the window and frees it.
 * Source  Unicode 15, chapter 3; CP932 as iconv knows it.
 */
#ifndef INTAKE_TEXT_H
#define INTAKE_TEXT_H

#include "base/span.h"
#include "intake/unpack.h"

#include <iconv.h>

enum charset { CHARSET_UTF8, CHARSET_CP932, CHARSET_COUNT };

enum {
    TEXT_LINE_MAX = 64 * 1024,
    TEXT_WINDOW_BYTES = 256 * 1024, /* some lines, so that few are moved */
    TEXT_RAW_BYTES = 32 * 1024
};

struct text_window {
    struct unpack unpack;
    enum charset  charset;
    char         *bytes;
    size_t        start;
    size_t        end;
    uint64_t      moved; /* bytes of the text before bytes[0] */
    bool          is_over;
    bool          has_begun;
    iconv_t       converter;
    char         *raw; /* CP932 that waits to be converted */
    size_t        raw_end;
    bool          raw_is_over;
    bool          raw_is_bad; /* what waits begins with bytes that are no character */
};

MUST_USE enum refusal text_open(struct text_window *text, intake_pull *pull, void *owner,
                                enum packing packing, enum charset charset, uint64_t unpacked_max,
                                uint32_t ratio_max);

/* Adds something to the window, or sets is_over. The window must not be full. */
MUST_USE enum refusal text_more(struct text_window *text);

void text_close(struct text_window *text); /* accepts one that was never opened and is all 0 */

static inline size_t
text_length(const struct text_window *text)
{
    return text->end - text->start;
}

static inline uint64_t
text_offset(const struct text_window *text)
{
    return text->moved + text->start;
}

/* REFUSAL_NOT_TEXT or REFUSAL_NUL_BYTE, with the offset of the byte within the span. */
MUST_USE enum refusal utf8_is_text(struct span span, size_t *ret_offset);

#endif
