/*
 * visit_query: a visit that lasts is asked about again without the card.
 *
 * Request   the visit's number in the path; items, role, from, to, asked_on, purpose
 * Reply     as of visit_open
 * Faults    FAULT_NOT_FOUND (no such visit of this facility), FAULT_VISIT_OVER, FAULT_FIELD_*
 * Source    domain facts, 9.2: once at a home visit or an online consultation, until cancelled.
 */
#include "endpoint/clinical.h"
#include "endpoint/endpoints.h"
#include "endpoint/visit.h"

#include "base/uuid.h"
#include "query/stmt.h"

#include <stddef.h>

#define QUESTION(field) offsetof(struct visit_question, field)

/* clang-format off */
static const struct field question_fields[] = {
    { "items",    FIELD_WORDS, QUESTION(items),         0, false, visit_item_words },
    { "role",     FIELD_WORD,  QUESTION(role),          0, false, visit_role_words },
    { "from",     FIELD_DAY,   QUESTION(from_on),       0, false, NULL },
    { "to",       FIELD_DAY,   QUESTION(to_on),         0, false, NULL },
    { "asked_on", FIELD_DAY,   QUESTION(card.asked_on), 0, false, NULL },
    { "purpose",  FIELD_WORD,  QUESTION(card.purpose),  0, false, visit_purpose_words },
};
/* clang-format on */

static enum fault
decode(struct request *r)
{
    struct visit_question *question = visit_question_of(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->record.way = WAY_CARD;
    if (!uuid_parse(r->path_rest, question->visit_id))
        return FAULT_NOT_FOUND;
    if (!fields_decode(span_make(r->body, r->body_length), question_fields,
                       ARRAY_LEN(question_fields), &r->arena, question, endpoint_blame, r))
        return r->fault;
    question->card.is_by_person = true;
    if (question->card.asked_on == DAY_UNKNOWN)
        question->card.asked_on = r->today;
    if (question->card.asked_on > r->today + ASKED_AHEAD_DAYS_MAX)
        request_blame(r, FAULT_FIELD_MALFORMED, "asked_on", "too far in the future");
    r->record.purpose = question->card.purpose;
    r->record.has_asked_on = true;
    r->record.asked_on = question->card.asked_on;
    return r->fault;
}

static void
ask(struct request *r)
{
    r->answer = NULL;
    visit_ask(r);
}

/* Nothing of the person is read from a visit that is over, not even who it was. */
static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (clinical_reads(rows->stmt))
        return visit_read_item(r, rows, first, count);
    if (r->is_replay)
        return visit_read_replayed(r, rows, first, count);
    enum fault fault = visit_read_visit(r, rows, first, count);
    if (fault != FAULT_NONE)
        return fault;
    const struct visit_answer *answer = r->answer;
    if (!consent_is_live(&answer->consent, r->received_at))
        return FAULT_VISIT_OVER;
    return visit_read_person(r, rows, first, count);
}

const struct endpoint endpoint_visit_query = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .replay = visit_replay,
    .encode = visit_encode,
};
