/*
 * ratio: what share of the cost the law lets a person of some age pay.
 *
 * Shape   birth date, day and insurer → age group → the set of possible ratios, as a mask. An
 *         insurer's ratio outside the set is refused at load: thousands of wrong ratios were once
 *         paid on.
 * Units   percent: 0, 10, 20, 30. Days are day_t.
 * Owner   plain values; constant tables.
 * Source  domain facts, part 5.1. Age is reached at the end of the day before the birthday
 *         (年齢計算ニ関スル法律), which is why a child born on 1 April belongs to the older school year
 *         and why the group 70 to 74 starts in the same month for those born on the 1st.
 *         健康保険法 74条, 高齢者の医療の確保に関する法律 50条 and 67条.
 */
#ifndef MODEL_RATIO_H
#define MODEL_RATIO_H

#include "base/clock.h"
#include "model/insurer_number.h"

#include <stdbool.h>
#include <stdint.h>

enum age_group {
    AGE_GROUP_PRESCHOOL,
    AGE_GROUP_GENERAL, /* school age to 69 */
    AGE_GROUP_ELDERLY, /* 70 to 74 */
    AGE_GROUP_OLD_AGE, /* from the 75th birthday */
    AGE_GROUP_COUNT
};

/* Bits of a set of ratios. */
enum ratio_set {
    RATIO_SET_NONE = 0,
    RATIO_SET_0 = 1,
    RATIO_SET_10 = 2,
    RATIO_SET_20 = 4,
    RATIO_SET_30 = 8
};

/* Full years on the day, as counted by birthdays (a person born on 29 February: 1 March). */
int32_t age_on(day_t birth_date, day_t day);

/* The birthday on which that age is reached; for 29 February in other years, 1 March. */
day_t birthday_of(day_t birth_date, int32_t age);

day_t preschool_until(day_t birth_date); /* last day */
day_t elderly_from(day_t birth_date);    /* first day of 70 to 74 */
day_t old_age_from(day_t birth_date);    /* the 75th birthday */

enum age_group age_group_on(day_t birth_date, day_t day);

/* Bits of enum ratio_set. A person of 65 or more may be in old-age care by disability. */
unsigned ratios_possible(day_t birth_date, day_t day, enum insurer_kind kind);

/* False also for a percentage that no ratio has. */
bool ratio_is_possible(int32_t percent, day_t birth_date, day_t day, enum insurer_kind kind);

#endif
