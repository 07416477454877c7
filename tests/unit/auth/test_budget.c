#include "../cases.h"

#include "auth/budget.h"

#include <stdlib.h>
#include <string.h>

static const day_t TODAY = 20000;

static struct budget budget;

static void
start(struct budget_terms terms)
{
    budget_open(&budget, true);
    for (int kind = 1; kind < BUDGET_KINDS; kind++)
        budget.terms[kind] = terms;
}

static struct budget_question
question(int32_t facility, int body, int64_t number, int64_t second)
{
    static unsigned char digests[64][16];
    unsigned char       *digest = digests[body % 64];

    memset(digest, 0, 16);
    memcpy(digest, &body, sizeof body);
    return (struct budget_question){ .facility_id = facility,
                                     .kind = 1,
                                     .body_digest = digest,
                                     .number = number,
                                     .now = second * 1000000,
                                     .today = TODAY };
}

static enum budget_verdict
asks(struct budget_question one)
{
    return budget_ask(&budget, &one).verdict;
}

static void
a_minute_has_its_limit_and_the_next_one_begins_anew(void **state)
{
    (void)state;
    start((struct budget_terms){ .minute = 10 });
    for (int i = 0; i < 10; i++)
        assert_int_equal(asks(question(1, i, 0, 60)), BUDGET_KEPT);
    assert_int_equal(asks(question(1, 10, 0, 119)), BUDGET_MINUTE);
    assert_int_equal(asks(question(2, 10, 0, 119)), BUDGET_KEPT);
    assert_int_equal(asks(question(1, 10, 0, 120)), BUDGET_KEPT);
    budget_close(&budget);
}

static void
the_same_question_is_found_among_many_others(void **state)
{
    int told = 0;

    (void)state;
    start((struct budget_terms){ .same_minute = 30 });
    for (int i = 0; i < 200; i++) { /* every other one is the same */
        struct budget_question one = question(1, i % 2 == 0 ? 7 : 100 + i, 0, 60);
        struct budget_finding  finding = budget_ask(&budget, &one);
        told += finding.verdict == BUDGET_SAME;
        assert_true(finding.verdict == BUDGET_KEPT || i % 2 == 0);
    }
    assert_in_range(told, 30, 70);
    budget_close(&budget);
}

static void
who_walks_through_numbers_is_locked_for_the_day_and_told_once(void **state)
{
    (void)state;
    start((struct budget_terms){ .walk_steps = 5 });
    for (int i = 0; i < 6; i++)
        assert_int_equal(asks(question(1, i, 100 + 2 * i, 60)), BUDGET_KEPT);
    struct budget_question one = question(1, 9, 112, 60);
    struct budget_finding  finding = budget_ask(&budget, &one);
    assert_int_equal(finding.verdict, BUDGET_WALK);
    assert_true(finding.locks && finding.is_first);
    one = question(1, 10, 900000, 7000);
    finding = budget_ask(&budget, &one);
    assert_int_equal(finding.verdict, BUDGET_WALK);
    assert_false(finding.locks);
    one.today = TODAY + 1;
    assert_int_equal(asks(one), BUDGET_KEPT);
    budget_close(&budget);
}

static void
a_family_and_a_waiting_room_do_not_walk(void **state)
{
    (void)state;
    start((struct budget_terms){ .walk_steps = 5 });
    srand(1);
    for (int i = 0; i < 10000; i++) {
        int64_t first = 1000 + rand() % 1000000;
        for (int k = 0; k < 4; k++) /* four cards of one family, one after the other */
            assert_int_equal(asks(question(1, i, first + k, 60)), BUDGET_KEPT);
    }
    budget_close(&budget);
}

static void
questions_that_find_nobody_lock_and_those_that_find_somebody_do_not(void **state)
{
    (void)state;
    start((struct budget_terms){ .misses_hour = 20 });
    for (int i = 0; i < 21; i++) {
        struct budget_question one = question(1, i, 0, 60 + i);
        assert_int_equal(asks(one), BUDGET_KEPT);
        budget_note(&budget, &one, true, 0);
    }
    assert_int_equal(asks(question(1, 99, 0, 100)), BUDGET_MISSES);
    for (int i = 0; i < 1000; i++) {
        struct budget_question one = question(2, i, 0, 60);
        assert_int_equal(asks(one), BUDGET_KEPT);
        budget_note(&budget, &one, false, i + 1);
    }
    budget_close(&budget);
}

static void
people_of_a_day_are_counted_within_a_fifth(void **state)
{
    static const int32_t sizes[] = { 1, 10, 100, 500, 640, 2000, 10000, 50000 };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        start((struct budget_terms){ .persons_day = sizes[i] * 2 });
        struct budget_question one = question(1, 1, 0, 60);
        for (int round = 0; round < 2; round++) /* the same people twice are the same people */
            for (int64_t person = 1; person <= sizes[i]; person++)
                budget_note(&budget, &one, false, person);
        int32_t told = budget_persons(budget.rows[0].sketch);
        assert_in_range(told, sizes[i] - sizes[i] / 5, sizes[i] + sizes[i] / 5);
        assert_int_equal(asks(one), BUDGET_KEPT);
        for (int64_t person = 1; person <= (int64_t)sizes[i] * 3 + 3; person++)
            budget_note(&budget, &one, false, person);
        assert_int_equal(asks(one), BUDGET_PERSONS);
        budget_close(&budget);
    }
}

static void
items_of_lists_have_no_minutes_and_no_limits_are_none(void **state)
{
    (void)state;
    start((struct budget_terms){ .minute = 1, .same_minute = 1 });
    for (int i = 0; i < 100; i++) {
        struct budget_question one = question(1, 5, 0, 60);
        one.is_item = true;
        assert_int_equal(asks(one), BUDGET_KEPT);
    }
    budget_close(&budget);
    start((struct budget_terms){ 0 });
    for (int i = 0; i < 1000; i++)
        assert_int_equal(asks(question(1, 5, i, 60)), BUDGET_KEPT);
    budget_close(&budget);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minute_has_its_limit_and_the_next_one_begins_anew),
        cmocka_unit_test(the_same_question_is_found_among_many_others),
        cmocka_unit_test(who_walks_through_numbers_is_locked_for_the_day_and_told_once),
        cmocka_unit_test(a_family_and_a_waiting_room_do_not_walk),
        cmocka_unit_test(questions_that_find_nobody_lock_and_those_that_find_somebody_do_not),
        cmocka_unit_test(people_of_a_day_are_counted_within_a_fifth),
        cmocka_unit_test(items_of_lists_have_no_minutes_and_no_limits_are_none),
    };
    return cmocka_run_group_tests_name("auth/budget", tests, NULL, NULL);
}
