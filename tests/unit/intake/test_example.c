#include "../rule/rows.h"
#include "files.h"

#include "rule/said.h"

enum { EXAMPLE_ROWS = 12 };

static void
open_example(struct reader **ret_reader, const char *path, enum reader_format format)
{
    struct reader_settings settings = reader_usual(format, PACKING_NONE, CHARSET_UTF8);
    assert_true(reader_open_path(ret_reader, path, &settings));
}

static void
judge_without_finding(const struct rule_context *context, const struct enrolment_row *row,
                      struct findings *findings)
{
    struct rule_file file = { 0 };
    struct row_clock clock;
    char             first[RULE_ID_SIZE] = "";

    judge_row(context, &file, row, &clock, findings);
    if (findings->count > 0)
        rule_id_text(findings->items[0].rule, first);
    CASE_TEXT("row of the example", first, "");
}

static void
both_examples_are_judged_without_a_finding_and_say_the_same(void **state)
{
    struct rule_context  context = rows_context(ROWS_SOCIETY);
    struct reader       *csv;
    struct reader       *json;
    struct enrolment_row csv_row;
    struct enrolment_row json_row;
    struct findings      findings;
    uint32_t             operations = 0;
    int                  rows = 0;
    (void)state;
    CASE_TEXT("insurer of the example", context.insurer.digits, "06139018");
    open_example(&csv, "schema/batch/example.csv", FORMAT_CSV);
    open_example(&json, "schema/batch/example.jsonl", FORMAT_JSON_LINES);
    while (reader_next(csv, &csv_row, &findings) == READER_ROW) {
        char        one[SAID_BYTES_MAX];
        char        other[SAID_BYTES_MAX];
        struct text csv_text = text_in(one, sizeof(one));
        struct text json_text = text_in(other, sizeof(other));
        rows++;
        judge_without_finding(&context, &csv_row, &findings);
        assert_int_equal(reader_next(json, &json_row, &findings), READER_ROW);
        judge_without_finding(&context, &json_row, &findings);
        said_add(&csv_text, &csv_row);
        said_add(&json_text, &json_row);
        CASE_SPAN("what the row says", text_span(&csv_text), text_span(&json_text));
        CASE_SPAN("its key", csv_row.row_key, json_row.row_key);
        assert_memory_equal(&csv_row.personal_number, &json_row.personal_number,
                            sizeof(csv_row.personal_number));
        operations |= 1U << csv_row.operation;
    }
    assert_int_equal(rows, EXAMPLE_ROWS);
    assert_int_equal(reader_next(csv, &csv_row, &findings), READER_END);
    assert_int_equal(reader_next(json, &json_row, &findings), READER_END);
    assert_int_equal(operations, (1U << OPERATION_COUNT) - 2);
    reader_close(csv);
    reader_close(json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_examples_are_judged_without_a_finding_and_say_the_same),
    };
    return cmocka_run_group_tests_name("example", tests, NULL, NULL);
}
