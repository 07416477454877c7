#include "../cases.h"

#include "model/ceiling.h"
#include "model/codes.h"
#include "model/day.h"

static const day_t LAST_OF_OLD_AMOUNTS = 20665; /* 2026-07-31 */

static void
amounts_follow_the_table_until_2026_07_31(void **state)
{
    static const struct {
        const char *code;
        int64_t     cost;
        int64_t     amount;
        int64_t     repeated;
        int64_t     outpatient;
    } cases[] = {
        { "A01", 1000000, 254180, 140100, CEILING_UNKNOWN },
        { "A02", 1000000, 171820, 93000, CEILING_UNKNOWN },
        { "A03", 1000000, 87430, 44400, CEILING_UNKNOWN },
        { "A03", 267000, 80100, 44400, CEILING_UNKNOWN },
        { "A03", 267049, 80100, 44400, CEILING_UNKNOWN },
        { "A03", 267050, 80101, 44400, CEILING_UNKNOWN }, /* half a yen counts as one */
        { "A03", 0, 80100, 44400, CEILING_UNKNOWN },
        { "A04", 1000000, 57600, 44400, CEILING_UNKNOWN },
        { "A05", 1000000, 35400, 24600, CEILING_UNKNOWN },
        { "B01", 1000000, 254180, 140100, CEILING_UNKNOWN },
        { "B02", 1000000, 171820, 93000, CEILING_UNKNOWN },
        { "B03", 1000000, 87430, 44400, CEILING_UNKNOWN },
        { "B04", 1000000, 57600, 44400, 18000 },
        { "B05", 1000000, 24600, CEILING_UNKNOWN, 8000 },
        { "B06", 1000000, 15000, CEILING_UNKNOWN, 8000 },
        { "B09", 1000000, 57600, 44400, 18000 },
        { "B10", 1000000, 57600, 44400, 18000 },
        { "Z99", 1000000, CEILING_UNKNOWN, CEILING_UNKNOWN, CEILING_UNKNOWN },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct span code = span_of(cases[i].code);
        CASE_INT(cases[i].code, ceiling_amount(code, LAST_OF_OLD_AMOUNTS, cases[i].cost),
                 cases[i].amount);
        CASE_INT(cases[i].code, ceiling_repeated_amount(code, LAST_OF_OLD_AMOUNTS),
                 cases[i].repeated);
        CASE_INT(cases[i].code, ceiling_outpatient_amount(code, LAST_OF_OLD_AMOUNTS),
                 cases[i].outpatient);
        CASE_INT(cases[i].code, ceiling_amount(code, LAST_OF_OLD_AMOUNTS + 1, cases[i].cost),
                 CEILING_UNKNOWN);
    }
}

static void
every_class_of_the_field_has_a_row_and_an_amount(void **state)
{
    const struct code_table_row *table = code_table_info(CODE_CEILING_CLASS);

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        struct span code = span_of(table->rows[i].code);
        CASE_TRUE(table->rows[i].code, ceiling_class_info(code) != NULL);
        CASE_TRUE(table->rows[i].code, ceiling_amount(code, LAST_OF_OLD_AMOUNTS, 0) > 0);
        CASE_TEXT(table->rows[i].code, ceiling_class_info(code)->meaning_ja,
                  table->rows[i].meaning_ja);
    }
    assert_null(ceiling_class_info(span_of("A07")));
    assert_null(ceiling_class_info(span_of("")));
}

static void
a_class_fits_its_age_group_and_insurer_only(void **state)
{
    static const struct {
        const char       *code;
        struct civil      birth_date;
        struct civil      day;
        enum insurer_kind kind;
        bool              fits;
    } cases[] = {
        { "A03", { 1975, 3, 4 }, { 2026, 6, 1 }, INSURER_KIND_SOCIETY, true },
        { "B01", { 1975, 3, 4 }, { 2026, 6, 1 }, INSURER_KIND_SOCIETY, false },
        { "A03", { 1956, 5, 15 }, { 2026, 5, 31 }, INSURER_KIND_NATIONAL, true },
        { "A03", { 1956, 5, 15 }, { 2026, 6, 1 }, INSURER_KIND_NATIONAL, false },
        { "B04", { 1956, 5, 15 }, { 2026, 5, 31 }, INSURER_KIND_NATIONAL, false },
        { "B04", { 1956, 5, 15 }, { 2026, 6, 1 }, INSURER_KIND_NATIONAL, true },
        { "B09", { 1956, 5, 15 }, { 2026, 6, 1 }, INSURER_KIND_NATIONAL, false },
        { "B09", { 1945, 5, 15 }, { 2026, 6, 1 }, INSURER_KIND_OLD_AGE, true },
        { "B10", { 1960, 5, 15 }, { 2026, 6, 1 }, INSURER_KIND_OLD_AGE, true }, /* by disability */
        { "A05", { 1960, 5, 15 }, { 2026, 6, 1 }, INSURER_KIND_OLD_AGE, false },
        { "B06", { 1945, 5, 15 }, { 2026, 6, 1 }, INSURER_KIND_OLD_AGE, true },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_INT(cases[i].code,
                 ceiling_class_fits(ceiling_class_info(span_of(cases[i].code)),
                                    day_from_civil(cases[i].birth_date),
                                    day_from_civil(cases[i].day), cases[i].kind),
                 cases[i].fits);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_follow_the_table_until_2026_07_31),
        cmocka_unit_test(every_class_of_the_field_has_a_row_and_an_amount),
        cmocka_unit_test(a_class_fits_its_age_group_and_insurer_only),
    };
    return cmocka_run_group_tests_name("model/ceiling", tests, NULL, NULL);
}
