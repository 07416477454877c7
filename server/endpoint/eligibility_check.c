/*
 * eligibility_check: is this person covered on that day, by whom, on what terms?
 *
 * Request   insurer_number, symbol, number, branch_number, birth_date, asked_on, ceiling_consent,
 *           purpose; as an item of a list also item_id and if_none_match
 * Reply     validity (OQSCD006), reason, coverage[], as_of, advice, confirmation; see
 *           schema/api/openapi.yaml
 * Faults    FAULT_FIELD_*, FAULT_CHECK_DIGIT, FAULT_PERSONAL_NUMBER, FAULT_STORE_*
 * Source    interface facts, part 4 (OQS-IF-001 / 002): two matches are never narrowed by guess.
 */
#include "endpoint/eligibility.h"
#include "endpoint/endpoints.h"

#include "base/text.h"
#include "model/check_digit.h"
#include "query/stmt.h"
#include "wire/dossier_read.h"
#include "wire/field.h"

#include <stddef.h>

enum { CANDIDATES_MAX = DOSSIERS_MAX, NEARBY_MAX = 256 };

static const char *const purpose_words[] = { "treatment",  "dispensing", "reception", "claim",
                                             "home_visit", "other",      NULL };

#define QUESTION(field) offsetof(struct eligibility_question, field)

/* clang-format off */
/* A single question takes the first eight, an item of a list all. */
static const struct field question_fields[] = {
    { "insurer_number",  FIELD_TEXT, QUESTION(insurer_number_raw),  CARD_INSURER_BYTES_MAX, true,  NULL },
    { "symbol",          FIELD_TEXT, QUESTION(symbol),              CARD_SYMBOL_BYTES_MAX,  false, NULL },
    { "number",          FIELD_TEXT, QUESTION(number),              CARD_NUMBER_BYTES_MAX,  true,  NULL },
    { "branch_number",   FIELD_TEXT, QUESTION(branch),              CARD_BRANCH_BYTES_MAX,  false, NULL },
    { "birth_date",      FIELD_DAY,  QUESTION(birth_date),          0,                      true,  NULL },
    { "asked_on",        FIELD_DAY,  QUESTION(asked_on),            0,                      false, NULL },
    { "ceiling_consent", FIELD_FLAG, QUESTION(has_ceiling_consent), 0,                      false, NULL },
    { "purpose",         FIELD_WORD, QUESTION(purpose),             0,                      false, purpose_words },
    { "item_id",         FIELD_TEXT, QUESTION(item_id),             ITEM_ID_BYTES_MAX,      false, NULL },
    { "if_none_match",   FIELD_TEXT, QUESTION(if_none_match),       ITEM_ID_BYTES_MAX,      false, NULL },
};
enum { SINGLE_FIELDS = 8, ITEM_FIELDS = ARRAY_LEN(question_fields), WALK_DIGITS_MAX = 15 };
/* clang-format on */

/* Its digits; only to see whether somebody walks through them. */
static int64_t
digits_of(struct span text)
{
    int64_t number = 0;

    for (size_t i = 0; i < text.length && i < WALK_DIGITS_MAX; i++)
        if (text.bytes[i] >= '0' && text.bytes[i] <= '9')
            number = number * 10 + (text.bytes[i] - '0');
    return number;
}

void
eligibility_check_card(struct request *r, struct eligibility_question *question)
{
    struct insurer_number insurer;
    struct blame          blame = { 0 };

    if (question->birth_date != DAY_UNKNOWN && question->birth_date > r->today)
        request_blame(r, FAULT_FIELD_MALFORMED, "birth_date", "lies in the future");
    if (personal_number_is_shaped(question->number)) {
        request_blame(r, FAULT_PERSONAL_NUMBER, "number", NULL);
        return;
    }
    if (question->insurer_number_raw.bytes == NULL)
        return; /* told already, as of any field that did not come or was no text */
    enum fault fault = insurer_number_parse(question->insurer_number_raw, &insurer, &blame);
    if (fault != FAULT_NONE) {
        request_blame(r, fault, "insurer_number", blame.reason);
        return;
    }
    question->insurer = insurer;
    if (question->number.bytes == NULL)
        return;
    r->card_number = digits_of(question->number);
    blame = (struct blame){ 0 };
    fault = card_key_make(&question->insurer, question->symbol, question->number, question->branch,
                          &r->arena, &question->key, &blame);
    if (fault != FAULT_NONE)
        request_blame(r, fault, blame.field, blame.reason);
}

static void
check_asked_on(struct request *r, struct eligibility_question *question)
{
    if (question->asked_on == DAY_UNKNOWN && r->item != NULL)
        question->asked_on = r->item->asked_on;
    if (question->asked_on == DAY_UNKNOWN)
        question->asked_on = r->today;
    if (question->asked_on > r->today + ASKED_AHEAD_DAYS_MAX)
        request_blame(r, FAULT_FIELD_MALFORMED, "asked_on", "more than a year ahead");
}

static void
start_record(struct request *r, const struct eligibility_question *question)
{
    r->record.purpose = question->purpose;
    r->record.has_asked_on = true;
    r->record.asked_on = question->asked_on;
    r->record.consent = question->has_ceiling_consent ? CONSENT_CEILING : 0;
}

/* A tag may come as the header would have it, or without its quotes, as results give it. */
static enum fault
take_tag(struct request *r, struct span tag)
{
    if (span_is_empty(tag) || tag.bytes[0] == '"') {
        r->heads.if_none_match = tag;
        return FAULT_NONE;
    }
    char *place = arena_take(&r->arena, tag.length + 3);
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, tag.length + 3);
    text_add_byte(&text, '"');
    text_add(&text, tag);
    text_add_byte(&text, '"');
    r->heads.if_none_match = text_span(&text);
    return FAULT_NONE;
}

