#include "../cases.h"

#include "model/facility_code.h"

static void
facility_code_parse_accepts_ten_digits_that_fit(void **state)
{
    static const struct {
        const char       *raw;
        enum fault        fault;
        int               prefecture;
        enum points_table points_table;
    } cases[] = {
        { "0110113719", FAULT_NONE, 1, POINTS_TABLE_MEDICAL },
        { "０１１０１１３７１９", FAULT_NONE, 1, POINTS_TABLE_MEDICAL },
        { " 0110113719 ", FAULT_NONE, 1, POINTS_TABLE_MEDICAL },
        { "1330000017", FAULT_NONE, 13, POINTS_TABLE_DENTAL },
        { "1340000015", FAULT_NONE, 13, POINTS_TABLE_PHARMACY },
        { "2760000014", FAULT_NONE, 27, POINTS_TABLE_HOME_NURSING },
        { "0110113718", FAULT_CHECK_DIGIT, 0, POINTS_TABLE_NONE },
        { "011011371", FAULT_FIELD_MALFORMED, 0, POINTS_TABLE_NONE },
        { "01101137190", FAULT_FIELD_MALFORMED, 0, POINTS_TABLE_NONE },
        { "01-10113719", FAULT_FIELD_MALFORMED, 0, POINTS_TABLE_NONE },
        { "4810113714", FAULT_FIELD_MALFORMED, 0, POINTS_TABLE_NONE }, /* prefecture 48 */
        { "0120113717", FAULT_FIELD_MALFORMED, 0, POINTS_TABLE_NONE }, /* table 2 */
        { "", FAULT_FIELD_MALFORMED, 0, POINTS_TABLE_NONE },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct facility_code code = { "" };
        struct blame         blame = { 0 };

        enum fault fault = facility_code_parse(span_of(cases[i].raw), &code, &blame);
        CASE_INT(cases[i].raw, fault, cases[i].fault);
        CASE_TRUE(cases[i].raw, (fault == FAULT_NONE) == (blame.reason == NULL));
        if (fault != FAULT_NONE) {
            CASE_TEXT(cases[i].raw, code.digits, "");
            continue;
        }
        CASE_INT(cases[i].raw, facility_code_span(&code).length, FACILITY_CODE_LENGTH);
        CASE_INT(cases[i].raw, facility_code_prefecture(&code), cases[i].prefecture);
        CASE_INT(cases[i].raw, facility_code_points_table(&code), cases[i].points_table);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facility_code_parse_accepts_ten_digits_that_fit),
    };
    return cmocka_run_group_tests_name("model/facility_code", tests, NULL, NULL);
}
