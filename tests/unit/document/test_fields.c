/* Tests of document/fields: what no document may say is refused, by the name of the field. */
#include "keys.h"

#define WITH(name, kind, member, wrong, fault, blamed)   \
    {                                                    \
        struct document_fields fields = sample_fields(); \
        fields.member = (wrong);                         \
        refused(name, kind, &fields, fault, blamed);     \
    }

static void
refused(const char *name, enum document_kind kind, const struct document_fields *fields,
        enum fault fault, const char *field)
{
    struct blame blame = { 0 };

    CASE_INT(name, document_fields_check(kind, fields, &blame), fault);
    CASE_TEXT(name, blame.field, field);
}

static void
what_stands_on_the_sample_is_sound(void **state)
{
    struct document_fields fields = sample_fields();

    (void)state;
    refused("certificate", DOCUMENT_CERTIFICATE, &fields, FAULT_NONE, NULL);
    refused("notice", DOCUMENT_NOTICE, &fields, FAULT_NONE, NULL);
}

/* clang-format off */
static void
each_field_that_is_not_sound_is_named(void **state)
{
    (void)state;
    WITH("no issuer", DOCUMENT_NOTICE, issuer, span_of(""), FAULT_FIELD_MISSING, "issuer")
    WITH("issuer", DOCUMENT_NOTICE, issuer, span_of("Shikaku"), FAULT_FIELD_MALFORMED, "issuer")
    WITH("no insurer", DOCUMENT_NOTICE, insurer_number, span_of(""), FAULT_FIELD_MISSING, "insurer_number")
    WITH("check digit", DOCUMENT_NOTICE, insurer_number, span_of("01129999"), FAULT_CHECK_DIGIT, "insurer_number")
    WITH("wide", DOCUMENT_NOTICE, insurer_number, span_of("０１１２９９９８"), FAULT_FIELD_MALFORMED, "insurer_number")
    WITH("no number", DOCUMENT_NOTICE, number, span_of(""), FAULT_FIELD_MISSING, "number")
    WITH("newline", DOCUMENT_NOTICE, number, span_of("1\n2"), FAULT_FIELD_MALFORMED, "number")
    WITH("NUL", DOCUMENT_NOTICE, name, span_make("a\0b", 3), FAULT_FIELD_MALFORMED, "name")
    WITH("next line", DOCUMENT_NOTICE, name, span_of("a\xc2\x85"), FAULT_FIELD_MALFORMED, "name")
    WITH("not UTF-8", DOCUMENT_NOTICE, name, span_of("\x8c\xa9"), FAULT_FIELD_MALFORMED, "name")
    WITH("no name", DOCUMENT_NOTICE, name, span_of(""), FAULT_FIELD_MISSING, "name")
    WITH("branch", DOCUMENT_NOTICE, branch_number, span_of("1"), FAULT_FIELD_MALFORMED, "branch_number")
    WITH("relation", DOCUMENT_NOTICE, relation, 3, FAULT_FIELD_MALFORMED, "relation")
    WITH("sex", DOCUMENT_NOTICE, sex, 0, FAULT_FIELD_MALFORMED, "sex1")
    WITH("burden", DOCUMENT_NOTICE, burden_ratio, 15, FAULT_FIELD_MALFORMED, "burden_ratio")
    WITH("no birth", DOCUMENT_NOTICE, birth_date, DAY_UNKNOWN, FAULT_FIELD_MISSING, "birth_date")
    WITH("for ever", DOCUMENT_NOTICE, acquired_on, DAY_FOREVER, FAULT_FIELD_MALFORMED, "acquired_on")
    WITH("unborn", DOCUMENT_NOTICE, birth_date, day(2026, 4, 2), FAULT_FIELD_MALFORMED, "birth_date")
    WITH("no end", DOCUMENT_CERTIFICATE, valid_until, DAY_UNKNOWN, FAULT_FIELD_MISSING, "valid_until")
    WITH("ends first", DOCUMENT_NOTICE, valid_until, day(2026, 3, 31), FAULT_FIELD_MALFORMED, "valid_until")
    WITH("kind", (enum document_kind)3, relation, 1, FAULT_FIELD_MALFORMED, "kind")
}

/* Twelve digits whose check digit is right, or is that of invented people. */
static void
a_personal_number_in_any_text_is_refused(void **state)
{
    struct span synthetic = span_of("123456789013");

    (void)state;
    WITH("symbol", DOCUMENT_NOTICE, symbol, synthetic, FAULT_PERSONAL_NUMBER, "symbol")
    WITH("number", DOCUMENT_NOTICE, number, synthetic, FAULT_PERSONAL_NUMBER, "number")
    WITH("name", DOCUMENT_NOTICE, name, span_of("1234-5678-9013"), FAULT_PERSONAL_NUMBER, "name")
    WITH("kana", DOCUMENT_NOTICE, name_kana, span_of("１２３４５６７８９０１３"), FAULT_PERSONAL_NUMBER, "name_kana")
    WITH("insurer", DOCUMENT_NOTICE, insurer_name, synthetic, FAULT_PERSONAL_NUMBER, "insurer_name")
}
/* clang-format on */

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_on_the_sample_is_sound),
        cmocka_unit_test(each_field_that_is_not_sound_is_named),
        cmocka_unit_test(a_personal_number_in_any_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
