/*
 * discrepancy_open, discrepancy_read: a facility says that what it was shown differs from what the
 * patient showed.
 *
 * Request   confirmation (of the answer), fields (names of what differs; never a value); to read:
 *           the ticket's number in the path
 * Reply     201 with Location, or 200 when the ticket stands already: ticket_number, state,
 *           opened_at, due_on; to read also confirmation, fields, answer, answered_at
 * Faults    FAULT_NOT_FOUND (no such answer to this facility, or one that showed nobody; no such
 *           ticket of this facility), FAULT_CHECK_DIGIT, FAULT_FIELD_*, FAULT_REQUEST_ID_REUSED
 * Source    domain facts, SR-029. The insurer whose coverage was shown must answer by the due day.
 */
#include "endpoint/discrepancy.h"

#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"
#include "model/codes.h"
#include "model/confirmation.h"
#include "query/stmt.h"
#include "wire/field.h"
#include "wire/out.h"

#include <stddef.h>

enum { CONFIRMATION_BYTES_MAX = 32, REPLY_BYTES_MAX = 1024, LOCATION_BYTES_MAX = 64 };

enum open_outcome { OPEN_NEW = 1, OPEN_STANDS = 2, OPEN_NO_ANSWER = 3 };

struct ticket_question {
    struct span confirmation;
    int64_t     fields;
    int64_t     record_id;
    day_t       record_day;
};

struct ticket_view {
    struct span ticket_number;
    const char *state;
    char        confirmation_place[CONFIRMATION_SIZE];
    struct span confirmation;
    struct span fields;
    instant_t   opened_at;
    day_t       due_on;
    const char *answer;
    instant_t   answered_at;
    bool        is_new;
};

#define QUESTION(field) offsetof(struct ticket_question, field)
#define VIEW(field)     offsetof(struct ticket_view, field)

/* clang-format off */
const char *const discrepancy_fields[] = {
    "insurer_number", "card_class", "symbol", "number", "branch_number", "relation", "insured_name", "name",
    "name_kana", "name_other", "name_other_kana", "sex1", "sex2", "birth_date", "address", "post_number",
    "acquired_on", "lost_on", "loss_reason", "card_issued_on", "card_valid_from", "card_expires_on", "burden_ratio",
    "preschool", "elderly_certificate", "ceiling_certificate", "public_benefits", "checkups", "drugs", "treatments",
    "operations", NULL
};

const char *const discrepancy_states[] = { "open", "corrected", "registry_right", "closed", NULL };

static const struct field ticket_fields[] = {
    { "confirmation", FIELD_TEXT,  QUESTION(confirmation), CONFIRMATION_BYTES_MAX, true, NULL },
    { "fields",       FIELD_WORDS, QUESTION(fields),       0,                      true, discrepancy_fields },
};

static const struct out_row ticket_rows[] = {
    { "ticket_number", NULL, OUT_TEXT,    VIEW(ticket_number), NULL },
    { "state",         NULL, OUT_STRING,  VIEW(state),         NULL },
    { "confirmation",  NULL, OUT_TEXT,    VIEW(confirmation),  NULL },
    { "fields",        NULL, OUT_RAW,     VIEW(fields),        NULL },
    { "opened_at",     NULL, OUT_INSTANT, VIEW(opened_at),     NULL },
    { "due_on",        NULL, OUT_DAY,     VIEW(due_on),        NULL },
    { "answer",        NULL, OUT_STRING,  VIEW(answer),        NULL },
    { "answered_at",   NULL, OUT_INSTANT, VIEW(answered_at),   NULL },
    { 0 },
};
/* clang-format on */

void
discrepancy_write_fields(struct text *text, struct span names)
{
    text_add_byte(text, '[');
    for (size_t from = 0, to; from < names.length; from = to + 1) {
        for (to = from; to < names.length && names.bytes[to] != ' ';)
            to++;
        if (from > 0)
            text_add_byte(text, ',');
        out_quoted(text, span_make(names.bytes + from, to - from));
    }
    text_add_byte(text, ']');
}

static enum fault
decode_new(struct request *r)
{
    struct ticket_question *question = arena_take(&r->arena, sizeof *question);
    struct blame            blame = { 0 };

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->flies_alone = true;
    r->record.way = WAY_TICKET;
    if (!fields_decode(span_make(r->body, r->body_length), ticket_fields, ARRAY_LEN(ticket_fields),
                       &r->arena, question, endpoint_blame, r))
        return r->fault;
    enum fault fault = confirmation_parse(question->confirmation, &question->record_id,
                                          &question->record_day, &blame);
    if (fault != FAULT_NONE)
        request_blame(r, fault, "confirmation", blame.reason);
    return r->fault;
}

