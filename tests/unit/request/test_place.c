#include "../cases.h"

#include "request/place.h"

enum { PLACES = 4, LARGE = 2, BLOCK_BYTES = 4096, SMALL_BYTES = 8192, LARGE_BYTES = 65536 };

static int
open_table(void **state)
{
    static struct place_table table;
    bool                      is_open = places_open(&table, PLACES, BLOCK_BYTES, SMALL_BYTES);
    table.large_max = LARGE;
    *state = &table;
    return is_open ? 0 : -1;
}

static int
close_table(void **state)
{
    places_close(*state);
    return 0;
}

static void
a_place_is_taken_once_and_its_tickets_end(void **state)
{
    struct place_table *table = *state;
    struct request     *taken[PLACES];

    for (int i = 0; i < PLACES; i++) {
        taken[i] = place_take(table);
        assert_non_null(taken[i]);
    }
    assert_null(place_take(table));
    struct ticket ticket = ticket_of(taken[1]);
    assert_ptr_equal(place_of(table, ticket), taken[1]);
    place_give_back(table, taken[1]);
    assert_null(place_of(table, ticket));
    assert_ptr_equal(place_take(table), taken[1]);
    assert_null(place_of(table, ticket));
    for (int i = 0; i < PLACES; i++)
        place_give_back(table, taken[i]);
    assert_int_equal(places_taken(table), 0);
}

static void
few_may_be_large_and_only_for_their_turn(void **state)
{
    struct place_table *table = *state;
    struct request     *first = place_take(table);
    struct request     *second = place_take(table);
    struct request     *third = place_take(table);

    assert_null(arena_take(&first->arena, LARGE_BYTES / 2));
    assert_true(place_enlarge(table, first, LARGE_BYTES));
    assert_non_null(arena_take(&first->arena, LARGE_BYTES / 2));
    assert_true(place_enlarge(table, second, LARGE_BYTES));
    assert_false(place_enlarge(table, third, LARGE_BYTES));
    assert_null(arena_take(&third->arena, LARGE_BYTES / 2));
    place_give_back(table, first);
    assert_true(place_enlarge(table, third, LARGE_BYTES));
    struct request *again = place_take(table);
    assert_ptr_equal(again, first);
    assert_null(arena_take(&again->arena, LARGE_BYTES / 2));
    place_give_back(table, again);
    place_give_back(table, second);
    place_give_back(table, third);
    assert_int_equal(table->large_count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_place_is_taken_once_and_its_tickets_end, open_table,
                                        close_table),
        cmocka_unit_test_setup_teardown(few_may_be_large_and_only_for_their_turn, open_table,
                                        close_table),
    };
    return cmocka_run_group_tests_name("request/place", tests, NULL, NULL);
}
