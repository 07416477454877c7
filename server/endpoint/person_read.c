/*
 * person_coverage, person_checkups, person_drugs, person_treatments, person_operations: what is
 * held of the person.
 *
 * Request   session_id; asked_on, or from and to
 * Reply     eligibility as of eligibility/check, with ceiling and specific diseases; or items as of
 *           a visit
 * Faults    FAULT_SESSION_OVER, FAULT_FIELD_*
 * Source    domain facts, SR-128. Medical information that is sealed by a doubt about who somebody
 *           is, is sealed for the person too: it may be somebody else's.
 */
#include "endpoint/clinical.h"
#include "endpoint/endpoints.h"
#include "endpoint/person.h"

#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { REPLY_BYTES_MAX = 256 };

struct read_view {
    struct span eligibility;
    struct span items;
};

#define QUESTION(field) offsetof(struct visit_question, field)
#define VIEW(field)     offsetof(struct read_view, field)

/* clang-format off */
static const struct field coverage_fields[] = {
    { "session_id", FIELD_TEXT, QUESTION(visit_id_text), SESSION_ID_BYTES_MAX, true,  NULL },
    { "asked_on",   FIELD_DAY,  QUESTION(card.asked_on), 0,                    false, NULL },
};

static const struct field clinical_fields[] = {
    { "session_id", FIELD_TEXT, QUESTION(visit_id_text), SESSION_ID_BYTES_MAX, true,  NULL },
    { "from",       FIELD_DAY,  QUESTION(from_on),       0,                    false, NULL },
    { "to",         FIELD_DAY,  QUESTION(to_on),         0,                    false, NULL },
};

static const struct out_row view_rows[] = {
    { "eligibility", NULL, OUT_RAW, VIEW(eligibility), NULL },
    { "items",       NULL, OUT_RAW, VIEW(items),       NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode_as(struct request *r, const struct field *fields, size_t count, int64_t items)
{
    struct visit_question *question = visit_question_of(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    question->is_own = true;
    question->items = items;
    question->card.asked_on = question->from_on = question->to_on = DAY_UNKNOWN;
    if (!fields_decode(span_make(r->body, r->body_length), fields, count, &r->arena, question,
                       endpoint_blame, r))
        return r->fault;
    person_take_session(r, question->visit_id_text, question->visit_id);
    if (items != 0 || question->card.asked_on == DAY_UNKNOWN)
        question->card.asked_on = r->today;
    if (items == 0)
        question->from_on = question->to_on = DAY_UNKNOWN;
    if (question->card.asked_on > r->today + ASKED_AHEAD_DAYS_MAX)
        request_blame(r, FAULT_FIELD_MALFORMED, "asked_on", "too far in the future");
    r->record.has_asked_on = true;
    r->record.asked_on = question->card.asked_on;
    return r->fault;
}

static enum fault
decode_coverage(struct request *r)
{
    return decode_as(r, coverage_fields, ARRAY_LEN(coverage_fields), 0);
}

static enum fault
decode_checkups(struct request *r)
{
    return decode_as(r, clinical_fields, ARRAY_LEN(clinical_fields), 1 << CLINICAL_CHECKUP);
}

static enum fault
decode_drugs(struct request *r)
{
    return decode_as(r, clinical_fields, ARRAY_LEN(clinical_fields), 1 << CLINICAL_DRUGS);
}

static enum fault
decode_treatments(struct request *r)
{
    return decode_as(r, clinical_fields, ARRAY_LEN(clinical_fields), 1 << CLINICAL_TREATMENTS);
}

static enum fault
decode_operations(struct request *r)
{
    return decode_as(r, clinical_fields, ARRAY_LEN(clinical_fields), 1 << CLINICAL_OPERATIONS);
}

static void
ask(struct request *r)
{
    const struct visit_question *question = r->question;

    person_ask(r, question->visit_id);
}

static void
judge_own(struct request *r)
{
    const struct visit_question *question = r->question;
    struct visit_answer         *answer = r->answer;
    const struct verdict        *verdict = &answer->found.verdict;
    bool is_sealed = verdict->person == NULL || verdict->person->hold != DOSSIER_HOLD_NONE;

    for (enum clinical_item item = CLINICAL_CHECKUP; item < CLINICAL_COUNT; item++)
        if ((question->items >> item & 1) != 0)
            answer->verdicts[item] = is_sealed ? ITEM_SUSPENDED : ITEM_GIVEN;
    if (question->items != 0)
        r->record.items = 0; /* the coverage is judged, and not shown */
    (void)clinical_ask(r);
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (clinical_reads(rows->stmt))
        return visit_read_item(r, rows, first, count);
    if (count == 0)
        return FAULT_SESSION_OVER;
    enum fault fault = person_decide(r, rows, first);
    if (fault == FAULT_NONE)
        judge_own(r);
    return fault;
}

static enum fault
encode(struct request *r)
{
    const struct visit_question *question = r->question;
    struct read_view             view = { 0 };
    enum fault                   fault;

    r->heads.if_none_match = (struct span){ 0 };
    if (question->items != 0) {
        fault = visit_write_items(r, r->answer, &view.items);
    } else {
        fault = eligibility_encode(r);
        view.eligibility = r->reply;
        r->etag[0] = '\0';
    }
    if (fault != FAULT_NONE)
        return fault;
    size_t room = view.eligibility.length + view.items.length + REPLY_BYTES_MAX;
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
#define PERSON_ENDPOINT(name, decoder) \
    const struct endpoint name = {     \
        .decode = (decoder),           \
        .ask = ask,                    \
        .read = read,                  \
        .encode = encode,              \
    }

PERSON_ENDPOINT(endpoint_person_coverage, decode_coverage);
PERSON_ENDPOINT(endpoint_person_checkups, decode_checkups);
PERSON_ENDPOINT(endpoint_person_drugs, decode_drugs);
PERSON_ENDPOINT(endpoint_person_treatments, decode_treatments);
PERSON_ENDPOINT(endpoint_person_operations, decode_operations);
