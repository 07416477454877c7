/*
 * Ten thousand files that were sound once, each damaged in some way: every one must end in a report
 * or in a refusal, with memory that does not grow. MUTANTS sets another number, for the long form.
 */
#include "files.h"

#include "intake/report.h"
#include "model/day.h"
#include "rule/judging.h"

#include <malloc.h>

enum { MUTANTS_USUAL = 10000, FILE_MAX = 64 * 1024, ROWS_OF_A_FILE = 12, EDITS_MAX = 4 };

static const char *const csv_rows[] = {
    "acquire,K-1,1010,123,00,1980-01-02,架空　太郎,カクウ　タロウ,1,2026-11-20,2026-11-24,030",
    "lose,K-2,1010,124,01,1981-02-03,,,,2026-11-20,2026-11-24,",
    "change,K-3,\"10,10\",125,02,1982-03-04,\"架空　\"\"三郎\"\"\",カクウ　サブロウ,2,,,020",
    "cancel,K-4,1010,126,,19830405,,,,,,",
};
static const char csv_head[] = "operation,row_key,symbol,number,branch_number,birth_date,name,"
                               "name_kana,sex1,acquired_on,notice_received_on,burden_ratio\r\n";
static const char *const json_rows[] = {
    "{\"operation\":\"acquire\",\"row_key\":\"K-1\",\"number\":\"123\",\"birth_date\":\"1980-01-"
    "02\","
    "\"name\":\"\\u67b6\\u7a7a\",\"burden_ratio\":30}",
    "{\"operation\":3,\"number\":\"124\",\"birth_date\":\"1981-02-03\",\"lost_on\":null}",
};

struct mutant {
    char   bytes[FILE_MAX];
    size_t length;
};

static void
add(struct mutant *mutant, const char *text)
{
    size_t length = strlen(text);
    assert_true(mutant->length + length <= FILE_MAX);
    memcpy(mutant->bytes + mutant->length, text, length);
    mutant->length += length;
}

static void
make_sound(struct mutant *mutant, enum reader_format format, uint64_t *seed)
{
    mutant->length = 0;
    if (format == FORMAT_CSV)
        add(mutant, csv_head);
    for (int i = 0; i < ROWS_OF_A_FILE; i++) {
        add(mutant, format == FORMAT_CSV ? csv_rows[random_below(seed, ARRAY_LEN(csv_rows))]
                                         : json_rows[random_below(seed, ARRAY_LEN(json_rows))]);
        add(mutant, random_below(seed, 2) == 0 ? "\n" : "\r\n");
    }
}

static size_t
place_in(const struct mutant *mutant, uint64_t *seed)
{
    return mutant->length == 0 ? 0 : random_below(seed, (uint32_t)mutant->length);
}

static void
insert(struct mutant *mutant, size_t at, const char *bytes, size_t length)
{
    if (mutant->length + length > FILE_MAX)
        return;
    memmove(mutant->bytes + at + length, mutant->bytes + at, mutant->length - at);
    memcpy(mutant->bytes + at, bytes, length);
    mutant->length += length;
}

static void
flip_bit(struct mutant *mutant, uint64_t *seed)
{
    if (mutant->length > 0)
        mutant->bytes[place_in(mutant, seed)] ^= (char)(1 << random_below(seed, 8));
}

static void
cut_off(struct mutant *mutant, uint64_t *seed)
{
    mutant->length = place_in(mutant, seed);
}

static void
take_out(struct mutant *mutant, uint64_t *seed)
{
    size_t at = place_in(mutant, seed);
    size_t length = random_below(seed, 200);
    if (length > mutant->length - at)
        length = mutant->length - at;
    memmove(mutant->bytes + at, mutant->bytes + at + length, mutant->length - at - length);
    mutant->length -= length;
}

static void
say_again(struct mutant *mutant, uint64_t *seed)
{
    static char copy[4096];
    size_t      at = place_in(mutant, seed);
    size_t      length = random_below(seed, sizeof(copy));
    if (length > mutant->length - at)
        length = mutant->length - at;
    memcpy(copy, mutant->bytes + at, length);
    insert(mutant, place_in(mutant, seed), copy, length);
}

static void
put_in(struct mutant *mutant, uint64_t *seed)
{
    static const struct span pieces[] = {
        { "\"", 1 },      { ",", 1 },    { "\n", 1 },       { "\0", 1 },
        { "\r", 1 },      { "\xFF", 1 }, { "\xE6\x9E", 2 }, { "\xEF\xBB\xBF", 3 },
        { "\\u0000", 6 }, { "{", 1 },    { "}", 1 },        { "\\", 1 },
        { "●", 3 },       { "=", 1 },    { "[[[[", 4 },
    };
    struct span piece = pieces[random_below(seed, ARRAY_LEN(pieces))];
    insert(mutant, place_in(mutant, seed), piece.bytes, piece.length);
}

static void
make_long(struct mutant *mutant, uint64_t *seed)
{
    static char many[40000];
    memset(many, 'a' + (int)random_below(seed, 3), sizeof(many));
    insert(mutant, place_in(mutant, seed), many, random_below(seed, sizeof(many)));
}

static void
put_noise(struct mutant *mutant, uint64_t *seed)
{
    char noise[64];
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (char)random_below(seed, 256);
    insert(mutant, place_in(mutant, seed), noise, sizeof(noise));
}

