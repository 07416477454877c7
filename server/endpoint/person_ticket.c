/*
 * person_ticket_open, person_tickets: the person says that something is not right, and sees what
 * became of it, and of what facilities said.
 *
 * Request   session_id; to open: fields (names of what is not right; never a value)
 * Reply     201, or 200 when one that says it stands already: ticket_number, state, opened_at,
 *           due_on; or tickets[]: also fields, by (person, facility), facility_name, insurer_name,
 *           answer, answered_at
 * Faults    FAULT_SESSION_OVER, FAULT_NOT_FOUND (nobody covers the person, so nobody can answer),
 *           FAULT_FIELD_*
 * Source    domain facts, SR-029; the insurer must answer by the due day, as a facility's ticket.
 */
#include "endpoint/discrepancy.h"
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"
#include "endpoint/person.h"

#include "model/codes.h"
#include "query/stmt.h"

#include <stddef.h>

enum {
    TICKETS_MAX = 100, /* the latest; nobody has more */
    TICKET_BYTES = 3072,
    PAGE_BYTES = 64,
    OUTCOME_NEW = 1,
    OUTCOME_NOBODY = 3
};

struct ticket_question {
    struct span   session_text;
    unsigned char session_id[UUID_BYTES];
    int64_t       fields;
    bool          is_list;
};

struct ticket {
    struct span ticket_number;
    const char *state;
    const char *by;
    struct span facility_name;
    struct span insurer_name;
    struct span fields;
    instant_t   opened_at;
    day_t       due_on;
    const char *answer;
    instant_t   answered_at;
    bool        is_new;
};

struct tickets_view {
    struct out_list tickets;
};

#define QUESTION(field) offsetof(struct ticket_question, field)
#define TICKET(field)   offsetof(struct ticket, field)
#define VIEW(field)     offsetof(struct tickets_view, field)

/* clang-format off */
/* To list takes the first only. */
static const struct field question_fields[] = {
    { "session_id", FIELD_TEXT,  QUESTION(session_text), SESSION_ID_BYTES_MAX, true, NULL },
    { "fields",     FIELD_WORDS, QUESTION(fields),       0,                    true, discrepancy_fields },
};

static const struct out_row ticket_rows[] = {
    { "ticket_number", NULL, OUT_TEXT,    TICKET(ticket_number), NULL },
    { "state",         NULL, OUT_STRING,  TICKET(state),         NULL },
    { "by",            NULL, OUT_STRING,  TICKET(by),            NULL },
    { "facility_name", NULL, OUT_TEXT,    TICKET(facility_name), NULL },
    { "insurer_name",  NULL, OUT_TEXT,    TICKET(insurer_name),  NULL },
    { "fields",        NULL, OUT_RAW,     TICKET(fields),        NULL },
    { "opened_at",     NULL, OUT_INSTANT, TICKET(opened_at),     NULL },
    { "due_on",        NULL, OUT_DAY,     TICKET(due_on),        NULL },
    { "answer",        NULL, OUT_STRING,  TICKET(answer),        NULL },
    { "answered_at",   NULL, OUT_INSTANT, TICKET(answered_at),   NULL },
    { 0 },
};

static const struct out_row view_rows[] = {
    { "tickets", NULL, OUT_LIST, VIEW(tickets), ticket_rows },
    { 0 },
};
/* clang-format on */

static enum fault
decode_as(struct request *r, bool is_list)
{
    struct ticket_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->flies_alone = true;
    question->is_list = is_list;
    if (fields_decode(span_make(r->body, r->body_length), question_fields,
                      is_list ? 1 : ARRAY_LEN(question_fields), &r->arena, question, endpoint_blame,
                      r))
        person_take_session(r, question->session_text, question->session_id);
    if (r->fault == FAULT_NONE && !is_list && question->fields == 0)
        request_blame(r, FAULT_FIELD_MALFORMED, "fields", "empty");
    return r->fault;
}

static enum fault
decode_open(struct request *r)
{
    return decode_as(r, false);
}

static enum fault
decode_list(struct request *r)
{
    return decode_as(r, true);
}

static void
ask(struct request *r)
{
    const struct ticket_question *question = r->question;

    person_ask(r, question->session_id);
}

