/*
 * discrepancy_list, discrepancy_answer: tickets of facilities, and this insurer's answers.
 *
 * Request   list: ?after=N&limit=M; answer: the ticket's number in the path, answer (a word of
 *           discrepancy_answer)
 * Reply     list: tickets[]: ticket_number, fields, symbol, number, branch_number of the insurer's
 *           own coverage, opened_at, due_on, days_left or days_overdue; next_after
 *           answer: ticket_number, state, answer
 * Faults    FAULT_NOT_FOUND (no such ticket, or another insurer's), FAULT_ALREADY_SETTLED,
 *           FAULT_FIELD_*, FAULT_HEADER_MISSING (X-User-Id), FAULT_QUERY_STRING,
 *           FAULT_REQUEST_ID_REUSED
 * Source    domain facts, SR-029, SR-030. Who asked is not told. Each person shown is on record.
 */
#include "endpoint/discrepancy.h"

#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"
#include "model/codes.h"
#include "query/stmt.h"
#include "wire/field.h"
#include "wire/out.h"

#include <stddef.h>

enum { WORD_BYTES_MAX = 40, TICKET_BYTES = 512, PAGE_BYTES = 64, REPLY_BYTES_MAX = 256 };

enum answer_outcome {
    ANSWER_DONE = 1,
    ANSWER_NONE = 2,
    ANSWER_SETTLED = 3,
    ANSWER_ID_USED = 4,
    ANSWER_UNKNOWN = 5
};

struct ticket_answer {
    struct span word;
    int         code;
};

struct ticket_view {
    char        id_place[NUMBER_TEXT_SIZE];
    struct span ticket_id;
    struct span ticket_number;
    struct span fields;
    struct span symbol;
    struct span number;
    struct span branch;
    instant_t   opened_at;
    day_t       due_on;
    int64_t     days_left;
    int64_t     days_overdue;
};

struct ticket_page {
    struct out_list tickets;
    struct span     next_after;
};

struct answered_view {
    struct span ticket_number;
    const char *state;
    const char *answer;
};

#define ANSWER(field)   offsetof(struct ticket_answer, field)
#define VIEW(field)     offsetof(struct ticket_view, field)
#define PAGE(field)     offsetof(struct ticket_page, field)
#define ANSWERED(field) offsetof(struct answered_view, field)

/* clang-format off */
static const struct field answer_fields[] = {
    { "answer", FIELD_TEXT, ANSWER(word), WORD_BYTES_MAX, true, NULL },
};

static const struct out_row ticket_rows[] = {
    { "ticket_number", NULL, OUT_TEXT,    VIEW(ticket_number), NULL },
    { "fields",        NULL, OUT_RAW,     VIEW(fields),        NULL },
    { "symbol",        NULL, OUT_TEXT,    VIEW(symbol),        NULL },
    { "number",        NULL, OUT_TEXT,    VIEW(number),        NULL },
    { "branch_number", NULL, OUT_TEXT,    VIEW(branch),        NULL },
    { "opened_at",     NULL, OUT_INSTANT, VIEW(opened_at),     NULL },
    { "due_on",        NULL, OUT_DAY,     VIEW(due_on),        NULL },
    { "days_left",     NULL, OUT_LONG,    VIEW(days_left),     NULL },
    { "days_overdue",  NULL, OUT_LONG,    VIEW(days_overdue),  NULL },
    { 0 },
};

static const struct out_row page_rows[] = {
    { "tickets",    NULL, OUT_LIST, PAGE(tickets),    ticket_rows },
    { "next_after", NULL, OUT_TEXT, PAGE(next_after), NULL },
    { 0 },
};

