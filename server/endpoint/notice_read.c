/*
 * notice_read, notice_list, notice_correct, notice_withdraw: a notice and its history, the open
 * ones by due day, and changes of one.
 *
 * Request   path: the number of the notice. List: ?due_within=N (those due within N days of
 *           today, overdue ones included), after (next_after of the page before), limit (1 to
 *           500, default 100). Correction: the whole notice as it should be, without notice_key
 * Reply     one: notice_number, notice_key, state, change_kind, symbol, number, branch_number,
 *           birth_date, event_on, notice_received_on, due_on, plain_due_on, days_left or
 *           days_overdue, recorded_at, batch_number and row_no of the row that fulfilled it,
 *           history[] (earlier versions, latest first: state, the days, recorded_at)
 *           list: notices[] without what names a person, next_after
 * Faults    FAULT_NOT_FOUND (no such notice, or another insurer's), FAULT_ALREADY_SETTLED
 *           (fulfilled or withdrawn), FAULT_FIELD_*, FAULT_QUERY_STRING,
 *           FAULT_REQUEST_ID_REUSED
 * Source    domain facts, part 7. A correction that moves the due day opens an overdue notice
 *           again; the breach stays.
 */
#include "endpoint/endpoints.h"
#include "endpoint/notice.h"

#include "model/day.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { VIEW_BYTES = 768, VERSION_BYTES = 256, CURSOR_SIZE = 32, DAYS_MAX = 366, DAY_DIGITS = 8 };

enum change_outcome { CHANGE_DONE = 1, CHANGE_NONE = 2, CHANGE_SETTLED = 3, CHANGE_ID_USED = 4 };

struct notice_question {
    struct notice_item notice; /* of a correction */
    int64_t            notice_id;
    day_t              due_until; /* of a list */
    day_t              after_due_on;
    int64_t            after_notice_id;
    int64_t            limit;
};

struct notice_view {
    char            number_place[NUMBER_TEXT_SIZE];
    struct span     notice_number;
    struct span     notice_key;
    const char     *state;
    const char     *change_kind;
    struct span     symbol;
    struct span     number;
    struct span     branch;
    day_t           birth_date;
    day_t           event_on;
    day_t           received_on;
    day_t           due_on;
    day_t           plain_due_on;
    int64_t         days_left; /* negative when overdue: see days_overdue */
    int64_t         days_overdue;
    instant_t       recorded_at;
    char            batch_place[NUMBER_TEXT_SIZE];
    struct span     batch_number;
    int32_t         row_no;
    struct out_list history;
};

struct notice_page {
    struct out_list notices;
    char            cursor_place[CURSOR_SIZE];
    struct span     next_after;
};

#define VIEW(field) offsetof(struct notice_view, field)
#define PAGE(field) offsetof(struct notice_page, field)

/* clang-format off */
static const struct out_row version_rows[] = {
    { "state",              NULL, OUT_STRING,  VIEW(state),        NULL },
    { "change_kind",        NULL, OUT_STRING,  VIEW(change_kind),  NULL },
    { "event_on",           NULL, OUT_DAY,     VIEW(event_on),     NULL },
    { "notice_received_on", NULL, OUT_DAY,     VIEW(received_on),  NULL },
    { "due_on",             NULL, OUT_DAY,     VIEW(due_on),       NULL },
    { "recorded_at",        NULL, OUT_INSTANT, VIEW(recorded_at),  NULL },
    { 0 },
};

static const struct out_row notice_rows[] = {
    { "notice_number",      NULL, OUT_TEXT,    VIEW(notice_number), NULL },
    { "notice_key",         NULL, OUT_TEXT,    VIEW(notice_key),    NULL },
    { "state",              NULL, OUT_STRING,  VIEW(state),         NULL },
    { "change_kind",        NULL, OUT_STRING,  VIEW(change_kind),   NULL },
    { "symbol",             NULL, OUT_TEXT,    VIEW(symbol),        NULL },
    { "number",             NULL, OUT_TEXT,    VIEW(number),        NULL },
    { "branch_number",      NULL, OUT_TEXT,    VIEW(branch),        NULL },
    { "birth_date",         NULL, OUT_DAY,     VIEW(birth_date),    NULL },
    { "event_on",           NULL, OUT_DAY,     VIEW(event_on),      NULL },
    { "notice_received_on", NULL, OUT_DAY,     VIEW(received_on),   NULL },
    { "due_on",             NULL, OUT_DAY,     VIEW(due_on),        NULL },
    { "plain_due_on",       NULL, OUT_DAY,     VIEW(plain_due_on),  NULL },
    { "days_left",          NULL, OUT_LONG,    VIEW(days_left),     NULL },
    { "days_overdue",       NULL, OUT_LONG,    VIEW(days_overdue),  NULL },
    { "recorded_at",        NULL, OUT_INSTANT, VIEW(recorded_at),   NULL },
    { "batch_number",       NULL, OUT_TEXT,    VIEW(batch_number),  NULL },
    { "row_no",             NULL, OUT_WHOLE,   VIEW(row_no),        NULL },
    { "history",            NULL, OUT_LIST,    VIEW(history),       version_rows },
    { 0 },
};

