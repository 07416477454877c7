/*
 * decide: what a comparison calls for, by a table.
 *
 * Source  domain facts, part 8.1: birth date or sex differs, nothing may be seen; both names
 *         differ, or one name and the address, no medical information; else the insurer is told.
 *         Its third row also looks at how many coverages are valid; here it holds without that.
 *         Part 8.2, step 9: when no question is left. Two things are stricter here: a name that
 *         cannot be compared counts as one that differs when the other name does not help either,
 *         and a name that differs is told to the insurer even where the address fits.
 *         SR-099: a number that the insurer looked up proves less, since the same name, birth date
 *         and sex are what it was found by. It is linked when all five items agree, and wherever a
 *         name or the address differs, medical information is sealed.
 */
#include "match/match.h"

#include <assert.h>

enum {
    SAME = 1 << MATCH_SAME,
    BY_RULE = 1 << MATCH_SAME_BY_RULE,
    LOOSE = 1 << MATCH_LOOSE,
    DIFFERS = 1 << MATCH_DIFFERENT,
    MISSING = 1 << MATCH_MISSING,
    FITS = SAME | BY_RULE,
    ANY = FITS | LOOSE | DIFFERS | MISSING,
    NO_HELP = DIFFERS | MISSING,
    NO_DOUBT = FITS | LOOSE | MISSING
};

enum { SUBMITTED = 1, LOOKED_UP = 2, EITHER = SUBMITTED | LOOKED_UP };

struct decision_row {
    int               source;
    uint8_t           fields[MATCH_FIELD_COUNT]; /* name, kana, birth date, sex, address */
    enum match_action action;
};

/* The first row that fits decides. */
/* clang-format off */
static const struct decision_row decisions[] = {
    /*             name     kana     birth    sex      address */
    { EITHER,    { ANY,     ANY,     DIFFERS, ANY,     ANY     }, MATCH_SEAL_ALL },
    { EITHER,    { ANY,     ANY,     ANY,     DIFFERS, ANY     }, MATCH_SEAL_ALL },
    { EITHER,    { NO_HELP, NO_HELP, ANY,     ANY,     ANY     }, MATCH_SEAL_CLINICAL },
    { EITHER,    { DIFFERS, ANY,     ANY,     ANY,     DIFFERS }, MATCH_SEAL_CLINICAL },
    { EITHER,    { ANY,     DIFFERS, ANY,     ANY,     DIFFERS }, MATCH_SEAL_CLINICAL },
    { LOOKED_UP, { DIFFERS, ANY,     ANY,     ANY,     ANY     }, MATCH_SEAL_CLINICAL },
    { LOOKED_UP, { ANY,     DIFFERS, ANY,     ANY,     ANY     }, MATCH_SEAL_CLINICAL },
    { LOOKED_UP, { ANY,     ANY,     ANY,     ANY,     DIFFERS }, MATCH_SEAL_CLINICAL },
    { LOOKED_UP, { FITS,    FITS,    SAME,    SAME,    FITS    }, MATCH_LINK },
    { SUBMITTED, { FITS,    FITS,    SAME,    SAME,    ANY     }, MATCH_LINK },
    { SUBMITTED, { NO_DOUBT, FITS,   SAME,    SAME,    FITS    }, MATCH_LINK },
    { EITHER,    { ANY,     ANY,     ANY,     ANY,     ANY     }, MATCH_REPORT },
};
/* clang-format on */

static bool
fits(const struct decision_row *row, const struct match_result *result)
{
    for (size_t i = 0; i < MATCH_FIELD_COUNT; i++)
        if ((row->fields[i] & 1 << result->fields[i].verdict) == 0)
            return false;
    return true;
}

enum match_action
match_decide(const struct match_result *result, bool number_was_looked_up)
{
    int source = number_was_looked_up ? LOOKED_UP : SUBMITTED;

    for (size_t i = 0; i < ARRAY_LEN(decisions); i++)
        if ((decisions[i].source & source) != 0 && fits(&decisions[i], result))
            return decisions[i].action;
    assert(false && "the last row fits everything");
    return MATCH_SEAL_ALL;
}
