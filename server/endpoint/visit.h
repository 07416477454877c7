/*
 * visit: a card that was proven, what its holder agreed to, and what the facility gets to see.
 *
 * Shape   question → the visit and its person → the coverage, judged as for eligibility/check →
 *         a verdict for each item asked for → their data, item by item → reply. visit_open.c proves
 *         the card; visit_query.c asks again while the visit lasts; visit.c is what they share.
 * Units   bits of items by enum clinical_item.
 * Errors  FAULT_NOT_FOUND: no such visit of this facility; FAULT_VISIT_OVER: it is over.
 * Owner   everything lives in the request's arena.
 * Source  domain facts, 9; ARCHITECTURE.md, "Visits".
 */
#ifndef ENDPOINT_VISIT_H
#define ENDPOINT_VISIT_H

#include "endpoint/card_proof.h"
#include "endpoint/eligibility.h"
#include "model/checkup.h"
#include "model/claim.h"
#include "model/consent.h"
#include "wire/field.h"

enum {
    VISIT_ITEMS_CLINICAL = 1 << CLINICAL_CHECKUP | 1 << CLINICAL_DRUGS | 1 << CLINICAL_TREATMENTS
                           | 1 << CLINICAL_OPERATIONS
};

/* As visit.basis. */
enum visit_basis { BASIS_CONSENT = 1, BASIS_EMERGENCY = 2, BASIS_DISASTER = 3 };

/* Words of consents and items, by their bits; NULL at the end. */
extern const char *const visit_item_words[];
extern const char *const visit_role_words[];
extern const char *const visit_treatment_words[];
extern const char *const visit_purpose_words[];

struct visit_question {
    struct eligibility_question card; /* first, since it is read as one */
    struct span                 challenge;
    struct span                 certificate;
    struct span                 signature;
    int16_t                     unlocked_by;
    int16_t                     treatment;
    int16_t                     consented_by;
    int16_t                     emergency_reason;
    int16_t                     role;
    int64_t                     consents;
    int64_t                     items;
    int64_t                     along; /* items whose claims were asked for with the visit itself */
    day_t             from_on;         /* of medical information; DAY_UNKNOWN: as far as is shown */
    day_t             to_on;
    bool              is_own; /* the person asks; visit_id is that of the session */
    struct span       visit_id_text;
    unsigned char     visit_id[UUID_BYTES];
    struct card_facts facts;
};

/* What was read for one item. */
struct claims {
    struct claim *claims;
    size_t        count;
    size_t        room;
    day_t         more_before; /* months from this one back were left out; DAY_UNKNOWN: none */
};

struct checkups {
    day_t                 *examined_on; /* latest first */
    size_t                 count;
    struct checkup_series *series;
    size_t                 series_count;
};

struct visit_answer {
    struct eligibility_answer found; /* first, since it is filled as one */
    struct consent            consent;
    instant_t                 opened_at;
    int16_t                   treatment;
    int64_t                   version; /* of the dossier of an earlier answer; 0: of nobody */
    enum item_verdict         verdicts[CLINICAL_COUNT];
    bool                      is_read[CLINICAL_COUNT];
    struct claims             claims[CLINICAL_COUNT];
    struct checkups           checkups;
    int64_t                   reading; /* items that were asked for last */
};

/* When the question is asked; of an earlier answer: when it was. */
instant_t visit_moment(const struct request *r);

/* May this kind of facility, and the role that the question states, see without consent? */
bool visit_may_without_consent(const struct request *r);

/* Zeroed; NULL when the arena is full. */
struct visit_question *visit_question_of(struct request *r);
struct visit_answer   *visit_answer_of(struct request *r);

/* From the person in row `first`, or from none: judges the coverage and every item asked for; rows
 * behind it are claims that came along. */
enum fault visit_read_person(struct request *r, const struct rows *rows, int first, int count);

/* The visit itself from row `first` of visit_read. */
enum fault visit_read_visit(struct request *r, const struct rows *rows, int first, int count);

/* The same, of the persons that the answer holds already. */
enum fault visit_decide(struct request *r);

/* The data of items that were asked for; asks for the next ones. */
enum fault visit_read_item(struct request *r, const struct rows *rows, int first, int count);

void visit_ask(struct request *r); /* STMT_VISIT_READ, by visit_id */

/* For endpoints whose earlier answer is given again. */
enum fault visit_replay(struct request *r, const struct prior *prior);
enum fault visit_read_replayed(struct request *r, const struct rows *rows, int first, int count);

enum fault visit_encode(struct request *r);

/* One member for each item asked for, as an object. */
enum fault visit_write_items(struct request *r, const struct visit_answer *answer,
                             struct span *ret_items);

#endif
