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

/* Limits of what a card says, in bytes: four for each character. */
enum {
    CARD_INSURER_BYTES_MAX = 32,
    CARD_SYMBOL_BYTES_MAX = 80,
    CARD_NUMBER_BYTES_MAX = 80,
    CARD_BRANCH_BYTES_MAX = 16,
    ITEM_ID_BYTES_MAX = 64,
    ASKED_AHEAD_DAYS_MAX = 366
};

struct eligibility_question {
    struct span insurer_number_raw;
    struct span symbol;
    struct span number;
    struct span branch;
    day_t       birth_date;
    day_t       asked_on;
    bool        has_ceiling_consent;
    bool        has_disease_consent; /* by card only */
    bool        is_by_person; /* a My Number card names the person; insurer and key are empty */
    int16_t     purpose;
    struct span item_id;       /* of an item of a list only */
    struct span if_none_match; /* the same */

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

/* From what the card says to question->insurer and question->key; blames what cannot be. */
void eligibility_check_card(struct request *r, struct eligibility_question *question);

/* Appends the persons in rows first..first+count-1 of eligibility_find or dossier_by_version. */
enum fault eligibility_read_persons(struct request *r, struct eligibility_answer *answer,
                                    const struct rows *rows, int first, int count);

/* The case for judge(): what was asked, who was found, and what is near. */
struct judge_question eligibility_judged(const struct eligibility_question *question);
struct judge_case     eligibility_case(const struct judge_question     *question,
                                       const struct eligibility_answer *answer);

/* Who the answer is about goes on record; NULL is nobody. */
void eligibility_record_person(struct request *r, const struct dossier *person);

/* NULL when the arena is full. */
struct eligibility_answer *eligibility_answer_of(struct request *r);

bool eligibility_must_look_around(const struct request *r, const struct eligibility_answer *answer);
enum fault eligibility_decide(struct request *r, struct eligibility_answer *answer);
enum fault eligibility_decide_again(struct request *r, struct eligibility_answer *answer);
enum fault eligibility_replay(struct request *r, const struct prior *prior);
enum fault eligibility_encode(struct request *r);

#endif
