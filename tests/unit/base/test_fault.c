#include "../cases.h"

#include "base/fault.h"

static bool
is_code(const char *code)
{
    for (; *code != '\0'; code++)
        if (*code != '_' && (*code < 'a' || *code > 'z'))
            return false;
    return true;
}

static void
every_fault_has_a_code_of_its_own_and_both_titles(void **state)
{
    (void)state;
    for (int a = 0; a < FAULT_COUNT; a++) {
        const struct fault_row *row = fault_info((enum fault)a);
        CASE_TRUE(row->code, row->code[0] != '\0' && is_code(row->code));
        CASE_TRUE(row->code, row->title[0] != '\0' && row->title_ja[0] != '\0');
        for (int b = 0; b < a; b++)
            CASE_TRUE(row->code, strcmp(row->code, fault_info((enum fault)b)->code) != 0);
    }
}

static void
statuses_and_blame_agree(void **state)
{
    (void)state;
    for (int fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++) {
        const struct fault_row *row = fault_info((enum fault)fault);
        CASE_TRUE(row->code, row->http_status >= 400 && row->http_status <= 599);
        CASE_TRUE(row->code, !row->is_our_bug || row->http_status >= 500);
        CASE_TRUE(row->code, row->http_status != 503 || row->retry_helps);
        CASE_TRUE(row->code, row->http_status >= 500 || !row->retry_helps || row->http_status == 408
                                 || row->http_status == 409 || row->http_status == 429);
    }
    assert_int_equal(fault_info(FAULT_NONE)->http_status, 200);
}

static void
codes_that_integrators_depend_on_keep_their_names(void **state)
{
    static const struct {
        enum fault  fault;
        const char *code;
        int         http_status;
    } cases[] = {
        { FAULT_FIELD_MISSING, "field_missing", 400 },
        { FAULT_FIELD_MALFORMED, "field_malformed", 400 },
        { FAULT_CHECK_DIGIT, "check_digit_wrong", 400 },
        { FAULT_PERSONAL_NUMBER, "personal_number_refused", 400 },
        { FAULT_CERTIFICATE_REVOKED, "certificate_revoked", 403 },
        { FAULT_REQUEST_ID_REUSED, "request_id_reused", 409 },
        { FAULT_STORE_BUSY, "store_busy", 503 },
        { FAULT_INTERNAL, "internal", 500 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CASE_TEXT(cases[i].code, fault_info(cases[i].fault)->code, cases[i].code);
        CASE_INT(cases[i].code, fault_info(cases[i].fault)->http_status, cases[i].http_status);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_has_a_code_of_its_own_and_both_titles),
        cmocka_unit_test(statuses_and_blame_agree),
        cmocka_unit_test(codes_that_integrators_depend_on_keep_their_names),
    };
    return cmocka_run_group_tests_name("base/fault", tests, NULL, NULL);
}
