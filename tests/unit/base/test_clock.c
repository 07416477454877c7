#include "../cases.h"

#include "base/clock.h"

#define SECONDS(count) (INT64_C(1000000) * (count))

static void
the_civil_day_changes_at_15_hours_utc(void **state)
{
    static const struct {
        const char *name;
        instant_t   instant;
        day_t       day;
        int64_t     elapsed_us;
    } cases[] = {
        { "1970-01-01T00:00Z", 0, 0, SECONDS(9 * 3600) },
        { "1970-01-01T14:59:59.999999Z", SECONDS(15 * 3600) - 1, 0, SECONDS(86400) - 1 },
        { "1970-01-01T15:00Z", SECONDS(15 * 3600), 1, 0 },
        { "1969-12-31T15:00Z", SECONDS(-9 * 3600), 0, 0 },
        { "1969-12-31T14:59:59.999999Z", SECONDS(-9 * 3600) - 1, -1, SECONDS(86400) - 1 },
        { "2026-11-23T00:00+09:00", SECONDS(1795359600), 20780, 0 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CASE_INT(cases[i].name, clock_day(cases[i].instant), cases[i].day);
        CASE_INT(cases[i].name, clock_day_elapsed_us(cases[i].instant), cases[i].elapsed_us);
    }
}

static void
a_day_and_what_has_passed_of_it_give_the_instant_back(void **state)
{
    uint64_t seed = 6;

    (void)state;
    for (int round = 0; round < 10000; round++) {
        instant_t instant = (instant_t)(random_next(&seed) >> 8) - (INT64_C(1) << 55);
        int64_t   elapsed = clock_day_elapsed_us(instant);
        assert_true(elapsed >= 0 && elapsed < SECONDS(86400));
        assert_true(clock_day(instant) * SECONDS(86400) - SECONDS(9 * 3600) + elapsed == instant);
    }
}

static void
a_shift_moves_the_clock_and_not_the_ticks(void **state)
{
    int64_t   ticks = clock_ticks_us();
    instant_t now = clock_now();

    (void)state;
    clock_shift(86400 * 365);
    assert_true(clock_now() - now >= SECONDS(86400 * 365));
    assert_true(clock_ticks_us() - ticks < SECONDS(3600));
    clock_shift(0);
    assert_true(clock_now() - now < SECONDS(3600));
    assert_true(clock_ticks_us() >= ticks);
    assert_true(clock_ticks_ms() >= ticks / 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_civil_day_changes_at_15_hours_utc),
        cmocka_unit_test(a_day_and_what_has_passed_of_it_give_the_instant_back),
        cmocka_unit_test(a_shift_moves_the_clock_and_not_the_ticks),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
