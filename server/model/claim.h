/*
 * claim: what receipts and electronic prescriptions say was dispensed, done and operated on; which
 * of them count, and where medicines overlap.
 *
 * Shape   a claim is a head and lines. Of one event, which is a day of prescription and who
 *         prescribed, the receipt (1) wins over the dispensing result (2), and that over the
 *         prescription (3): claims_merge() marks the others. drugs_mark() marks medicines of one
 *         ingredient whose days overlap.
 * Units   days; a medicine for n days is taken on its day and the n - 1 after it.
 * Errors  drugs_mark(): false when the arena is full.
 * Owner   decoded into a request's arena; spans point into the rows' copy.
 * Source  domain facts, 10: three sources, the smaller number wins. A receipt that names no
 *         prescription is an event of its own.
 */
#ifndef MODEL_CLAIM_H
#define MODEL_CLAIM_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/span.h"

enum claim_source { CLAIM_RECEIPT = 1, CLAIM_DISPENSING = 2, CLAIM_PRESCRIPTION = 3 };

/* Words of claim_line.overlap, as on the wire. */
extern const char claim_overlap_same[];
extern const char claim_overlap_other[];

struct claim_line {
    day_t       done_on;
    struct span code;    /* 9 digits of claims */
    struct span yj_code; /* 12 characters; empty where it is not known */
    struct span name;
    struct span ingredient;
    struct span quantity; /* a decimal number, of one dose */
    struct span unit;
    struct span usage;
    struct span instruction;
    int32_t     times;   /* days, or how often; -1 when not stated */
    struct span kind;    /* 診療識別 */
    const char *overlap; /* with another of the same ingredient: by whom; NULL: none */
};

struct claim {
    day_t              month;
    int16_t            source; /* enum claim_source */
    int16_t            in_out; /* 1 inpatient, 2 outpatient */
    struct span        facility_code;
    struct span        facility_name;
    struct span        prescriber_code; /* empty: the facility itself */
    struct span        prescriber_name;
    day_t              prescribed_on;
    struct claim_line *lines;
    size_t             line_count;
    bool               is_superseded;
};

/* Sorts by month, latest first, and marks those of which a better source tells. */
void claims_merge(struct claim *claims, size_t count);

MUST_USE bool drugs_mark(struct claim *claims, size_t count, struct arena *arena);

#endif
