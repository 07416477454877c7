#include "../cases.h"

#include "model/codes.h"
#include "model/insurer_number.h"

static void
every_table_has_rows_with_codes_that_occur_once(void **state)
{
    (void)state;
    for (int table = 0; table < CODE_TABLE_COUNT; table++) {
        const struct code_table_row *info = code_table_info((enum code_table)table);
        assert_true(info->count > 0);
        for (size_t i = 0; i < info->count; i++) {
            const struct code_row *row = &info->rows[i];
            CASE_TRUE(info->id, row->meaning_ja[0] != '\0' && row->meaning[0] != '\0');
            CASE_TRUE(row->code, code_info((enum code_table)table, span_of(row->code)) == row);
            CASE_TRUE(row->name, code_of_name((enum code_table)table, span_of(row->name)) == row);
        }
        CASE_TRUE(info->id, code_info((enum code_table)table, span_of("no such code")) == NULL);
        CASE_TRUE(info->id, code_info((enum code_table)table, span_of("")) == NULL);
        CASE_TRUE(info->id, code_of_name((enum code_table)table, span_of("")) == NULL);
    }
}

static void
codes_of_the_field_mean_what_the_field_says(void **state)
{
    static const struct {
        enum code_table table;
        const char     *id;
        const char     *code;
        const char     *meaning_ja;
    } cases[] = {
        { CODE_VALIDITY, "OQSCD006", "3", "無効（新しい資格あり）" },
        { CODE_VALIDITY, "OQSCD006", "6", "有効（未登録）" },
        { CODE_SEX, "OQSCD007", "3", "未設定" },
        { CODE_LOSS_REASON, "OQSCD008", "99", "その他" },
        { CODE_RELATION, "OQSCD009", "2", "家族" },
        { CODE_CARD_CLASS, "OQSCD010", "A1", "医療扶助" },
        { CODE_CARD_CLASS, "OQSCD010", "05", "特別療養費支給対象者" },
        { CODE_CEILING_CLASSIFICATION, "OQSCD011", "02", "限度額適用・標準負担額減額認定証" },
        { CODE_CEILING_CLASS, "OQSCD012", "A03", "ウ" },
        { CODE_CEILING_CLASS, "OQSCD012", "B10", "一般Ⅰ" },
        { CODE_DISEASE, "OQSCD013", "1", "人工透析を必要とする慢性腎不全" },
        { CODE_PRESCHOOL, "OQSCD015", "1", "未就学該当" },
        { CODE_CONSENT, "OQSCD016", "3", "同意取得困難" },
        { CODE_TICKET, "OQSCD018", "02", "調剤券" },
        { CODE_TREATMENT, "OQSCD019", "05", "訪問看護" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct code_row *row = code_info(cases[i].table, span_of(cases[i].code));
        CASE_TRUE(cases[i].id, row != NULL);
        CASE_TEXT(cases[i].id, row->meaning_ja, cases[i].meaning_ja);
        CASE_TEXT(cases[i].id, code_table_info(cases[i].table)->id, cases[i].id);
    }
}

static void
enums_and_names_of_our_tables_agree(void **state)
{
    static const struct {
        enum code_table table;
        int             number;
        const char     *name;
    } cases[] = {
        { CODE_FACILITY_KIND, FACILITY_KIND_HOSPITAL, "hospital" },
        { CODE_FACILITY_KIND, FACILITY_KIND_MEDICAL_CLINIC, "medical_clinic" },
        { CODE_FACILITY_KIND, FACILITY_KIND_DENTAL_CLINIC, "dental_clinic" },
        { CODE_FACILITY_KIND, FACILITY_KIND_PHARMACY, "pharmacy" },
        { CODE_FACILITY_KIND, FACILITY_KIND_HOME_NURSING, "home_nursing" },
        { CODE_FACILITY_KIND, FACILITY_KIND_JUDO_ACUPUNCTURE, "judo_acupuncture" },
        { CODE_FACILITY_STATUS, 3, "operating" },
        { CODE_FACILITY_STATUS, 4, "suspended" },
        { CODE_RIGHTS_PROFILE, 2, "eligibility_only" },
        { CODE_PURPOSE, PURPOSE_TREATMENT, "treatment" },
        { CODE_PURPOSE, PURPOSE_DISPENSING, "dispensing" },
        { CODE_PURPOSE, PURPOSE_RECEPTION, "reception" },
        { CODE_PURPOSE, PURPOSE_CLAIM, "claim" },
        { CODE_PURPOSE, PURPOSE_HOME_VISIT, "home_visit" },
        { CODE_PURPOSE, PURPOSE_OTHER, "other" },
        { CODE_INSURER_KIND, INSURER_KIND_ASSOCIATION, "association" },
        { CODE_INSURER_KIND, INSURER_KIND_OLD_AGE, "old_age" },
        { CODE_INSURER_KIND, INSURER_KIND_ASSISTANCE, "assistance" },
        { CODE_INSURER_KIND, INSURER_KIND_OTHER, "other" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CASE_TEXT(cases[i].name, code_name(cases[i].table, cases[i].number), cases[i].name);
        CASE_INT(cases[i].name, code_number_of_name(cases[i].table, span_of(cases[i].name)),
                 cases[i].number);
    }
    assert_int_equal(code_table_info(CODE_FACILITY_KIND)->count, FACILITY_KIND_COUNT - 1);
    assert_int_equal(code_table_info(CODE_FACILITY_STATUS)->count, 4);
    assert_int_equal(code_table_info(CODE_RIGHTS_PROFILE)->count, 2);
    assert_int_equal(code_table_info(CODE_PURPOSE)->count, PURPOSE_COUNT - 1);
    assert_int_equal(code_table_info(CODE_INSURER_KIND)->count, INSURER_KIND_COUNT - 1);
    assert_null(code_name(CODE_PURPOSE, 0));
    assert_null(code_name(CODE_PURPOSE, PURPOSE_COUNT));
    assert_null(code_name(CODE_CARD_CLASS, 0)); /* "A1" is no number */
    assert_int_equal(code_number_of_name(CODE_PURPOSE, span_of("nothing")), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_has_rows_with_codes_that_occur_once),
        cmocka_unit_test(codes_of_the_field_mean_what_the_field_says),
        cmocka_unit_test(enums_and_names_of_our_tables_agree),
    };
    return cmocka_run_group_tests_name("model/codes", tests, NULL, NULL);
}
