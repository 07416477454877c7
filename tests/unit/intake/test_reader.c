#include "files.h"

#include <malloc.h>

#define HEADER "operation,number,birth_date,name,row_key\n"

static const size_t pieces[] = { 0, 1, 2, 3, 7, 64 };

static void
a_file_is_read_the_same_in_whatever_pieces_it_comes(void **state)
{
    static const char text[] = "\xEF\xBB\xBFrow_key, name ,birth_date,number,operation\r\n"
                               "K-1,架空　太郎,1980-01-02,123,acquire\r\n"
                               "\r\n"
                               "K-2,\"架空, \"\"次郎\"\"\r\n三郎\",1980-01-02,124,lose\n"
                               "\"K-3\",\"\",\"1980-01-02\",\"125\",\"cancel\"";
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct reader_settings settings = usual_csv();
        struct file            file = file_of(span_of(text), pieces[i]);
        struct outcome         outcome;
        outcome_of(&file, &settings, &outcome);
        CASE_INT("end", outcome.end, READER_END);
        CASE_INT("rows", outcome.rows, 3);
        CASE_TEXT("first", outcome.names[0], "架空　太郎");
        CASE_TEXT("second", outcome.names[1], "架空, \"次郎\"\r\n三郎");
        CASE_TEXT("third", outcome.names[2], "");
        CASE_INT("line", outcome.lines[0], 2);
        CASE_INT("line", outcome.lines[1], 4);
        CASE_INT("line", outcome.lines[2], 6);
        for (int row = 0; row < 3; row++)
            CASE_INT("findings", outcome.findings[row].count, 0);
    }
}

static void
a_bad_row_is_a_finding_and_its_neighbours_are_read(void **state)
{
    static const struct {
        const char  *line;
        enum rule_id rule;
    } cases[] = {
        { "acquire,123,1980-01-02,太郎", RULE_ROW_BROKEN },
        { "acquire,123,1980-01-02,太郎,K,more", RULE_ROW_BROKEN },
        { "acquire,123,1980-01-02,太\"郎,K", RULE_ROW_BROKEN },
        { "acquire,123,1980-01-02,\"太郎\"子,K", RULE_ROW_BROKEN },
        { "acquire,123,1980-02-30,太郎,K", RULE_DATES },
        { "acquire,1234567890123456789012,1980-01-02,太郎,K", RULE_TOO_LONG },
        { "start,123,1980-01-02,太郎,K", RULE_OPERATION },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char                   text[512];
        struct reader_settings settings = usual_csv();
        struct outcome         outcome;
        snprintf(text, sizeof(text), HEADER "lose,1,1980-01-02,前,K\n%s\nlose,2,1980-01-02,後,K\n",
                 cases[i].line);
        struct file file = file_of(span_of(text), 0);
        outcome_of(&file, &settings, &outcome);
        CASE_INT(cases[i].line, outcome.end, READER_END);
        CASE_INT(cases[i].line, outcome.rows, 3);
        CASE_INT(cases[i].line, outcome.findings[1].count, 1);
        CASE_INT(cases[i].line, outcome.findings[1].items[0].rule, cases[i].rule);
        CASE_INT(cases[i].line, outcome.findings[0].count + outcome.findings[2].count, 0);
        CASE_TEXT(cases[i].line, outcome.names[2], "後");
    }
}

