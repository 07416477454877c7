#include "../cases.h"

#include "model/digits.h"
#include "model/utf8.h"

static void
every_code_point_reads_back_as_it_was_written(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char        place[UTF8_BYTES_MAX + 1];
        struct text text = text_in(place, sizeof place);
        size_t      at = 0;
        if (code == 0xD800)
            code = 0xE000; /* surrogates are no characters */
        utf8_add(&text, code);
        assert_int_equal(utf8_next(text_span(&text), &at), code);
        assert_int_equal(at, text.length);
    }
}

static void
any_three_bytes_are_read_without_leaving_the_span(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 1 << 21; bits += 7) {
        /* Spans that end with the array, so that a sanitizer sees one byte too many. */
        char bytes[3] = { (char)(bits >> 13), (char)(bits >> 5), (char)(bits << 3) };
        for (size_t length = 1; length <= sizeof bytes; length++) {
            struct span text = span_make(bytes + sizeof bytes - length, length);
            size_t      steps = 0;
            for (size_t at = 0; at < text.length; steps++) {
                size_t   before = at;
                uint32_t code = utf8_next(text, &at);
                assert_true(at > before && at <= text.length);
                assert_true(code <= 0x10FFFF || code == UTF8_BAD);
            }
            assert_true(steps <= length);
        }
    }
}

static void
counting_gives_characters_or_says_that_it_cannot(void **state)
{
    (void)state;
    assert_int_equal(utf8_count(span_of("")), 0);
    assert_int_equal(utf8_count(span_of("aあ𠮷")), 3);
    assert_true(utf8_count(span_of("a\xff")) == SIZE_MAX);
}

static void
digits_are_folded_from_what_forms_and_people_write(void **state)
{
    static const struct {
        const char            *raw;
        enum digits_separators separators;
        const char            *digits; /* NULL: bad */
    } cases[] = {
        { "0123", DIGITS_WHOLE, "0123" },
        { "０１２３", DIGITS_WHOLE, "0123" },
        { "  0123", DIGITS_WHOLE, "0123" },
        { "0123　", DIGITS_WHOLE, "0123" },
        { "", DIGITS_WHOLE, "" },
        { "   ", DIGITS_WHOLE, "" },
        { "01 23", DIGITS_WHOLE, NULL },
        { "01-23", DIGITS_WHOLE, NULL },
        { "01 23", DIGITS_SEPARATED, "0123" },
        { "01－23", DIGITS_SEPARATED, "0123" },
        { "01ー23", DIGITS_SEPARATED, "0123" },
        { "01a23", DIGITS_SEPARATED, NULL },
        { "\xff", DIGITS_SEPARATED, NULL },
        { "012345678901234567890123", DIGITS_WHOLE, "012345678901234567890123" },
        { "0123456789012345678901234", DIGITS_WHOLE, NULL },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char digits[DIGITS_BYTES_MAX];
        int  count = digits_fold(span_of(cases[i].raw), cases[i].separators, digits);
        CASE_INT(cases[i].raw, count < 0, cases[i].digits == NULL);
        if (count >= 0)
            CASE_SPAN(cases[i].raw, span_make(digits, (size_t)count), span_of(cases[i].digits));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_reads_back_as_it_was_written),
        cmocka_unit_test(any_three_bytes_are_read_without_leaving_the_span),
        cmocka_unit_test(counting_gives_characters_or_says_that_it_cannot),
        cmocka_unit_test(digits_are_folded_from_what_forms_and_people_write),
    };
    return cmocka_run_group_tests_name("model/utf8", tests, NULL, NULL);
}