static const struct out_row answered_rows[] = {
    { "ticket_number", NULL, OUT_TEXT,   ANSWERED(ticket_number), NULL },
    { "state",         NULL, OUT_STRING, ANSWERED(state),         NULL },
    { "answer",        NULL, OUT_STRING, ANSWERED(answer),        NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode_list(struct request *r)
{
    struct enrolment_page *page = arena_take(&r->arena, sizeof *page);

    if (page == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = page;
    r->record.way = WAY_TICKET;
    enrolment_take_page(r, page);
    return r->fault;
}

static enum fault
decode_answer(struct request *r)
{
    struct ticket_answer *answer = arena_take(&r->arena, sizeof *answer);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = answer;
    r->flies_alone = true;
    r->record.way = WAY_TICKET;
    enrolment_need_user(r);
    if (fields_decode(span_make(r->body, r->body_length), answer_fields, ARRAY_LEN(answer_fields),
                      &r->arena, answer, endpoint_blame, r)) {
        answer->code = code_number_of_name(CODE_DISCREPANCY_ANSWER, answer->word);
        if (answer->code == 0)
            request_blame(r, FAULT_FIELD_MALFORMED, "answer", "not one of the words of this field");
    }
    if (r->fault != FAULT_NONE)
        return r->fault;
    return r->path_rest.length == TICKET_NUMBER_LENGTH ? FAULT_NONE : FAULT_NOT_FOUND;
}

static void
ask_list(struct request *r)
{
    const struct enrolment_page *page = r->question;

    r->answer = NULL;
    enrolment_ask_read(r, STMT_DISCREPANCY_LIST);
    ask_number(&r->ask, page->after);
    ask_number(&r->ask, page->limit + 1); /* one more tells whether there is another page */
}

static void
ask_answer(struct request *r)
{
    const struct ticket_answer *answer = r->question;

    r->answer = NULL;
    enrolment_ask_change(r, STMT_DISCREPANCY_ANSWER);
    ask_bytes(&r->ask, r->path_rest);
    ask_number(&r->ask, answer->code);
    ask_number(&r->ask, r->today);
}

/* Columns: 0 ticket_id, 1 ticket_number, 2 fields, 3 opened_at, 4 due_on, 5 person_id, 6 symbol,
 * 7 number, 8 branch. */
static enum fault
read_view(struct request *r, const struct rows *rows, int row, struct ticket_view *view)
{
    char *place = arena_take_raw(&r->arena, 2 * TICKET_FIELDS_BYTES);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text names = text_in(place, 2 * TICKET_FIELDS_BYTES);
    discrepancy_write_fields(&names, rows_bytes(rows, row, 2));
    *view = (struct ticket_view){
        .ticket_number = enrolment_text(r, rows, row, 1),
        .fields = text_span(&names),
        .opened_at = rows_instant(rows, row, 3),
        .due_on = rows_day(rows, row, 4),
        .symbol = enrolment_text(r, rows, row, 6),
        .number = enrolment_text(r, rows, row, 7),
        .branch = enrolment_text(r, rows, row, 8),
        .days_left = -1,
        .days_overdue = -1,
    };
    view->ticket_id = enrolment_number_text(rows_number(rows, row, 0), view->id_place);
    if (view->due_on >= r->today)
        view->days_left = view->due_on - r->today;
    else
        view->days_overdue = r->today - view->due_on;
    return FAULT_NONE;
}

static enum fault
read_list(struct request *r, const struct rows *rows, int first, int count)
{
    const struct enrolment_page *wanted = r->question;

    if (rows->stmt == STMT_ACCESS_APPEND_EACH)
        return FAULT_NONE;
    int                     shown_count = count > wanted->limit ? (int)wanted->limit : count;
    size_t                  views_room = (size_t)shown_count + 1;
    struct ticket_page     *page = arena_take(&r->arena, sizeof *page);
    struct ticket_view     *views = arena_take(&r->arena, views_room * sizeof *views);
    struct enrolment_shown *shown = arena_take(&r->arena, views_room * sizeof *shown);
    if (page == NULL || views == NULL || shown == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < shown_count; i++) {
        enum fault fault = read_view(r, rows, first + i, &views[i]);
        if (fault != FAULT_NONE)
            return fault;
        shown[i].number = rows_number(rows, first + i, 0);
        shown[i].person_id = rows_number(rows, first + i, 5);
    }
    page->tickets = (struct out_list){
        .items = views, .count = (size_t)shown_count, .stride = sizeof *views, .has = true
    };
    if (shown_count < count)
        page->next_after = views[shown_count - 1].ticket_id;
    r->answer = page;
    if (shown_count > 0 && !enrolment_ask_records(r, shown, (size_t)shown_count, ITEM_COVERAGE))
        return FAULT_REQUEST_TOO_LARGE;
    return FAULT_NONE;
}

/* Columns: 0 outcome, 1 state, 2 person_id. */
static enum fault
read_answer(struct request *r, const struct rows *rows, int first, int count)
{
    struct answered_view *view = arena_take(&r->arena, sizeof *view);

    if (view == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count != 1)
        return FAULT_INTERNAL;
    if (!rows_is_null(rows, first, 2)) {
        r->record.has_subject = true;
        r->record.person_id = rows_number(rows, first, 2);
    }
    switch ((enum answer_outcome)rows_number(rows, first, 0)) {
    case ANSWER_DONE:
        break;
    case ANSWER_NONE:
        return FAULT_NOT_FOUND;
    case ANSWER_SETTLED:
        return FAULT_ALREADY_SETTLED;
    case ANSWER_ID_USED:
        return FAULT_REQUEST_ID_REUSED;
    case ANSWER_UNKNOWN:
        return FAULT_FIELD_MALFORMED;
    default:
        return FAULT_INTERNAL;
    }
    const struct ticket_answer *answer = r->question;
    view->ticket_number = r->path_rest;
    view->state = enrolment_word(discrepancy_states, rows_number(rows, first, 1));
    view->answer = code_name(CODE_DISCREPANCY_ANSWER, answer->code);
    r->answer = view;
    return FAULT_NONE;
}

static enum fault
write_reply(struct request *r, const struct out_row *rows, size_t room)
{
    char *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, rows, r->answer);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

static enum fault
encode_list(struct request *r)
{
    const struct ticket_page *page = r->answer;
    const struct ticket_view *views = page->tickets.items;
    size_t                    room = PAGE_BYTES;

    for (size_t i = 0; i < page->tickets.count; i++)
        room += TICKET_BYTES + views[i].fields.length
                + 2 * (views[i].symbol.length + views[i].number.length);
    return write_reply(r, page_rows, room);
}

static enum fault
encode_answer(struct request *r)
{
    return write_reply(r, answered_rows, REPLY_BYTES_MAX);
}

const struct endpoint endpoint_discrepancy_list = {
    .decode = decode_list,
    .ask = ask_list,
    .read = read_list,
    .encode = encode_list,
};

/* A replay is asked anew: the database has kept what came of it. */
const struct endpoint endpoint_discrepancy_answer = {
    .decode = decode_answer,
    .ask = ask_answer,
    .read = read_answer,
    .encode = encode_answer,
};