static void
a_file_whose_structure_is_broken_is_refused_with_the_place(void **state)
{
    static const struct {
        struct span  text;
        enum refusal refusal;
        uint64_t     line;
        uint64_t     byte;
        const char  *names;
        bool         is_json;
    } cases[] = {
#define BYTES(text) { text, sizeof(text) - 1 }
        { BYTES(""), REFUSAL_FILE_EMPTY, 1, 0, "", false },
        { BYTES("\n\r\n"), REFUSAL_FILE_EMPTY, 3, 3, "", false },
        { BYTES(HEADER), REFUSAL_NO_ROWS, 2, 41, "", false },
        { BYTES("a,b\n1,2\n"), REFUSAL_HEADER_MISSING, 1, 0, "", false },
        { BYTES("\"operation,number\n"), REFUSAL_QUOTE_UNTERMINATED, 1, 0, "", false },
        { BYTES("op\"eration,number\n"), REFUSAL_HEADER_BROKEN, 1, 0, "", false },
        { BYTES("operation,sex,number,birth_date,sex3,架空,x y\n"), REFUSAL_COLUMN_UNKNOWN, 1, 0,
          "sex, sex3, column 6, column 7", false },
        { BYTES("operation,number,number,birth_date,operation\n"), REFUSAL_COLUMN_REPEATED, 1, 0,
          "number, operation", false },
        { BYTES("operation,name\n"), REFUSAL_COLUMN_MISSING, 1, 0, "number, birth_date", false },
        { BYTES(HEADER "lose,1,1980-01-02,\"太郎,K\n"), REFUSAL_QUOTE_UNTERMINATED, 2, 41, "",
          false },
        { BYTES(HEADER "lose,1,1980-01-02,\xFF,K\n"), REFUSAL_NOT_TEXT, 2, 59, "", false },
        { BYTES(HEADER "lose,1,1980-01-02,\xE6\x9E,K\n"), REFUSAL_NOT_TEXT, 2, 59, "", false },
        { BYTES(HEADER "lose,1,1980-01-02,\0,K\n"), REFUSAL_NUL_BYTE, 2, 59, "", false },
        { BYTES("\xFF\xFEo\0p\0"), REFUSAL_NOT_TEXT, 1, 0, "", false },
        { BYTES("[{\"operation\":\"lose\"}]\n"), REFUSAL_NOT_JSON_LINES, 1, 23, "", true },
        { BYTES("\n" HEADER), REFUSAL_NOT_JSON_LINES, 2, 42, "", true },
#undef BYTES
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct reader_settings settings = cases[i].is_json ? usual_json() : usual_csv();
        struct file            file = file_of(cases[i].text, i % 2);
        struct outcome         outcome;
        const char            *code = refusal_info(cases[i].refusal)->code;
        outcome_of(&file, &settings, &outcome);
        CASE_INT(code, outcome.end, READER_REFUSED);
        CASE_INT(code, outcome.refused.refusal, cases[i].refusal);
        CASE_INT(code, outcome.refused.line, cases[i].line);
        CASE_INT(code, outcome.refused.byte, cases[i].byte);
        CASE_TEXT(code, outcome.refused.names, cases[i].names);
    }
}

static void
empty_lines_are_passed_over_up_to_a_limit(void **state)
{
    struct reader_settings settings = usual_csv();
    struct outcome         outcome;
    static char            text[sizeof HEADER + READER_EMPTY_MAX + 1];
    size_t                 length = sizeof HEADER - 1;
    struct file            file;
    (void)state;

    memcpy(text, HEADER, length);
    memset(text + length, '\n', READER_EMPTY_MAX + 1);
    file = file_of(span_make(text, length + READER_EMPTY_MAX), 0);
    outcome_of(&file, &settings, &outcome);
    assert_int_equal(outcome.refused.refusal, REFUSAL_NO_ROWS);
    file = file_of(span_make(text, length + READER_EMPTY_MAX + 1), 0);
    outcome_of(&file, &settings, &outcome);
    assert_int_equal(outcome.refused.refusal, REFUSAL_EMPTY_LINES);
}

static void
rows_columns_and_bytes_have_their_limits(void **state)
{
    struct reader_settings settings = usual_csv();
    struct outcome         outcome;
    static char            text[TEXT_LINE_MAX * 2 + 100];
    struct file            file;
    (void)state;

    file = file_of(span_of(HEADER "lose,1,1980-01-02,a,K\nlose,1,1980-01-02,b,K\n"), 0);
    settings.rows_max = 1;
    outcome_of(&file, &settings, &outcome);
    assert_int_equal(outcome.rows, 1);
    assert_int_equal(outcome.refused.refusal, REFUSAL_ROWS_TOO_MANY);
    assert_int_equal(outcome.refused.line, 3);

    settings = usual_csv();
    settings.unpacked_max = 50;
    file.at = 0;
    outcome_of(&file, &settings, &outcome);
    assert_int_equal(outcome.refused.refusal, REFUSAL_UNPACKED_TOO_LARGE);

    /* A line of exactly the limit is a row, one byte more is not. */
    for (size_t over = 0; over < 2; over++) {
        size_t head = strlen(HEADER "lose,1,1980-01-02,");
        memcpy(text, HEADER "lose,1,1980-01-02,", head);
        size_t line = strlen("lose,1,1980-01-02,");
        memset(text + head, 'a', TEXT_LINE_MAX - line - 2 + over);
        memcpy(text + head + TEXT_LINE_MAX - line - 2 + over, ",K\nlose,2,1980-01-02,b,K\n", 26);
        settings = usual_csv();
        file = file_of(span_of(text), 4096);
        outcome_of(&file, &settings, &outcome);
        assert_int_equal(outcome.end, over == 0 ? READER_END : READER_REFUSED);
        assert_int_equal(outcome.rows, over == 0 ? 2 : 0);
        if (over == 0)
            assert_int_equal(outcome.findings[0].items[0].rule, RULE_TOO_LONG);
        else
            assert_int_equal(outcome.refused.refusal, REFUSAL_LINE_TOO_LONG);
    }
    memset(text, ',', sizeof(text));
    memcpy(text, HEADER, strlen(HEADER) - 1);
    text[200] = '\n';
    file = file_of(span_make(text, 201), 0);
    outcome_of(&file, &settings, &outcome);
    assert_int_equal(outcome.refused.refusal, REFUSAL_COLUMNS_TOO_MANY);
}

