/*
 * eligibility: what the single question and the items of a job share.
 *
 * Shape   question → persons and what is near → verdict → reply. eligibility_check.c asks and
 *         reads, eligibility_decide.c decides and says what goes on record, eligibility_encode.c
 *         writes.
 * Owner   everything lives in the request's arena.
 */
#ifndef ENDPOINT_ELIGIBILITY_H
#define ENDPOINT_ELIGIBILITY_H

#include "endpoint/coverage_view.h"
#include "model/card_key.h"
#include "model/judge.h"
#include "request/request.h"

struct eligibility_question {
    struct span insurer_number_raw;
    struct span symbol;
    struct span number;
    struct span branch;
    day_t       birth_date;
    day_t       asked_on;
    bool        has_ceiling_consent;
    int16_t     purpose;

    struct insurer_number insurer;
    struct card_key       key;
};

struct eligibility_answer {
    struct dossier *persons;
    size_t          person_count;
    struct nearby  *nearby;
    size_t          nearby_count;
    bool            has_looked_around;

    struct verdict              verdict;
    bool                        has_replayed_verdict;
    const struct coverage_view *view; /* NULL when nothing may be shown */
    struct span                 reference_number;
};

enum fault eligibility_decode(struct request *r);
void       eligibility_ask(struct request *r);
enum fault eligibility_read(struct request *r, const struct rows *rows, int first, int count);

/* NULL when the arena is full. */
struct eligibility_answer *eligibility_answer_of(struct request *r);

bool eligibility_must_look_around(const struct request *r, const struct eligibility_answer *answer);
enum fault eligibility_decide(struct request *r, struct eligibility_answer *answer);
enum fault eligibility_decide_again(struct request *r, struct eligibility_answer *answer);
enum fault eligibility_replay(struct request *r, const struct prior *prior);
enum fault eligibility_encode(struct request *r);

#endif
