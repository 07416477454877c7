#include "../cases.h"

#include "base/uuid.h"

static void
uuid_parse_accepts_36_characters_and_nothing_else(void **state)
{
    static const struct {
        const char *text;
        bool        is_uuid;
    } cases[] = {
        { "01234567-89ab-cdef-0123-456789abcdef", true },
        { "01234567-89AB-CDEF-0123-456789ABCDEF", true },
        { "00000000-0000-0000-0000-000000000000", true },
        { "0123456789abcdef0123456789abcdef", false },
        { "01234567-89ab-cdef-0123-456789abcde", false },
        { "01234567-89ab-cdef-0123-456789abcdef0", false },
        { "01234567-89ab-cdef-0123-456789abcdeg", false },
        { "0123456-789ab-cdef-0123-456789abcdef", false },
        { "01234567_89ab_cdef_0123_456789abcdef", false },
        { "01234567-89ab-cdef-0123--56789abcdef", false },
        { "", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        unsigned char uuid[UUID_SIZE];
        memset(uuid, 0x5A, sizeof uuid);
        CASE_INT(cases[i].text, uuid_parse(span_of(cases[i].text), uuid), cases[i].is_uuid);
        if (!cases[i].is_uuid)
            CASE_INT(cases[i].text, uuid[0], 0x5A); /* untouched on failure */
    }
}

static void
a_made_uuid_is_version_4_and_reads_back(void **state)
{
    unsigned char before[UUID_SIZE] = { 0 };

    (void)state;
    for (int round = 0; round < 1000; round++) {
        unsigned char uuid[UUID_SIZE], back[UUID_SIZE];
        char          text[UUID_TEXT_LENGTH + 1];
        uuid_make(uuid);
        uuid_format(uuid, text);
        assert_int_equal(text[14], '4');
        assert_non_null(strchr("89ab", text[19]));
        assert_true(uuid_parse(span_of(text), back));
        assert_memory_equal(uuid, back, UUID_SIZE);
        assert_memory_not_equal(uuid, before, UUID_SIZE);
        memcpy(before, uuid, UUID_SIZE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuid_parse_accepts_36_characters_and_nothing_else),
        cmocka_unit_test(a_made_uuid_is_version_4_and_reads_back),
    };
    return cmocka_run_group_tests_name("base/uuid", tests, NULL, NULL);
}
