#include "../cases.h"

#include "wire/base64.h"

/* RFC 4648, 10, and what must not be read. */
static const struct {
    const char      *text;
    enum base64_kind kind;
    const char      *bytes; /* NULL: refused */
} rows[] = {
    { "", BASE64_PLAIN, "" },
    { "Zg==", BASE64_PLAIN, "f" },
    { "Zm8=", BASE64_PLAIN, "fo" },
    { "Zm9v", BASE64_PLAIN, "foo" },
    { "Zm9vYmFy", BASE64_PLAIN, "foobar" },
    { "Zg", BASE64_URL, "f" },
    { "Zm8", BASE64_URL, "fo" },
    { "-_-_", BASE64_URL, "\xfb\xff\xbf" },
    { "+/+/", BASE64_PLAIN, "\xfb\xff\xbf" },
    { "Zg", BASE64_PLAIN, NULL },
    { "Zg=", BASE64_PLAIN, NULL },
    { "Zg===", BASE64_PLAIN, NULL },
    { "Z===", BASE64_PLAIN, NULL },
    { "====", BASE64_PLAIN, NULL },
    { "Zg==", BASE64_URL, NULL },
    { "Zh==", BASE64_PLAIN, NULL },
    { "Zm9v\n", BASE64_PLAIN, NULL },
    { "Z", BASE64_URL, NULL },
    { "+/+/", BASE64_URL, NULL },
    { "-_-_", BASE64_PLAIN, NULL },
    { "Zg==Zg==", BASE64_PLAIN, NULL },
    { "Zm9vYmFyZm9v", BASE64_PLAIN, NULL }, /* longer than there is room */
};

static void
only_one_text_stands_for_some_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char   place[6];
        size_t length = 0;
        bool   is_read =
            base64_decode(span_of(rows[i].text), rows[i].kind, place, sizeof place, &length);
        CASE_INT(rows[i].text, is_read, rows[i].bytes != NULL);
        if (is_read)
            CASE_TRUE(rows[i].text, span_is(span_make(place, length), rows[i].bytes));
    }
}

static void
what_is_written_is_read_again(void **state)
{
    unsigned char bytes[64];
    unsigned char again[64];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 200);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        char        place[BASE64_LENGTH(64) + 1];
        struct text text = text_in(place, sizeof place);
        size_t      read = 0;
        base64_add_url(&text, bytes, length);
        assert_false(text.is_full);
        assert_int_equal(text.length, BASE64_LENGTH(length));
        assert_true(base64_decode(text_span(&text), BASE64_URL, again, sizeof again, &read));
        assert_int_equal(read, length);
        assert_memory_equal(again, bytes, length);

        char        plain_place[(64 + 2) / 3 * 4 + 1];
        struct text plain = text_in(plain_place, sizeof plain_place);
        base64_add(&plain, BASE64_PLAIN, bytes, length);
        assert_int_equal(plain.length, (length + 2) / 3 * 4);
        assert_true(base64_decode(text_span(&plain), BASE64_PLAIN, again, sizeof again, &read));
        assert_int_equal(read, length);
        assert_memory_equal(again, bytes, length);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_one_text_stands_for_some_bytes),
        cmocka_unit_test(what_is_written_is_read_again),
    };
    return cmocka_run_group_tests_name("wire/base64", tests, NULL, NULL);
}
