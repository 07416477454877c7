#include "../cases.h"

#include "model/day.h"
#include "model/due.h"

#include <stdio.h>

static day_t
day_of(int32_t year, int32_t month, int32_t day)
{
    return day_from_civil((struct civil){ year, month, day });
}

static void
due_days_follow_the_civil_code(void **state)
{
    const day_t days[] = {
        day_of(2026, 4, 29), day_of(2026, 5, 3),   day_of(2026, 5, 4), day_of(2026, 5, 5),
        day_of(2026, 5, 6),  day_of(2026, 11, 23), day_of(2027, 1, 1),
    };
    const struct holidays holidays = { days, ARRAY_LEN(days) };
    static const struct {
        const char  *name;
        struct civil start;
        struct civil plain;
        struct civil due;
    } cases[] = {
        { "plain", { 2026, 4, 1 }, { 2026, 4, 6 }, { 2026, 4, 6 } },
        { "holiday week", { 2026, 4, 28 }, { 2026, 5, 3 }, { 2026, 5, 7 } },
        { "turn of the year", { 2026, 12, 28 }, { 2027, 1, 2 }, { 2027, 1, 4 } },
        { "29 December", { 2026, 12, 24 }, { 2026, 12, 29 }, { 2027, 1, 4 } },
        { "28 December", { 2026, 12, 23 }, { 2026, 12, 28 }, { 2026, 12, 28 } },
        { "notice on the moved day", { 2026, 5, 7 }, { 2026, 5, 12 }, { 2026, 5, 12 } },
        { "Saturday", { 2026, 6, 1 }, { 2026, 6, 6 }, { 2026, 6, 8 } },
        { "Sunday", { 2026, 6, 2 }, { 2026, 6, 7 }, { 2026, 6, 8 } },
        { "Monday that is a holiday", { 2026, 11, 17 }, { 2026, 11, 22 }, { 2026, 11, 24 } },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        day_t start = day_from_civil(cases[i].start);
        CASE_INT(cases[i].name, due_day_plain(start, 5), day_from_civil(cases[i].plain));
        CASE_INT(cases[i].name, due_day(start, 5, &holidays), day_from_civil(cases[i].due));
    }
}

static void
without_holidays_only_weekends_and_the_turn_of_the_year_are_closed(void **state)
{
    const struct holidays none = { NULL, 0 };

    (void)state;
    assert_int_equal(due_day(day_of(2026, 4, 28), 5, &none), day_of(2026, 5, 4));
    assert_true(day_is_closed(day_of(2026, 12, 29), &none));
    assert_true(day_is_closed(day_of(2026, 12, 31), &none));
    assert_true(day_is_closed(day_of(2030, 1, 3), &none));
    assert_false(day_is_closed(day_of(2026, 12, 28), &none));
    assert_false(day_is_closed(day_of(2030, 1, 4), &none));
}

static void
a_due_day_is_open_and_never_too_early(void **state)
{
    day_t           days[300];
    struct holidays holidays = { days, ARRAY_LEN(days) };
    uint64_t        seed = 5;

    (void)state;
    days[0] = day_of(2026, 1, 1);
    for (size_t i = 1; i < ARRAY_LEN(days); i++)
        days[i] = days[i - 1] + 1 + (day_t)random_below(&seed, 4);
    for (day_t start = day_of(2025, 12, 1); start < days[299] + 30; start++) {
        day_t due = due_day(start, 5, &holidays);
        assert_true(due >= start + 5);
        assert_false(day_is_closed(due, &holidays));
        for (day_t day = start + 5; day < due; day++)
            assert_true(day_is_closed(day, &holidays));
    }
    for (size_t i = 0; i < ARRAY_LEN(days); i++)
        assert_true(day_is_closed(days[i], &holidays));
}

/* Lines of tests/due_days.csv: start, days, due, whether start is a public holiday. */
static bool
next_line(FILE *file, day_t *ret_start, int *ret_days, day_t *ret_due, int *ret_is_holiday)
{
    struct civil start, due;

    if (fscanf(file, "%4d-%2d-%2d,%d,%4d-%2d-%2d,%d\n", &start.year, &start.month, &start.day,
               ret_days, &due.year, &due.month, &due.day, ret_is_holiday)
        != 8)
        return false;
    *ret_start = day_from_civil(start);
    *ret_due = day_from_civil(due);
    return true;
}

/* tests/sql compares the database's rule with the same lines. */
static void
due_days_are_those_that_the_database_counts(void **state)
{
    enum { DAYS_MAX = 100, LINES_MIN = 500 };
    day_t           holiday_days[DAYS_MAX];
    struct holidays holidays = { holiday_days, 0 };
    day_t           start, due;
    int             days, is_holiday, lines = 0;

    (void)state;
    FILE *file = fopen("tests/due_days.csv", "r");
    assert_non_null(file);
    for (int pass = 0; pass < 2; pass++) {
        rewind(file);
        assert_int_equal(fscanf(file, "%*[^\n]\n"), 0); /* the header */
        while (next_line(file, &start, &days, &due, &is_holiday)) {
            if (pass == 0 && is_holiday != 0 && holidays.count < DAYS_MAX)
                holiday_days[holidays.count++] = start;
            if (pass == 1) {
                lines++;
                CASE_INT("due", due_day(start, days, &holidays), due);
            }
        }
        assert_true(feof(file));
    }
    fclose(file);
    assert_true(lines > LINES_MIN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_days_follow_the_civil_code),
        cmocka_unit_test(without_holidays_only_weekends_and_the_turn_of_the_year_are_closed),
        cmocka_unit_test(a_due_day_is_open_and_never_too_early),
        cmocka_unit_test(due_days_are_those_that_the_database_counts),
    };
    return cmocka_run_group_tests_name("model/due", tests, NULL, NULL);
}