static void
json_lines_are_rows_and_their_faults_are_findings(void **state)
{
    static const struct {
        const char  *line;
        const char  *name; /* NULL: the row is broken */
        enum rule_id rule; /* RULE_NONE: none */
    } cases[] = {
        { "{\"name\":\"太郎\",\"number\":\"123\"}", "太郎", RULE_NONE },
        { " { \"number\" : 123 , \"name\" : \"\\u592a\\u90ce\\/\\\\\" } ", "太郎/\\", RULE_NONE },
        { "{\"name\":\"\\ud842\\udfb7\"}", "𠮷", RULE_NONE },
        { "{\"name\":null,\"number\":\"123\"}", "", RULE_NONE },
        { "{}", "", RULE_NONE },
        { "{\"name\":\"太郎\",\"sex\":\"1\"}", "太郎", RULE_MEMBER_UNKNOWN },
        { "{\"name\":\"太郎\",\"name\":\"次郎\"}", "太郎", RULE_MEMBER_TWICE },
        { "{\"name\":null,\"name\":\"次郎\"}", "", RULE_MEMBER_TWICE },
        { "{\"name\":\"太郎\",\"birth_date\":\"1980-02-30\"}", "太郎", RULE_DATES },
        { "{\"name\":true}", NULL, RULE_ROW_BROKEN },
        { "{\"name\":[\"太郎\"]}", NULL, RULE_ROW_BROKEN },
        { "{\"name\":{}}", NULL, RULE_ROW_BROKEN },
        { "{\"name\":\"太郎\"", NULL, RULE_ROW_BROKEN },
        { "{\"name\":\"太郎\"} {}", NULL, RULE_ROW_BROKEN },
        { "{\"name\":\"太郎\",}", NULL, RULE_ROW_BROKEN },
        { "{\"name\":\"\\udfb7\"}", NULL, RULE_ROW_BROKEN },
        { "{\"name\":\"\\ud842x\"}", NULL, RULE_ROW_BROKEN },
        { "{\"name\":\"\\u0000\"}", NULL, RULE_ROW_BROKEN },
        { "{\"name\":\"\\x\"}", NULL, RULE_ROW_BROKEN },
        { "{\"number\":0123}", NULL, RULE_ROW_BROKEN },
        { "{\"number\":1.}", NULL, RULE_ROW_BROKEN },
        { "{\"number\":}", NULL, RULE_ROW_BROKEN },
        { "{name:\"太郎\"}", NULL, RULE_ROW_BROKEN },
        { "[]", NULL, RULE_ROW_BROKEN },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char                   text[512];
        struct reader_settings settings = usual_json();
        struct outcome         outcome;
        snprintf(text, sizeof(text), "{\"name\":\"前\"}\n%s\r\n{\"name\":\"後\"}", cases[i].line);
        struct file file = file_of(span_of(text), 0);
        outcome_of(&file, &settings, &outcome);
        CASE_INT(cases[i].line, outcome.end, READER_END);
        CASE_INT(cases[i].line, outcome.rows, 3);
        CASE_TEXT(cases[i].line, outcome.names[1], cases[i].name == NULL ? "" : cases[i].name);
        CASE_INT(cases[i].line, outcome.findings[1].count, cases[i].rule != RULE_NONE);
        if (cases[i].rule != RULE_NONE)
            CASE_INT(cases[i].line, outcome.findings[1].items[0].rule, cases[i].rule);
        CASE_TEXT(cases[i].line, outcome.names[2], "後");
    }
}

