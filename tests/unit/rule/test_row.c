#include "../cases.h"

#include "model/check_digit.h"
#include "model/day.h"
#include "rule/row.h"
#include "rule/rules.h"
#include "rule/said.h"

#include <stdio.h>

static void
take(struct enrolment_row *row, enum column_id id, const char *text, struct findings *findings)
{
    row_take(row, id, span_of(text), findings);
}

static void
every_column_is_named_once_and_takes_its_own_example(void **state)
{
    (void)state;
    for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
        const struct column *column = column_info(id);
        struct enrolment_row row = { 0 };
        struct findings      findings;
        findings_clear(&findings);
        row_clear(&row);
        CASE_INT(column->name, column_of_name(span_of(column->name)), id);
        CASE_INT(column->name, strlen(column->use), OPERATION_COUNT - 1);
        CASE_INT(column->name, strspn(column->use, "Ro-"), OPERATION_COUNT - 1);
        CASE_TRUE(column->name, column->rule > RULE_NONE && column->rule < RULE_COUNT);
        CASE_TRUE(column->name, (column->type == COLUMN_CODE || column->type == COLUMN_CODE_TEXT)
                                    == (column->codes != CODE_TABLE_COUNT));
        if (column->example == NULL)
            continue; /* no number of anybody, not even an invented one, stands in a table */
        take(&row, id, column->example, &findings);
        CASE_INT(column->name, findings.count, 0);
        CASE_TRUE(column->name, row_reads(&row, id));
        CASE_INT(column->name, row.given, UINT64_C(1) << id);
    }
    assert_int_equal(column_of_name(span_of("no_such_column")), COLUMN_NONE);
    assert_int_equal(column_of_name(span_of("")), COLUMN_NONE);
}

static void
a_value_that_cannot_be_taken_is_a_finding_and_leaves_the_member_empty(void **state)
{
    static const struct {
        enum column_id id;
        const char    *text;
        enum rule_id   rule;
    } cases[] = {
        { COLUMN_OPERATION, "acquires", RULE_OPERATION },
        { COLUMN_OPERATION, "11", RULE_OPERATION },
        { COLUMN_BIRTH_DATE, "2026-02-29", RULE_DATES },
        { COLUMN_BIRTH_DATE, "1867-12-31", RULE_DATES },
        { COLUMN_ACQUIRED_ON, "20261301", RULE_DATES },
        { COLUMN_SEX1, "4", RULE_CODE },
        { COLUMN_CARD_CLASS, "1", RULE_CODE },
        { COLUMN_CEILING_CLASS, "C01", RULE_CEILING },
        { COLUMN_DISEASE_CATEGORY, "4", RULE_DISEASE },
        { COLUMN_LOSS_REASON, "L12", RULE_CODE },
        { COLUMN_BURDEN_RATIO, "3.0", RULE_RATIO },
        { COLUMN_BURDEN_RATIO, "101", RULE_RATIO },
        { COLUMN_SELF_PAY, "-1", RULE_WHOLE },
        { COLUMN_SELF_PAY, "999999999", RULE_WHOLE },
        { COLUMN_SYMBOL, "123456789012345678901", RULE_TOO_LONG },
        { COLUMN_SYMBOL, "あいうえおかきくけこさしすせそたちつてとな", RULE_TOO_LONG },
        { COLUMN_PERSONAL_NUMBER, "12345678901", RULE_PERSONAL_NUMBER },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct enrolment_row row = { 0 };
        struct enrolment_row empty = { 0 };
        struct findings      findings;
        row_clear(&empty);
        row_clear(&row);
        findings_clear(&findings);
        take(&row, cases[i].id, cases[i].text, &findings);
        CASE_INT(cases[i].text, findings.count, 1);
        CASE_INT(cases[i].text, findings.items[0].rule, cases[i].rule);
        CASE_INT(cases[i].text, findings.items[0].field, cases[i].id);
        CASE_INT(cases[i].text, findings.worst, SEVERITY_REFUSE);
        CASE_TRUE(cases[i].text, row_has(&row, cases[i].id) && row_is_broken(&row, cases[i].id));
        row.given = row.broken = 0;
        CASE_INT(cases[i].text, memcmp(&row, &empty, sizeof(row)), 0);
    }
}

