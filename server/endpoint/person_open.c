/*
 * person_open: a person opens a session at the portal with the own card.
 *
 * Request   challenge, certificate, signature, as of visits; unlocked by PIN, which the portal
 *           sees to
 * Reply     session_id, expires_at, eligibility of today
 * Faults    FAULT_CHALLENGE_*, FAULT_CARD_*, FAULT_FIELD_*
 * Source    domain facts, 9.1. An expired certificate opens nothing here; nor does the card of who
 *           has shut this way, or has died: card_not_linked.
 */
#include "endpoint/card_proof.h"
#include "endpoint/endpoints.h"
#include "endpoint/person.h"

#include "base/uuid.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { SESSION_LIFE_S = 1800, OUTCOME_USED = 2, REPLY_BYTES_MAX = 512 };

struct open_question {
    struct visit_question visit; /* first, since it is read as one */
};

struct open_view {
    char        id_place[UUID_TEXT_LENGTH + 1];
    struct span session_id;
    instant_t   expires_at;
    struct span eligibility;
};

#define QUESTION(field) offsetof(struct open_question, field)
#define VIEW(field)     offsetof(struct open_view, field)

/* clang-format off */
static const struct field question_fields[] = {
    { "challenge",   FIELD_TEXT, QUESTION(visit.challenge),   CHALLENGE_TEXT_MAX,   true, NULL },
    { "certificate", FIELD_TEXT, QUESTION(visit.certificate), CERTIFICATE_TEXT_MAX, true, NULL },
    { "signature",   FIELD_TEXT, QUESTION(visit.signature),   SIGNATURE_TEXT_MAX,   true, NULL },
};

static const struct out_row view_rows[] = {
    { "session_id",  NULL, OUT_TEXT,    VIEW(session_id),  NULL },
    { "expires_at",  NULL, OUT_INSTANT, VIEW(expires_at),  NULL },
    { "eligibility", NULL, OUT_RAW,     VIEW(eligibility), NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode(struct request *r)
{
    struct open_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->record.way = WAY_PERSON;
    if (!fields_decode(span_make(r->body, r->body_length), question_fields,
                       ARRAY_LEN(question_fields), &r->arena, question, endpoint_blame, r))
        return r->fault;
    question->visit.card.asked_on = r->today;
    r->record.has_asked_on = true;
    r->record.asked_on = r->today;
    struct card_words words = { .challenge = question->visit.challenge,
                                .certificate = question->visit.certificate,
                                .signature = question->visit.signature };
    enum fault fault = card_prove(r, &words, question->visit.visit_id, &question->visit.facts);
    if (fault == FAULT_NONE && question->visit.facts.is_expired)
        request_blame(r, FAULT_CARD_EXPIRED, "certificate", NULL);
    return fault != FAULT_NONE ? fault : r->fault;
}

static void
ask(struct request *r)
{
    const struct open_question *question = r->question;

    r->answer = NULL; /* a flight that failed may have left half of one */
    person_ask_session(r, STMT_PERSON_OPEN, question->visit.visit_id);
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_bytes(&r->ask, span_of(question->visit.facts.issuer));
    ask_bytes(&r->ask, span_of(question->visit.facts.serial));
    ask_number(&r->ask, r->received_at);
    ask_number(&r->ask, r->received_at + (instant_t)SESSION_LIFE_S * 1000000);
}

/* Columns: 0 ord, 1 person_id, 2 version, 3 body, 4 reference_number, 5 outcome. */
static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (count != 1)
        return FAULT_INTERNAL;
    if (rows_number(rows, first, 5) == OUTCOME_USED)
        return FAULT_CHALLENGE_USED;
    return person_decide(r, rows, first);
}

static enum fault
encode(struct request *r)
{
    const struct open_question *question = r->question;
    const struct visit_answer  *answer = r->answer;
    struct open_view            view = { .expires_at = 0 };

    r->heads.if_none_match = (struct span){ 0 };
    enum fault fault = eligibility_encode(r);
    if (fault != FAULT_NONE)
        return fault;
    r->etag[0] = '\0';
    view.eligibility = r->reply;
    if (answer->found.person_count > 0) {
        uuid_format(question->visit.visit_id, view.id_place);
        view.session_id = span_of(view.id_place);
        view.expires_at = r->received_at + (instant_t)SESSION_LIFE_S * 1000000;
    }
    size_t room = r->reply.length + REPLY_BYTES_MAX;
    char  *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, view_rows, &view);
    r->reply = text_span(&text);
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

/* A replay is asked anew: the session that stands is the answer. */
const struct endpoint endpoint_person_open = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