typedef void edit(struct mutant *mutant, uint64_t *seed);

static edit *const edits[] = {
    flip_bit, cut_off, take_out, say_again, put_in, make_long, put_noise
};

static void
pack(struct mutant *mutant, enum packing packing)
{
    static char packed[2 * FILE_MAX];
    struct span bytes = span_make(mutant->bytes, mutant->length);
    if (packing == PACKING_NONE)
        return;
    bytes = packing == PACKING_GZIP ? pack_gzip(bytes, packed, sizeof(packed))
                                    : pack_zstd(bytes, packed, sizeof(packed));
    assert_true(bytes.length <= FILE_MAX);
    memcpy(mutant->bytes, bytes.bytes, bytes.length);
    mutant->length = bytes.length;
}

/* Edits before and behind the packing. */
static struct reader_settings
make_mutant(struct mutant *mutant, uint64_t *seed)
{
    enum reader_format     format = random_below(seed, 3) == 0 ? FORMAT_JSON_LINES : FORMAT_CSV;
    enum packing           packing = (enum packing)random_below(seed, PACKING_COUNT);
    enum charset           charset = random_below(seed, 4) == 0 ? CHARSET_CP932 : CHARSET_UTF8;
    struct reader_settings settings = reader_usual(format, packing, charset);

    make_sound(mutant, format, seed);
    for (uint32_t i = random_below(seed, EDITS_MAX); i > 0; i--)
        edits[random_below(seed, ARRAY_LEN(edits))](mutant, seed);
    pack(mutant, packing);
    if (random_below(seed, 3) == 0)
        edits[random_below(seed, 3)](mutant, seed);
    return settings;
}

struct tally {
    uint64_t reports;
    uint64_t refusals[REFUSAL_COUNT];
    uint64_t rows;
    size_t   most_heap;
};

static void
report_row(const struct enrolment_row *row, const struct findings *findings,
           const struct row_clock *clock)
{
    static char       place[REPORT_ROW_BYTES_MAX];
    struct text       text = text_in(place, sizeof(place));
    struct report_row report = { .row_no = row->row_no,
                                 .row_key = row->row_key,
                                 .outcome = findings->worst == SEVERITY_REFUSE ? REPORT_REFUSED
                                                                               : REPORT_CHECKED,
                                 .due_on = clock->due_on,
                                 .findings = findings->items,
                                 .count = findings->count };
    report_add(&text, row->row_no % 2 == 0 ? REPORT_CSV : REPORT_JSON_LINES, REPORT_JAPANESE,
               &report);
    assert_false(text.is_full);
    assert_true(text.length > 0);
}

static void
run_mutant(const struct mutant *mutant, const struct reader_settings *settings,
           const struct rule_context *context, struct tally *tally)
{
    struct file          file = file_of(span_make(mutant->bytes, mutant->length), 0);
    struct rule_file     rule_file = { 0 };
    struct enrolment_row row;
    struct findings      findings;
    struct row_clock     clock;
    struct reader       *reader;
    enum reader_step     step;
    uint32_t             rows = 0;

    assert_true(reader_open(&reader, pull_piece, &file, settings));
    while ((step = reader_next(reader, &row, &findings)) == READER_ROW) {
        assert_int_equal(row.row_no, ++rows);
        judge_row(context, &rule_file, &row, &clock, &findings);
        report_row(&row, &findings, &clock);
        row_wipe(&row);
    }
    if (mallinfo2().uordblks > tally->most_heap)
        tally->most_heap = mallinfo2().uordblks;
    tally->rows += rows;
    if (step == READER_END)
        tally->reports++;
    else
        tally->refusals[reader_refused(reader)->refusal]++;
    reader_close(reader);
}

static void
every_mutant_ends_in_a_report_or_a_refusal(void **state)
{
    static struct mutant   mutant;
    static struct policies policies;
    const struct holidays  holidays = { NULL, 0 };
    struct rule_context    context = { .insurer = { "06139018" },
                                       .insurer_from = DAY_FIRST,
                                       .insurer_until = DAY_FOREVER,
                                       .today = 20782,
                                       .holidays = &holidays,
                                       .policies = &policies,
                                       .numbers_are_synthetic = true };
    struct tally           tally = { 0 };
    const char            *wanted = getenv("MUTANTS");
    long                   mutants = wanted == NULL ? MUTANTS_USUAL : strtol(wanted, NULL, 10);
    uint64_t               seed = 20261125;
    size_t                 before = mallinfo2().uordblks;
    int                    kinds = 0;
    (void)state;
    for (long i = 0; i < mutants; i++) {
        struct reader_settings settings = make_mutant(&mutant, &seed);
        run_mutant(&mutant, &settings, &context, &tally);
    }
    for (int refusal = 0; refusal < REFUSAL_COUNT; refusal++)
        kinds += tally.refusals[refusal] > 0;
    /* Many are still files, and many kinds of refusal are met. */
    assert_true(tally.reports > (uint64_t)mutants / 10);
    assert_true(tally.rows > (uint64_t)mutants);
    assert_true(kinds >= 10);
    assert_true(tally.most_heap - before < 2 * 1024 * 1024);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mutant_ends_in_a_report_or_a_refusal),
    };
    return cmocka_run_group_tests_name("mutants", tests, NULL, NULL);
}
