/*
 * near: is one value probably the other, with a slip of the hand or the eye?
 *
 * Shape   two values that differ → the slip that explains it, or SLIP_NONE. Equal values are
 *         SLIP_NONE too: there is nothing to read again. Symmetric, but for missing and extra,
 *         which change places.
 * Owner   plain values. A caller may say "read the birth date again", and nothing of the other
 *         value.
 * Source  era offsets: first years of Taisho 1912, Showa 1926, Heisei 1989, Reiwa 2019, Meiji
 *         1868.
 */
#ifndef MODEL_NEAR_H
#define MODEL_NEAR_H

#include "base/clock.h"
#include "base/span.h"

enum slip {
    SLIP_NONE = 0,
    SLIP_ONE_DIGIT,     /* one character differs */
    SLIP_TRANSPOSED,    /* two neighbours changed places */
    SLIP_ONE_MISSING,   /* the first value has one character less */
    SLIP_ONE_EXTRA,     /* the first value has one character more */
    SLIP_SAME_DIGITS,   /* the same characters in another order */
    SLIP_DAY_AND_MONTH, /* day and month changed places */
    SLIP_ERA,           /* the year of one era read as that of another */
    SLIP_COUNT
};

/* Keys longer than this are never near. */
enum { NEAR_CHARS_MAX = 64 };

enum slip near_text(struct span typed, struct span held);
enum slip near_day(day_t typed, day_t held);

#endif
