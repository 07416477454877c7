#include "wire/claim_read.h"

#include "wire/record.h"

enum { FORMAT = 1 };

struct claim_body {
    struct claim_line *lines;
    size_t             line_count;
};

struct claim_history {
    struct claim *claims;
    size_t        claim_count;
};

/* clang-format off */
static const struct record_part line_parts[] = {
    RECORD_DAY(claim_line, done_on, DAY_UNKNOWN),
    RECORD_TEXT(claim_line, code),
    RECORD_TEXT(claim_line, yj_code),
    RECORD_TEXT(claim_line, name),
    RECORD_TEXT(claim_line, ingredient),
    RECORD_TEXT(claim_line, quantity),
    RECORD_TEXT(claim_line, unit),
    RECORD_TEXT(claim_line, usage),
    RECORD_TEXT(claim_line, instruction),
    RECORD_NUMBER(claim_line, times, -1),
    RECORD_TEXT(claim_line, kind),
};
static const struct record_shape line_shape = RECORD_SHAPE(claim_line, line_parts);

/* Behind the format number, which is read first. */
static const struct record_part body_parts[] = {
    RECORD_LIST(claim_body, lines, line_count, line_shape),
};
static const struct record_shape body_shape = RECORD_SHAPE(claim_body, body_parts);

static const struct record_part claim_parts[] = {
    RECORD_DAY(claim, month, DAY_UNKNOWN),
    RECORD_NUMBER(claim, source, 0),
    RECORD_NUMBER(claim, in_out, 0),
    RECORD_TEXT(claim, facility_code),
    RECORD_TEXT(claim, facility_name),
    RECORD_TEXT(claim, prescriber_code),
    RECORD_TEXT(claim, prescriber_name),
    RECORD_DAY(claim, prescribed_on, DAY_UNKNOWN),
    RECORD_LIST(claim, lines, line_count, line_shape),
};
static const struct record_shape claim_shape = RECORD_SHAPE(claim, claim_parts);

/* Behind the format number, which is read first. */
static const struct record_part history_parts[] = {
    RECORD_LIST(claim_history, claims, claim_count, claim_shape),
};
static const struct record_shape history_shape = RECORD_SHAPE(claim_history, history_parts);
/* clang-format on */

enum fault
claim_read_history(struct span bytes, struct arena *arena, struct claim **ret_claims,
                   size_t *ret_count)
{
    struct claim_history history = { 0 };

    enum fault fault = record_read(bytes, FORMAT, &history_shape, arena, &history);
    if (fault == FAULT_NONE) {
        *ret_claims = history.claims;
        *ret_count = history.claim_count;
    }
    return fault;
}

enum fault
claim_read_lines(struct span bytes, struct arena *arena, struct claim *ret_claim)
{
    struct claim_body body = { 0 };

    enum fault fault = record_read(bytes, FORMAT, &body_shape, arena, &body);
    if (fault == FAULT_NONE) {
        ret_claim->lines = body.lines;
        ret_claim->line_count = body.line_count;
    }
    return fault;
}
