/*
 * hold_list, hold_read: doubts that this insurer must answer, and one of them.
 *
 * Request   list: ?after=N&limit=M: the doubts behind number N, at most M of them (1 to 500,
 *           default 100); one: the number in the path
 * Reply     one: hold_number, kind, sealed (nothing, clinical, all), state (open, answered),
 *           fields[] (field, verdict, rule), rule_version, batch_number, row_no and row_key of
 *           the insurer's own row, symbol, number, branch_number of its own coverage, opened_at,
 *           due_on, days_left or days_overdue, answer, reason, closed_at
 *           list: holds[], next_after
 * Faults    FAULT_NOT_FOUND (no such doubt, or another insurer's), FAULT_QUERY_STRING
 * Source    domain facts, part 8.1. What the registry or the resident register holds is never
 *           told, only how it compares. Each person whom the list shows is on record.
 */
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"

#include "base/text.h"
#include "match/match.h"
#include "model/codes.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { VIEW_BYTES = 1024, PAGE_BYTES = 64 };

static const char *const kind_words[] = {
    "register_differs", "not_in_register", "register_pending", "number_differs",   "second_number",
    "family_swapped",   "overlap",         "serial_in_use",    "wrong_link_ended", NULL
};
static const char *const answer_words[] = { "corrected", "confirmed", "withdrawn", "settled",
                                            NULL };
static const char *const sealed_words[] = { "nothing", "clinical", "all", NULL }; /* scope + 1 */

struct field_view {
    const char *field;
    const char *verdict;
    int32_t     rule; /* -1: none */
};

struct hold_view {
    char              number_place[NUMBER_TEXT_SIZE];
    struct span       hold_number;
    const char       *kind;
    const char       *sealed;
    const char       *state;
    struct field_view fields[MATCH_FIELD_COUNT];
    struct out_list   field_list;
    int32_t           rule_version;
    char              batch_place[NUMBER_TEXT_SIZE];
    struct span       batch_number;
    int32_t           row_no;
    struct span       row_key;
    struct span       symbol;
    struct span       number;
    struct span       branch;
    instant_t         opened_at;
    day_t             due_on;
    int64_t           days_left;
    int64_t           days_overdue;
    const char       *answer;
    const char       *reason;
    instant_t         closed_at;
};

struct hold_page {
    struct out_list holds;
    struct span     next_after;
};

#define FIELD(field) offsetof(struct field_view, field)
#define VIEW(field)  offsetof(struct hold_view, field)
#define PAGE(field)  offsetof(struct hold_page, field)

/* clang-format off */
static const struct out_row field_rows[] = {
    { "field",   NULL, OUT_STRING, FIELD(field),   NULL },
    { "verdict", NULL, OUT_STRING, FIELD(verdict), NULL },
    { "rule",    NULL, OUT_WHOLE,  FIELD(rule),    NULL },
    { 0 },
};

static const struct out_row hold_rows[] = {
    { "hold_number",   NULL, OUT_TEXT,    VIEW(hold_number),  NULL },
    { "kind",          NULL, OUT_STRING,  VIEW(kind),         NULL },
    { "sealed",        NULL, OUT_STRING,  VIEW(sealed),       NULL },
    { "state",         NULL, OUT_STRING,  VIEW(state),        NULL },
    { "fields",        NULL, OUT_LIST,    VIEW(field_list),   field_rows },
    { "rule_version",  NULL, OUT_WHOLE,   VIEW(rule_version), NULL },
    { "batch_number",  NULL, OUT_TEXT,    VIEW(batch_number), NULL },
    { "row_no",        NULL, OUT_WHOLE,   VIEW(row_no),       NULL },
    { "row_key",       NULL, OUT_TEXT,    VIEW(row_key),      NULL },
    { "symbol",        NULL, OUT_TEXT,    VIEW(symbol),       NULL },
    { "number",        NULL, OUT_TEXT,    VIEW(number),       NULL },
    { "branch_number", NULL, OUT_TEXT,    VIEW(branch),       NULL },
    { "opened_at",     NULL, OUT_INSTANT, VIEW(opened_at),    NULL },
    { "due_on",        NULL, OUT_DAY,     VIEW(due_on),       NULL },
    { "days_left",     NULL, OUT_LONG,    VIEW(days_left),    NULL },
    { "days_overdue",  NULL, OUT_LONG,    VIEW(days_overdue), NULL },
    { "answer",        NULL, OUT_STRING,  VIEW(answer),       NULL },
    { "reason",        NULL, OUT_STRING,  VIEW(reason),       NULL },
    { "closed_at",     NULL, OUT_INSTANT, VIEW(closed_at),    NULL },
    { 0 },
};

