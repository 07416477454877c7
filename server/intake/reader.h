/*
 * reader: an insurer's file, a row at a time.
 *
 * Shape   reader_open(), reader_next() until it is READER_END or READER_REFUSED, reader_close().
 *         A row with faults is a row, with findings and its number; a file whose structure is
 *         broken is refused, with a stable code and the place. CSV has a header line of columns in
 *         any order; JSON lines have an object on each line. Empty lines are passed over.
 * Units   rows from 1, a header line is none. Limits: the enum below and struct reader_settings.
 * Errors  reader_open() is false when memory runs out, or the file cannot be opened. Everything
 *         else is a refusal (refusal.h) of reader_next().
 * Owner   the caller frees the reader; a row's spans live until the next call. Memory does not grow
 *         with the file: the window of text.h, and what unpack.h says. All of it is wiped, but the
 *         caller's row: row_wipe().
 * Source  schema/batch/README.md.
 */
#ifndef INTAKE_READER_H
#define INTAKE_READER_H

#include "intake/refusal.h"
#include "intake/text.h"
#include "rule/row.h"

enum {
    READER_COLUMNS_MAX = 64,
    READER_ROWS_MAX = 10000000,
    READER_EMPTY_MAX = 100000, /* empty lines; whoever reads is not told of one */
    READER_RATIO_MAX = 250
};

/* Stable numbers, stored: batch.format. */
enum reader_format { FORMAT_CSV = 1, FORMAT_JSON_LINES = 2 };

struct reader_settings {
    enum reader_format format;
    enum packing       packing;
    enum charset       charset;
    uint64_t           unpacked_max; /* bytes */
    uint32_t           ratio_max;
    uint32_t           rows_max;
};

enum reader_step { READER_ROW, READER_END, READER_REFUSED };

struct reader;

/* Settings with the limits that the format promises. */
struct reader_settings reader_usual(enum reader_format format, enum packing packing,
                                    enum charset charset);

MUST_USE bool reader_open(struct reader **ret_reader, intake_pull *pull, void *owner,
                          const struct reader_settings *settings);
MUST_USE bool reader_open_path(struct reader **ret_reader, const char *path,
                               const struct reader_settings *settings);

MUST_USE enum reader_step reader_next(struct reader *reader, struct enrolment_row *ret_row,
                                      struct findings *ret_findings);

/* Why it was refused; only behind READER_REFUSED. */
const struct refused *reader_refused(const struct reader *reader);

/* Line on which the newest row began. */
uint64_t reader_line(const struct reader *reader);

void reader_close(struct reader *reader); /* accepts NULL */

#endif
