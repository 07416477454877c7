#include "../cases.h"

#include "model/day.h"
#include "model/ratio.h"

static day_t
day_of(const char *text)
{
    day_t        day = DAY_UNKNOWN;
    struct blame blame = { 0 };
    CASE_INT(text, day_parse(span_of(text), &day, &blame), FAULT_NONE);
    return day;
}

static void
age_groups_change_on_the_days_the_law_says(void **state)
{
    static const struct {
        const char *birth_date;
        const char *preschool_until;
        const char *elderly_from;
        const char *old_age_from;
    } cases[] = {
        { "1956-11-15", "1963-03-31", "2026-12-01", "2031-11-15" },
        { "1956-12-01", "1963-03-31", "2026-12-01", "2031-12-01" },
        { "1956-12-02", "1963-03-31", "2027-01-01", "2031-12-02" },
        { "1956-01-01", "1962-03-31", "2026-01-01", "2031-01-01" },
        { "1951-11-23", "1958-03-31", "2021-12-01", "2026-11-23" },
        { "2021-04-01", "2027-03-31", "2091-04-01", "2096-04-01" },
        { "2021-04-02", "2028-03-31", "2091-05-01", "2096-04-02" },
        { "2020-04-02", "2027-03-31", "2090-05-01", "2095-04-02" },
        { "1952-02-29", "1958-03-31", "2022-03-01", "2027-03-01" },
        { "2016-02-29", "2022-03-31", "2086-03-01", "2091-03-01" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        day_t birth_date = day_of(cases[i].birth_date);
        CASE_INT(cases[i].birth_date, preschool_until(birth_date),
                 day_of(cases[i].preschool_until));
        CASE_INT(cases[i].birth_date, elderly_from(birth_date), day_of(cases[i].elderly_from));
        CASE_INT(cases[i].birth_date, old_age_from(birth_date), day_of(cases[i].old_age_from));
    }
}

static void
age_counts_birthdays(void **state)
{
    static const struct {
        const char *birth_date;
        const char *day;
        int32_t     age;
    } cases[] = {
        { "1975-03-04", "1975-03-04", 0 },  { "1975-03-04", "1976-03-03", 0 },
        { "1975-03-04", "1976-03-04", 1 },  { "1975-03-04", "2026-11-23", 51 },
        { "2000-02-29", "2026-02-28", 25 }, { "2000-02-29", "2026-03-01", 26 },
        { "2000-02-29", "2024-02-29", 24 }, { "2000-02-29", "2024-02-28", 23 },
        { "2000-12-31", "2001-01-01", 0 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_INT(cases[i].day, age_on(day_of(cases[i].birth_date), day_of(cases[i].day)),
                 cases[i].age);
}

static void
ratios_outside_the_age_group_are_impossible(void **state)
{
    static const struct {
        const char       *birth_date;
        const char       *day;
        enum insurer_kind kind;
        unsigned          possible;
    } cases[] = {
        { "1956-11-15", "2026-11-30", INSURER_KIND_SOCIETY, RATIO_SET_30 },
        { "1956-11-15", "2026-12-01", INSURER_KIND_SOCIETY, RATIO_SET_20 | RATIO_SET_30 },
        { "1956-12-01", "2026-11-30", INSURER_KIND_NATIONAL, RATIO_SET_30 },
        { "1956-12-01", "2026-12-01", INSURER_KIND_NATIONAL, RATIO_SET_20 | RATIO_SET_30 },
        { "1951-11-23", "2026-11-23", INSURER_KIND_OLD_AGE,
          RATIO_SET_10 | RATIO_SET_20 | RATIO_SET_30 },
        { "1961-11-23", "2026-11-22", INSURER_KIND_OLD_AGE, RATIO_SET_NONE },
        { "1961-11-23", "2026-11-23", INSURER_KIND_OLD_AGE, /* 65, by disability */
          RATIO_SET_10 | RATIO_SET_20 | RATIO_SET_30 },
        { "2021-04-01", "2027-03-31", INSURER_KIND_ASSOCIATION, RATIO_SET_20 },
        { "2021-04-01", "2027-04-01", INSURER_KIND_ASSOCIATION, RATIO_SET_30 },
        { "2021-04-02", "2028-03-31", INSURER_KIND_ASSOCIATION, RATIO_SET_20 },
        { "2021-04-02", "2028-04-01", INSURER_KIND_ASSOCIATION, RATIO_SET_30 },
        { "1975-03-04", "2026-11-23", INSURER_KIND_ASSISTANCE, RATIO_SET_0 },
        { "2026-11-23", "2026-11-22", INSURER_KIND_ASSOCIATION, RATIO_SET_NONE },
    };
    static const struct {
        int32_t  percent;
        unsigned bit;
    } ratios[] = {
        { 0, RATIO_SET_0 }, { 10, RATIO_SET_10 }, { 20, RATIO_SET_20 }, { 30, RATIO_SET_30 },
        { 15, 0 },          { -10, 0 },           { 100, 0 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        day_t birth_date = day_of(cases[i].birth_date), day = day_of(cases[i].day);
        CASE_INT(cases[i].birth_date, ratios_possible(birth_date, day, cases[i].kind),
                 cases[i].possible);
        for (size_t k = 0; k < ARRAY_LEN(ratios); k++)
            CASE_INT(cases[i].birth_date,
                     ratio_is_possible(ratios[k].percent, birth_date, day, cases[i].kind),
                     (cases[i].possible & ratios[k].bit) != 0);
    }
}

static void
age_groups_never_go_backwards(void **state)
{
    uint64_t seed = 11;

    (void)state;
    for (int round = 0; round < 200; round++) {
        day_t          birth_date = (day_t)random_below(&seed, 30000) - 15000;
        enum age_group before = AGE_GROUP_PRESCHOOL;
        for (day_t day = birth_date; day < birth_date + 80 * 365; day += 13) {
            enum age_group group = age_group_on(birth_date, day);
            assert_true(group >= before);
            before = group;
        }
        assert_int_equal(before, AGE_GROUP_OLD_AGE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(age_groups_change_on_the_days_the_law_says),
        cmocka_unit_test(age_counts_birthdays),
        cmocka_unit_test(ratios_outside_the_age_group_are_impossible),
        cmocka_unit_test(age_groups_never_go_backwards),
    };
    return cmocka_run_group_tests_name("model/ratio", tests, NULL, NULL);
}
