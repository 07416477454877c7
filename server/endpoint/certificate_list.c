/*
 * certificate_needed, certificate_expiring: who of the insurer's own people needs a 資格確認書, and
 * whose runs out.
 *
 * Request   needed: ?on=DAY (default today): who on that day has neither a card that can be read
 *           nor a certificate in force; expiring: ?until=DAY (default two months from today): whose
 *           certificate ends from today to that day, with none behind it. Of both ?after=N&limit=M:
 *           those behind number N, at most M (1 to 500, default 100)
 * Reply     people[], each with symbol, number, branch_number, birth_date, reason; needed:
 *           acquired_on, last_valid_until; expiring: certificate_number, own_number, issued_on,
 *           valid_from, valid_until, has_card. next_after, also behind an empty page: go on there
 * Faults    FAULT_QUERY_STRING
 * Source    domain facts, part 6: the list that an insurer gets each month, and what follows from
 *           it: selection, list, record, watch, renewal. A person stands in it by what the insurer
 *           itself has registered, without name. Each of them is on record.
 *           Everybody in old-age care gets one until elderly_certificate_all_until.
 */
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"

#include "base/text.h"
#include "model/codes.h"
#include "model/day.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { PERSON_BYTES = 448, PAGE_BYTES = 64, WATCH_MONTHS = 2 };

struct list_question {
    struct enrolment_page page;
    day_t                 day;
    bool                  is_watch;
};

struct person_view {
    char        number_place[NUMBER_TEXT_SIZE];
    struct span certificate_number;
    struct span own_number;
    struct span symbol;
    struct span number;
    struct span branch;
    day_t       birth_date;
    const char *reason;
    day_t       acquired_on;
    day_t       last_valid_until;
    day_t       issued_on;
    day_t       valid_from;
    day_t       valid_until;
    bool        has_card;
};

struct list_view {
    struct out_list people;
    char            after_place[NUMBER_TEXT_SIZE];
    struct span     next_after;
};

#define PERSON(field) offsetof(struct person_view, field)
#define PAGE(field)   offsetof(struct list_view, field)

/* clang-format off */
static const struct out_row needed_rows[] = {
    { "symbol",           NULL, OUT_TEXT,   PERSON(symbol),           NULL },
    { "number",           NULL, OUT_TEXT,   PERSON(number),           NULL },
    { "branch_number",    NULL, OUT_TEXT,   PERSON(branch),           NULL },
    { "birth_date",       NULL, OUT_DAY,    PERSON(birth_date),       NULL },
    { "acquired_on",      NULL, OUT_DAY,    PERSON(acquired_on),      NULL },
    { "reason",           NULL, OUT_STRING, PERSON(reason),           NULL },
    { "last_valid_until", NULL, OUT_DAY,    PERSON(last_valid_until), NULL },
    { 0 },
};

static const struct out_row expiring_rows[] = {
    { "certificate_number", NULL, OUT_TEXT,   PERSON(certificate_number), NULL },
    { "own_number",         NULL, OUT_TEXT,   PERSON(own_number),         NULL },
    { "symbol",             NULL, OUT_TEXT,   PERSON(symbol),             NULL },
    { "number",             NULL, OUT_TEXT,   PERSON(number),             NULL },
    { "branch_number",      NULL, OUT_TEXT,   PERSON(branch),             NULL },
    { "birth_date",         NULL, OUT_DAY,    PERSON(birth_date),         NULL },
    { "reason",             NULL, OUT_STRING, PERSON(reason),             NULL },
    { "issued_on",          NULL, OUT_DAY,    PERSON(issued_on),          NULL },
    { "valid_from",         NULL, OUT_DAY,    PERSON(valid_from),         NULL },
    { "valid_until",        NULL, OUT_DAY,    PERSON(valid_until),        NULL },
    { "has_card",           NULL, OUT_FLAG,   PERSON(has_card),           NULL },
    { 0 },
};

static const struct out_row needed_page_rows[] = {
    { "people",     NULL, OUT_LIST, PAGE(people),     needed_rows },
    { "next_after", NULL, OUT_TEXT, PAGE(next_after), NULL },
    { 0 },
};

