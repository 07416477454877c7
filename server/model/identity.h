/*
 * identity: who somebody is, as an insurer claims it or as the resident register holds it.
 *
 * Shape   the five items of 本人確認情報, and the other name (通称) where there is one. What is not
 *         known is the empty span, DAY_UNKNOWN, or 0.
 * Owner   borrows its texts.
 * Source  5情報: domain facts, part 8.1. sex: OQSCD007.
 */
#ifndef MODEL_IDENTITY_H
#define MODEL_IDENTITY_H

#include "base/clock.h"
#include "base/span.h"

struct identity {
    struct span name;
    struct span name_kana;
    struct span name_other; /* 通称, a common name */
    struct span name_other_kana;
    struct span address;
    day_t       birth_date;
    int16_t     sex;
};

#endif
