/* Rules for addresses: where the lot ends and what stands in it begins. */
#include "match/rule.h"

enum { LOT_NUMBERS_MAX = 3 /* 丁目, 番, 号; a fourth number is a room */ };

static bool
is_digit(uint32_t code)
{
    return code >= '0' && code <= '9';
}

/* The first numbers with dashes between them, at most three: how many signs up to their end; 0
 * where there are none. */
static size_t
lot_end(const struct letters *address, size_t *ret_numbers)
{
    for (size_t i = 0; i < address->count;) {
        size_t numbers = 0, at = i;
        while (at < address->count && is_digit(address->codes[at]) && numbers < LOT_NUMBERS_MAX) {
            while (at < address->count && is_digit(address->codes[at]))
                at++;
            numbers++;
            if (numbers == LOT_NUMBERS_MAX || at + 1 >= address->count || address->codes[at] != '-'
                || !is_digit(address->codes[at + 1]))
                break;
            at++;
        }
        if (numbers > 1) {
            *ret_numbers = numbers;
            return at;
        }
        i = at > i ? at : i + 1;
    }
    *ret_numbers = 0;
    return 0;
}

/* The shorter one is the lot, and what the longer one says more is a building or room. */
static bool
is_without_building(const struct letters *longer, const struct letters *shorter)
{
    size_t numbers;

    if (memcmp(longer->codes, shorter->codes, shorter->count * sizeof longer->codes[0]) != 0)
        return false;
    uint32_t after = longer->codes[shorter->count];
    return lot_end(longer, &numbers) == shorter->count && numbers > 1 && !is_digit(after)
           && (after != '-' || numbers == LOT_NUMBERS_MAX);
}

bool
same_but_building(const struct letters *one, const struct letters *two)
{
    if (one->count == two->count)
        return letters_equal(one, two);
    return one->count > two->count ? is_without_building(one, two) : is_without_building(two, one);
}

/* The longer one without its prefecture, where the other one names none. */
static bool
strip_prefecture(const struct letters *with, const struct letters *without,
                 struct letters *ret_bare)
{
    size_t length = address_prefecture_length(with);

    if (length == 0 || address_prefecture_length(without) != 0)
        return false;
    ret_bare->count = with->count - length;
    ret_bare->is_full = false;
    memcpy(ret_bare->codes, with->codes + length, ret_bare->count * sizeof with->codes[0]);
    return true;
}

bool
same_but_prefecture(const struct letters *one, const struct letters *two)
{
    struct letters bare;

    if (strip_prefecture(one, two, &bare))
        return same_but_building(&bare, two);
    return strip_prefecture(two, one, &bare) && same_but_building(&bare, one);
}

static bool
are_of_one_lot(const struct letters *one, const struct letters *two)
{
    size_t numbers_one, numbers_two;
    size_t end = lot_end(one, &numbers_one);

    return end > 0 && lot_end(two, &numbers_two) == end && numbers_one == numbers_two
           && memcmp(one->codes, two->codes, end * sizeof one->codes[0]) == 0;
}

bool
same_lot(const struct letters *one, const struct letters *two)
{
    struct letters bare;

    if (strip_prefecture(one, two, &bare))
        return are_of_one_lot(&bare, two);
    if (strip_prefecture(two, one, &bare))
        return are_of_one_lot(&bare, one);
    return are_of_one_lot(one, two);
}
