/*
 * report: the verdict on each row of a batch, as CSV or as JSON lines.
 *
 * Shape   report_head() once, then report_add() per row. CSV has a line for each finding, and one
 *         for a row without any; JSON has an object for each row. No value of a row is in it but
 *         the insurer's own row_key.
 * Units   REPORT_ROW_BYTES_MAX is room for any row.
 * Errors  a text that is full.
 * Owner   writes into the caller's text, row by row; borrows the row.
 * Source  RFC 4180. A field that a spreadsheet would take for a formula (it begins with = + - @,
 *         in either width, TAB or CR) gets an apostrophe in front.
 */
#ifndef INTAKE_REPORT_H
#define INTAKE_REPORT_H

#include "base/clock.h"
#include "base/text.h"
#include "rule/finding.h"

enum report_format { REPORT_CSV, REPORT_JSON_LINES };
enum report_language { REPORT_JAPANESE, REPORT_ENGLISH };

/* Stable numbers, stored: batch_row.outcome. Before a row is applied it has none. */
enum report_outcome {
    REPORT_CHECKED = 0, /* judged, and nothing was to change or has changed yet */
    REPORT_APPLIED = 1,
    REPORT_HELD = 2,
    REPORT_UNCHANGED = 3,
    REPORT_REFUSED = 4,
    REPORT_OUTCOME_COUNT
};

enum { REPORT_ROW_BYTES_MAX = 64 * 1024 };

struct report_row {
    uint32_t              row_no;
    struct span           row_key;
    enum report_outcome   outcome;
    day_t                 due_on; /* DAY_UNKNOWN: no clock */
    const struct finding *findings;
    size_t                count;
};

const char *report_outcome_name(enum report_outcome outcome);

void report_head(struct text *text, enum report_format format);
void report_add(struct text *text, enum report_format format, enum report_language language,
                const struct report_row *row);

#endif
