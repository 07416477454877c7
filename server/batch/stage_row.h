/*
 * stage_row: a judged row as a row of batch_stage.
 *
 * Shape   the row is written in two parts: stage_row_write() all that the file and the rules say,
 *         stage_row_end() what the resident register said, which comes later.
 * Errors  FAULT_FIELD_* where a text that the rules let pass cannot be normalised: the row is then
 *         refused like any other; is_full of the copy when memory runs out.
 * Owner   writes into the caller's copy of rows; borrows all else.
 * Source  schema/31_batch.sql; the columns stand in the order of query/session.c.
 */
#ifndef BATCH_STAGE_ROW_H
#define BATCH_STAGE_ROW_H

#include "batch/job.h"
#include "batch/seen.h"
#include "model/identity.h"

/* Stable numbers, stored: batch_stage.register_action; 1 to 4 are enum match_action. */
enum register_action { REGISTER_NOT_ASKED = 0, REGISTER_NOBODY = 5, REGISTER_NO_ANSWER = 6 };

enum { NAME_DIGEST_BYTES = 16, NUMBER_SOURCE_LOOKED_UP = 2 /* code_table number_source */ };

/* A row that has been read and judged. */
struct judged {
    const struct enrolment_row *row;
    const struct row_clock     *clock;
    struct findings            *findings;
    int64_t                     number_id; /* reserved; 0: the row has no personal number */
    struct seen                *seen;      /* what rows before it in the file may meet in */
};

/* What the register said of a row. */
struct register_verdict {
    int16_t     action; /* enum match_action or enum register_action */
    struct span fields; /* as match_describe() says it; empty: nothing was compared */
    bool        has_digest;
    unsigned char
        digest[NAME_DIGEST_BYTES]; /* of birth date and reading as the register has them */
};

/* Writes what is known of the row before anybody is asked; adds findings where texts cannot be
 * normalised. The arena is the row's own and may be reset afterwards. */
void stage_row_write(struct copy *copy, const struct job *job, const struct tools *tools,
                     const struct judged *judged, struct arena *arena);

void stage_row_end(struct copy *copy, const struct register_verdict *verdict);

/* Digest of birth date and reading: shows whether two people were mistaken for each other. */
void name_digest(day_t birth_date, struct span name_kana, struct arena *arena,
                 unsigned char *ret_digest);

#endif
