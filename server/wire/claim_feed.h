/*
 * claim_feed: one claim as its sender writes it, read and judged.
 *
 * Shape   a JSON object, as schema/claim/README.md has it: a head, and lists of lines (drugs,
 *         treatments, operations). What passes here can be stored as it is written.
 * Units   days; months as their first day.
 *         content is the same claim in one spelling: members in the order of the tables, without
 *         blanks, what is empty left out. Two claims that say the same have the same content.
 * Errors  a reason that names the member, never a value; NULL when it is sound.
 * Owner   texts borrow from the line, or from the arena where they held escapes; content is the
 *         arena's.
 * Source  domain facts, 10; interface facts, 7.2.
 */
#ifndef WIRE_CLAIM_FEED_H
#define WIRE_CLAIM_FEED_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "model/card_key.h"
#include "wire/field.h"

enum {
    CLAIM_FEED_BYTES_MAX = 256 * 1024, /* of one claim */
    CLAIM_LINES_MAX = 500,             /* of one list */
    CLAIM_REASON_SIZE = 96
};

struct claim_entry {
    struct span     claim; /* its sender's number */
    int16_t         source;
    int16_t         in_out;
    struct span     insurer_number;
    struct span     symbol;
    struct span     number;
    struct span     branch;
    day_t           birth_date;
    struct span     month;
    struct span     facility_code;
    struct span     facility_name;
    struct span     prescriber_code;
    struct span     prescriber_name;
    day_t           prescribed_on;
    struct span     drugs;
    struct span     treatments;
    struct span     operations;
    int64_t         expense_days; /* of receipts; all three, or none */
    int64_t         expense_total;
    int64_t         expense_paid;
    struct span     content;
    struct card_key key; /* made from the card */
};

/* today bounds the days. reason has room for CLAIM_REASON_SIZE. */
MUST_USE bool claim_feed_read(struct span line, day_t today, struct arena *arena,
                              struct claim_entry *ret_entry, char *ret_reason);

/* The members of a head, and of a line of a list. */
const struct field *claim_feed_head(size_t *ret_count);
const struct field *claim_feed_line(size_t *ret_count);

#endif
