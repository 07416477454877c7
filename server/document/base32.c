#include "document/base32.h"

#include <stdint.h>

enum { BITS = 5, BITS_PER_BYTE = 8, MASK = 31 };

void
base32_add(struct text *text, const void *bytes, size_t length)
{
    static const char    alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const unsigned char *from = bytes;
    uint32_t             window = 0;
    unsigned             held = 0;

    for (size_t i = 0; i < length; i++) {
        window = window << BITS_PER_BYTE | from[i];
        for (held += BITS_PER_BYTE; held >= BITS; held -= BITS)
            text_add_byte(text, alphabet[window >> (held - BITS) & MASK]);
    }
    if (held > 0)
        text_add_byte(text, alphabet[window << (BITS - held) & MASK]);
}

/* -1 for a character that is none of the alphabet. */
static int
value_of(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    return byte >= '2' && byte <= '7' ? byte - '2' + 26 : -1;
}

bool
base32_read(struct span text, unsigned char *ret_bytes, size_t bytes_max, size_t *ret_length)
{
    uint32_t window = 0;
    unsigned held = 0;
    size_t   length = 0;

    for (size_t i = 0; i < text.length; i++) {
        int value = value_of(text.bytes[i]);
        if (value < 0)
            return false;
        window = window << BITS | (uint32_t)value;
        held += BITS;
        if (held < BITS_PER_BYTE)
            continue;
        held -= BITS_PER_BYTE;
        if (length == bytes_max)
            return false;
        ret_bytes[length++] = (unsigned char)(window >> held);
    }
    /* Five bits or more left over: a character too many. */
    if (held >= BITS || (window & ((UINT32_C(1) << held) - 1)) != 0)
        return false;
    *ret_length = length;
    return true;
}
