#include "../cases.h"

#include "model/day.h"

static void
day_parse_accepts_only_calendar_days_in_two_forms(void **state)
{
    static const struct {
        const char *text;
        enum fault  fault;
        day_t       day;
    } cases[] = {
        { "19700101", FAULT_NONE, 0 },
        { "1970-01-01", FAULT_NONE, 0 },
        { "20000229", FAULT_NONE, 11016 },
        { "2000-02-29", FAULT_NONE, 11016 },
        { "1868-01-01", FAULT_NONE, DAY_FIRST },
        { "21991231", FAULT_NONE, DAY_LAST },
        { "1867-12-31", FAULT_FIELD_MALFORMED, 0 },
        { "2200-01-01", FAULT_FIELD_MALFORMED, 0 },
        { "99991231", FAULT_FIELD_MALFORMED, 0 },
        { "00000000", FAULT_FIELD_MALFORMED, 0 },
        { "19000229", FAULT_FIELD_MALFORMED, 0 }, /* 1900 was not a leap year */
        { "2023-02-29", FAULT_FIELD_MALFORMED, 0 },
        { "20231301", FAULT_FIELD_MALFORMED, 0 },
        { "20230001", FAULT_FIELD_MALFORMED, 0 },
        { "20230100", FAULT_FIELD_MALFORMED, 0 },
        { "20230431", FAULT_FIELD_MALFORMED, 0 },
        { "2023010", FAULT_FIELD_MALFORMED, 0 },
        { "202301011", FAULT_FIELD_MALFORMED, 0 },
        { "2023-1-01", FAULT_FIELD_MALFORMED, 0 },
        { "2023/01/01", FAULT_FIELD_MALFORMED, 0 },
        { "2023-01-0a", FAULT_FIELD_MALFORMED, 0 },
        { "20230-1-01", FAULT_FIELD_MALFORMED, 0 },
        { "-2023-0101", FAULT_FIELD_MALFORMED, 0 },
        { " 20230101", FAULT_FIELD_MALFORMED, 0 },
        { "２０２３０１０１", FAULT_FIELD_MALFORMED, 0 },
        { "", FAULT_FIELD_MALFORMED, 0 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        day_t        day = -1;
        struct blame blame = { 0 };

        enum fault fault = day_parse(span_of(cases[i].text), &day, &blame);
        CASE_INT(cases[i].text, fault, cases[i].fault);
        CASE_INT(cases[i].text, day, fault == FAULT_NONE ? cases[i].day : -1);
        CASE_TRUE(cases[i].text, (fault == FAULT_NONE) == (blame.reason == NULL));
        CASE_TRUE(cases[i].text, blame.field == NULL);
    }
}

static void
every_day_from_first_to_last_follows_the_one_before(void **state)
{
    struct civil expected = { .year = 1868, .month = 1, .day = 1 };

    (void)state;
    for (day_t day = DAY_FIRST; day <= DAY_LAST; day++) {
        struct civil civil = day_to_civil(day);
        assert_int_equal(civil.year, expected.year);
        assert_int_equal(civil.month, expected.month);
        assert_int_equal(civil.day, expected.day);
        assert_int_equal(day_from_civil(civil), day);
        if (++expected.day > month_length(expected.year, expected.month)) {
            expected.day = 1;
            if (++expected.month > 12) {
                expected.month = 1;
                expected.year++;
            }
        }
    }
    assert_int_equal(expected.year, 2200);
}

static void
both_text_forms_read_back_as_the_same_day(void **state)
{
    (void)state;
    for (day_t day = DAY_FIRST; day <= DAY_LAST; day += 7) {
        char         iso[DAY_ISO_SIZE], compact[DAY_COMPACT_SIZE];
        struct blame blame = { 0 };
        day_t        back = DAY_UNKNOWN;

        day_format_iso(day, iso);
        day_format_compact(day, compact);
        assert_int_equal(day_parse(span_of(iso), &back, &blame), FAULT_NONE);
        assert_int_equal(back, day);
        assert_int_equal(day_parse(span_of(compact), &back, &blame), FAULT_NONE);
        assert_int_equal(back, day);
    }
}

static void
day_format_writes_nothing_outside_the_years_1_to_9999(void **state)
{
    static const struct {
        day_t       day;
        const char *iso;
        const char *compact;
    } cases[] = {
        { 0, "1970-01-01", "19700101" },
        { -719162, "0001-01-01", "00010101" },
        { 2932896, "9999-12-31", "99991231" },
        { -719163, "", "" },
        { 2932897, "", "" },
        { DAY_FOREVER, "", "" },
        { DAY_UNKNOWN, "", "" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char iso[DAY_ISO_SIZE], compact[DAY_COMPACT_SIZE];
        day_format_iso(cases[i].day, iso);
        day_format_compact(cases[i].day, compact);
        CASE_TEXT(cases[i].iso, iso, cases[i].iso);
        CASE_TEXT(cases[i].iso, compact, cases[i].compact);
    }
}

static void
day_of_week_knows_the_weekday_before_and_after_1970(void **state)
{
    static const struct {
        struct civil civil;
        enum weekday weekday;
    } cases[] = {
        { { 1970, 1, 1 }, THURSDAY },  { { 1969, 12, 31 }, WEDNESDAY },
        { { 2026, 4, 1 }, WEDNESDAY }, { { 2026, 4, 28 }, TUESDAY },
        { { 2026, 5, 3 }, SUNDAY },    { { 2027, 1, 2 }, SATURDAY },
        { { 2026, 12, 28 }, MONDAY },  { { 1868, 1, 1 }, WEDNESDAY },
        { { 2026, 7, 31 }, FRIDAY },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(day_of_week(day_from_civil(cases[i].civil)), cases[i].weekday);
}

static void
day_add_months_ends_in_the_month_it_says(void **state)
{
    static const struct {
        struct civil from;
        int32_t      months;
        struct civil to;
    } cases[] = {
        { { 2026, 1, 31 }, 1, { 2026, 2, 28 } },  { { 2024, 1, 31 }, 1, { 2024, 2, 29 } },
        { { 2026, 12, 15 }, 1, { 2027, 1, 15 } }, { { 2026, 1, 15 }, -1, { 2025, 12, 15 } },
        { { 2026, 3, 31 }, -1, { 2026, 2, 28 } }, { { 2024, 2, 29 }, 12, { 2025, 2, 28 } },
        { { 2026, 5, 5 }, 0, { 2026, 5, 5 } },    { { 2026, 5, 5 }, -77, { 2019, 12, 5 } },
        { { 2026, 11, 1 }, 26, { 2029, 1, 1 } },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(day_add_months(day_from_civil(cases[i].from), cases[i].months),
                         day_from_civil(cases[i].to));
}

static void
day_month_start_is_the_first_of_the_same_month(void **state)
{
    (void)state;
    for (day_t day = -800; day < 800; day++) {
        struct civil start = day_to_civil(day_month_start(day));
        assert_int_equal(start.day, 1);
        assert_int_equal(start.month, day_to_civil(day).month);
        assert_int_equal(start.year, day_to_civil(day).year);
    }
}

static void
postgres_days_go_there_and_back_with_their_infinities(void **state)
{
    static const struct {
        day_t   day;
        int32_t pg;
    } cases[] = {
        { 10957, 0 },
        { 0, -10957 },
        { DAY_FIRST, DAY_FIRST - 10957 },
        { DAY_LAST, 73048 },
        { DAY_FOREVER, INT32_MAX },
        { DAY_UNKNOWN, INT32_MIN },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(day_to_pg(cases[i].day), cases[i].pg);
        assert_int_equal(day_from_pg(cases[i].pg), cases[i].day);
    }
    assert_int_equal(day_from_pg(INT32_MAX - 1), DAY_FOREVER); /* no overflow */
    assert_int_equal(day_to_pg(INT32_MIN + 1), INT32_MIN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(day_parse_accepts_only_calendar_days_in_two_forms),
        cmocka_unit_test(every_day_from_first_to_last_follows_the_one_before),
        cmocka_unit_test(both_text_forms_read_back_as_the_same_day),
        cmocka_unit_test(day_format_writes_nothing_outside_the_years_1_to_9999),
        cmocka_unit_test(day_of_week_knows_the_weekday_before_and_after_1970),
        cmocka_unit_test(day_add_months_ends_in_the_month_it_says),
        cmocka_unit_test(day_month_start_is_the_first_of_the_same_month),
        cmocka_unit_test(postgres_days_go_there_and_back_with_their_infinities),
    };
    return cmocka_run_group_tests_name("model/day", tests, NULL, NULL);
}
