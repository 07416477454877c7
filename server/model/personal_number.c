#include "model/personal_number.h"

#include "model/check_digit.h"
#include "model/digits.h"

#include <string.h>

bool
personal_number_take(struct span raw, struct personal_number *ret_number)
{
    char digits[DIGITS_BYTES_MAX];
    bool is_whole = digits_fold(raw, DIGITS_SEPARATED, digits) == PERSONAL_NUMBER_DIGITS;

    personal_number_wipe(ret_number);
    if (is_whole)
        memcpy(ret_number->hidden, digits, PERSONAL_NUMBER_DIGITS);
    explicit_bzero(digits, sizeof(digits));
    return is_whole;
}

bool
personal_number_is_set(const struct personal_number *number)
{
    return number->hidden[0] != 0;
}

enum personal_number_kind
personal_number_kind_of(const struct personal_number *number)
{
    struct span digits = span_make((const char *)number->hidden, PERSONAL_NUMBER_DIGITS);

    if (personal_number_fits(digits))
        return PERSONAL_NUMBER_TRUE;
    return personal_number_is_synthetic(digits) ? PERSONAL_NUMBER_SYNTHETIC : PERSONAL_NUMBER_WRONG;
}

void
personal_number_wipe(struct personal_number *number)
{
    explicit_bzero(number, sizeof(*number));
}
