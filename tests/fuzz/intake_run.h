/*
 * intake_run: what the fuzz targets of files share: bytes go through the reader and the rules, in
 * pieces of two sizes.
 *
 * Shape   rows are numbered from 1 without a gap, their texts are UTF-8 within the bounds of their
 *         columns, findings name what the table of rules has, and both runs see the same.
 */
#ifndef TESTS_FUZZ_INTAKE_RUN_H
#define TESTS_FUZZ_INTAKE_RUN_H

#include "intake/reader.h"
#include "model/day.h"
#include "model/utf8.h"
#include "rule/judging.h"
#include "rule/rules.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_file {
    const uint8_t *bytes;
    size_t         length;
    size_t         piece;
};

static inline ssize_t
fuzz_pull(void *owner, char *place, size_t size)
{
    struct fuzz_file *file = owner;
    size_t            length = file->length < file->piece ? file->length : file->piece;

    length = length < size ? length : size;
    if (length > 0)
        memcpy(place, file->bytes, length);
    file->bytes += length;
    file->length -= length;
    return (ssize_t)length;
}

static inline void
fuzz_check_row(const struct enrolment_row *row, const struct findings *findings)
{
    assert((row->broken & ~row->given) == 0);
    assert(findings->count <= FINDINGS_MAX);
    for (enum column_id id = 0; id < COLUMN_COUNT; id++) {
        const struct column *column = column_info(id);
        const struct span   *text = (const struct span *)((const char *)row + column->offset);
        if (column->type == COLUMN_TEXT && text->length > 0)
            assert(text->length <= column->bytes_max && utf8_count(*text) <= column->chars_max
                   && row_reads(row, id));
    }
    for (unsigned i = 0; i < findings->count; i++)
        assert(rule_info(findings->items[i].rule)->severity != SEVERITY_HOLD
               && findings->items[i].field <= COLUMN_NONE);
}

struct fuzz_result {
    uint64_t         rows;
    uint64_t         findings;
    enum reader_step end;
    struct refused   refused;
};

static inline struct fuzz_result
fuzz_run(const uint8_t *data, size_t size, size_t piece, const struct reader_settings *settings)
{
    static const struct policies policies;
    static const struct holidays holidays;
    const struct rule_context    context = { .insurer = { "06139018" },
                                             .insurer_from = DAY_FIRST,
                                             .insurer_until = DAY_FOREVER,
                                             .today = 20782,
                                             .holidays = &holidays,
                                             .policies = &policies,
                                             .numbers_are_synthetic = true };
    struct fuzz_file             file = { data, size, piece };
    struct fuzz_result           result = { 0 };
    struct rule_file             rule_file = { 0 };
    struct enrolment_row         row;
    struct findings              findings;
    struct row_clock             clock;
    struct reader               *reader;

    if (!reader_open(&reader, fuzz_pull, &file, settings))
        abort();
    while ((result.end = reader_next(reader, &row, &findings)) == READER_ROW) {
        assert(row.row_no == ++result.rows);
        judge_row(&context, &rule_file, &row, &clock, &findings);
        fuzz_check_row(&row, &findings);
        result.findings += findings.count;
        row_wipe(&row);
    }
    if (result.end == READER_REFUSED)
        result.refused = *reader_refused(reader);
    reader_close(reader);
    return result;
}

static inline bool
fuzz_is_of_packing(enum refusal refusal)
{
    return refusal == REFUSAL_PACKING_BROKEN || refusal == REFUSAL_PACKING_TRUNCATED
           || refusal == REFUSAL_PACKING_WINDOW || refusal == REFUSAL_PACKING_RATIO;
}

static inline int
fuzz_file(const uint8_t *data, size_t size, enum reader_format format, enum packing packing,
          enum charset charset)
{
    struct reader_settings settings = reader_usual(format, packing, charset);
    struct fuzz_result     whole;
    struct fuzz_result     pieces;

    settings.unpacked_max = 16 << 20;
    whole = fuzz_run(data, size, SIZE_MAX, &settings);
    pieces = fuzz_run(data, size, 1 + size / 7, &settings);
    /* How much of a broken or growing pack comes out before that is seen depends on the pieces. */
    if (fuzz_is_of_packing(whole.refused.refusal) || fuzz_is_of_packing(pieces.refused.refusal)) {
        assert(whole.refused.refusal == REFUSAL_PACKING_RATIO
               || pieces.refused.refusal == REFUSAL_PACKING_RATIO || whole.end == pieces.end);
        return 0;
    }
    assert(whole.end == pieces.end && whole.refused.refusal == pieces.refused.refusal);
    assert(whole.rows == pieces.rows && whole.findings == pieces.findings);
    assert(whole.refused.line == pieces.refused.line);
    return 0;
}

#endif