static const struct out_row page_rows[] = {
    { "notices",    NULL, OUT_LIST, PAGE(notices),    notice_rows },
    { "next_after", NULL, OUT_TEXT, PAGE(next_after), NULL },
    { 0 },
};
/* clang-format on */

static struct notice_question *
question_of(struct request *r)
{
    struct notice_question *question = arena_take(&r->arena, sizeof *question);

    r->question = question;
    r->record.way = WAY_ENROLMENT;
    return question;
}

static enum fault
decode_number(struct request *r)
{
    struct notice_question *question = question_of(r);

    return question == NULL ? FAULT_REQUEST_TOO_LARGE
                            : enrolment_number_of_path(r, &question->notice_id);
}

static enum fault
decode_withdrawal(struct request *r)
{
    r->flies_alone = true;
    return decode_number(r);
}

static enum fault
decode_correction(struct request *r)
{
    enum fault fault = decode_withdrawal(r);

    if (fault != FAULT_NONE)
        return fault;
    struct notice_question *question = r->question;
    struct enrolment_item  *item = &question->notice.item;
    notice_decode(r, span_make(r->body, r->body_length), &question->notice, false);
    question->notice.item.item_no = -1; /* it has none */
    for (size_t i = 0; i < item->blame_count; i++)
        request_blame(r, item->blames[i].fault, item->blames[i].field, item->blames[i].reason);
    return r->fault;
}

/* Due day and number of the last one seen, as next_after gives them: "20261127-17". */
static bool
parse_cursor(struct span text, struct notice_question *question)
{
    struct blame blame;

    if (text.length < DAY_DIGITS + 2 || text.bytes[DAY_DIGITS] != '-')
        return false;
    return day_parse(span_make(text.bytes, DAY_DIGITS), &question->after_due_on, &blame)
               == FAULT_NONE
           && enrolment_parse_number(
               span_make(text.bytes + DAY_DIGITS + 1, text.length - DAY_DIGITS - 1),
               &question->after_notice_id);
}

static void
take_argument(struct request *r, struct notice_question *question,
              const struct query_argument *argument, unsigned *seen)
{
    static const char *const names[] = { "due_within", "after", "limit" };
    int64_t                  days;
    size_t                   at = 0;

    while (at < ARRAY_LEN(names) && !span_is(argument->name, names[at]))
        at++;
    if (at == ARRAY_LEN(names) || (*seen >> at & 1) != 0) {
        request_blame(r, FAULT_QUERY_STRING, NULL, "takes due_within, after and limit, each once");
        return;
    }
    *seen |= 1U << at;
    if (at == 0 && (!enrolment_parse_number(argument->value, &days) || days > DAYS_MAX))
        request_blame(r, FAULT_QUERY_STRING, names[at], "not a whole number up to 366");
    else if (at == 0)
        question->due_until = r->today + (day_t)days;
    if (at == 1 && !parse_cursor(argument->value, question))
        request_blame(r, FAULT_QUERY_STRING, names[at], "not the next_after of a page");
    if (at == 2
        && (!enrolment_parse_number(argument->value, &question->limit) || question->limit == 0
            || question->limit > ENROLMENT_PAGE_MAX))
        request_blame(r, FAULT_QUERY_STRING, names[at], "not a whole number from 1 to 500");
}

