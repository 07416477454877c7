/*
 * visit_query, visit_cancel: a visit that lasts is asked about again without the card; or ended.
 *
 * Request   the visit's number in the path; to ask: items, role, asked_on, purpose; to end: reason
 * Reply     to ask: as of visit_open; to end: visit_id, ended_at, reason of the first time
 * Faults    FAULT_NOT_FOUND (no such visit of this facility), FAULT_VISIT_OVER, FAULT_FIELD_*
 * Source    domain facts, 9.2: once at a home visit or an online consultation, until cancelled.
 */
#include "endpoint/endpoints.h"
#include "endpoint/visit.h"

#include "base/uuid.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { CANCEL_REPLY_BYTES_MAX = 256 };

static const char *const reason_words[] = { "facility", "patient", "other_use", NULL };

struct cancel_question {
    int16_t       reason;
    unsigned char visit_id[UUID_BYTES];
};

struct cancel_view {
    char        id_place[UUID_TEXT_LENGTH + 1];
    struct span visit_id;
    instant_t   ended_at;
    const char *reason;
};

#define QUESTION(field) offsetof(struct visit_question, field)
#define VIEW(field)     offsetof(struct cancel_view, field)

/* clang-format off */
static const struct field question_fields[] = {
    { "items",    FIELD_WORDS, QUESTION(items),         0, false, visit_item_words },
    { "role",     FIELD_WORD,  QUESTION(role),          0, false, visit_role_words },
    { "from",     FIELD_DAY,   QUESTION(from_on),       0, false, NULL },
    { "to",       FIELD_DAY,   QUESTION(to_on),         0, false, NULL },
    { "asked_on", FIELD_DAY,   QUESTION(card.asked_on), 0, false, NULL },
    { "purpose",  FIELD_WORD,  QUESTION(card.purpose),  0, false, visit_purpose_words },
};

static const struct field cancel_fields[] = {
    { "reason", FIELD_WORD, offsetof(struct cancel_question, reason), 0, true, reason_words },
};

static const struct out_row cancel_rows[] = {
    { "visit_id", NULL, OUT_TEXT,    VIEW(visit_id), NULL },
    { "ended_at", NULL, OUT_INSTANT, VIEW(ended_at), NULL },
    { "reason",   NULL, OUT_STRING,  VIEW(reason),   NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode_query(struct request *r)
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
ask_query(struct request *r)
{
    r->answer = NULL;
    visit_ask(r);
}

/* Nothing of the person is read from a visit that is over, not even who it was. */
static enum fault
read_query(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_CLAIM_READ)
        return visit_read_item(r, rows, first, count);
    if (r->is_replay)
        return visit_read_replayed(r, rows, first, count);
    enum fault fault = visit_read_visit(r, rows, first, count);
    if (fault != FAULT_NONE)
        return fault;
    const struct visit_answer *answer = r->answer;
    if (!consent_is_live(&answer->consent, r->received_at))
        return FAULT_VISIT_OVER;
    return visit_read_person(r, rows, first);
}

static enum fault
decode_cancel(struct request *r)
{
    struct cancel_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->record.way = WAY_CARD;
    if (!uuid_parse(r->path_rest, question->visit_id))
        return FAULT_NOT_FOUND;
    (void)!fields_decode(span_make(r->body, r->body_length), cancel_fields,
                         ARRAY_LEN(cancel_fields), &r->arena, question, endpoint_blame, r);
    return r->fault;
}

static void
ask_cancel(struct request *r)
{
    const struct cancel_question *question = r->question;

    r->answer = NULL;
    ask_start(&r->ask, STMT_VISIT_END);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, span_make((const char *)question->visit_id, UUID_BYTES));
    ask_number(&r->ask, question->reason);
    ask_number(&r->ask, r->received_at);
}

/* Columns: 0 outcome, 1 person_id, 2 ended_at, 3 end_reason. */
static enum fault
read_cancel(struct request *r, const struct rows *rows, int first, int count)
{
    const struct cancel_question *question = r->question;
    struct cancel_view           *view = arena_take(&r->arena, sizeof *view);

    if (view == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    uuid_format(question->visit_id, view->id_place);
    view->visit_id = span_of(view->id_place);
    view->ended_at = rows_instant(rows, first, 2);
    view->reason = reason_words[rows_number(rows, first, 3) - 1];
    r->record.has_subject = !rows_is_null(rows, first, 1);
    if (r->record.has_subject)
        r->record.person_id = rows_number(rows, first, 1);
    r->answer = view;
    return FAULT_NONE;
}

static enum fault
encode_cancel(struct request *r)
{
    char *place = arena_take_raw(&r->arena, CANCEL_REPLY_BYTES_MAX);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, CANCEL_REPLY_BYTES_MAX);
    out_object(&text, cancel_rows, r->answer);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

const struct endpoint endpoint_visit_query = {
    .decode = decode_query,
    .ask = ask_query,
    .read = read_query,
    .replay = visit_replay,
    .encode = visit_encode,
};

/* A replay is asked anew: the first end is the answer. */
const struct endpoint endpoint_visit_cancel = {
    .decode = decode_cancel,
    .ask = ask_cancel,
    .read = read_cancel,
    .encode = encode_cancel,
};
