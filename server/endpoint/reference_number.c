/*
 * reference_number: a facility's own number for a patient (照会番号): set it, replace it, delete it.
 *
 * Request   insurer_number, symbol, number, branch_number, birth_date; to set also reference_number
 *           (1 to 50 characters); as an item of a list also item_id
 * Reply     outcome: registered, deleted, nothing_to_do (it stood, or was gone, already) or
 *           no_person (nothing is stored: the card names nobody, or more than one; reason says
 *           why, in the words of eligibility_check, and recheck_field what to read again);
 *           confirmation, answered_at
 * Faults    FAULT_FIELD_*, FAULT_CHECK_DIGIT, FAULT_PERSONAL_NUMBER, FAULT_REQUEST_ID_REUSED,
 *           FAULT_STORE_*
 * Source    interface facts, part 4 (ReferenceNumber). The number is shown to the facility that
 *           set it and to no other. The access record keeps the outcome as its detail, so that the
 *           request, sent again, is answered the same and changes nothing.
 */
#include "endpoint/eligibility.h"
#include "endpoint/endpoints.h"

#include "model/confirmation.h"
#include "model/utf8.h"
#include "query/stmt.h"
#include "wire/field.h"
#include "wire/out.h"

#include <assert.h>
#include <stddef.h>

enum {
    NUMBER_CHARS_MAX = 50,
    NUMBER_BYTES_MAX = NUMBER_CHARS_MAX * UTF8_BYTES_MAX,
    REPLY_BYTES_MAX = 512
};

/* What reference_number_set and reference_number_delete say; see schema/functions.md. */
enum store_outcome { STORE_CHANGED = 1, STORE_SAME = 2, STORE_SEEN_BEFORE = 3, STORE_NOBODY = 4 };

static const char outcome_registered[] = "registered";
static const char outcome_deleted[] = "deleted";
static const char outcome_same[] = "nothing_to_do";
static const char outcome_nobody[] = "no_person";

struct reference_question {
    struct eligibility_question card; /* first, since it is read as one */
    struct span                 reference_number;
    struct span                 item_id; /* of an item of a list only */
    bool                        is_deletion;
};

struct reference_answer {
    struct eligibility_answer found; /* first, since it is filled as one */
    struct span               outcome;
    enum reason               reason;
    enum card_field           reread;
};

struct reference_reply {
    char        confirmation[CONFIRMATION_SIZE];
    struct span confirmation_text;
    struct span outcome;
    const char *reason;
    const char *recheck_field;
    instant_t   answered_at;
};

#define QUESTION(field) offsetof(struct reference_question, field)
#define REPLY(field)    offsetof(struct reference_reply, field)

/* clang-format off */
/* A deletion takes the first five, a registration the first six, an item of a list all. */
static const struct field question_fields[] = {
    { "insurer_number",   FIELD_TEXT, QUESTION(card.insurer_number_raw), CARD_INSURER_BYTES_MAX, true,  NULL },
    { "symbol",           FIELD_TEXT, QUESTION(card.symbol),             CARD_SYMBOL_BYTES_MAX,  false, NULL },
    { "number",           FIELD_TEXT, QUESTION(card.number),             CARD_NUMBER_BYTES_MAX,  true,  NULL },
    { "branch_number",    FIELD_TEXT, QUESTION(card.branch),             CARD_BRANCH_BYTES_MAX,  false, NULL },
    { "birth_date",       FIELD_DAY,  QUESTION(card.birth_date),         0,                      true,  NULL },
    { "reference_number", FIELD_TEXT, QUESTION(reference_number),        NUMBER_BYTES_MAX,       true,  NULL },
    { "item_id",          FIELD_TEXT, QUESTION(item_id),                 ITEM_ID_BYTES_MAX,      false, NULL },
};
enum { DELETION_FIELDS = 5, REGISTRATION_FIELDS = 6, ITEM_FIELDS = ARRAY_LEN(question_fields) };

static const struct out_row reply_rows[] = {
    { "outcome",       NULL,                   OUT_TEXT,    REPLY(outcome),           NULL },
    { "reason",        NULL,                   OUT_STRING,  REPLY(reason),            NULL },
    { "recheck_field", NULL,                   OUT_STRING,  REPLY(recheck_field),     NULL },
    { "confirmation",  NULL,                   OUT_TEXT,    REPLY(confirmation_text), NULL },
    { "answered_at",   "ProcessExecutionTime", OUT_INSTANT, REPLY(answered_at),       NULL },
    { 0 },
};
/* clang-format on */

static void
check_reference_number(struct request *r, struct span number)
{
    if (utf8_count(number) > NUMBER_CHARS_MAX)
        request_blame(r, FAULT_FIELD_TOO_LONG, "reference_number", "more than 50 characters");
    if (span_is_empty(number))
        request_blame(r, FAULT_FIELD_MALFORMED, "reference_number", "empty");
    for (size_t i = 0; i < number.length; i++)
        if ((unsigned char)number.bytes[i] < 0x20 || number.bytes[i] == 0x7f) {
            request_blame(r, FAULT_FIELD_MALFORMED, "reference_number", "a control character");
            return;
        }
}

static enum fault
decode_as(struct request *r, size_t field_count)
{
    struct reference_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    question->is_deletion = field_count == DELETION_FIELDS;
    r->record.way = r->item == NULL ? WAY_NUMBER : WAY_BULK;
    bool is_sound = fields_decode(span_make(r->body, r->body_length), question_fields, field_count,
                                  &r->arena, question, endpoint_blame, r);
    if (r->item != NULL)
        r->item->id = question->item_id;
    question->card.asked_on = r->today;
    eligibility_check_card(r, &question->card); /* of what came, so that all faults are told */
    if (!question->is_deletion && question->reference_number.bytes != NULL)
        check_reference_number(r, question->reference_number);
    assert(is_sound || r->fault != FAULT_NONE);
    return r->fault;
}

