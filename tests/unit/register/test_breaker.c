#include "../cases.h"

#include "register/breaker.h"

static struct breaker
broken(int64_t now_ms)
{
    struct breaker breaker = { .failures_max = 3, .open_ms = 1000 };
    bool           is_probe;

    for (int i = 0; i < 3; i++) {
        assert_true(breaker_lets(&breaker, now_ms, &is_probe));
        assert_false(is_probe);
        breaker_hear(&breaker, false, false, now_ms);
    }
    assert_int_equal(breaker.state, BREAKER_OPEN);
    return breaker;
}

static void
so_many_failures_in_a_row_open_it_and_fewer_do_not(void **state)
{
    struct breaker breaker = { .failures_max = 3, .open_ms = 1000 };
    bool           is_probe;

    (void)state;
    for (int i = 0; i < 10; i++) {
        breaker_hear(&breaker, false, false, 0);
        breaker_hear(&breaker, false, false, 0);
        breaker_hear(&breaker, true, false, 0);
        assert_int_equal(breaker.state, BREAKER_CLOSED);
        assert_true(breaker_lets(&breaker, 0, &is_probe));
    }
    breaker = broken(0);
    assert_int_equal(breaker.openings, 1);
}

static void
open_it_lets_nobody_through_until_its_time_has_passed_and_then_one(void **state)
{
    struct breaker breaker = broken(5000);
    bool           is_probe;

    (void)state;
    assert_false(breaker_lets(&breaker, 5000, &is_probe));
    assert_false(breaker_lets(&breaker, 5999, &is_probe));
    assert_int_equal(breaker_wait_ms(&breaker, 5999), 1);
    assert_int_equal(breaker_wait_ms(&breaker, 6000), 0);
    assert_true(breaker_lets(&breaker, 6000, &is_probe));
    assert_true(is_probe);
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    assert_false(breaker_lets(&breaker, 6000, &is_probe));
    assert_false(breaker_lets(&breaker, 99999, &is_probe));
}

static void
what_becomes_of_the_one_closes_or_opens_it(void **state)
{
    bool is_probe;

    (void)state;
    for (int is_sound = 0; is_sound < 2; is_sound++) {
        struct breaker breaker = broken(0);
        assert_true(breaker_lets(&breaker, 1000, &is_probe));
        breaker_hear(&breaker, is_sound == 1, is_probe, 1500);
        assert_int_equal(breaker.state, is_sound == 1 ? BREAKER_CLOSED : BREAKER_OPEN);
        assert_int_equal(breaker_lets(&breaker, 1500, &is_probe), is_sound);
        if (is_sound == 0) {
            assert_int_equal(breaker_wait_ms(&breaker, 1500), 1000);
            assert_true(breaker_lets(&breaker, 2500, &is_probe));
            assert_true(is_probe);
        }
    }
}

static void
stragglers_do_not_keep_it_open_and_a_good_one_closes_it(void **state)
{
    struct breaker breaker = broken(0);
    bool           is_probe;

    (void)state;
    breaker_hear(&breaker, false, false, 900);
    assert_int_equal(breaker_wait_ms(&breaker, 900), 100);
    assert_int_equal(breaker.openings, 1);
    breaker_hear(&breaker, true, false, 950);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    assert_true(breaker_lets(&breaker, 950, &is_probe));
    assert_false(is_probe);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_failures_in_a_row_open_it_and_fewer_do_not),
        cmocka_unit_test(open_it_lets_nobody_through_until_its_time_has_passed_and_then_one),
        cmocka_unit_test(what_becomes_of_the_one_closes_or_opens_it),
        cmocka_unit_test(stragglers_do_not_keep_it_open_and_a_good_one_closes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
