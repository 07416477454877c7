#include "../cases.h"

static void
spans_compare_by_bytes_and_length(void **state)
{
    (void)state;
    assert_true(span_equal(span_of("abc"), span_make("abcd", 3)));
    assert_false(span_equal(span_of("abc"), span_of("abd")));
    assert_false(span_equal(span_of("abc"), span_of("ab")));
    assert_false(span_equal(span_make("a\0b", 3), span_make("a\0c", 3)));
    assert_true(span_equal((struct span){ 0 }, span_of("")));
    assert_true(span_equal(span_of(NULL), span_of("")));
    assert_true(span_is(span_of("x"), "x"));
    assert_true(span_is_empty(span_of(NULL)));
    assert_false(span_is_empty(span_of(" ")));
}

static void
digits_are_half_width_and_at_least_one(void **state)
{
    static const struct {
        const char *text;
        bool        is_digits;
    } cases[] = {
        { "0123456789", true }, { "0", true },   { "", false },   { "12a", false },
        { "-1", false },        { " 1", false }, { "１", false }, { "/:", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_INT(cases[i].text, span_is_digits(span_of(cases[i].text)), cases[i].is_digits);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_compare_by_bytes_and_length),
        cmocka_unit_test(digits_are_half_width_and_at_least_one),
    };
    return cmocka_run_group_tests_name("base/span", tests, NULL, NULL);
}
