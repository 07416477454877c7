/*
 * digits: numbers as people and forms write them, folded to plain digits.
 *
 * Shape   full-width digits become half-width; blanks at both ends go away (forms pad with them).
 * Units   places are counted in bytes; DIGITS_BYTES_MAX of them at most.
 * Errors  DIGITS_BAD for a sign that is no digit, or too many of them.
 * Owner   writes into a place of the caller.
 * Source  format traps: interface facts, part 4.5, items 2 to 4.
 */
#ifndef MODEL_DIGITS_H
#define MODEL_DIGITS_H

#include "base/attr.h"
#include "base/span.h"

enum { DIGITS_BYTES_MAX = 24, DIGITS_BAD = -1 };

enum digits_separators {
    DIGITS_WHOLE,    /* only blanks around the number */
    DIGITS_SEPARATED /* blanks and dashes between the digits too */
};

/* Returns how many digits were written to the place, without a NUL, or DIGITS_BAD. */
MUST_USE int digits_fold(struct span raw, enum digits_separators separators,
                         char ret_digits[DIGITS_BYTES_MAX]);

#endif
