#include "../cases.h"

#include "document/base32.h"

/* RFC 4648, part 10, without padding. */
static const struct {
    const char *bytes;
    const char *text;
} rows[] = {
    { "", "" },
    { "f", "MY" },
    { "fo", "MZXQ" },
    { "foo", "MZXW6" },
    { "foob", "MZXW6YQ" },
    { "fooba", "MZXW6YTB" },
    { "foobar", "MZXW6YTBOI" },
};

static void
the_texts_of_the_standard_are_written_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char          place[32];
        unsigned char bytes[32];
        size_t        length = 99;
        struct text   text = text_in(place, sizeof place);

        base32_add(&text, rows[i].bytes, strlen(rows[i].bytes));
        CASE_TEXT(rows[i].text, place, rows[i].text);
        CASE_INT(rows[i].text, text.length, BASE32_LENGTH(strlen(rows[i].bytes)));
        CASE_TRUE(rows[i].text, base32_read(span_of(place), bytes, sizeof bytes, &length));
        CASE_SPAN(rows[i].text, span_make((const char *)bytes, length), span_of(rows[i].bytes));
    }
}

static void
no_other_text_gives_the_same_bytes(void **state)
{
    static const char *const wrong[] = { "my",         "MZ",   "M",      "MZXQ====", "MY0A",
                                         "M Y",        "MZX",  "MZXW6Y", "MZXW6YR",  "MZXW6YTBO",
                                         "MZXW6YTBOJ", "MY1Q", "=Y" };
    unsigned char            bytes[32];
    size_t                   length;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CASE_TRUE(wrong[i], !base32_read(span_of(wrong[i]), bytes, sizeof bytes, &length));
}

static void
a_place_that_is_too_small_is_not_overrun(void **state)
{
    unsigned char bytes[3] = { 0, 0, 0x5a };
    size_t        length;

    (void)state;
    assert_false(base32_read(span_of("MZXW6"), bytes, 2, &length));
    assert_int_equal(bytes[2], 0x5a);
    assert_true(base32_read(span_of("MZXQ"), bytes, 2, &length));
    assert_int_equal(length, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_texts_of_the_standard_are_written_and_read),
        cmocka_unit_test(no_other_text_gives_the_same_bytes),
        cmocka_unit_test(a_place_that_is_too_small_is_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
