/*
 * person_document: 資格情報のお知らせ, the own coverage of today on a page.
 *
 * Request   session_id
 * Reply     reason as of eligibility/check; issued_on, valid_until (of those of 70 to 74) and
 *           document (payload, pdf) where the coverage is in force
 * Faults    FAULT_SESSION_OVER, FAULT_DOCUMENTS_AWAY, FAULT_STATE_WRONG (no document can say what
 *           is registered), FAULT_FIELD_*
 * Source    domain facts, part 6, SR-016, SR-026. It is enough at the desk with the card only.
 */
#include "endpoint/document.h"
#include "endpoint/endpoints.h"
#include "endpoint/person.h"

#include "document/press.h"
#include "wire/out.h"

#include <stddef.h>

enum { HEAD_BYTES = 256 };

struct notice_view {
    const char                 *reason;
    day_t                       issued_on;
    day_t                       valid_until;
    const struct document_view *document;
};

#define QUESTION(field) offsetof(struct visit_question, field)
#define VIEW(field)     offsetof(struct notice_view, field)

/* clang-format off */
static const struct field document_fields[] = {
    { "session_id", FIELD_TEXT, QUESTION(visit_id_text), SESSION_ID_BYTES_MAX, true, NULL },
};

static const struct out_row view_rows[] = {
    { "reason",      NULL, OUT_STRING, VIEW(reason),      NULL },
    { "issued_on",   NULL, OUT_DAY,    VIEW(issued_on),   NULL },
    { "valid_until", NULL, OUT_DAY,    VIEW(valid_until), NULL },
    { "document",    NULL, OUT_OBJECT, VIEW(document),    document_view_rows },
    { 0 },
};
/* clang-format on */

static enum fault
decode(struct request *r)
{
    struct visit_question *question = visit_question_of(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (!press_is_ready(r->press))
        return FAULT_DOCUMENTS_AWAY;
    question->is_own = true;
    question->from_on = question->to_on = DAY_UNKNOWN;
    question->card.asked_on = r->today;
    if (!fields_decode(span_make(r->body, r->body_length), document_fields,
                       ARRAY_LEN(document_fields), &r->arena, question, endpoint_blame, r))
        return r->fault;
    person_take_session(r, question->visit_id_text, question->visit_id);
    r->record.has_asked_on = true;
    r->record.asked_on = r->today;
    return r->fault;
}

static void
ask(struct request *r)
{
    const struct visit_question *question = r->question;

    person_ask(r, question->visit_id);
}

/* What stands on it, and no more, is what was shown. */
static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (count == 0)
        return FAULT_SESSION_OVER;
    enum fault fault = person_decide(r, rows, first);
    r->record.items &= ITEM_COVERAGE | ITEM_PERSON | ITEM_BURDEN_RATIO | ITEM_ELDERLY;
    return fault;
}

static enum fault
print(struct request *r, const struct verdict *verdict, struct notice_view *view)
{
    struct document_view *document = arena_take(&r->arena, sizeof *document);

    if (document == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    view->issued_on = r->today;
    view->valid_until = document_burden_until(verdict->person, verdict->coverage, r->today);
    view->document = document;
    struct document_wish wish = { .kind = DOCUMENT_NOTICE,
                                  .person = verdict->person,
                                  .coverage = verdict->coverage,
                                  .on = r->today,
                                  .issued_on = view->issued_on,
                                  .valid_until = view->valid_until };
    return document_make(r, &wish, document);
}

static enum fault
encode(struct request *r)
{
    const struct visit_answer *answer = r->answer;
    const struct verdict      *verdict = &answer->found.verdict;
    struct notice_view         view = { .reason = reason_info(verdict->reason)->name,
                                        .issued_on = DAY_UNKNOWN,
                                        .valid_until = DAY_UNKNOWN };
    bool       is_in_force = verdict->validity == VALIDITY_VALID && verdict->coverage != NULL;
    enum fault fault = is_in_force ? print(r, verdict, &view) : FAULT_NONE;

    if (fault != FAULT_NONE)
        return fault;
    size_t room = HEAD_BYTES + (view.document == NULL ? 0 : document_room(view.document));
    char  *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, view_rows, &view);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

/* Replays are asked anew: the person may see what is held now. */
const struct endpoint endpoint_person_document = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
