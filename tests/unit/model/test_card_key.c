#include "../cases.h"

#include "model/card_key.h"

enum { ARENA_BYTES = 4096 };

static const struct insurer_number insurer = { "00012345" };

static struct card_key
key_of(const char *symbol, const char *number, const char *branch, struct arena *arena)
{
    struct card_key key = { 0 };
    struct blame    blame = { 0 };
    CASE_INT(number,
             card_key_make(&insurer, span_of(symbol), span_of(number), span_of(branch), arena, &key,
                           &blame),
             FAULT_NONE);
    CASE_TRUE(number, blame.reason == NULL && blame.field == NULL);
    return key;
}

static void
a_key_joins_insurer_loose_symbol_and_loose_number(void **state)
{
    static const struct {
        const char *symbol;
        const char *number;
        const char *branch;
        const char *text;
        const char *symbol_key;
        const char *number_key;
        const char *branch_key;
    } cases[] = {
        { "あいう", "１８７", "05", "00012345:アイウ:187", "アイウ", "187", "05" },
        { "", "１８７", "", "00012345::187", "", "187", "" },
        { "1234", "1987654", "", "00012345:1234:1987654", "1234", "1987654", "" },
        { "12-34", "1987654", "", "00012345:1234:1987654", "1234", "1987654", "" },
        { "１２・３４", "１９８７６５４", "", "00012345:1234:1987654", "1234", "1987654", "" },
        { "0012", "0000187", "1", "00012345:12:187", "0012", "0000187", "01" },
        { "000", "0000", "00", "00012345:0:0", "000", "0000", "00" },
        { "ｷｺﾞｳ", "7", "９", "00012345:キゴウ:7", "キゴウ", "7", "09" },
        { "－", "7", " ", "00012345::7", "", "7", "" },
        { "a:b", "1:2", "12", "00012345:AB:12", "AB", "12", "12" },
        { "  12 ", " 34 ", " 5 ", "00012345:12:34", "12", "34", "05" },
        { "0-0-7", "0-0-8", "", "00012345:7:8", "007", "008", "" },
    };
    struct arena arena;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct card_key key = key_of(cases[i].symbol, cases[i].number, cases[i].branch, &arena);
        CASE_SPAN(cases[i].number, key.text, span_of(cases[i].text));
        CASE_SPAN(cases[i].number, key.rest, span_of(cases[i].text + 9));
        CASE_SPAN(cases[i].number, key.symbol_key, span_of(cases[i].symbol_key));
        CASE_SPAN(cases[i].number, key.number_key, span_of(cases[i].number_key));
        CASE_TEXT(cases[i].number, key.branch, cases[i].branch_key);
        CASE_SPAN(cases[i].number, card_key_branch(&key), span_of(cases[i].branch_key));
        CASE_INT(cases[i].number, key.has_branch, cases[i].branch_key[0] != '\0');
        arena_reset(&arena);
    }
    arena_close(&arena);
}

static void
a_missing_branch_is_not_00(void **state)
{
    struct arena    arena;
    struct card_key missing, zero;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    missing = key_of("1", "2", "", &arena);
    zero = key_of("1", "2", "0", &arena);
    assert_false(missing.has_branch);
    assert_int_equal(card_key_branch(&missing).length, 0);
    assert_true(zero.has_branch);
    CASE_SPAN("zero", card_key_branch(&zero), span_of("00"));
    arena_close(&arena);
}

