/*
 * person_visits, person_visit_cancel: what the person agreed to where, and its end.
 *
 * Request   session_id; before (next_before of the page before); to cancel: the visit's number
 *           in the path
 * Reply     visits[]: visit_id, opened_at, facility_code, facility_name, treatment, basis,
 *           consents, consent_until, ended_at, reason, reviewed_at, outcome; or visit_id,
 *           ended_at, reason
 * Faults    FAULT_SESSION_OVER, FAULT_NOT_FOUND (no such visit of this person), FAULT_FIELD_*
 * Source    OQSCD031: taken back by the patient.
 */
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"
#include "endpoint/person.h"

#include "base/uuid.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum {
    PAGE = 50,
    VISIT_BYTES = 1536, /* with a name of some hundred characters */
    PAGE_BYTES = 256,
    WORDS_SIZE = 128,
    INSTANT_BYTES_MAX = 20
};

static const char *const basis_words[] = { "consent", "emergency", "disaster", NULL };
static const char *const reason_words[] = { "facility", "patient", "other_use", NULL };
static const char *const outcome_words[] = { "justified", "not_justified", NULL };

struct visits_question {
    struct span   session_text;
    unsigned char session_id[UUID_BYTES];
    struct span   before_text;
    int64_t       before_at; /* 0: from the latest */
    unsigned char visit_id[UUID_BYTES];
    bool          is_cancelling;
};

struct visit_entry {
    char        id_place[UUID_TEXT_LENGTH + 1];
    struct span visit_id;
    instant_t   opened_at;
    struct span facility_code;
    struct span facility_name;
    const char *treatment;
    const char *basis;
    char        consents_place[WORDS_SIZE];
    struct span consents;
    instant_t   consent_until;
    instant_t   ended_at;
    const char *reason;
    instant_t   reviewed_at;
    const char *outcome;
};

struct visits_view {
    struct out_list visits;
    char            before_place[NUMBER_TEXT_SIZE];
    struct span     next_before;
};

#define QUESTION(field) offsetof(struct visits_question, field)
#define ENTRY(field)    offsetof(struct visit_entry, field)
#define VIEW(field)     offsetof(struct visits_view, field)

/* clang-format off */
/* To cancel takes the first only. */
static const struct field question_fields[] = {
    { "session_id", FIELD_TEXT, QUESTION(session_text), SESSION_ID_BYTES_MAX, true,  NULL },
    { "before",     FIELD_TEXT, QUESTION(before_text),  INSTANT_BYTES_MAX,    false, NULL },
};

static const struct out_row entry_rows[] = {
    { "visit_id",      NULL,                   OUT_TEXT,    ENTRY(visit_id),      NULL },
    { "opened_at",     NULL,                   OUT_INSTANT, ENTRY(opened_at),     NULL },
    { "facility_code", NULL,                   OUT_TEXT,    ENTRY(facility_code), NULL },
    { "facility_name", NULL,                   OUT_TEXT,    ENTRY(facility_name), NULL },
    { "treatment",     "MedicalTreatmentFlag", OUT_STRING,  ENTRY(treatment),     NULL },
    { "basis",         NULL,                   OUT_STRING,  ENTRY(basis),         NULL },
    { "consents",      NULL,                   OUT_RAW,     ENTRY(consents),      NULL },
    { "consent_until", NULL,                   OUT_INSTANT, ENTRY(consent_until), NULL },
    { "ended_at",      NULL,                   OUT_INSTANT, ENTRY(ended_at),      NULL },
    { "reason",        NULL,                   OUT_STRING,  ENTRY(reason),        NULL },
    { "reviewed_at",   NULL,                   OUT_INSTANT, ENTRY(reviewed_at),   NULL },
    { "outcome",       NULL,                   OUT_STRING,  ENTRY(outcome),       NULL },
    { 0 },
};

static const struct out_row view_rows[] = {
    { "visits",      NULL, OUT_LIST, VIEW(visits),      entry_rows },
    { "next_before", NULL, OUT_TEXT, VIEW(next_before), NULL },
    { 0 },
};
/* clang-format on */

static struct visits_question *
question_of(struct request *r, size_t field_count)
{
    struct visits_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return NULL;
    r->question = question;
    r->flies_alone = true;
    if (fields_decode(span_make(r->body, r->body_length), question_fields, field_count, &r->arena,
                      question, endpoint_blame, r))
        person_take_session(r, question->session_text, question->session_id);
    return question;
}

static enum fault
decode_list(struct request *r)
{
    struct visits_question *question = question_of(r, ARRAY_LEN(question_fields));

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (question->before_text.bytes != NULL
        && !enrolment_parse_number(question->before_text, &question->before_at))
        request_blame(r, FAULT_FIELD_MALFORMED, "before", "not a whole number");
    return r->fault;
}

static enum fault
decode_cancel(struct request *r)
{
    struct visits_question *question = question_of(r, 1);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    question->is_cancelling = true;
    if (r->fault == FAULT_NONE && !uuid_parse(r->path_rest, question->visit_id))
        return FAULT_NOT_FOUND;
    return r->fault;
}