static void
values_are_taken_without_the_blanks_around_them(void **state)
{
    struct enrolment_row row = { 0 };
    struct findings      findings;
    (void)state;
    findings_clear(&findings);
    row_clear(&row);
    take(&row, COLUMN_NAME, " \xE3\x80\x80架空　太郎\xE3\x80\x80\t", &findings);
    take(&row, COLUMN_ADDRESS, " \xE3\x80\x80 ", &findings);
    take(&row, COLUMN_SYMBOL, "１２３４５６７８９０あいうえおかきくけこ", &findings);
    take(&row, COLUMN_BURDEN_RATIO, "000", &findings);
    take(&row, COLUMN_LOSS_REASON, "reached_75", &findings);
    take(&row, COLUMN_CERTIFICATE_REASON, "ex_officio", &findings);
    take(&row, COLUMN_DELAY_REASON, "10", &findings);
    assert_int_equal(findings.count, 0);
    CASE_SPAN("name", row.name, span_of("架空　太郎"));
    assert_false(row_has(&row, COLUMN_ADDRESS));
    assert_int_equal(row.burden_ratio, 0);
    CASE_TEXT("loss_reason", row.loss_reason.text, "L05");
    assert_int_equal(row.certificate_reason, 9);
    assert_int_equal(row.delay_reason, 10);
}

static void
a_personal_number_is_kept_as_twelve_digits_until_it_is_wiped(void **state)
{
    char                 digits[PERSONAL_NUMBER_DIGITS + 1] = "90000000001";
    struct enrolment_row row = { 0 };
    struct findings      findings;
    (void)state;
    digits[11] = (char)('0' + (personal_number_check_digit(span_make(digits, 11)) - '0' + 5) % 10);
    findings_clear(&findings);
    row_clear(&row);
    assert_false(personal_number_is_set(&row.personal_number));
    take(&row, COLUMN_PERSONAL_NUMBER, digits, &findings);
    assert_int_equal(findings.count, 0);
    assert_true(personal_number_is_set(&row.personal_number));
    assert_int_equal(personal_number_kind_of(&row.personal_number), PERSONAL_NUMBER_SYNTHETIC);
    row_wipe(&row);
    assert_false(personal_number_is_set(&row.personal_number));
}

static void
findings_are_bounded_and_each_stands_once(void **state)
{
    struct findings findings;
    (void)state;
    findings_clear(&findings);
    findings_add(&findings, RULE_ACQUIRED_FAR, COLUMN_ACQUIRED_ON);
    findings_add(&findings, RULE_ACQUIRED_FAR, COLUMN_ACQUIRED_ON);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.worst, SEVERITY_WARNING);
    for (unsigned field = 0; field < COLUMN_COUNT; field++) {
        findings_add(&findings, RULE_MISSING, field);
        findings_add(&findings, RULE_NOT_ALLOWED, field);
    }
    assert_int_equal(findings.count, FINDINGS_MAX);
    assert_true(findings.is_full);
    assert_int_equal(findings.worst, SEVERITY_REFUSE);
}

static void
every_rule_of_the_table_has_its_meaning_and_a_source(void **state)
{
    char text[RULE_ID_SIZE];
    (void)state;
    for (enum rule_id id = RULE_NONE + 1; id < RULE_COUNT; id++) {
        const struct rule *rule = rule_info(id);
        rule_id_text(id, text);
        CASE_TRUE(text, rule->meaning_ja != NULL && rule->meaning != NULL && rule->source != NULL);
        CASE_TRUE(text, rule->severity >= SEVERITY_WARNING && rule->severity <= SEVERITY_HOLD);
        CASE_TRUE(text, rule->severity != SEVERITY_HOLD || rule->decided == DECIDED_HELD);
    }
    rule_id_text(RULE_DATES, text);
    assert_string_equal(text, "VR-10");
}