enum fault
eligibility_decode(struct request *r)
{
    struct eligibility_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->record.way = r->item == NULL ? WAY_NUMBER : WAY_BULK;
    bool is_sound = fields_decode(span_make(r->body, r->body_length), question_fields,
                                  r->item == NULL ? SINGLE_FIELDS : ITEM_FIELDS, &r->arena,
                                  question, endpoint_blame, r);
    if (r->item != NULL) {
        r->item->id = question->item_id;
        enum fault fault = take_tag(r, question->if_none_match);
        if (fault != FAULT_NONE)
            return fault;
    }
    eligibility_check_card(r, question); /* of what came, so that all faults are told */
    check_asked_on(r, question);
    if (is_sound)
        start_record(r, question);
    return r->fault;
}

void
eligibility_ask(struct request *r)
{
    const struct eligibility_question *question = r->question;

    r->answer = NULL; /* a flight that failed may have left half of one */
    ask_start(&r->ask, STMT_ELIGIBILITY_FIND);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, question->key.text);
    ask_number(&r->ask, question->birth_date);
}

static void
ask_around(struct request *r)
{
    const struct eligibility_question *question = r->question;

    ask_start(&r->ask, STMT_ELIGIBILITY_LOOK_AROUND);
    ask_bytes(&r->ask, question->key.text);
    ask_number(&r->ask, question->birth_date);
    ask_bytes(&r->ask, insurer_number_span(&question->insurer));
    ask_bytes(&r->ask, question->key.rest);
    r->asks_again = true;
}

/* Columns: 0 ord, 1 person_id, 2 version, 3 body, and of eligibility_find 4 reference_number. */
static enum fault
read_person(struct request *r, struct eligibility_answer *answer, const struct rows *rows, int row)
{
    struct span body = arena_copy(&r->arena, rows_bytes(rows, row, 3));
    if (body.bytes == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct dossier *person = &answer->persons[answer->person_count];
    enum fault      fault = dossier_read(body, &r->arena, person);
    if (fault != FAULT_NONE)
        return fault;
    person->version = rows_number(rows, row, 2);
    if (rows->stmt != STMT_DOSSIER_BY_VERSION && !rows_is_null(rows, row, 4)) {
        person->reference_number = arena_copy(&r->arena, rows_bytes(rows, row, 4));
        if (person->reference_number.bytes == NULL)
            return FAULT_REQUEST_TOO_LARGE;
    }
    answer->person_count++;
    return FAULT_NONE;
}

static day_t
day_or_unknown(const struct rows *rows, int row, int column)
{
    return rows_is_null(rows, row, column) ? DAY_UNKNOWN : rows_day(rows, row, column);
}

/* Columns: 0 ord, 1 kind, 2 card_key, 3 birth_date, 4 event_on, 5 received_on, 6 due_on,
 * 7 change_kind. */
static enum fault
read_nearby(struct request *r, struct eligibility_answer *answer, const struct rows *rows,
            int first, int count)
{
    if (count > NEARBY_MAX)
        count = NEARBY_MAX;
    answer->has_looked_around = true;
    if (count == 0)
        return FAULT_NONE;
    answer->nearby = arena_take(&r->arena, (size_t)count * sizeof *answer->nearby);
    if (answer->nearby == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < count; i++) {
        struct nearby *near = &answer->nearby[i];
        near->kind = (enum nearby_kind)rows_number(rows, first + i, 1);
        if (!rows_is_null(rows, first + i, 2))
            near->card_key = arena_copy(&r->arena, rows_bytes(rows, first + i, 2));
        near->birth_date = day_or_unknown(rows, first + i, 3);
        near->event_on = day_or_unknown(rows, first + i, 4);
        near->due_on = day_or_unknown(rows, first + i, 6);
    }
    answer->nearby_count = (size_t)count;
    return FAULT_NONE;
}

struct eligibility_answer *
eligibility_answer_of(struct request *r)
{
    if (r->answer == NULL)
        r->answer = arena_take(&r->arena, sizeof(struct eligibility_answer));
    return r->answer;
}

enum fault
eligibility_read_persons(struct request *r, struct eligibility_answer *answer,
                         const struct rows *rows, int first, int count)
{
    if (count > CANDIDATES_MAX)
        count = CANDIDATES_MAX; /* sixteen are as ambiguous as seventeen */
    if (count > 0)
        answer->persons = arena_take(&r->arena, (size_t)count * sizeof *answer->persons);
    if (count > 0 && answer->persons == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < count; i++) {
        enum fault fault = read_person(r, answer, rows, first + i);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

enum fault
eligibility_read(struct request *r, const struct rows *rows, int first, int count)
{
    struct eligibility_answer *answer = eligibility_answer_of(r);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (rows->stmt == STMT_ELIGIBILITY_LOOK_AROUND) {
        enum fault fault = read_nearby(r, answer, rows, first, count);
        return fault == FAULT_NONE ? eligibility_decide(r, answer) : fault;
    }
    enum fault fault = eligibility_read_persons(r, answer, rows, first, count);
    if (fault != FAULT_NONE)
        return fault;
    if (r->is_replay)
        return eligibility_decide_again(r, answer);
    if (eligibility_must_look_around(r, answer)) {
        ask_around(r);
        return FAULT_NONE;
    }
    return eligibility_decide(r, answer);
}

const struct endpoint endpoint_eligibility_check = {
    .decode = eligibility_decode,
    .ask = eligibility_ask,
    .read = eligibility_read,
    .replay = eligibility_replay,
    .encode = eligibility_encode,
};