static const struct out_row expiring_page_rows[] = {
    { "people",     NULL, OUT_LIST, PAGE(people),     expiring_rows },
    { "next_after", NULL, OUT_TEXT, PAGE(next_after), NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode_as(struct request *r, const char *name, day_t day, bool is_watch)
{
    struct list_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->record.way = WAY_ENROLMENT;
    question->day = day;
    question->is_watch = is_watch;
    enrolment_take_day_page(r, name, &question->day, &question->page);
    return r->fault;
}

static enum fault
decode_needed(struct request *r)
{
    return decode_as(r, "on", r->today, false);
}

static enum fault
decode_expiring(struct request *r)
{
    return decode_as(r, "until", day_add_months(r->today, WATCH_MONTHS), true);
}

static void
ask_page(struct request *r)
{
    const struct list_question *question = r->question;

    ask_number(&r->ask, question->day);
    ask_number(&r->ask, question->page.after);
    ask_number(&r->ask, question->page.limit);
}

static void
ask_needed(struct request *r)
{
    r->answer = NULL;
    enrolment_ask_read(r, STMT_CERTIFICATE_NEEDED);
    ask_page(r);
}

static void
ask_expiring(struct request *r)
{
    r->answer = NULL;
    enrolment_ask_read(r, STMT_CERTIFICATE_EXPIRING);
    ask_number(&r->ask, r->today);
    ask_page(r);
}

/* Columns: 0 coverage_id, 1 person_id, 2 reason, 3 symbol, 4 number, 5 branch, 6 birth_date,
 * 7 acquired_on, 8 last_valid_until. */
static void
read_needed(struct request *r, const struct rows *rows, int row, struct person_view *view)
{
    *view = (struct person_view){
        .reason = code_name(CODE_CERTIFICATE_REASON, (int)rows_number(rows, row, 2)),
        .symbol = enrolment_text(r, rows, row, 3),
        .number = enrolment_text(r, rows, row, 4),
        .branch = enrolment_text(r, rows, row, 5),
        .birth_date = enrolment_day(rows, row, 6),
        .acquired_on = enrolment_day(rows, row, 7),
        .last_valid_until = enrolment_day(rows, row, 8),
        .issued_on = DAY_UNKNOWN,
        .valid_from = DAY_UNKNOWN,
        .valid_until = DAY_UNKNOWN,
    };
}

/* Columns: 0 coverage_id, 1 person_id, 2 certificate_id, 3 own_number, 4 reason, 5 issued_on,
 * 6 valid_from, 7 valid_until, 8 has_card, 9 symbol, 10 number, 11 branch, 12 birth_date. */
static void
read_expiring(struct request *r, const struct rows *rows, int row, struct person_view *view)
{
    *view = (struct person_view){
        .own_number = enrolment_text(r, rows, row, 3),
        .reason = code_name(CODE_CERTIFICATE_REASON, (int)rows_number(rows, row, 4)),
        .issued_on = enrolment_day(rows, row, 5),
        .valid_from = enrolment_day(rows, row, 6),
        .valid_until = enrolment_day(rows, row, 7),
        .has_card = rows_bool(rows, row, 8),
        .symbol = enrolment_text(r, rows, row, 9),
        .number = enrolment_text(r, rows, row, 10),
        .branch = enrolment_text(r, rows, row, 11),
        .birth_date = enrolment_day(rows, row, 12),
        .acquired_on = DAY_UNKNOWN,
        .last_valid_until = DAY_UNKNOWN,
    };
    view->certificate_number = enrolment_number_text(rows_number(rows, row, 2), view->number_place);
}

/* A last row without a person says where to go on. */
static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_ACCESS_APPEND_EACH)
        return FAULT_NONE;
    bool                    has_more = count > 0 && rows_is_null(rows, first + count - 1, 1);
    int                     people = has_more ? count - 1 : count;
    size_t                  room = (size_t)people + 1;
    struct list_view       *page = arena_take(&r->arena, sizeof *page);
    struct person_view     *views = arena_take(&r->arena, room * sizeof *views);
    struct enrolment_shown *shown = arena_take(&r->arena, room * sizeof *shown);

    if (page == NULL || views == NULL || shown == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < people; i++) {
        if (rows->stmt == STMT_CERTIFICATE_NEEDED)
            read_needed(r, rows, first + i, &views[i]);
        else
            read_expiring(r, rows, first + i, &views[i]);
        shown[i].number = rows_number(rows, first + i, 0);
        shown[i].person_id = rows_number(rows, first + i, 1);
    }
    page->people = (struct out_list){
        .items = views, .count = (size_t)people, .stride = sizeof *views, .has = true
    };
    if (has_more)
        page->next_after =
            enrolment_number_text(rows_number(rows, first + count - 1, 0), page->after_place);
    r->answer = page;
    if (people > 0 && !enrolment_ask_records(r, shown, (size_t)people, ITEM_COVERAGE))
        return FAULT_REQUEST_TOO_LARGE;
    return FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    const struct list_question *question = r->question;
    const struct list_view     *page = r->answer;
    const struct person_view   *views = page->people.items;
    size_t                      room = PAGE_BYTES;

    for (size_t i = 0; i < page->people.count; i++)
        room +=
            PERSON_BYTES
            + 2 * (views[i].symbol.length + views[i].number.length + views[i].own_number.length);
    char *place = arena_take_raw(&r->arena, room);
    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, question->is_watch ? expiring_page_rows : needed_page_rows, page);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

const struct endpoint endpoint_certificate_needed = {
    .decode = decode_needed,
    .ask = ask_needed,
    .read = read,
    .encode = encode,
};

const struct endpoint endpoint_certificate_expiring = {
    .decode = decode_expiring,
    .ask = ask_expiring,
    .read = read,
    .encode = encode,
};