static void
findings_are_stored_as_text_and_read_again(void **state)
{
    static const char *const bad[] = { "",      "VR-1",   "VR-00 -",         "VR-99 -",
                                       "VR-10", "VR-10 ", "VR-10birth_date", "VR-10 birth",
                                       "VX-10" };
    (void)state;
    for (enum rule_id rule = RULE_NONE + 1; rule < RULE_COUNT; rule++)
        for (unsigned field = 0; field <= COLUMN_NONE; field += 5) {
            struct finding finding = { .rule = (uint8_t)rule, .field = (uint8_t)field };
            struct finding again;
            char           place[64];
            struct text    text = text_in(place, sizeof(place));
            finding_write(&text, &finding);
            CASE_TRUE(place, finding_read(text_span(&text), &again));
            CASE_INT(place, again.rule, rule);
            CASE_INT(place, again.field, field);
        }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct finding finding;
        CASE_INT(bad[i], finding_read(span_of(bad[i]), &finding), false);
    }
}

static struct span
said(const char *symbol, const char *number, const char *key, char place[SAID_BYTES_MAX])
{
    struct enrolment_row row = { 0 };
    struct findings      findings;
    struct text          text = text_in(place, SAID_BYTES_MAX);

    findings_clear(&findings);
    row_clear(&row);
    take(&row, COLUMN_OPERATION, "lose", &findings);
    take(&row, COLUMN_SYMBOL, symbol, &findings);
    take(&row, COLUMN_NUMBER, number, &findings);
    take(&row, COLUMN_ROW_KEY, key, &findings);
    take(&row, COLUMN_BIRTH_DATE, "1980-01-02", &findings);
    said_add(&text, &row);
    assert_false(text.is_full);
    return text_span(&text);
}

static void
rows_say_the_same_only_when_every_column_but_their_key_does(void **state)
{
    char one[SAID_BYTES_MAX];
    char other[SAID_BYTES_MAX];
    (void)state;
    CASE_SPAN("key", said("10", "20", "K-1", one), said("10", "20", "K-2", other));
    assert_false(span_equal(said("10", "20", "", one), said("1", "020", "", other)));
    assert_false(span_equal(said("10", "20", "", one), said("10", "21", "", other)));
    assert_false(span_equal(said("", "1020", "", one), said("1020", "", "", other)));
    assert_false(span_equal(said("1", "4:1:2", "", one), said("14:1:2", "", "", other)));
}

static void
there_is_room_for_what_any_row_says_and_its_personal_number_is_not_in_it(void **state)
{
    static char          longest[24 * 1024]; /* of the longest column */
    static char          place[SAID_BYTES_MAX];
    char                 digits[PERSONAL_NUMBER_DIGITS + 1] = "900000000016";
    struct enrolment_row row = { 0 };
    struct findings      findings;
    struct text          text = text_in(place, sizeof(place));
    (void)state;
    findings_clear(&findings);
    row_clear(&row);
    for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
        const struct column *column = column_info(id);
        size_t               length = 0;
        for (unsigned i = 0; i < column->chars_max && length + 3 <= column->bytes_max; i++)
            memcpy(longest + length, "架", 3), length += 3;
        longest[length] = '\0';
        take(&row, id, column->type == COLUMN_TEXT ? longest : column->example, &findings);
    }
    take(&row, COLUMN_PERSONAL_NUMBER, digits, &findings);
    assert_int_equal(findings.count, 0);
    said_add(&text, &row);
    assert_false(text.is_full);
    assert_null(strstr(place, digits));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_is_named_once_and_takes_its_own_example),
        cmocka_unit_test(a_value_that_cannot_be_taken_is_a_finding_and_leaves_the_member_empty),
        cmocka_unit_test(values_are_taken_without_the_blanks_around_them),
        cmocka_unit_test(a_personal_number_is_kept_as_twelve_digits_until_it_is_wiped),
        cmocka_unit_test(findings_are_bounded_and_each_stands_once),
        cmocka_unit_test(findings_are_stored_as_text_and_read_again),
        cmocka_unit_test(rows_say_the_same_only_when_every_column_but_their_key_does),
        cmocka_unit_test(there_is_room_for_what_any_row_says_and_its_personal_number_is_not_in_it),
        cmocka_unit_test(every_rule_of_the_table_has_its_meaning_and_a_source),
    };
    return cmocka_run_group_tests_name("row", tests, NULL, NULL);
}