static void
ask_tickets(struct request *r)
{
    const struct ticket_question *question = r->question;

    person_ask_session(r, question->is_list ? STMT_PERSON_TICKETS : STMT_PERSON_TICKET_OPEN,
                       question->session_id);
    ask_number(&r->ask, r->received_at);
    if (question->is_list) {
        ask_number(&r->ask, TICKETS_MAX);
    } else {
        ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
        discrepancy_ask_fields(r, question->fields);
        ask_number(&r->ask, r->today);
    }
    r->asks_again = true;
}

/* Columns: 0 outcome, 1 ticket_number, 2 state, 3 opened_at, 4 due_on. */
static enum fault
read_opened(struct request *r, const struct rows *rows, int first, int count)
{
    struct ticket *ticket = arena_take(&r->arena, sizeof *ticket);

    if (ticket == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count != 1)
        return FAULT_INTERNAL;
    if (rows_number(rows, first, 0) == OUTCOME_NOBODY)
        return FAULT_NOT_FOUND;
    *ticket = (struct ticket){
        .is_new = rows_number(rows, first, 0) == OUTCOME_NEW,
        .ticket_number = enrolment_text(r, rows, first, 1),
        .state = enrolment_word(discrepancy_states, rows_number(rows, first, 2)),
        .opened_at = rows_instant(rows, first, 3),
        .due_on = rows_day(rows, first, 4),
    };
    r->record.detail = ticket->ticket_number;
    r->answer = ticket;
    return FAULT_NONE;
}

/* Columns: 0 ticket_number, 1 state, 2 fields, 3 opened_at, 4 due_on, 5 answer, 6 answered_at,
 * 7 facility_name, 8 insurer_name. */
static bool
read_ticket(struct request *r, const struct rows *rows, int row, struct ticket *ticket)
{
    char       *place = arena_take_raw(&r->arena, 2 * TICKET_FIELDS_BYTES);
    struct text names = text_in(place, place == NULL ? 0 : 2 * TICKET_FIELDS_BYTES);

    *ticket = (struct ticket){
        .ticket_number = enrolment_text(r, rows, row, 0),
        .state = enrolment_word(discrepancy_states, rows_number(rows, row, 1)),
        .by = rows_is_null(rows, row, 7) ? "person" : "facility",
        .opened_at = rows_instant(rows, row, 3),
        .due_on = rows_day(rows, row, 4),
        .answer = code_name(CODE_DISCREPANCY_ANSWER, (int)enrolment_number(rows, row, 5)),
        .answered_at = enrolment_instant(rows, row, 6),
        .facility_name = enrolment_text(r, rows, row, 7),
        .insurer_name = enrolment_text(r, rows, row, 8),
    };
    discrepancy_write_fields(&names, rows_bytes(rows, row, 2));
    ticket->fields = text_span(&names);
    return !names.is_full;
}

static enum fault
read_tickets(struct request *r, const struct rows *rows, int first, int count)
{
    struct tickets_view *view = arena_take(&r->arena, sizeof *view);
    struct ticket       *tickets = arena_take(&r->arena, (size_t)(count + 1) * sizeof *tickets);

    if (view == NULL || tickets == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < count; i++)
        if (!read_ticket(r, rows, first + i, &tickets[i]))
            return FAULT_REQUEST_TOO_LARGE;
    view->tickets = (struct out_list){
        .items = tickets, .count = (size_t)count, .stride = sizeof *tickets, .has = true
    };
    r->answer = view;
    return FAULT_NONE;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_PERSON_TICKET_OPEN)
        return read_opened(r, rows, first, count);
    if (rows->stmt == STMT_PERSON_TICKETS)
        return read_tickets(r, rows, first, count);
    enum fault fault = person_note(r, rows, first, count);
    if (fault == FAULT_NONE)
        ask_tickets(r);
    return fault;
}

static enum fault
encode_open(struct request *r)
{
    const struct ticket *ticket = r->answer;
    enum fault           fault = person_write(r, ticket_rows, ticket, TICKET_BYTES);

    if (ticket->is_new)
        r->http_status = 201;
    return fault;
}

static enum fault
encode_list(struct request *r)
{
    const struct tickets_view *view = r->answer;

    return person_write(r, view_rows, view, PAGE_BYTES + view->tickets.count * TICKET_BYTES);
}

/* A replay is asked anew: the ticket that stands is the answer. */
const struct endpoint endpoint_person_ticket_open = {
    .decode = decode_open,
    .ask = ask,
    .read = read,
    .encode = encode_open,
};

const struct endpoint endpoint_person_tickets = {
    .decode = decode_list,
    .ask = ask,
    .read = read,
    .encode = encode_list,
};
