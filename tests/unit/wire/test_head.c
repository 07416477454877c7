#include "../cases.h"

#include "wire/head.h"

static void
flags_are_two_signs(void **state)
{
    static const struct {
        const char *text;
        bool        is_one;
        bool        flag;
    } cases[] = { { "?1", true, true },    { "?0", true, false },   { "?2", false, false },
                  { "1", false, false },   { "", false, false },    { "?1 ", false, false },
                  { "?11", false, false }, { "true", false, false } };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool flag;
        CASE_INT(cases[i].text, head_flag(span_of(cases[i].text), &flag), cases[i].is_one);
        if (cases[i].is_one)
            CASE_INT(cases[i].text, flag, cases[i].flag);
    }
}

static void
whole_numbers_are_up_to_fifteen_digits(void **state)
{
    static const struct {
        const char *text;
        int64_t     number; /* -1: none */
    } cases[] = { { "0", 0 },
                  { "17", 17 },
                  { "007", 7 },
                  { "999999999999999", INT64_C(999999999999999) },
                  { "1000000000000000", -1 },
                  { "", -1 },
                  { "-1", -1 },
                  { "+1", -1 },
                  { "1.0", -1 },
                  { " 1", -1 },
                  { "1 ", -1 },
                  { "0x1", -1 } };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t number = -1;
        CASE_INT(cases[i].text, head_whole(span_of(cases[i].text), &number), cases[i].number >= 0);
        if (cases[i].number >= 0)
            CASE_INT(cases[i].text, number, cases[i].number);
    }
}

/* SHA-256 of nothing, RFC 6234. */
#define EMPTY "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
static const unsigned char empty[HEAD_SHA256_BYTES] = {
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55
};

static void
the_sha256_of_a_dictionary_is_found_or_the_text_refused(void **state)
{
    static const struct {
        const char *text;
        bool        is_one;
    } cases[] = {
        { "sha-256=:" EMPTY ":", true },
        { " sha-256 = :" EMPTY ": ", true },
        { "sha-512=:AAAA:, sha-256=:" EMPTY ":", true },
        { "sha-256=:" EMPTY ":, md5=:1B2M2Y8AsgTpgAmY7PhCfg==:", true },
        { "", false },
        { "sha-512=:AAAA:", false },
        { "SHA-256=:" EMPTY ":", false },
        { "sha-256=" EMPTY, false },
        { "sha-256=:" EMPTY, false },
        { "sha-256=::", false },
        { "sha-256=:", false },
        { "sha-256=:" EMPTY "=:", false },
        { "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU:", false },
        { "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=:", false }, /* bits to spare */
        { "sha-256=:47DEQpj8HBSa*/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:", false },
        { "sha-256=:" EMPTY ":, sha-256=:" EMPTY ":", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        unsigned char digest[HEAD_SHA256_BYTES] = { 0 };
        CASE_INT(cases[i].text, head_sha256(span_of(cases[i].text), digest), cases[i].is_one);
        if (cases[i].is_one)
            CASE_TRUE(cases[i].text, memcmp(digest, empty, sizeof empty) == 0);
    }
}

static void
media_types_come_apart(void **state)
{
    static const struct {
        const char *text;
        const char *type; /* NULL: refused */
        const char *charset;
    } cases[] = {
        { "text/csv", "text/csv", "" },
        { "text/csv; charset=utf-8", "text/csv", "utf-8" },
        { "text/csv;header=present ; Charset=\"Shift_JIS\"", "text/csv", "Shift_JIS" },
        { "text/csv;", "text/csv", "" },
        { "", NULL, NULL },
        { "; charset=utf-8", NULL, NULL },
        { "text/csv; charset=", NULL, NULL },
        { "text/csv; charset=a; charset=b", NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct span type, charset;
        CASE_INT(cases[i].text, head_media_type(span_of(cases[i].text), &type, &charset),
                 cases[i].type != NULL);
        if (cases[i].type == NULL)
            continue;
        CASE_SPAN(cases[i].text, type, span_of(cases[i].type));
        CASE_SPAN(cases[i].text, charset, span_of(cases[i].charset));
    }
}

/* A header that was not sent is an empty span without bytes. */
static void
a_header_that_is_missing_is_nothing(void **state)
{
    const struct span none = { 0 };
    struct span       type, charset;
    unsigned char     digest[HEAD_SHA256_BYTES];
    int64_t           number;
    bool              flag;

    (void)state;
    assert_false(head_media_type(none, &type, &charset));
    assert_false(head_sha256(none, digest));
    assert_false(head_whole(none, &number));
    assert_false(head_flag(none, &flag));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_two_signs),
        cmocka_unit_test(whole_numbers_are_up_to_fifteen_digits),
        cmocka_unit_test(the_sha256_of_a_dictionary_is_found_or_the_text_refused),
        cmocka_unit_test(media_types_come_apart),
        cmocka_unit_test(a_header_that_is_missing_is_nothing),
    };
    return cmocka_run_group_tests_name("wire/head", tests, NULL, NULL);
}
