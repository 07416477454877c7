#include "model/check_digit.h"

#include "model/digits.h"

#include <assert.h>

enum { PERSONAL_NUMBER_LENGTH = 12, MUNICIPALITY_CODE_LENGTH = 6, SYNTHETIC_SHIFT = 5 };

static int
digit_at(struct span number, size_t at)
{
    return number.bytes[at] - '0';
}

static char
last_digit(struct span number)
{
    return number.bytes[number.length - 1];
}

static struct span
without_last(struct span number)
{
    return span_make(number.bytes, number.length - 1);
}

char
check_digit_of(struct span body)
{
    int sum = 0;

    assert(span_is_digits(body));
    for (size_t i = 0; i < body.length; i++) {
        size_t from_right = body.length - 1 - i;
        int    product = digit_at(body, i) * (from_right % 2 == 0 ? 2 : 1);
        sum += product / 10 + product % 10;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

bool
check_digit_fits(struct span number)
{
    return number.length >= 2 && span_is_digits(number)
           && check_digit_of(without_last(number)) == last_digit(number);
}

/* Weights by place, from the left, over 11; a remainder of 0 or 1 gives 0. */
char
personal_number_check_digit(struct span body)
{
    static const int weights[PERSONAL_NUMBER_LENGTH - 1] = { 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2 };
    int              sum = 0;

    assert(body.length == ARRAY_LEN(weights) && span_is_digits(body));
    for (size_t i = 0; i < body.length; i++)
        sum += digit_at(body, i) * weights[i];
    return (char)(sum % 11 <= 1 ? '0' : '0' + 11 - sum % 11);
}

/* How far the check digit of 12 digits is from the true one, modulo 10; -1 for anything else. */
static int
personal_number_shift(struct span number)
{
    if (number.length != PERSONAL_NUMBER_LENGTH || !span_is_digits(number))
        return -1;
    return (last_digit(number) - personal_number_check_digit(without_last(number)) + 10) % 10;
}

bool
personal_number_fits(struct span number)
{
    return personal_number_shift(number) == 0;
}

bool
personal_number_is_synthetic(struct span number)
{
    return personal_number_shift(number) == SYNTHETIC_SHIFT;
}

bool
personal_number_is_shaped(struct span raw)
{
    char digits[DIGITS_BYTES_MAX];
    int  count = digits_fold(raw, DIGITS_SEPARATED, digits);

    if (count != PERSONAL_NUMBER_LENGTH)
        return false;
    int shift = personal_number_shift(span_make(digits, PERSONAL_NUMBER_LENGTH));
    return shift == 0 || shift == SYNTHETIC_SHIFT;
}

bool
municipality_code_fits(struct span code)
{
    int sum = 0;

    if (code.length != MUNICIPALITY_CODE_LENGTH || !span_is_digits(code))
        return false;
    for (int i = 0; i < MUNICIPALITY_CODE_LENGTH - 1; i++)
        sum += digit_at(code, (size_t)i) * (6 - i);
    return (11 - sum % 11) % 10 == digit_at(code, MUNICIPALITY_CODE_LENGTH - 1);
}
