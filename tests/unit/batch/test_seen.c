#include "../cases.h"

#include "batch/seen.h"

/* Values as hashes are: all bits mixed (splitmix64). */
static uint64_t
value_at(uint64_t n)
{
    uint64_t z = n * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void
what_was_noted_is_always_told(void **state)
{
    struct seen seen;
    (void)state;

    assert_true(seen_open(&seen));
    for (uint64_t n = 1; n <= 100000; n++)
        seen_note(&seen, value_at(n));
    for (uint64_t n = 1; n <= 100000; n++)
        assert_true(seen_note(&seen, value_at(n)));
    seen_close(&seen);
}

static void
of_four_million_different_values_one_in_a_thousand_at_most_is_taken_for_seen(void **state)
{
    struct seen seen;
    size_t      mistaken = 0;
    (void)state;

    assert_true(seen_open(&seen));
    for (uint64_t n = 1; n <= 4000000; n++)
        mistaken += seen_note(&seen, value_at(n));
    assert_in_range(mistaken, 0, 4000);
    seen_close(&seen);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_noted_is_always_told),
        cmocka_unit_test(
            of_four_million_different_values_one_in_a_thousand_at_most_is_taken_for_seen),
    };
    return cmocka_run_group_tests_name("batch/seen", tests, NULL, NULL);
}
