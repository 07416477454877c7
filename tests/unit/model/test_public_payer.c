#include "../cases.h"

#include "model/public_payer.h"

static void
payer_numbers_of_national_and_local_programmes_are_accepted(void **state)
{
    static const struct {
        const char *raw;
        enum fault  fault;
        int         prefecture;
    } cases[] = {
        { "54016027", FAULT_NONE, 1 },
        { "88138243", FAULT_NONE, 13 },
        { "81136244", FAULT_NONE, 13 },
        { "81137242", FAULT_NONE, 13 },
        { "88131248", FAULT_NONE, 13 },
        { "89131247", FAULT_NONE, 13 },
        { "81231003", FAULT_NONE, 23 },
        { "85231009", FAULT_NONE, 23 },
        { "80231004", FAULT_NONE, 23 },
        { "89231005", FAULT_NONE, 23 },
        { "90232224", FAULT_NONE, 23 },
        { "92232222", FAULT_NONE, 23 },
        { "93232221", FAULT_NONE, 23 },
        { "９３２３２２２１", FAULT_NONE, 23 },
        { "54016026", FAULT_CHECK_DIGIT, 0 },
        { "5401602", FAULT_FIELD_MALFORMED, 0 },
        { "54006028", FAULT_FIELD_MALFORMED, 0 }, /* prefecture 00 */
        { "", FAULT_FIELD_MALFORMED, 0 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct payer_number number = { "" };
        struct blame        blame = { 0 };

        enum fault fault = payer_number_parse(span_of(cases[i].raw), &number, &blame);
        CASE_INT(cases[i].raw, fault, cases[i].fault);
        CASE_TRUE(cases[i].raw, (fault == FAULT_NONE) == (blame.reason == NULL));
        if (fault == FAULT_NONE)
            CASE_INT(cases[i].raw, payer_number_prefecture(&number), cases[i].prefecture);
        else
            CASE_TEXT(cases[i].raw, number.digits, "");
    }
}

static void
recipient_numbers_have_seven_digits_and_a_check(void **state)
{
    static const struct {
        const char *raw;
        enum fault  fault;
        const char *digits;
    } cases[] = {
        { "1234566", FAULT_NONE, "1234566" },     { "１２３４５６６", FAULT_NONE, "1234566" },
        { "0000000", FAULT_NONE, "0000000" },     { "1234567", FAULT_CHECK_DIGIT, "" },
        { "123456", FAULT_FIELD_MALFORMED, "" },  { "12345667", FAULT_FIELD_MALFORMED, "" },
        { "12345A6", FAULT_FIELD_MALFORMED, "" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct recipient_number number = { "" };
        struct blame            blame = { 0 };

        CASE_INT(cases[i].raw, recipient_number_parse(span_of(cases[i].raw), &number, &blame),
                 cases[i].fault);
        CASE_TEXT(cases[i].raw, number.digits, cases[i].digits);
    }
}

static void
only_national_programmes_are_in_the_table(void **state)
{
    struct payer_number number = { "54016027" };

    (void)state;
    assert_string_equal(programme_info(payer_number_programme(&number))->meaning_ja,
                        "難病法 特定医療");
    assert_non_null(programme_info(span_of("12")));
    assert_null(programme_info(span_of("88")));
    assert_null(programme_info(span_of("")));
    assert_null(programme_info(span_of("540")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payer_numbers_of_national_and_local_programmes_are_accepted),
        cmocka_unit_test(recipient_numbers_have_seven_digits_and_a_check),
        cmocka_unit_test(only_national_programmes_are_in_the_table),
    };
    return cmocka_run_group_tests_name("model/public_payer", tests, NULL, NULL);
}
