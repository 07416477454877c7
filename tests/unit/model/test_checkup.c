#include "../cases.h"

#include "base/arena.h"
#include "model/checkup.h"

enum { FOURTH_PERIOD = 19814 /* 2024-04-01 */, ARENA_BYTES = 64 * 1024 };

static void
the_table_is_sorted_and_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < checkup_item_count; i++) {
        const struct checkup_item *item = &checkup_items[i];
        CASE_INT(item->code, strlen(item->code), CHECKUP_CODE_LENGTH);
        CASE_INT(item->code, item->type == CHECKUP_QUANTITY, item->unit != NULL);
        CASE_INT(item->code, item->type == CHECKUP_CHOICE, item->choices != NULL);
        CASE_TRUE(item->code, item->type != CHECKUP_QUANTITY || item->least < item->most);
        if (i == 0)
            continue;
        int order = strcmp(checkup_items[i - 1].code, item->code);
        CASE_TRUE(item->code,
                  order < 0 || (order == 0 && checkup_items[i - 1].from_on < item->from_on));
    }
}

static void
every_item_is_found_by_its_code_and_nothing_else_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < checkup_item_count; i++) {
        const char                *code = checkup_items[i].code;
        const struct checkup_item *found = checkup_item_of(span_of(code), INT32_MAX);
        CASE_TRUE(code, found != NULL);
        CASE_TEXT(code, found->code, code);
    }
    assert_null(checkup_item_of(span_of(""), 0));
    assert_null(checkup_item_of(span_of("00000000000000000"), 0));
    assert_null(checkup_item_of(span_of("ZZZZZZZZZZZZZZZZZ"), 0));
    assert_null(checkup_item_of(span_of("9N00100000000000"), 0));
}

static void
what_a_code_means_depends_on_the_day_of_the_checkup(void **state)
{
    struct span smoking = span_of("9N736000000000011");

    (void)state;
    CASE_TEXT("before",
              checkup_choice_name(checkup_item_of(smoking, FOURTH_PERIOD - 1), span_of("2")),
              "いいえ");
    CASE_TEXT("after", checkup_choice_name(checkup_item_of(smoking, FOURTH_PERIOD), span_of("3")),
              "いいえ");
    assert_null(checkup_choice_name(checkup_item_of(smoking, FOURTH_PERIOD - 1), span_of("3")));
}

static void
numbers_are_plain_decimals(void **state)
{
    static const struct {
        const char *text;
        int32_t     number; /* -1: none */
    } cases[] = {
        { "0", 0 },
        { "170", 17000 },
        { "170.2", 17020 },
        { "0.85", 85 },
        { "9999999", 999999900 },
        { "", -1 },
        { ".5", -1 },
        { "170.", -1 },
        { "1.234", -1 },
        { "-1", -1 },
        { "+1", -1 },
        { "1e2", -1 },
        { "1,0", -1 },
        { "１７０", -1 },
        { "10000000", -1 },
        { "1.2.3", -1 },
        { " 1", -1 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int32_t number = -1;
        bool    is_number = checkup_number(span_of(cases[i].text), &number);
        CASE_INT(cases[i].text, is_number ? number : -1, cases[i].number);
    }
}

static void
lists_of_several_years_become_a_row_for_each_item_latest_first(void **state)
{
    struct checkup_list lists[] = {
        { 20600,
          span_of("9N736000000000011^2~9N001000000000001^170.1^cm~3F077000002327101^181^mg/dL^H") },
        { 19400,
          span_of("9N001000000000001^170.4^cm~9N736000000000011^2~9N511000000000049^経過観察") },
    };
    struct arena           arena;
    struct checkup_series *series;
    size_t                 count;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    assert_int_equal(checkup_series_make(lists, 2, &arena, &series, &count), FAULT_NONE);
    assert_int_equal(count, 4);
    CASE_TEXT("by code", series[0].item->code, "3F077000002327101");
    CASE_SPAN("flag is kept", series[0].points[0].flag, span_of("H"));
    CASE_INT("height", series[1].count, 2);
    CASE_INT("latest first", series[1].points[0].examined_on, 20600);
    CASE_SPAN("latest value", series[1].points[0].value, span_of("170.1"));
    CASE_SPAN("then the older", series[1].points[1].value, span_of("170.4"));
    CASE_INT("one row though its meaning changed", series[3].count, 2);
    CASE_TEXT("as it was meant then", series[3].points[1].name, "いいえ");
    arena_close(&arena);
}

static void
an_item_that_the_table_has_no_longer_is_left_out_and_the_others_stay(void **state)
{
    struct checkup_list    list = { 20600, span_of("nothing~9N001000000000001^170.1^cm") };
    struct arena           arena;
    struct checkup_series *series;
    size_t                 count;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    assert_int_equal(checkup_series_make(&list, 1, &arena, &series, &count), FAULT_NONE);
    assert_int_equal(count, 1);
    arena_close(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sorted_and_sound),
        cmocka_unit_test(every_item_is_found_by_its_code_and_nothing_else_is),
        cmocka_unit_test(what_a_code_means_depends_on_the_day_of_the_checkup),
        cmocka_unit_test(numbers_are_plain_decimals),
        cmocka_unit_test(lists_of_several_years_become_a_row_for_each_item_latest_first),
        cmocka_unit_test(an_item_that_the_table_has_no_longer_is_left_out_and_the_others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