static bool
is_digit_of_ticket(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

static enum fault
decode_number(struct request *r)
{
    r->record.way = WAY_TICKET;
    if (r->path_rest.length != TICKET_NUMBER_LENGTH)
        return FAULT_NOT_FOUND;
    for (size_t i = 0; i < r->path_rest.length; i++)
        if (!is_digit_of_ticket(r->path_rest.bytes[i]))
            return FAULT_NOT_FOUND;
    return FAULT_NONE;
}

void
discrepancy_ask_fields(struct request *r, int64_t fields)
{
    char       *place = arena_take_raw(&r->arena, TICKET_FIELDS_BYTES);
    struct text names = text_in(place, place == NULL ? 0 : TICKET_FIELDS_BYTES);

    text_add_byte(&names, '{');
    for (int bit = 0; discrepancy_fields[bit] != NULL; bit++)
        if ((fields >> bit & 1) != 0) {
            if (names.length > 1)
                text_add_byte(&names, ',');
            text_add_string(&names, discrepancy_fields[bit]);
        }
    text_add_byte(&names, '}');
    ask_bytes(&r->ask, text_span(&names));
}

static void
ask_new(struct request *r)
{
    const struct ticket_question *question = r->question;

    r->answer = NULL;
    ask_start(&r->ask, STMT_DISCREPANCY_OPEN);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_number(&r->ask, question->record_id);
    ask_number(&r->ask, question->record_day);
    discrepancy_ask_fields(r, question->fields);
    ask_number(&r->ask, r->today);
}

static void
ask_ticket(struct request *r)
{
    r->answer = NULL;
    ask_start(&r->ask, STMT_DISCREPANCY_READ);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, r->path_rest);
}

static void
note_person(struct request *r, int64_t person_id)
{
    r->record.has_subject = true;
    r->record.person_id = person_id;
}

/* Columns: 0 outcome, 1 ticket_number, 2 state, 3 opened_at, 4 due_on, 5 person_id. */
static enum fault
read_new(struct request *r, const struct rows *rows, int first, int count)
{
    struct ticket_view *view = arena_take(&r->arena, sizeof *view);

    if (view == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count != 1)
        return FAULT_INTERNAL;
    if (rows_number(rows, first, 0) == OPEN_NO_ANSWER)
        return FAULT_NOT_FOUND;
    *view = (struct ticket_view){
        .is_new = rows_number(rows, first, 0) == OPEN_NEW,
        .ticket_number = enrolment_text(r, rows, first, 1),
        .state = enrolment_word(discrepancy_states, rows_number(rows, first, 2)),
        .opened_at = rows_instant(rows, first, 3),
        .due_on = rows_day(rows, first, 4),
    };
    note_person(r, rows_number(rows, first, 5));
    r->record.detail = view->ticket_number;
    r->answer = view;
    return FAULT_NONE;
}

/* Columns: 0 ord, 1 state, 2 fields, 3 record_id, 4 record_day, 5 opened_at, 6 due_on, 7 answer,
 * 8 answered_at, 9 person_id. */
static enum fault
read_ticket(struct request *r, const struct rows *rows, int first, int count)
{
    struct ticket_view *view = arena_take(&r->arena, sizeof *view);
    char               *place = arena_take_raw(&r->arena, 2 * TICKET_FIELDS_BYTES);

    if (view == NULL || place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    *view = (struct ticket_view){
        .ticket_number = r->path_rest,
        .state = enrolment_word(discrepancy_states, rows_number(rows, first, 1)),
        .opened_at = rows_instant(rows, first, 5),
        .due_on = rows_day(rows, first, 6),
        .answer = code_name(CODE_DISCREPANCY_ANSWER, (int)enrolment_number(rows, first, 7)),
        .answered_at = enrolment_instant(rows, first, 8),
    };
    struct text names = text_in(place, 2 * TICKET_FIELDS_BYTES);
    discrepancy_write_fields(&names, rows_bytes(rows, first, 2));
    view->fields = text_span(&names);
    confirmation_format(rows_number(rows, first, 3), rows_day(rows, first, 4),
                        view->confirmation_place);
    view->confirmation = span_of(view->confirmation_place);
    note_person(r, rows_number(rows, first, 9));
    r->answer = view;
    return FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    const struct ticket_view *view = r->answer;
    char                     *place = arena_take_raw(&r->arena, 2 * REPLY_BYTES_MAX);
    char                     *location = arena_take(&r->arena, LOCATION_BYTES_MAX);

    if (place == NULL || location == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, 2 * REPLY_BYTES_MAX);
    out_object(&text, ticket_rows, view);
    r->reply = text_span(&text);
    r->http_status = view->is_new ? 201 : 200;
    if (view->is_new) {
        struct text path = text_in(location, LOCATION_BYTES_MAX);
        text_add_string(&path, "/v1/discrepancies/");
        text_add(&path, view->ticket_number);
        r->location = location;
    }
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

/* A replay is asked anew: the ticket that stands is the answer. */
const struct endpoint endpoint_discrepancy_open = {
    .decode = decode_new,
    .ask = ask_new,
    .read = read_new,
    .encode = encode,
};

const struct endpoint endpoint_discrepancy_read = {
    .decode = decode_number,
    .ask = ask_ticket,
    .read = read_ticket,
    .encode = encode,
};
