#include "intake/text.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

enum { BYTE_ORDER_MARK_BYTES = 3 };

static const char byte_order_mark[] = "\xEF\xBB\xBF";

static bool
is_open(iconv_t converter)
{
    return converter != (iconv_t)-1;
}

enum refusal
text_open(struct text_window *text, intake_pull *pull, void *owner, enum packing packing,
          enum charset charset, uint64_t unpacked_max, uint32_t ratio_max)
{
    enum refusal refusal;

    assert(charset < CHARSET_COUNT);
    *text = (struct text_window){ .charset = charset, .converter = (iconv_t)-1 };
    refusal = unpack_open(&text->unpack, pull, owner, packing, unpacked_max, ratio_max);
    if (refusal != REFUSAL_NONE)
        return refusal;
    text->bytes = malloc(TEXT_WINDOW_BYTES);
    if (text->bytes == NULL)
        return REFUSAL_MEMORY;
    if (charset == CHARSET_UTF8)
        return REFUSAL_NONE;
    text->raw = malloc(TEXT_RAW_BYTES);
    text->converter = iconv_open("UTF-8", "CP932");
    return text->raw != NULL && is_open(text->converter) ? REFUSAL_NONE : REFUSAL_MEMORY;
}

void
text_close(struct text_window *text)
{
    unpack_close(&text->unpack);
    if (text->bytes == NULL)
        return;
    explicit_bzero(text->bytes, TEXT_WINDOW_BYTES);
    free(text->bytes);
    if (text->raw != NULL)
        explicit_bzero(text->raw, TEXT_RAW_BYTES);
    free(text->raw);
    if (is_open(text->converter))
        (void)iconv_close(text->converter);
    *text = (struct text_window){ .converter = (iconv_t)-1 };
}

/* Converts what waits. A character may be cut at its end: then it waits for more. */
static void
convert(struct text_window *text)
{
    char  *from = text->raw;
    size_t from_left = text->raw_end;
    char  *to = text->bytes + text->end;
    size_t to_left = TEXT_WINDOW_BYTES - text->end;

    text->raw_is_bad = iconv(text->converter, &from, &from_left, &to, &to_left) == (size_t)-1
                       && (errno == EILSEQ || (errno == EINVAL && text->raw_is_over));
    text->end = TEXT_WINDOW_BYTES - to_left;
    memmove(text->raw, from, from_left);
    text->raw_end = from_left;
}

static enum refusal
more_cp932(struct text_window *text)
{
    size_t before = text->end;

    while (text->end == before) {
        if (text->raw_is_bad)
            return REFUSAL_NOT_TEXT;
        if (!text->raw_is_over && text->raw_end < TEXT_RAW_BYTES) {
            size_t       length;
            enum refusal refusal = unpack_read(&text->unpack, text->raw + text->raw_end,
                                               TEXT_RAW_BYTES - text->raw_end, &length);
            if (refusal != REFUSAL_NONE)
                return refusal;
            text->raw_is_over = length == 0;
            text->raw_end += length;
        }
        if (text->raw_end == 0 && text->raw_is_over) {
            text->is_over = true;
            return REFUSAL_NONE;
        }
        convert(text);
    }
    return REFUSAL_NONE;
}

static enum refusal
more_utf8(struct text_window *text)
{
    size_t       length;
    enum refusal refusal =
        unpack_read(&text->unpack, text->bytes + text->end, TEXT_WINDOW_BYTES - text->end, &length);

    text->end += length;
    text->is_over = refusal == REFUSAL_NONE && length == 0;
    return refusal;
}

static enum refusal
more(struct text_window *text)
{
    return text->charset == CHARSET_UTF8 ? more_utf8(text) : more_cp932(text);
}

/* At the start, where the mark may come in pieces. */
static enum refusal
skip_byte_order_mark(struct text_window *text)
{
    while (text->end < BYTE_ORDER_MARK_BYTES && !text->is_over) {
        enum refusal refusal = more(text);
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    if (text->end >= BYTE_ORDER_MARK_BYTES
        && memcmp(text->bytes, byte_order_mark, BYTE_ORDER_MARK_BYTES) == 0)
        text->start = BYTE_ORDER_MARK_BYTES;
    text->has_begun = true;
    return REFUSAL_NONE;
}

enum refusal
text_more(struct text_window *text)
{
    if (!text->has_begun)
        return skip_byte_order_mark(text);
    memmove(text->bytes, text->bytes + text->start, text_length(text));
    text->moved += text->start;
    text->end -= text->start;
    text->start = 0;
    assert(text->end < TEXT_WINDOW_BYTES);
    return more(text);
}

/* How long the character at the byte is, if its bytes are those of one; 0 if not. Within the span
 * there are `left` bytes. */
static size_t
character_length(const unsigned char *at, size_t left)
{
    if (at[0] < 0xC2 || left < 2 || (at[1] & 0xC0) != 0x80)
        return 0;
    if (at[0] < 0xE0)
        return 2;
    if (left < 3 || (at[2] & 0xC0) != 0x80)
        return 0;
    if (at[0] < 0xF0) {
        bool is_overlong = at[0] == 0xE0 && at[1] < 0xA0;
        bool is_surrogate = at[0] == 0xED && at[1] >= 0xA0;
        return is_overlong || is_surrogate ? 0 : 3;
    }
    if (left < 4 || (at[3] & 0xC0) != 0x80 || at[0] > 0xF4)
        return 0;
    bool is_overlong = at[0] == 0xF0 && at[1] < 0x90;
    bool is_above = at[0] == 0xF4 && at[1] >= 0x90;
    return is_overlong || is_above ? 0 : 4;
}

/* Eight bytes at once while none of them has its highest bit set and none is 0. */
static size_t
skip_plain(const unsigned char *bytes, size_t at, size_t length)
{
    const uint64_t highs = UINT64_C(0x8080808080808080);
    const uint64_t ones = UINT64_C(0x0101010101010101);

    for (uint64_t word; at + sizeof(word) <= length; at += sizeof(word)) {
        memcpy(&word, bytes + at, sizeof(word));
        if (((word | (word - ones)) & highs) != 0)
            break;
    }
    return at;
}

enum refusal
utf8_is_text(struct span span, size_t *ret_offset)
{
    const unsigned char *bytes = (const unsigned char *)span.bytes;
    size_t               at = 0;

    while ((at = skip_plain(bytes, at, span.length)) < span.length) {
        size_t length = bytes[at] == 0     ? 0
                        : bytes[at] < 0x80 ? 1
                                           : character_length(bytes + at, span.length - at);
        if (length == 0) {
            *ret_offset = at;
            return bytes[at] == 0 ? REFUSAL_NUL_BYTE : REFUSAL_NOT_TEXT;
        }
        at += length;
    }
    return REFUSAL_NONE;
}
