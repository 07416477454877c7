#include "files.h"

#define FILE_TEXT                         \
    "operation,number,birth_date,name\n"  \
    "lose,1,1980-01-02,架空　太郎\n" \
    "lose,2,1980-01-02,架空　次郎\n"

enum { PLACE_BYTES = 1 << 20, BOMB_BYTES = 64 << 20, LINE_BYTES = 1 << 10 };

typedef struct span pack_bytes(struct span bytes, char *place, size_t size);

static const struct {
    const char  *name;
    enum packing packing;
    pack_bytes  *pack;
} ways[] = {
    { "gzip", PACKING_GZIP, pack_gzip },
    { "zstd", PACKING_ZSTD, pack_zstd },
};

static char place[PLACE_BYTES];

static struct reader_settings
packed_csv(enum packing packing)
{
    return reader_usual(FORMAT_CSV, packing, CHARSET_UTF8);
}

static void
a_packed_file_is_read_as_what_it_was_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        for (size_t piece = 0; piece < 4; piece++) {
            struct span            packed = ways[i].pack(span_of(FILE_TEXT), place, sizeof(place));
            struct reader_settings settings = packed_csv(ways[i].packing);
            struct file            file = file_of(packed, piece);
            struct outcome         outcome;
            outcome_of(&file, &settings, &outcome);
            CASE_INT(ways[i].name, outcome.end, READER_END);
            CASE_INT(ways[i].name, outcome.rows, 2);
            CASE_TEXT(ways[i].name, outcome.names[1], "架空　次郎");
        }
}

static void
members_that_follow_each_other_are_one_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct reader_settings settings = packed_csv(ways[i].packing);
        struct span            first = ways[i].pack(span_of(FILE_TEXT), place, sizeof(place));
        struct span            second = span_of("lose,3,1980-01-02,架空　三郎\n");
        second = ways[i].pack(second, place + first.length, sizeof(place) - first.length);
        struct file    file = file_of(span_make(place, first.length + second.length), 5);
        struct outcome outcome;
        outcome_of(&file, &settings, &outcome);
        CASE_INT(ways[i].name, outcome.end, READER_END);
        CASE_INT(ways[i].name, outcome.rows, 3);
    }
}

static void
a_packed_file_that_breaks_off_or_is_damaged_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct reader_settings settings = packed_csv(ways[i].packing);
        struct span            packed = ways[i].pack(span_of(FILE_TEXT), place, sizeof(place));
        struct outcome         outcome;
        for (size_t cut = 0; cut < packed.length; cut++) {
            struct file file = file_of(span_make(place, cut), 0);
            outcome_of(&file, &settings, &outcome);
            CASE_INT(ways[i].name, outcome.refused.refusal, REFUSAL_PACKING_TRUNCATED);
        }
        place[packed.length] = 'x';
        struct file file = file_of(span_make(place, packed.length + 1), 0);
        outcome_of(&file, &settings, &outcome);
        /* One byte may yet be the start of another member: then the file breaks off. */
        CASE_INT(ways[i].name, outcome.end, READER_REFUSED);
        memcpy(place + packed.length, "no member", 9);
        file = file_of(span_make(place, packed.length + 9), 0);
        outcome_of(&file, &settings, &outcome);
        CASE_INT(ways[i].name, outcome.refused.refusal, REFUSAL_PACKING_BROKEN);
        file = file_of(span_of(FILE_TEXT), 0);
        outcome_of(&file, &settings, &outcome);
        CASE_INT(ways[i].name, outcome.refused.refusal, REFUSAL_PACKING_BROKEN);
        CASE_INT(ways[i].name, outcome.rows, 0);
    }
    struct reader_settings settings = usual_csv();
    struct span            packed = pack_gzip(span_of(FILE_TEXT), place, sizeof(place));
    struct file            file = file_of(packed, 0);
    struct outcome         outcome;
    outcome_of(&file, &settings, &outcome);
    assert_int_equal(outcome.refused.refusal, REFUSAL_NOT_TEXT);
}

static void
a_file_that_grows_beyond_measure_is_refused_early(void **state)
{
    char *zeros = malloc(BOMB_BYTES);
    (void)state;
    assert_non_null(zeros);
    memset(zeros, ',', BOMB_BYTES);
    for (size_t i = 0; i < BOMB_BYTES; i += LINE_BYTES)
        zeros[i] = '\n';
    memcpy(zeros, FILE_TEXT, strlen(FILE_TEXT));
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct reader_settings settings = packed_csv(ways[i].packing);
        struct span    packed = ways[i].pack(span_make(zeros, BOMB_BYTES), place, sizeof(place));
        struct file    file = file_of(packed, 512);
        struct outcome outcome;
        outcome_of(&file, &settings, &outcome);
        CASE_INT(ways[i].name, outcome.refused.refusal, REFUSAL_PACKING_RATIO);
        /* About as much was looked at as makes the free bytes, and not the whole. */
        CASE_TRUE(ways[i].name, file.at < packed.length / 4);
    }
    free(zeros);
}

static void
a_zstd_window_that_is_too_large_is_refused(void **state)
{
    ZSTD_CCtx             *context = ZSTD_createCCtx();
    struct reader_settings settings = reader_usual(FORMAT_CSV, PACKING_ZSTD, CHARSET_UTF8);
    struct outcome         outcome;
    (void)state;
    assert_non_null(context);
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27)));
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)));
    ZSTD_inBuffer  in = { FILE_TEXT, strlen(FILE_TEXT), 0 };
    ZSTD_outBuffer out = { place, sizeof(place), 0 };
    while (ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue) > 0 && in.pos < in.size)
        continue;
    assert_int_equal(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
    (void)ZSTD_freeCCtx(context);
    struct file file = file_of(span_make(place, out.pos), 0);
    outcome_of(&file, &settings, &outcome);
    assert_int_equal(outcome.refused.refusal, REFUSAL_PACKING_WINDOW);
}

static void
every_refusal_has_a_code_of_its_own_and_its_meaning(void **state)
{
    (void)state;
    for (enum refusal one = REFUSAL_NONE + 1; one < REFUSAL_COUNT; one++) {
        const struct refusal_row *row = refusal_info(one);
        assert_true(row->code[0] != '\0' && row->meaning_ja[0] != '\0' && row->meaning[0] != '\0');
        assert_int_equal(strspn(row->code, "abcdefghijklmnopqrstuvwxyz_"), strlen(row->code));
        for (enum refusal other = REFUSAL_NONE + 1; other < one; other++)
            assert_string_not_equal(row->code, refusal_info(other)->code);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packed_file_is_read_as_what_it_was_before),
        cmocka_unit_test(members_that_follow_each_other_are_one_file),
        cmocka_unit_test(a_packed_file_that_breaks_off_or_is_damaged_is_refused),
        cmocka_unit_test(a_file_that_grows_beyond_measure_is_refused_early),
        cmocka_unit_test(a_zstd_window_that_is_too_large_is_refused),
        cmocka_unit_test(every_refusal_has_a_code_of_its_own_and_its_meaning),
    };
    return cmocka_run_group_tests_name("packing", tests, NULL, NULL);
}
