/*
 * ceiling: classes of the monthly ceiling (高額療養費), whom they fit, and what they amount to.
 *
 * Shape   a class of OQSCD012 fits an age group and some insurers. Amounts are rows with dates; a
 *         day for which no row is known has no amount, never that of another year.
 * Units   yen a month.
 * Errors  CEILING_UNKNOWN when no row holds on that day, or the class has no such amount.
 * Owner   constant tables.
 * Source  domain facts, part 5.2; VR-20 in part 4.4. Amounts until 2026-07-31; later ones are
 *         laid down by ordinance and come as data.
 */
#ifndef MODEL_CEILING_H
#define MODEL_CEILING_H

#include "base/clock.h"
#include "base/span.h"
#include "model/insurer_number.h"

#include <stdbool.h>
#include <stdint.h>

enum { CEILING_UNKNOWN = -1 };

struct ceiling_class_row {
    char        code[4];         /* "A03" */
    bool        is_for_elderly;  /* from 70; else below 70 */
    bool        is_old_age_only; /* only under 後期高齢者医療 */
    const char *meaning_ja;
    const char *meaning;
};

/* NULL for a code that is not in the table. */
const struct ceiling_class_row *ceiling_class_info(struct span code);

/* Whether a person of this birth date, insured by this kind, can be in the class on the day. */
bool ceiling_class_fits(const struct ceiling_class_row *row, day_t birth_date, day_t day,
                        enum insurer_kind kind);

/* The household's ceiling for one month, given the month's whole cost of care. */
int64_t ceiling_amount(struct span code, day_t day, int64_t cost_yen);

/* The ceiling from the fourth month in a year on. */
int64_t ceiling_repeated_amount(struct span code, day_t day);

/* The ceiling for outpatient care of one person. */
int64_t ceiling_outpatient_amount(struct span code, day_t day);

#endif
