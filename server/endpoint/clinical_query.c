/*
 * clinical_query: one kind of medical information by itself, of who came to a visit.
 *
 * Request   visit_id, role, from, to, purpose
 * Reply     visit_id, verdict, and the data where it is given; confirmation, answered_at
 * Faults    FAULT_NOT_FOUND (no such visit of this facility), FAULT_FIELD_*
 * Source    interface facts, 7; domain facts, 9.2 and 10. A consent that is over is a verdict here.
 */
#include "endpoint/clinical.h"
#include "endpoint/endpoints.h"

#include "base/uuid.h"
#include "model/confirmation.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { REPLY_BYTES_MAX = 512, VISIT_ID_BYTES_MAX = 36 };

struct clinical_view {
    char        id_place[UUID_TEXT_LENGTH + 1];
    char        confirmation_place[CONFIRMATION_SIZE];
    struct span visit_id;
    struct span items;
    struct span confirmation;
    instant_t   answered_at;
};

#define QUESTION(field) offsetof(struct visit_question, field)
#define VIEW(field)     offsetof(struct clinical_view, field)

/* clang-format off */
static const struct field question_fields[] = {
    { "visit_id", FIELD_TEXT, QUESTION(visit_id_text), VISIT_ID_BYTES_MAX, true,  NULL },
    { "role",     FIELD_WORD, QUESTION(role),          0,                  false, visit_role_words },
    { "from",     FIELD_DAY,  QUESTION(from_on),       0,                  false, NULL },
    { "to",       FIELD_DAY,  QUESTION(to_on),         0,                  false, NULL },
    { "purpose",  FIELD_WORD, QUESTION(card.purpose),  0,                  false, visit_purpose_words },
};

static const struct out_row view_rows[] = {
    { "visit_id",     NULL,                   OUT_TEXT,    VIEW(visit_id),     NULL },
    { "items",        NULL,                   OUT_RAW,     VIEW(items),        NULL },
    { "confirmation", NULL,                   OUT_TEXT,    VIEW(confirmation), NULL },
    { "answered_at",  "ProcessExecutionTime", OUT_INSTANT, VIEW(answered_at),  NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode_for(struct request *r, enum clinical_item item)
{
    struct visit_question *question = visit_question_of(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->record.way = WAY_CARD;
    if (!fields_decode(span_make(r->body, r->body_length), question_fields,
                       ARRAY_LEN(question_fields), &r->arena, question, endpoint_blame, r))
        return r->fault;
    if (!uuid_parse(question->visit_id_text, question->visit_id))
        request_blame(r, FAULT_FIELD_MALFORMED, "visit_id", "not a UUID");
    question->items = 1 << item;
    question->card.is_by_person = true;
    question->card.asked_on = r->today;
    r->record.purpose = question->card.purpose;
    return r->fault;
}

static enum fault
decode_drugs(struct request *r)
{
    return decode_for(r, CLINICAL_DRUGS);
}

static enum fault
decode_checkups(struct request *r)
{
    return decode_for(r, CLINICAL_CHECKUP);
}

static enum fault
decode_treatments(struct request *r)
{
    return decode_for(r, CLINICAL_TREATMENTS);
}

static enum fault
decode_operations(struct request *r)
{
    return decode_for(r, CLINICAL_OPERATIONS);
}

static void
ask(struct request *r)
{
    r->answer = NULL;
    visit_ask(r);
}

/* The coverage is judged, since its kind may shut the way, and is not shown. */
static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (clinical_reads(rows->stmt))
        return visit_read_item(r, rows, first, count);
    if (r->is_replay)
        return visit_read_replayed(r, rows, first, count);
    enum fault fault = visit_read_visit(r, rows, first, count);
    if (fault == FAULT_NONE)
        fault = visit_read_person(r, rows, first, count);
    r->record.items &= ITEMS_CLINICAL;
    return fault;
}

static enum fault
encode(struct request *r)
{
    const struct visit_question *question = r->question;
    struct clinical_view         view = { .answered_at = r->record.recorded_at };

    enum fault fault = visit_write_items(r, r->answer, &view.items);
    if (fault != FAULT_NONE)
        return fault;
    uuid_format(question->visit_id, view.id_place);
    view.visit_id = span_of(view.id_place);
    confirmation_format(r->record.record_id, clock_day(r->record.recorded_at),
                        view.confirmation_place);
    view.confirmation = span_of(view.confirmation_place);
    size_t room = view.items.length + REPLY_BYTES_MAX;
    char  *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, view_rows, &view);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

#define CLINICAL_ENDPOINT(name, decoder) \
    const struct endpoint name = {       \
        .decode = (decoder),             \
        .ask = ask,                      \
        .read = read,                    \
        .replay = visit_replay,          \
        .encode = encode,                \
    }

CLINICAL_ENDPOINT(endpoint_drug_history, decode_drugs);
CLINICAL_ENDPOINT(endpoint_checkups, decode_checkups);
CLINICAL_ENDPOINT(endpoint_treatments, decode_treatments);
CLINICAL_ENDPOINT(endpoint_operations, decode_operations);