static const struct out_row page_rows[] = {
    { "holds",      NULL, OUT_LIST, PAGE(holds),      hold_rows },
    { "next_after", NULL, OUT_TEXT, PAGE(next_after), NULL },
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
    r->record.way = WAY_ENROLMENT;
    enrolment_take_page(r, page);
    return r->fault;
}

static enum fault
decode_one(struct request *r)
{
    int64_t *number = arena_take(&r->arena, sizeof *number);

    if (number == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = number;
    r->record.way = WAY_ENROLMENT;
    return enrolment_number_of_path(r, number);
}

static void
ask_list(struct request *r)
{
    const struct enrolment_page *page = r->question;

    r->answer = NULL;
    enrolment_ask_read(r, STMT_HOLD_LIST);
    ask_number(&r->ask, page->after);
    ask_number(&r->ask, page->limit + 1); /* one more tells whether there is another page */
}

static void
ask_one(struct request *r)
{
    const int64_t *number = r->question;

    r->answer = NULL;
    enrolment_ask_read(r, STMT_HOLD_READ);
    ask_number(&r->ask, *number);
}

static int64_t
take_number(struct span text, size_t *at)
{
    int64_t number = 0;

    for (; *at < text.length && text.bytes[*at] >= '0' && text.bytes[*at] <= '9'; ++*at)
        number = number * 10 + (text.bytes[*at] - '0');
    return number;
}

/* "name_kana=2/20": a field, its verdict, and the rule that made it so. */
static void
read_field(struct hold_view *view, struct span part)
{
    const char *equals = memchr(part.bytes, '=', part.length);
    size_t      at = equals == NULL ? 0 : (size_t)(equals - part.bytes) + 1;
    struct span name = span_make(part.bytes, at == 0 ? 0 : at - 1);
    int         field = 0;

    while (field < MATCH_FIELD_COUNT && !span_is(name, match_field_name((enum match_field)field)))
        field++;
    int64_t verdict = take_number(part, &at);
    if (field == MATCH_FIELD_COUNT || verdict >= MATCH_VERDICT_COUNT
        || view->field_list.count == MATCH_FIELD_COUNT)
        return;
    struct field_view *told = &view->fields[view->field_list.count++];
    told->field = match_field_name((enum match_field)field);
    told->verdict = match_verdict_name((enum match_verdict)verdict);
    told->rule = -1;
    if (at < part.length && part.bytes[at] == '/') {
        at++;
        told->rule = (int32_t)take_number(part, &at);
    }
}

/* As match_describe() writes it. */
static void
read_fields(struct hold_view *view, struct span text)
{
    for (size_t from = 0, to; from < text.length; from = to + 1) {
        for (to = from; to < text.length && text.bytes[to] != ' ';)
            to++;
        struct span part = span_make(text.bytes + from, to - from);
        size_t      at = 1;
        if (part.length > 1 && part.bytes[0] == 'v' && memchr(part.bytes, '=', part.length) == NULL)
            view->rule_version = (int32_t)take_number(part, &at);
        else
            read_field(view, part);
    }
}

/* Columns: 0 hold_id, 1 person_id, 2 kind, 3 scope, 4 fields, 5 batch_id, 6 row_no, 7 row_key,
 * 8 symbol, 9 number, 10 branch, 11 opened_at, 12 due_on, and of hold_read 13 closed_at, 14 answer,
 * 15 answer_reason. */
static void
read_view(struct request *r, const struct rows *rows, int row, struct hold_view *view)
{
    *view = (struct hold_view){
        .kind = enrolment_word(kind_words, rows_number(rows, row, 2)),
        .sealed = enrolment_word(sealed_words, rows_number(rows, row, 3) + 1),
        .state = "open",
        .rule_version = -1,
        .row_no = (int32_t)enrolment_number(rows, row, 6),
        .row_key = enrolment_text(r, rows, row, 7),
        .symbol = enrolment_text(r, rows, row, 8),
        .number = enrolment_text(r, rows, row, 9),
        .branch = enrolment_text(r, rows, row, 10),
        .opened_at = rows_instant(rows, row, 11),
        .due_on = enrolment_day(rows, row, 12),
        .days_left = -1,
        .days_overdue = -1,
    };
    view->hold_number = enrolment_number_text(rows_number(rows, row, 0), view->number_place);
    int64_t batch = enrolment_number(rows, row, 5);
    if (batch > 0)
        view->batch_number = enrolment_number_text(batch, view->batch_place);
    view->field_list = (struct out_list){ .items = view->fields, .stride = sizeof *view->fields };
    if (!rows_is_null(rows, row, 4))
        read_fields(view, rows_bytes(rows, row, 4));
    view->field_list.has = view->field_list.count > 0;
}

static void
count_days(const struct request *r, struct hold_view *view)
{
    if (view->due_on == DAY_UNKNOWN)
        return;
    if (view->due_on >= r->today)
        view->days_left = view->due_on - r->today;
    else
        view->days_overdue = r->today - view->due_on;
}

static enum fault
read_one(struct request *r, const struct rows *rows, int first, int count)
{
    struct hold_view *view = arena_take(&r->arena, sizeof *view);

    if (view == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    read_view(r, rows, first, view);
    view->closed_at = enrolment_instant(rows, first, 13);
    if (view->closed_at == 0)
        count_days(r, view);
    else
        view->state = "answered";
    view->answer = enrolment_word(answer_words, enrolment_number(rows, first, 14));
    view->reason = code_name(CODE_CONFIRM_REASON, (int)enrolment_number(rows, first, 15));
    r->answer = view;
    r->record.has_subject = true;
    r->record.person_id = rows_number(rows, first, 1);
    r->record.items = ITEM_COMPARISON;
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
    struct hold_page       *page = arena_take(&r->arena, sizeof *page);
    struct hold_view       *views = arena_take(&r->arena, views_room * sizeof *views);
    struct enrolment_shown *shown = arena_take(&r->arena, views_room * sizeof *shown);
    if (page == NULL || views == NULL || shown == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < shown_count; i++) {
        read_view(r, rows, first + i, &views[i]);
        count_days(r, &views[i]);
        shown[i].number = rows_number(rows, first + i, 0);
        shown[i].person_id = rows_number(rows, first + i, 1);
    }
    page->holds = (struct out_list){
        .items = views, .count = (size_t)shown_count, .stride = sizeof *views, .has = true
    };
    if (shown_count < count)
        page->next_after = views[shown_count - 1].hold_number;
    r->answer = page;
    if (shown_count > 0 && !enrolment_ask_records(r, shown, (size_t)shown_count, ITEM_COMPARISON))
        return FAULT_REQUEST_TOO_LARGE;
    return FAULT_NONE;
}

static size_t
view_room(const struct hold_view *view)
{
    return VIEW_BYTES + 2 * (view->row_key.length + view->symbol.length + view->number.length);
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
encode_one(struct request *r)
{
    return write_reply(r, hold_rows, view_room(r->answer));
}

static enum fault
encode_list(struct request *r)
{
    const struct hold_page *page = r->answer;
    const struct hold_view *views = page->holds.items;
    size_t                  room = PAGE_BYTES;

    for (size_t i = 0; i < page->holds.count; i++)
        room += view_room(&views[i]);
    return write_reply(r, page_rows, room);
}

const struct endpoint endpoint_hold_list = {
    .decode = decode_list,
    .ask = ask_list,
    .read = read_list,
    .encode = encode_list,
};

const struct endpoint endpoint_hold_read = {
    .decode = decode_one,
    .ask = ask_one,
    .read = read_one,
    .encode = encode_one,
};