static enum fault
decode_list(struct request *r)
{
    struct notice_question *question = question_of(r);
    unsigned                seen = 0;

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    *question = (struct notice_question){ .due_until = DAY_UNKNOWN,
                                          .after_due_on = DAY_UNKNOWN,
                                          .limit = ENROLMENT_PAGE };
    for (size_t i = 0; i < r->argument_count && i < QUERY_ARGUMENTS_MAX; i++)
        take_argument(r, question, &r->arguments[i], &seen);
    return r->fault;
}

static void
ask_notice(struct request *r)
{
    const struct notice_question *question = r->question;

    r->answer = NULL;
    enrolment_ask_read(r, STMT_NOTICE_READ);
    ask_number(&r->ask, question->notice_id);
}

static void
ask_day_or_null(struct ask *ask, day_t day)
{
    if (day == DAY_UNKNOWN)
        ask_null(ask);
    else
        ask_number(ask, day);
}

static void
ask_list(struct request *r)
{
    const struct notice_question *question = r->question;

    r->answer = NULL;
    enrolment_ask_read(r, STMT_NOTICE_LIST);
    ask_day_or_null(&r->ask, question->due_until);
    ask_day_or_null(&r->ask, question->after_due_on);
    if (question->after_due_on == DAY_UNKNOWN)
        ask_null(&r->ask);
    else
        ask_number(&r->ask, question->after_notice_id);
    ask_number(&r->ask, question->limit + 1); /* one more tells whether there is another page */
}

static void
ask_withdrawal(struct request *r)
{
    const struct notice_question *question = r->question;

    r->answer = NULL;
    enrolment_ask_change(r, STMT_NOTICE_WITHDRAW);
    ask_number(&r->ask, question->notice_id);
}

static void
ask_correction(struct request *r)
{
    const struct notice_question *question = r->question;
    size_t                        room = notice_room(&question->notice);
    char                         *place = arena_take_raw(&r->arena, room);
    struct text                   text = text_in(place, place == NULL ? 0 : room);

    r->answer = NULL;
    notice_write(&text, &question->notice);
    enrolment_ask_change(r, STMT_NOTICE_CORRECT);
    ask_number(&r->ask, question->notice_id);
    ask_number(&r->ask, r->today);
    ask_bytes(&r->ask, text_span(&text));
}

/* Columns: 0 state, 1 change_kind, 2 event_on, 3 received_on, 4 due_on, 5 plain_due_on, 6 symbol,
 * 7 number, 8 branch, 9 birth_date, 10 notice_key, 11 batch_id, 12 row_no, 13 recorded_at. */
static void
read_version(struct request *r, const struct rows *rows, int row, struct notice_view *view)
{
    *view = (struct notice_view){
        .state = enrolment_word(notice_state_words, rows_number(rows, row, 0)),
        .change_kind = enrolment_word(notice_change_words, rows_number(rows, row, 1)),
        .event_on = enrolment_day(rows, row, 2),
        .received_on = rows_day(rows, row, 3),
        .due_on = rows_day(rows, row, 4),
        .plain_due_on = rows_day(rows, row, 5),
        .symbol = enrolment_text(r, rows, row, 6),
        .number = enrolment_text(r, rows, row, 7),
        .branch = enrolment_text(r, rows, row, 8),
        .birth_date = rows_day(rows, row, 9),
        .notice_key = enrolment_text(r, rows, row, 10),
        .row_no = (int32_t)enrolment_number(rows, row, 12),
        .recorded_at = rows_instant(rows, row, 13),
        .days_left = -1,
        .days_overdue = -1,
    };
    int64_t batch = enrolment_number(rows, row, 11);
    if (batch > 0)
        view->batch_number = enrolment_number_text(batch, view->batch_place);
}

/* What is open has days left, or is so many days over. */
static void
count_days(const struct request *r, int64_t state, struct notice_view *view)
{
    bool is_open = state == 1 || state == 4;

    if (is_open && view->due_on >= r->today)
        view->days_left = view->due_on - r->today;
    else if (is_open)
        view->days_overdue = r->today - view->due_on;
}

static enum fault
read_notice(struct request *r, const struct rows *rows, int first, int count)
{
    const struct notice_question *question = r->question;

    if (count == 0)
        return FAULT_NOT_FOUND;
    struct notice_view *views = arena_take(&r->arena, (size_t)count * sizeof *views);
    if (views == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < count; i++)
        read_version(r, rows, first + i, &views[i]);
    count_days(r, rows_number(rows, first, 0), views);
    views->notice_number = enrolment_number_text(question->notice_id, views->number_place);
    views->history = (struct out_list){
        .items = views + 1, .count = (size_t)count - 1, .stride = sizeof *views, .has = true
    };
    r->answer = views;
    return FAULT_NONE;
}

