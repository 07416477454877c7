#include "../cases.h"

#include "base/text.h"

static void
text_grows_and_stays_terminated(void **state)
{
    char        place[64];
    struct text text = text_in(place, sizeof place);

    (void)state;
    assert_string_equal(place, "");
    text_add_string(&text, "a");
    text_add(&text, span_make("bcd", 2));
    text_add_byte(&text, '-');
    text_add_number(&text, -42);
    text_add_format(&text, "/%02d/%s", 7, "x");
    text_add_hex(&text, (const unsigned char *)"\x00\xff\x1a", 3);
    text_add(&text, (struct span){ 0 });
    assert_string_equal(place, "abc--42/07/x00ff1a");
    CASE_SPAN("span", text_span(&text), span_of("abc--42/07/x00ff1a"));
    assert_false(text.is_full);
}

static void
numbers_are_written_in_full_at_both_ends(void **state)
{
    static const struct {
        int64_t     number;
        const char *text;
    } cases[] = {
        { 0, "0" },
        { 9, "9" },
        { 10, "10" },
        { -1, "-1" },
        { INT64_MAX, "9223372036854775807" },
        { INT64_MIN, "-9223372036854775808" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char        place[32];
        struct text text = text_in(place, sizeof place);
        text_add_number(&text, cases[i].number);
        CASE_TEXT(cases[i].text, place, cases[i].text);
    }
}

static void
padded_numbers_are_long_enough(void **state)
{
    static const struct {
        int         number, digits;
        const char *text;
    } cases[] = {
        { 0, 1, "0" },
        { 0, 3, "000" },
        { 7, 2, "07" },
        { 42, 2, "42" },
        { 123, 2, "123" },
        { INT32_MAX, 1, "2147483647" },
        { 5, 12, "000000000005" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char        place[32];
        struct text text = text_in(place, sizeof place);
        text_add_padded(&text, cases[i].number, cases[i].digits);
        CASE_TEXT(cases[i].text, place, cases[i].text);
    }
}

static void
what_does_not_fit_is_left_out_whole_and_said(void **state)
{
    (void)state;
    for (size_t size_bytes = 1; size_bytes <= 8; size_bytes++) {
        char        place[9] = "........";
        struct text text = text_in(place, size_bytes);
        text_add_string(&text, "abcd");
        bool fits = size_bytes > 4;
        assert_int_equal(text.is_full, !fits);
        assert_string_equal(place, fits ? "abcd" : "");
        for (size_t i = size_bytes; i < 8; i++)
            assert_int_equal(place[i], '.'); /* nothing beyond the place */
    }
}

static void
a_full_text_takes_nothing_more_not_even_what_would_fit(void **state)
{
    char        place[6];
    struct text text = text_in(place, sizeof place);

    (void)state;
    text_add_string(&text, "abc");
    text_add_format(&text, "%d", 123456);
    assert_true(text.is_full);
    text_add_byte(&text, 'd');
    text_add_number(&text, 1);
    text_add_format(&text, "%d", 1);
    text_add_hex(&text, (const unsigned char *)"a", 1);
    assert_string_equal(place, "abc");
    assert_int_equal(text.length, 3);
}

static void
a_place_may_be_filled_to_its_last_byte(void **state)
{
    char        place[4];
    struct text text = text_in(place, sizeof place);

    (void)state;
    text_add_string(&text, "ab");
    text_add_format(&text, "%s", "c");
    assert_false(text.is_full);
    assert_string_equal(place, "abc");
    text_add_string(&text, "");
    assert_false(text.is_full);
    text_add_byte(&text, 'd');
    assert_true(text.is_full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_and_stays_terminated),
        cmocka_unit_test(numbers_are_written_in_full_at_both_ends),
        cmocka_unit_test(padded_numbers_are_long_enough),
        cmocka_unit_test(what_does_not_fit_is_left_out_whole_and_said),
        cmocka_unit_test(a_full_text_takes_nothing_more_not_even_what_would_fit),
        cmocka_unit_test(a_place_may_be_filled_to_its_last_byte),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