static void
shift_jis_files_are_read_as_unicode(void **state)
{
    /* 架空　髙﨑 with the two that only CP932 has */
    static const char good[] =
        HEADER "lose,1,1980-01-02,\x89\xCB\x8B\xF3\x81\x40\xFB\xFC\xFA\xB1,K\r\n"
               "lose,2,1980-01-02,\xB6\xB8\xB3,K\r\n";
    static const struct {
        const char *bytes;
        uint64_t    line;
    } bad[] = {
        { HEADER "lose,1,1980-01-02,a,K\nlose,1,1980-01-02,\x89\xFF,K\n", 3 },
        { HEADER "lose,1,1980-01-02,a,K\nlose,1,1980-01-02,\x89", 3 },
        { HEADER "lose,1,1980-01-02,\xE6\x9E\xB6\xE7\xA9\xBA\x80,K\n", 2 }, /* UTF-8, in fact */
    };
    struct reader_settings settings = reader_usual(FORMAT_CSV, PACKING_NONE, CHARSET_CP932);
    struct outcome         outcome;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct file file = file_of(span_of(good), pieces[i]);
        outcome_of(&file, &settings, &outcome);
        assert_int_equal(outcome.end, READER_END);
        CASE_TEXT("name", outcome.names[0], "架空　髙﨑");
        CASE_TEXT("name", outcome.names[1], "ｶｸｳ");
        for (size_t j = 0; j < ARRAY_LEN(bad); j++) {
            file = file_of(span_of(bad[j].bytes), pieces[i]);
            outcome_of(&file, &settings, &outcome);
            CASE_INT("bad", outcome.refused.refusal, REFUSAL_NOT_TEXT);
            CASE_INT("bad", outcome.refused.line, bad[j].line);
        }
    }
}

/* A file without an end worth mentioning: the same rows again and again. */
struct endless {
    uint64_t left;
    bool     has_begun;
    size_t   most_heap;
};

static ssize_t
pull_endless(void *owner, char *place, size_t size)
{
    static const char row[] = "lose,123,1980-01-02,架空　太郎,K\n";
    struct endless   *endless = owner;
    size_t            length = 0;
    size_t            heap = mallinfo2().uordblks;

    if (heap > endless->most_heap)
        endless->most_heap = heap;
    if (!endless->has_begun) {
        memcpy(place, HEADER, strlen(HEADER));
        length = strlen(HEADER);
        endless->has_begun = true;
    }
    for (; endless->left > 0 && length + strlen(row) <= size; endless->left--) {
        memcpy(place + length, row, strlen(row));
        length += strlen(row);
    }
    return (ssize_t)length;
}

static void
memory_does_not_grow_with_the_file(void **state)
{
    struct reader_settings settings = usual_csv();
    struct endless         endless = { .left = 200000 };
    struct enrolment_row   row;
    struct findings        findings;
    struct reader         *reader;
    uint32_t               rows = 0;
    size_t                 before = mallinfo2().uordblks;
    (void)state;
    assert_true(reader_open(&reader, pull_endless, &endless, &settings));
    while (reader_next(reader, &row, &findings) == READER_ROW)
        rows++;
    reader_close(reader);
    assert_int_equal(rows, 200000);
    assert_true(endless.most_heap - before < 512 * 1024);
}

static void
a_path_that_is_no_file_is_told_at_once_and_one_that_is_read(void **state)
{
    struct reader_settings settings = usual_json();
    struct reader         *reader;
    struct enrolment_row   row;
    struct findings        findings;
    (void)state;
    assert_false(reader_open_path(&reader, "/no/such/file", &settings));
    assert_true(reader_open_path(&reader, "/", &settings));
    assert_int_equal(reader_next(reader, &row, &findings), READER_REFUSED);
    assert_int_equal(reader_refused(reader)->refusal, REFUSAL_UNREADABLE);
    reader_close(reader);
    assert_true(reader_open_path(&reader, "/dev/null", &settings));
    assert_int_equal(reader_next(reader, &row, &findings), READER_REFUSED);
    assert_int_equal(reader_refused(reader)->refusal, REFUSAL_FILE_EMPTY);
    reader_close(reader);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_the_same_in_whatever_pieces_it_comes),
        cmocka_unit_test(a_bad_row_is_a_finding_and_its_neighbours_are_read),
        cmocka_unit_test(a_file_whose_structure_is_broken_is_refused_with_the_place),
        cmocka_unit_test(empty_lines_are_passed_over_up_to_a_limit),
        cmocka_unit_test(rows_columns_and_bytes_have_their_limits),
        cmocka_unit_test(json_lines_are_rows_and_their_faults_are_findings),
        cmocka_unit_test(shift_jis_files_are_read_as_unicode),
        cmocka_unit_test(memory_does_not_grow_with_the_file),
        cmocka_unit_test(a_path_that_is_no_file_is_told_at_once_and_one_that_is_read),
    };
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
