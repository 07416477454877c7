#include "model/near.h"

#include "model/day.h"
#include "model/utf8.h"

#include <stdlib.h>

struct signs {
    uint32_t codes[NEAR_CHARS_MAX];
    size_t   count;
};

static bool
signs_read(struct span text, struct signs *signs)
{
    signs->count = 0;
    for (size_t at = 0; at < text.length;) {
        uint32_t code = utf8_next(text, &at);
        if (code == UTF8_BAD || signs->count == NEAR_CHARS_MAX)
            return false;
        signs->codes[signs->count++] = code;
    }
    return true;
}

static size_t
first_difference(const struct signs *a, const struct signs *b)
{
    size_t at = 0;
    while (at < a->count && at < b->count && a->codes[at] == b->codes[at])
        at++;
    return at;
}

static bool
tails_equal(const struct signs *a, size_t a_from, const struct signs *b, size_t b_from)
{
    size_t count = a->count - a_from;
    return b->count - b_from == count
           && memcmp(a->codes + a_from, b->codes + b_from, count * sizeof a->codes[0]) == 0;
}

static int
compare_codes(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static bool
are_same_signs(struct signs a, struct signs b)
{
    qsort(a.codes, a.count, sizeof a.codes[0], compare_codes);
    qsort(b.codes, b.count, sizeof b.codes[0], compare_codes);
    return tails_equal(&a, 0, &b, 0);
}

/* Both have the same length and differ at position at. */
static enum slip
slip_of_equal_length(const struct signs *a, const struct signs *b, size_t at)
{
    if (tails_equal(a, at + 1, b, at + 1))
        return SLIP_ONE_DIGIT;
    if (a->codes[at] == b->codes[at + 1] && a->codes[at + 1] == b->codes[at]
        && tails_equal(a, at + 2, b, at + 2))
        return SLIP_TRANSPOSED;
    return are_same_signs(*a, *b) ? SLIP_SAME_DIGITS : SLIP_NONE;
}

enum slip
near_text(struct span typed, struct span held)
{
    struct signs a, b;

    if (!signs_read(typed, &a) || !signs_read(held, &b))
        return SLIP_NONE;
    size_t at = first_difference(&a, &b);
    if (a.count == b.count)
        return at == a.count ? SLIP_NONE : slip_of_equal_length(&a, &b, at);
    if (a.count + 1 == b.count && tails_equal(&a, at, &b, at + 1))
        return SLIP_ONE_MISSING;
    if (a.count == b.count + 1 && tails_equal(&a, at + 1, &b, at))
        return SLIP_ONE_EXTRA;
    return SLIP_NONE;
}

/* The year of an era is that of the calendar less its zero. Heisei went on being printed for days
 * to come, so its years are taken a little further than it lasted. */
static const struct {
    int32_t zero;
    int32_t last; /* of the calendar */
} eras[] = {
    { 1867, 1912 }, /* Meiji */
    { 1911, 1926 }, /* Taisho */
    { 1925, 1989 }, /* Showa */
    { 1988, 2030 }, /* Heisei */
    { 2018, 2099 }, /* Reiwa */
};

static bool
is_in_era(int32_t year, size_t era)
{
    return year > eras[era].zero && year <= eras[era].last;
}

/* The same year of two eras: Showa 30 for Heisei 30. */
static bool
is_same_year_of_two_eras(int32_t a, int32_t b)
{
    for (size_t i = 0; i < ARRAY_LEN(eras); i++)
        for (size_t k = 0; k < ARRAY_LEN(eras); k++)
            if (i != k && is_in_era(a, i) && is_in_era(b, k)
                && a - eras[i].zero == b - eras[k].zero)
                return true;
    return false;
}

/* The year of an era taken for the last two digits of the calendar's: Showa 50 (1975) for 1950. */
static bool
is_era_as_century(int32_t year, int32_t other)
{
    for (size_t i = 0; i < ARRAY_LEN(eras); i++)
        if (is_in_era(year, i) && other >= 1900 && other % 100 == year - eras[i].zero)
            return true;
    return false;
}

static bool
is_era_slip(int32_t a, int32_t b)
{
    return is_same_year_of_two_eras(a, b) || is_era_as_century(a, b) || is_era_as_century(b, a);
}

enum slip
near_day(day_t typed, day_t held)
{
    char a[DAY_COMPACT_SIZE], b[DAY_COMPACT_SIZE];

    if (typed == held)
        return SLIP_NONE;
    day_format_compact(typed, a);
    day_format_compact(held, b);
    if (a[0] == '\0' || b[0] == '\0')
        return SLIP_NONE;

    struct civil first = day_to_civil(typed);
    struct civil second = day_to_civil(held);
    if (first.year == second.year && first.month == second.day && first.day == second.month)
        return SLIP_DAY_AND_MONTH;
    if (first.month == second.month && first.day == second.day
        && is_era_slip(first.year, second.year))
        return SLIP_ERA;
    enum slip slip = near_text(span_of(a), span_of(b));
    return slip == SLIP_ONE_DIGIT || slip == SLIP_TRANSPOSED ? slip : SLIP_NONE;
}
