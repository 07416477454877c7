#include "../cases.h"

#include "model/confirmation.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const struct {
    int64_t record_id;
    day_t   day;
} corners[] = {
    { 0, CONFIRMATION_EPOCH },
    { 1, 20780 },
    { INT64_MAX, CONFIRMATION_EPOCH + 0xFFFF },
    { -1, 20780 },
    { INT64_MIN, 20780 },
    { INT64_C(123456789) << 12, 20780 },
};

static enum fault
parse(const char *text, int64_t *record_id, day_t *day)
{
    struct blame blame = { 0 };
    enum fault   fault = confirmation_parse(span_of(text), record_id, day, &blame);
    CASE_TRUE(text, (fault == FAULT_NONE) == (blame.reason == NULL));
    return fault;
}

static void
a_number_reads_back_as_the_record_and_day_it_was_made_of(void **state)
{
    uint64_t seed = 8;

    (void)state;
    for (size_t i = 0; i < 10000 + ARRAY_LEN(corners); i++) {
        int64_t record_id = (int64_t)random_next(&seed), back = 0;
        day_t   day = CONFIRMATION_EPOCH + (day_t)random_below(&seed, 0x10000), day_back = 0;
        char    text[CONFIRMATION_SIZE];
        if (i < ARRAY_LEN(corners)) {
            record_id = corners[i].record_id;
            day = corners[i].day;
        }
        confirmation_format(record_id, day, text);
        assert_int_equal(strlen(text), CONFIRMATION_SIZE - 1);
        CASE_INT(text, parse(text, &back, &day_back), FAULT_NONE);
        CASE_INT(text, back, record_id);
        CASE_INT(text, day_back, day);
    }
}

static void
every_single_wrong_character_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(corners); i++) {
        char    text[CONFIRMATION_SIZE];
        int64_t record_id = 0;
        day_t   day = 0;
        confirmation_format(corners[i].record_id, corners[i].day, text);
        for (size_t at = 0; text[at] != '\0'; at++) {
            char right = text[at];
            if (right == '-')
                continue;
            for (const char *wrong = alphabet; *wrong != '\0'; wrong++) {
                text[at] = *wrong;
                CASE_INT(text, parse(text, &record_id, &day),
                         *wrong == right ? FAULT_NONE : FAULT_CHECK_DIGIT);
            }
            text[at] = right;
        }
    }
}

static void
any_two_characters_that_change_places_are_noticed(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (int round = 0; round < 200; round++) {
        char    text[CONFIRMATION_SIZE];
        int64_t record_id = 0;
        day_t   day = 0;
        confirmation_format((int64_t)random_next(&seed), 20780, text);
        for (size_t a = 0; a < CONFIRMATION_SIZE - 1; a++) {
            for (size_t b = a + 1; b < CONFIRMATION_SIZE - 1; b++) {
                if (text[a] == text[b] || text[a] == '-' || text[b] == '-')
                    continue;
                char swapped[CONFIRMATION_SIZE];
                memcpy(swapped, text, sizeof swapped);
                swapped[a] = text[b];
                swapped[b] = text[a];
                CASE_INT(swapped, parse(swapped, &record_id, &day), FAULT_CHECK_DIGIT);
            }
        }
    }
}

static void
a_number_may_be_typed_as_people_type(void **state)
{
    char    text[CONFIRMATION_SIZE], typed[64];
    int64_t record_id = 0;
    day_t   day = 0;

    (void)state;
    confirmation_format((INT64_C(1) << 35) + 1, 20780, text); /* holds both 0 and 1 */
    assert_non_null(strchr(text, '0'));
    assert_non_null(strchr(text, '1'));
    size_t count = 0;
    for (const char *sign = text; *sign != '\0'; sign++) {
        if (*sign == '-')
            continue;
        typed[count++] = ' ';
        typed[count] = *sign;
        if (*sign == '0')
            typed[count] = 'o';
        else if (*sign == '1')
            typed[count] = 'l';
        else if (*sign >= 'A')
            typed[count] = (char)(*sign - 'A' + 'a');
        count++;
    }
    typed[count] = '\0';
    CASE_INT(typed, parse(typed, &record_id, &day), FAULT_NONE);
    assert_true(record_id == (INT64_C(1) << 35) + 1);
    assert_int_equal(day, 20780);
}

static void
what_is_no_confirmation_number_is_malformed(void **state)
{
    static const char *const texts[] = {
        "",
        "-",
        "0000-0000-0000-0000",
        "0000-0000-0000-0000-00",
        "000U-0000-0000-0000-0",
        "0000-0000-0000-0000-*",
        "００００-0000-0000-0000-0",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        int64_t record_id = 7;
        day_t   day = 8;
        CASE_INT(texts[i], parse(texts[i], &record_id, &day), FAULT_FIELD_MALFORMED);
        CASE_INT(texts[i], record_id, 7);
        CASE_INT(texts[i], day, 8);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_reads_back_as_the_record_and_day_it_was_made_of),
        cmocka_unit_test(every_single_wrong_character_is_noticed),
        cmocka_unit_test(any_two_characters_that_change_places_are_noticed),
        cmocka_unit_test(a_number_may_be_typed_as_people_type),
        cmocka_unit_test(what_is_no_confirmation_number_is_malformed),
    };
    return cmocka_run_group_tests_name("model/confirmation", tests, NULL, NULL);
}
