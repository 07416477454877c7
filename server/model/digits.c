#include "model/digits.h"

#include "model/utf8.h"

enum { FULL_WIDTH_ZERO = 0xFF10, FULL_WIDTH_NINE = 0xFF19 };

static bool
is_blank(uint32_t code)
{
    return code == ' ' || code == '\t' || code == 0x00A0 || code == 0x3000;
}

static bool
is_dash(uint32_t code)
{
    return code == '-' || (code >= 0x2010 && code <= 0x2015) || code == 0x2212 || code == 0x30FC
           || code == 0xFF0D || code == 0xFF70;
}

static uint32_t
to_half_width(uint32_t code)
{
    return code >= FULL_WIDTH_ZERO && code <= FULL_WIDTH_NINE ? code - FULL_WIDTH_ZERO + '0' : code;
}

int
digits_fold(struct span raw, enum digits_separators separators, char ret_digits[DIGITS_BYTES_MAX])
{
    int  count = 0;
    bool has_ended = false; /* a blank came behind a digit */

    for (size_t at = 0; at < raw.length;) {
        uint32_t code = to_half_width(utf8_next(raw, &at));
        if (is_blank(code)) {
            has_ended = count > 0;
            continue;
        }
        if (separators == DIGITS_SEPARATED && is_dash(code))
            continue;
        if (code < '0' || code > '9' || count == DIGITS_BYTES_MAX
            || (has_ended && separators == DIGITS_WHOLE))
            return DIGITS_BAD;
        ret_digits[count++] = (char)code;
    }
    return count;
}