static void
faults_name_the_field_and_leave_the_key_untouched(void **state)
{
    static const struct {
        const char *symbol;
        const char *number;
        const char *branch;
        enum fault  fault;
        const char *field;
    } cases[] = {
        { "123456789012345678901", "1", "", FAULT_FIELD_TOO_LONG, "symbol" },
        { "あいうえおかきくけこあいうえおかきくけこさ", "1", "", FAULT_FIELD_TOO_LONG, "symbol" },
        { "1", "123456789012345678901", "", FAULT_FIELD_TOO_LONG, "number" },
        { "1", "", "", FAULT_FIELD_MISSING, "number" },
        { "1", "　", "", FAULT_FIELD_MISSING, "number" },
        { "1", "-", "", FAULT_FIELD_MISSING, "number" },
        { "\xff", "1", "", FAULT_FIELD_MALFORMED, "symbol" },
        { "1", "1\n2", "", FAULT_FIELD_MALFORMED, "number" },
        { "1", "1", "123", FAULT_FIELD_MALFORMED, "branch_number" },
        { "1", "1", "A", FAULT_FIELD_MALFORMED, "branch_number" },
        { "1", "1", "-1", FAULT_FIELD_MALFORMED, "branch_number" },
        { "1", "1", "0 1", FAULT_FIELD_MALFORMED, "branch_number" },
    };
    struct arena arena;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct card_key key = { 0 };
        struct blame    blame = { 0 };
        CASE_INT(cases[i].field,
                 card_key_make(&insurer, span_of(cases[i].symbol), span_of(cases[i].number),
                               span_of(cases[i].branch), &arena, &key, &blame),
                 cases[i].fault);
        CASE_TEXT(cases[i].field, blame.field, cases[i].field);
        CASE_TRUE(cases[i].field, blame.reason != NULL);
        CASE_TRUE(cases[i].field, key.text.bytes == NULL);
    }
    arena_close(&arena);
}

static void
twenty_characters_fit_and_padding_does_not_count(void **state)
{
    struct arena arena;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    struct card_key key = key_of("あいうえおかきくけこあいうえおかきくけこ",
                                 "   12345678901234567890   ", "", &arena);
    assert_int_equal(key.symbol_key.length, 60);
    assert_int_equal(key.number_key.length, 20);
    arena_close(&arena);
}

static void
a_full_arena_is_a_fault_at_every_size(void **state)
{
    size_t refused = 0, made = 0;

    (void)state;
    for (size_t size_bytes = 16; size_bytes <= 256; size_bytes += 16) {
        struct arena    arena;
        struct card_key key = { 0 };
        struct blame    blame = { 0 };
        assert_true(arena_open(&arena, size_bytes, size_bytes));
        enum fault fault = card_key_make(&insurer, span_of("キゴウ"), span_of("0187"), span_of("1"),
                                         &arena, &key, &blame);
        assert_true(fault == FAULT_NONE || fault == FAULT_REQUEST_TOO_LARGE);
        refused += fault == FAULT_REQUEST_TOO_LARGE;
        made += fault == FAULT_NONE;
        if (fault == FAULT_NONE)
            CASE_SPAN("made", key.text, span_of("00012345:キゴウ:187"));
        arena_close(&arena);
    }
    assert_true(refused > 0 && made > 0);
}

static void
the_key_of_a_key_is_the_same_key(void **state)
{
    struct arena arena;
    uint64_t     seed = 9;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (int round = 0; round < 5000; round++) {
        char symbol[9] = "", number[9] = "";
        random_digits(&seed, symbol, random_below(&seed, 8));
        random_digits(&seed, number, 1 + random_below(&seed, 7));
        struct card_key key = key_of(symbol, number, "", &arena);
        struct card_key again = { 0 };
        struct blame    blame = { 0 };
        assert_int_equal(card_key_make(&insurer, key.symbol_loose, key.number_loose,
                                       (struct span){ 0 }, &arena, &again, &blame),
                         FAULT_NONE);
        CASE_SPAN(number, again.text, key.text);
        arena_reset(&arena);
    }
    arena_close(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_joins_insurer_loose_symbol_and_loose_number),
        cmocka_unit_test(a_missing_branch_is_not_00),
        cmocka_unit_test(faults_name_the_field_and_leave_the_key_untouched),
        cmocka_unit_test(twenty_characters_fit_and_padding_does_not_count),
        cmocka_unit_test(a_full_arena_is_a_fault_at_every_size),
        cmocka_unit_test(the_key_of_a_key_is_the_same_key),
    };
    return cmocka_run_group_tests_name("model/card_key", tests, NULL, NULL);
}