static void
ask(struct request *r)
{
    const struct visits_question *question = r->question;

    person_ask(r, question->session_id);
}

static enum fault
ask_visits(struct request *r)
{
    const struct visits_question *question = r->question;
    int stmt = question->is_cancelling ? STMT_PERSON_VISIT_END : STMT_PERSON_VISITS;

    person_ask_session(r, stmt, question->session_id);
    if (question->is_cancelling)
        ask_bytes(&r->ask, span_make((const char *)question->visit_id, UUID_BYTES));
    ask_number(&r->ask, r->received_at);
    if (!question->is_cancelling) {
        if (question->before_at == 0)
            ask_null(&r->ask);
        else
            ask_number(&r->ask, question->before_at);
        ask_number(&r->ask, PAGE + 1);
    }
    r->asks_again = true;
    return FAULT_NONE;
}

static void
write_consents(int64_t consents, struct visit_entry *entry)
{
    struct text text = text_in(entry->consents_place, sizeof entry->consents_place);

    text_add_byte(&text, '[');
    for (int item = 0; item < CLINICAL_COUNT; item++)
        if ((consents >> item & 1) != 0)
            text_add_format(&text, "%s\"%s\"", text.length > 1 ? "," : "", visit_item_words[item]);
    text_add_byte(&text, ']');
    entry->consents = text_span(&text);
}

/* Columns: 0 visit_id, 1 opened_at, 2 facility_code, 3 facility_name, 4 treatment, 5 basis,
 * 6 consents, 7 consent_until, 8 ended_at, 9 end_reason, 10 reviewed_at, 11 outcome. */
static void
read_entry(struct request *r, const struct rows *rows, int row, struct visit_entry *entry)
{
    uuid_format((const unsigned char *)rows_bytes(rows, row, 0).bytes, entry->id_place);
    entry->visit_id = span_of(entry->id_place);
    entry->opened_at = rows_instant(rows, row, 1);
    entry->facility_code = enrolment_text(r, rows, row, 2);
    entry->facility_name = enrolment_text(r, rows, row, 3);
    entry->treatment = enrolment_word(visit_treatment_words, rows_number(rows, row, 4));
    entry->basis = enrolment_word(basis_words, rows_number(rows, row, 5));
    write_consents(rows_number(rows, row, 6), entry);
    entry->consent_until = enrolment_instant(rows, row, 7);
    entry->ended_at = enrolment_instant(rows, row, 8);
    entry->reason = enrolment_word_at(reason_words, rows, row, 9);
    entry->reviewed_at = enrolment_instant(rows, row, 10);
    entry->outcome = enrolment_word_at(outcome_words, rows, row, 11);
}

static enum fault
read_visits(struct request *r, const struct rows *rows, int first, int count)
{
    int                 shown = count > PAGE ? PAGE : count;
    struct visits_view *view = arena_take(&r->arena, sizeof *view);
    struct visit_entry *entries = arena_take(&r->arena, (size_t)(shown + 1) * sizeof *entries);

    if (view == NULL || entries == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < shown; i++)
        read_entry(r, rows, first + i, &entries[i]);
    view->visits = (struct out_list){
        .items = entries, .count = (size_t)shown, .stride = sizeof *entries, .has = true
    };
    if (shown < count)
        view->next_before = enrolment_number_text(entries[shown - 1].opened_at, view->before_place);
    r->record.items = ITEM_ACCESSES;
    r->answer = view;
    return FAULT_NONE;
}

/* Columns: 0 person_id, 1 ended_at, 2 reason. */
static enum fault
read_end(struct request *r, const struct rows *rows, int first, int count)
{
    const struct visits_question *question = r->question;
    struct visit_entry           *entry = arena_take(&r->arena, sizeof *entry);

    if (entry == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    uuid_format(question->visit_id, entry->id_place);
    entry->visit_id = span_of(entry->id_place);
    entry->ended_at = rows_instant(rows, first, 1);
    entry->reason = enrolment_word_at(reason_words, rows, first, 2);
    r->answer = entry;
    return FAULT_NONE;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    switch (rows->stmt) {
    case STMT_PERSON_VISITS:
        return read_visits(r, rows, first, count);
    case STMT_PERSON_VISIT_END:
        return read_end(r, rows, first, count);
    default:
        break;
    }
    enum fault fault = person_note(r, rows, first, count);
    return fault == FAULT_NONE ? ask_visits(r) : fault;
}

static enum fault
encode_list(struct request *r)
{
    const struct visits_view *view = r->answer;

    return person_write(r, view_rows, view, PAGE_BYTES + view->visits.count * VISIT_BYTES);
}

static enum fault
encode_cancel(struct request *r)
{
    return person_write(r, entry_rows, r->answer, VISIT_BYTES);
}

/* Replays are asked anew; the first end of a visit is the answer. */
const struct endpoint endpoint_person_visits = {
    .decode = decode_list,
    .ask = ask,
    .read = read,
    .encode = encode_list,
};

const struct endpoint endpoint_person_visit_cancel = {
    .decode = decode_cancel,
    .ask = ask,
    .read = read,
    .encode = encode_cancel,
};