static enum fault
decode_registration(struct request *r)
{
    return decode_as(r, r->item == NULL ? REGISTRATION_FIELDS : ITEM_FIELDS);
}

static enum fault
decode_deletion(struct request *r)
{
    return decode_as(r, DELETION_FIELDS);
}

static struct reference_answer *
answer_of(struct request *r)
{
    if (r->answer == NULL)
        r->answer = arena_take(&r->arena, sizeof(struct reference_answer));
    return r->answer;
}

/* A flight that failed may have left half an answer and half a record. */
static void
ask(struct request *r)
{
    r->record = (struct access_record){ .way = r->record.way };
    eligibility_ask(r);
}

static void
ask_change(struct request *r, int64_t person_id)
{
    const struct reference_question *question = r->question;
    day_t                            previous_day = request_previous_day(r);

    ask_start(&r->ask,
              question->is_deletion ? STMT_REFERENCE_NUMBER_DELETE : STMT_REFERENCE_NUMBER_SET);
    ask_number(&r->ask, r->today);
    if (previous_day == DAY_UNKNOWN)
        ask_null(&r->ask);
    else
        ask_number(&r->ask, previous_day);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_number(&r->ask, r->item_no);
    ask_number(&r->ask, r->actor.facility_id);
    ask_number(&r->ask, person_id);
    if (!question->is_deletion)
        ask_bytes(&r->ask, question->reference_number);
    r->asks_again = true;
}

static void
answer_nobody(struct request *r, struct reference_answer *answer, enum reason reason,
              enum card_field reread)
{
    answer->outcome = span_of(outcome_nobody);
    answer->reason = reason;
    answer->reread = reread;
    r->record.reason = (int16_t)reason;
    r->record.detail = span_of(card_field_name(reread));
}

static enum fault
read_persons(struct request *r, struct reference_answer *answer, const struct rows *rows, int first,
             int count)
{
    const struct reference_question *question = r->question;

    enum fault fault = eligibility_read_persons(r, &answer->found, rows, first, count);
    if (fault != FAULT_NONE)
        return fault;
    struct judge_question judged = eligibility_judged(&question->card);
    struct judge_case     matter = eligibility_case(&judged, &answer->found);
    struct verdict        verdict = judge_person(&matter);
    eligibility_record_person(r, verdict.person != NULL ? verdict.person : verdict.sealed);
    if (verdict.person == NULL)
        answer_nobody(r, answer, verdict.reason, verdict.reread);
    else
        ask_change(r, verdict.person->person_id);
    return FAULT_NONE;
}

/* Columns: 0 ord, 1 outcome. Who was seen before is answered from the record, by replay(). */
static enum fault
read_outcome(struct request *r, struct reference_answer *answer, const struct rows *rows, int first,
             int count)
{
    const struct reference_question *question = r->question;

    if (count != 1)
        return FAULT_INTERNAL;
    switch ((enum store_outcome)rows_number(rows, first, 1)) {
    case STORE_CHANGED:
        answer->outcome = span_of(question->is_deletion ? outcome_deleted : outcome_registered);
        break;
    case STORE_SAME:
        answer->outcome = span_of(outcome_same);
        break;
    case STORE_SEEN_BEFORE:
        return FAULT_NONE;
    case STORE_NOBODY:
    default:
        answer_nobody(r, answer, REASON_NOT_FOUND, CARD_FIELD_NONE);
        return FAULT_NONE;
    }
    r->record.detail = answer->outcome;
    return FAULT_NONE;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    struct reference_answer *answer = answer_of(r);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (rows->stmt == STMT_ELIGIBILITY_FIND)
        return read_persons(r, answer, rows, first, count);
    return read_outcome(r, answer, rows, first, count);
}

static enum fault
replay(struct request *r, const struct prior *prior)
{
    struct reference_answer *answer = answer_of(r);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (prior->reason != REASON_UNSET) {
        answer_nobody(r, answer, (enum reason)prior->reason, card_field_of(prior->detail));
        return FAULT_NONE;
    }
    answer->reason = REASON_UNSET;
    answer->outcome = arena_copy(&r->arena, prior->detail);
    return answer->outcome.bytes == NULL ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    const struct reference_answer *answer = r->answer;
    char                          *place = arena_take(&r->arena, REPLY_BYTES_MAX);
    struct reference_reply         reply = { .outcome = answer->outcome,
                                             .recheck_field = card_field_name(answer->reread),
                                             .answered_at = r->record.recorded_at };

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (answer->reason != REASON_UNSET)
        reply.reason = reason_info(answer->reason)->name;
    confirmation_format(r->record.record_id, clock_day(r->record.recorded_at), reply.confirmation);
    reply.confirmation_text = span_of(reply.confirmation);
    struct text text = text_in(place, REPLY_BYTES_MAX);
    out_object(&text, reply_rows, &reply);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}

const struct endpoint endpoint_reference_number_set = {
    .decode = decode_registration,
    .ask = ask,
    .read = read,
    .replay = replay,
    .encode = encode,
};

const struct endpoint endpoint_reference_number_delete = {
    .decode = decode_deletion,
    .ask = ask,
    .read = read,
    .replay = replay,
    .encode = encode,
};
