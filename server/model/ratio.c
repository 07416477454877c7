#include "model/ratio.h"

#include "model/day.h"

enum {
    SCHOOL_AGE = 6,
    ELDERLY_AGE = 70,
    OLD_AGE = 75,
    OLD_AGE_BY_DISABILITY = 65,
    SCHOOL_YEAR_LAST_MONTH = 3,
    SCHOOL_YEAR_LAST_DAY = 31
};

day_t
birthday_of(day_t birth_date, int32_t age)
{
    struct civil civil = day_to_civil(birth_date);

    civil.year += age;
    if (!civil_is_real(civil)) {
        civil.month = 3;
        civil.day = 1;
    }
    return day_from_civil(civil);
}

int32_t
age_on(day_t birth_date, day_t day)
{
    int32_t years = day_to_civil(day).year - day_to_civil(birth_date).year;
    return birthday_of(birth_date, years) <= day ? years : years - 1;
}

/* The day at whose end the age is reached. */
static day_t
age_reached(day_t birth_date, int32_t age)
{
    return birthday_of(birth_date, age) - 1;
}

day_t
preschool_until(day_t birth_date)
{
    day_t        reached = age_reached(birth_date, SCHOOL_AGE);
    struct civil end = { .year = day_to_civil(reached).year,
                         .month = SCHOOL_YEAR_LAST_MONTH,
                         .day = SCHOOL_YEAR_LAST_DAY };

    if (day_from_civil(end) < reached)
        end.year++;
    return day_from_civil(end);
}

day_t
elderly_from(day_t birth_date)
{
    return day_add_months(day_month_start(age_reached(birth_date, ELDERLY_AGE)), 1);
}

day_t
old_age_from(day_t birth_date)
{
    return birthday_of(birth_date, OLD_AGE);
}

enum age_group
age_group_on(day_t birth_date, day_t day)
{
    if (day <= preschool_until(birth_date))
        return AGE_GROUP_PRESCHOOL;
    if (day < elderly_from(birth_date))
        return AGE_GROUP_GENERAL;
    return day < old_age_from(birth_date) ? AGE_GROUP_ELDERLY : AGE_GROUP_OLD_AGE;
}

unsigned
ratios_possible(day_t birth_date, day_t day, enum insurer_kind kind)
{
    /* From 75 on nobody should be with another insurer, but whoever still is has some ratio: that
     * the insurer is wrong is for another rule to say. */
    static const unsigned by_group[] = {
        [AGE_GROUP_PRESCHOOL] = RATIO_SET_20,
        [AGE_GROUP_GENERAL] = RATIO_SET_30,
        [AGE_GROUP_ELDERLY] = RATIO_SET_20 | RATIO_SET_30,
        [AGE_GROUP_OLD_AGE] = RATIO_SET_10 | RATIO_SET_20 | RATIO_SET_30,
    };
    _Static_assert(ARRAY_LEN(by_group) == AGE_GROUP_COUNT, "every age group has its ratios");

    if (day < birth_date)
        return RATIO_SET_NONE;
    if (kind == INSURER_KIND_ASSISTANCE)
        return RATIO_SET_0;
    if (kind == INSURER_KIND_OLD_AGE)
        return day >= birthday_of(birth_date, OLD_AGE_BY_DISABILITY) ? by_group[AGE_GROUP_OLD_AGE]
                                                                     : RATIO_SET_NONE;
    return by_group[age_group_on(birth_date, day)];
}

bool
ratio_is_possible(int32_t percent, day_t birth_date, day_t day, enum insurer_kind kind)
{
    unsigned possible = ratios_possible(birth_date, day, kind);

    switch (percent) {
    case 0:
        return (possible & RATIO_SET_0) != 0;
    case 10:
        return (possible & RATIO_SET_10) != 0;
    case 20:
        return (possible & RATIO_SET_20) != 0;
    case 30:
        return (possible & RATIO_SET_30) != 0;
    default:
        return false;
    }
}
