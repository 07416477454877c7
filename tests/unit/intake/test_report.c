#include "files.h"

#include "intake/report.h"

static char place[REPORT_ROW_BYTES_MAX];

static struct span
written(enum report_format format, enum report_language language, const struct report_row *row)
{
    struct text text = text_in(place, sizeof(place));
    report_add(&text, format, language, row);
    assert_false(text.is_full);
    return text_span(&text);
}

static const struct finding two[] = { { RULE_DATES, COLUMN_BIRTH_DATE, 0 },
                                      { RULE_ROW_BROKEN, COLUMN_NONE, 0 } };

static void
csv_has_a_line_for_each_finding_and_one_for_a_row_without(void **state)
{
    struct report_row row = { .row_no = 7,
                              .row_key = span_of("K-7"),
                              .outcome = REPORT_REFUSED,
                              .due_on = 20782,
                              .findings = two,
                              .count = 2 };
    struct text       text = text_in(place, sizeof(place));
    (void)state;
    report_head(&text, REPORT_CSV);
    CASE_TEXT("head", place, "row_no,row_key,outcome,due_on,rule,severity,field,meaning\r\n");
    CASE_SPAN(
        "two", written(REPORT_CSV, REPORT_ENGLISH, &row),
        span_of("7,K-7,refused,2026-11-25,VR-10,refuse,birth_date,\"a date is none of the "
                "calendar, or out of order (birth, acquisition, loss), or the person would be "
                "unborn or above 130\"\r\n"
                "7,K-7,refused,2026-11-25,VR-39,refuse,,\"the row cannot be read: another "
                "number of fields than the header, or broken JSON\"\r\n"));
    row.count = 0;
    row.outcome = REPORT_APPLIED;
    row.due_on = DAY_UNKNOWN;
    CASE_SPAN("none", written(REPORT_CSV, REPORT_JAPANESE, &row),
              span_of("7,K-7,applied,,,,,\r\n"));
}

static void
json_has_an_object_for_each_row(void **state)
{
    struct report_row row = { .row_no = 7,
                              .row_key = span_of("K\"7"),
                              .outcome = REPORT_HELD,
                              .due_on = 20782,
                              .findings = two + 1,
                              .count = 1 };
    (void)state;
    CASE_SPAN(
        "one", written(REPORT_JSON_LINES, REPORT_JAPANESE, &row),
        span_of("{\"row_no\":7,\"row_key\":\"K\\\"7\",\"outcome\":\"held\",\"due_on\":\"2026-11-"
                "25\",\"findings\":[{\"rule\":\"VR-39\",\"severity\":\"refuse\",\"meaning\":"
                "\"行が読めない（欄の数が見出しと違う、JSON として誤り等）\"}]}\n"));
    row = (struct report_row){ .row_no = 8, .outcome = REPORT_UNCHANGED, .due_on = DAY_UNKNOWN };
    CASE_SPAN("none", written(REPORT_JSON_LINES, REPORT_ENGLISH, &row),
              span_of("{\"row_no\":8,\"outcome\":\"unchanged\",\"findings\":[]}\n"));
}

static void
what_a_spreadsheet_would_calculate_gets_an_apostrophe(void **state)
{
    static const struct {
        const char *row_key;
        const char *field;
    } cases[] = {
        { "=1+1", "'=1+1" },
        { "+1", "'+1" },
        { "-1", "'-1" },
        { "@SUM(A1)", "'@SUM(A1)" },
        { "\t=1", "'\t=1" },
        { "\r=1", "\"'\r=1\"" },
        { "＝1", "'＝1" },
        { "－1", "'－1" },
        { "=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"" },
        { "1=1", "1=1" },
        { "a,b", "\"a,b\"" },
        { "a\nb", "\"a\nb\"" },
        { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct report_row row = { .row_no = 1,
                                  .row_key = span_of(cases[i].row_key),
                                  .due_on = DAY_UNKNOWN };
        char              expected[256];
        snprintf(expected, sizeof(expected), "1,%s,checked,,,,,\r\n", cases[i].field);
        CASE_SPAN(cases[i].row_key, written(REPORT_CSV, REPORT_ENGLISH, &row), span_of(expected));
    }
}

static void
there_is_room_for_any_row(void **state)
{
    char           key[64 * 3];
    struct finding findings[FINDINGS_MAX];
    enum rule_id   longest = RULE_NONE + 1;
    (void)state;
    memset(key, '"', sizeof(key));
    for (enum rule_id id = RULE_NONE + 1; id < RULE_COUNT; id++)
        if (strlen(rule_info(id)->meaning_ja) > strlen(rule_info(longest)->meaning_ja))
            longest = id;
    for (size_t i = 0; i < ARRAY_LEN(findings); i++)
        findings[i] =
            (struct finding){ (uint8_t)longest, COLUMN_PERSONAL_NUMBER_ABSENCE, UINT8_MAX };
    struct report_row row = { .row_no = UINT32_MAX,
                              .row_key = span_make(key, sizeof(key)),
                              .outcome = REPORT_UNCHANGED,
                              .findings = findings,
                              .count = ARRAY_LEN(findings) };
    assert_true(written(REPORT_CSV, REPORT_JAPANESE, &row).length > 0);
    assert_true(written(REPORT_JSON_LINES, REPORT_JAPANESE, &row).length > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_has_a_line_for_each_finding_and_one_for_a_row_without),
        cmocka_unit_test(json_has_an_object_for_each_row),
        cmocka_unit_test(what_a_spreadsheet_would_calculate_gets_an_apostrophe),
        cmocka_unit_test(there_is_room_for_any_row),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
