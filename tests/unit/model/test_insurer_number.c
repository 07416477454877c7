#include "../cases.h"

#include "model/day.h"
#include "model/insurer_number.h"
#include "model/prefecture.h"

static void
insurer_number_parse_gives_one_form_for_all_spellings(void **state)
{
    static const struct {
        const char *raw;
        enum fault  fault;
        const char *digits;
    } cases[] = {
        { "06130488", FAULT_NONE, "06130488" },
        { "139998", FAULT_NONE, "00139998" },
        { "00139998", FAULT_NONE, "00139998" },
        { "  139998", FAULT_NONE, "00139998" },
        { "139998  ", FAULT_NONE, "00139998" },
        { "　１３９９９８", FAULT_NONE, "00139998" },
        { "０６１３０４８８", FAULT_NONE, "06130488" },
        { "01130012", FAULT_NONE, "01130012" },
        { "01040013", FAULT_NONE, "01040013" },
        { "33120015", FAULT_NONE, "33120015" },
        { "06130480", FAULT_CHECK_DIGIT, "" },
        { "01130013", FAULT_CHECK_DIGIT, "" },
        { "139990", FAULT_CHECK_DIGIT, "" },
        { "6130488", FAULT_FIELD_MALFORMED, "" },
        { "061304880", FAULT_FIELD_MALFORMED, "" },
        { "06 130488", FAULT_FIELD_MALFORMED, "" },
        { "06-130488", FAULT_FIELD_MALFORMED, "" },
        { "0613048X", FAULT_FIELD_MALFORMED, "" },
        { "06000000", FAULT_FIELD_MALFORMED, "" }, /* prefecture 00 */
        { "06480008", FAULT_FIELD_MALFORMED, "" }, /* prefecture 48 */
        { "", FAULT_FIELD_MALFORMED, "" },
        { "        ", FAULT_FIELD_MALFORMED, "" },
        { "\xff\xfe\xfd", FAULT_FIELD_MALFORMED, "" },
        { "000000000000000000000000000000", FAULT_FIELD_MALFORMED, "" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct insurer_number number = { "" };
        struct blame          blame = { 0 };

        enum fault fault = insurer_number_parse(span_of(cases[i].raw), &number, &blame);
        CASE_INT(cases[i].raw, fault, cases[i].fault);
        CASE_TEXT(cases[i].raw, number.digits, cases[i].digits); /* untouched on failure */
        CASE_TRUE(cases[i].raw, (fault == FAULT_NONE) == (blame.reason == NULL));
    }
}

static struct insurer_number
sound(const char *raw)
{
    struct insurer_number number = { "" };
    struct blame          blame = { 0 };
    CASE_INT(raw, insurer_number_parse(span_of(raw), &number, &blame), FAULT_NONE);
    return number;
}

static void
the_display_form_is_what_stands_on_the_card(void **state)
{
    struct insurer_number national = sound("00139998");
    struct insurer_number society = sound("06130488");

    (void)state;
    CASE_SPAN("national", insurer_number_display(&national), span_of("139998"));
    CASE_SPAN("society", insurer_number_display(&society), span_of("06130488"));
}

static void
law_codes_name_the_kind_of_insurer(void **state)
{
    static const struct {
        const char       *raw;
        enum insurer_kind kind;
    } cases[] = {
        { "01130012", INSURER_KIND_ASSOCIATION },  { "06130488", INSURER_KIND_SOCIETY },
        { "33120015", INSURER_KIND_MUTUAL_AID },   { "139998", INSURER_KIND_NATIONAL },
        { "133033", INSURER_KIND_NATIONAL_UNION }, /* a 3 behind the prefecture */
        { "54016027", INSURER_KIND_NONE },         /* a programme, not an insurer */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct insurer_number number = sound(cases[i].raw);
        CASE_INT(cases[i].raw, insurer_number_kind(&number), cases[i].kind);
    }
}

static void
every_law_code_is_known_by_its_own_code(void **state)
{
    static const char *const codes[] = {
        "00", "01", "02", "03", "04", "06", "07", "12", "25", "31",
        "32", "33", "34", "39", "63", "67", "72", "73", "74", "75",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct insurer_number number = { "00130000" };
        memcpy(number.digits, codes[i], 2);
        const struct law_code_row *law = insurer_number_law(&number);
        CASE_TRUE(codes[i], law != NULL);
        CASE_TEXT(codes[i], law->code, codes[i]);
        CASE_TRUE(codes[i], law->kind > INSURER_KIND_NONE && law->kind < INSURER_KIND_COUNT);
        CASE_TRUE(codes[i], law->from_on < law->until_on);
    }
    struct insurer_number unknown = { "99130000" };
    assert_null(insurer_number_law(&unknown));
    assert_false(insurer_number_may_start(&unknown, 0));
}

static void
a_closed_law_code_starts_no_new_coverage(void **state)
{
    struct insurer_number retired = { "67130000" };
    struct insurer_number old_age = { "39130000" };

    (void)state;
    assert_true(insurer_number_may_start(&retired, day_from_civil((struct civil){ 2015, 3, 31 })));
    assert_false(insurer_number_may_start(&retired, day_from_civil((struct civil){ 2015, 4, 1 })));
    assert_false(insurer_number_may_start(&old_age, day_from_civil((struct civil){ 2008, 3, 31 })));
    assert_true(insurer_number_may_start(&old_age, day_from_civil((struct civil){ 2008, 4, 1 })));
    assert_true(insurer_number_may_start(&old_age, DAY_LAST));
}

static void
prefectures_are_1_to_47(void **state)
{
    struct insurer_number number = sound("01040013");

    (void)state;
    assert_int_equal(insurer_number_prefecture(&number), 4);
    assert_int_equal(prefecture_of(span_of("01")), 1);
    assert_int_equal(prefecture_of(span_of("47")), 47);
    assert_int_equal(prefecture_of(span_of("48")), PREFECTURE_NONE);
    assert_int_equal(prefecture_of(span_of("00")), PREFECTURE_NONE);
    assert_int_equal(prefecture_of(span_of("1")), PREFECTURE_NONE);
    assert_int_equal(prefecture_of(span_of("0x")), PREFECTURE_NONE);
    CASE_TEXT("1", prefecture_info(1)->name_ja, "北海道");
    CASE_TEXT("13", prefecture_info(13)->name_ja, "東京");
    CASE_TEXT("23", prefecture_info(23)->name, "Aichi");
    CASE_TEXT("47", prefecture_info(47)->name_ja, "沖縄");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(insurer_number_parse_gives_one_form_for_all_spellings),
        cmocka_unit_test(the_display_form_is_what_stands_on_the_card),
        cmocka_unit_test(law_codes_name_the_kind_of_insurer),
        cmocka_unit_test(every_law_code_is_known_by_its_own_code),
        cmocka_unit_test(a_closed_law_code_starts_no_new_coverage),
        cmocka_unit_test(prefectures_are_1_to_47),
    };
    return cmocka_run_group_tests_name("model/insurer_number", tests, NULL, NULL);
}