/* Columns: 0 outcome. */
static enum fault
read_change(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_NOTICE_READ)
        return read_notice(r, rows, first, count);
    if (count != 1)
        return FAULT_INTERNAL;
    switch ((enum change_outcome)rows_number(rows, first, 0)) {
    case CHANGE_DONE:
        ask_notice(r);
        r->asks_again = true;
        return FAULT_NONE;
    case CHANGE_NONE:
        return FAULT_NOT_FOUND;
    case CHANGE_SETTLED:
        return FAULT_ALREADY_SETTLED;
    case CHANGE_ID_USED:
        return FAULT_REQUEST_ID_REUSED;
    default:
        return FAULT_INTERNAL;
    }
}

static void
write_cursor(struct notice_page *page, const struct notice_view *last)
{
    char        day[DAY_COMPACT_SIZE];
    struct text text = text_in(page->cursor_place, sizeof page->cursor_place);

    day_format_compact(last->due_on, day);
    text_add_string(&text, day);
    text_add_byte(&text, '-');
    text_add(&text, last->notice_number);
    page->next_after = text_span(&text);
}

/* Columns: 0 notice_id, 1 state, 2 change_kind, 3 event_on, 4 received_on, 5 due_on,
 * 6 notice_key. */
static enum fault
read_list(struct request *r, const struct rows *rows, int first, int count)
{
    const struct notice_question *question = r->question;
    int                           shown = count > question->limit ? (int)question->limit : count;
    struct notice_page           *page = arena_take(&r->arena, sizeof *page);
    struct notice_view *views = arena_take(&r->arena, (size_t)(shown + 1) * sizeof *views);

    if (page == NULL || views == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < shown; i++) {
        int                 row = first + i;
        struct notice_view *view = &views[i];
        *view = (struct notice_view){
            .state = enrolment_word(notice_state_words, rows_number(rows, row, 1)),
            .change_kind = enrolment_word(notice_change_words, rows_number(rows, row, 2)),
            .event_on = enrolment_day(rows, row, 3),
            .received_on = rows_day(rows, row, 4),
            .due_on = rows_day(rows, row, 5),
            .plain_due_on = DAY_UNKNOWN,
            .birth_date = DAY_UNKNOWN,
            .notice_key = enrolment_text(r, rows, row, 6),
            .row_no = -1,
            .days_left = -1,
            .days_overdue = -1,
        };
        view->notice_number = enrolment_number_text(rows_number(rows, row, 0), view->number_place);
        count_days(r, rows_number(rows, row, 1), view);
    }
    page->notices = (struct out_list){
        .items = views, .count = (size_t)shown, .stride = sizeof *views, .has = true
    };
    if (shown < count)
        write_cursor(page, &views[shown - 1]);
    r->answer = page;
    return FAULT_NONE;
}

static size_t
view_room(const struct notice_view *view)
{
    return VIEW_BYTES + 2 * (view->notice_key.length + view->symbol.length + view->number.length)
           + view->history.count * VERSION_BYTES;
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
encode_notice(struct request *r)
{
    return write_reply(r, notice_rows, view_room(r->answer));
}

static enum fault
encode_list(struct request *r)
{
    const struct notice_page *page = r->answer;
    const struct notice_view *views = page->notices.items;
    size_t                    room = VERSION_BYTES;

    for (size_t i = 0; i < page->notices.count; i++)
        room += view_room(&views[i]);
    return write_reply(r, page_rows, room);
}

const struct endpoint endpoint_notice_read = {
    .decode = decode_number,
    .ask = ask_notice,
    .read = read_notice,
    .encode = encode_notice,
};

const struct endpoint endpoint_notice_list = {
    .decode = decode_list,
    .ask = ask_list,
    .read = read_list,
    .encode = encode_list,
};

/* Replays are asked anew: the database has kept what came of them. */
const struct endpoint endpoint_notice_correct = {
    .decode = decode_correction,
    .ask = ask_correction,
    .read = read_change,
    .encode = encode_notice,
};

const struct endpoint endpoint_notice_withdraw = {
    .decode = decode_withdrawal,
    .ask = ask_withdrawal,
    .read = read_change,
    .encode = encode_notice,
};
