/*
 * files: insurers' files in memory, packed or not, given to the reader in pieces of any size.
 *
 * Shape   file_of() borrows bytes; pack_gzip() and pack_zstd() pack them into a place of the
 *         caller; outcome_of() reads a file to its end and keeps what tests ask about.
 */
#ifndef TESTS_INTAKE_FILES_H
#define TESTS_INTAKE_FILES_H

#include "../cases.h"

#include "intake/reader.h"
#include "rule/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct file {
    const char *bytes;
    size_t      length;
    size_t      at;
    size_t      piece; /* at most so many bytes at once; 0: as many as there is room for */
};

static inline struct file
file_of(struct span bytes, size_t piece)
{
    return (struct file){ .bytes = bytes.bytes, .length = bytes.length, .piece = piece };
}

static inline ssize_t
pull_piece(void *owner, char *place, size_t size)
{
    struct file *file = owner;
    size_t       length = file->length - file->at;

    if (file->piece != 0 && length > file->piece)
        length = file->piece;
    if (length > size)
        length = size;
    if (length > 0)
        memcpy(place, file->bytes + file->at, length);
    file->at += length;
    return (ssize_t)length;
}

static inline struct span
pack_gzip(struct span bytes, char *place, size_t size)
{
    z_stream stream = { 0 };
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes.bytes;
    stream.avail_in = (uInt)bytes.length;
    stream.next_out = (Bytef *)place;
    stream.avail_out = (uInt)size;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&stream), Z_OK);
    return span_make(place, size - stream.avail_out);
}

static inline struct span
pack_zstd(struct span bytes, char *place, size_t size)
{
    size_t length = ZSTD_compress(place, size, bytes.bytes, bytes.length, 3);
    assert_false(ZSTD_isError(length));
    return span_make(place, length);
}

enum { OUTCOME_ROWS_MAX = 8, OUTCOME_TEXT_MAX = 256 };

struct outcome {
    uint32_t         rows;
    struct findings  findings[OUTCOME_ROWS_MAX]; /* of the first rows */
    uint64_t         lines[OUTCOME_ROWS_MAX];
    char             names[OUTCOME_ROWS_MAX][OUTCOME_TEXT_MAX];
    enum reader_step end;
    struct refused   refused;
};

static inline void
outcome_of(struct file *file, const struct reader_settings *settings, struct outcome *ret_outcome)
{
    struct enrolment_row row;
    struct findings      findings;
    struct reader       *reader;

    memset(ret_outcome, 0, sizeof(*ret_outcome));
    assert_true(reader_open(&reader, pull_piece, file, settings));
    while ((ret_outcome->end = reader_next(reader, &row, &findings)) == READER_ROW) {
        uint32_t at = ret_outcome->rows++;
        assert_int_equal(row.row_no, ret_outcome->rows);
        if (at >= OUTCOME_ROWS_MAX)
            continue;
        ret_outcome->findings[at] = findings;
        ret_outcome->lines[at] = reader_line(reader);
        assert_true(row.name.length < OUTCOME_TEXT_MAX);
        if (row.name.length > 0)
            memcpy(ret_outcome->names[at], row.name.bytes, row.name.length);
    }
    if (ret_outcome->end == READER_REFUSED)
        ret_outcome->refused = *reader_refused(reader);
    /* What has ended stays ended. */
    assert_int_equal(reader_next(reader, &row, &findings), ret_outcome->end);
    reader_close(reader);
}

static inline struct reader_settings
usual_csv(void)
{
    return reader_usual(FORMAT_CSV, PACKING_NONE, CHARSET_UTF8);
}

static inline struct reader_settings
usual_json(void)
{
    return reader_usual(FORMAT_JSON_LINES, PACKING_NONE, CHARSET_UTF8);
}

#endif
