/*
 * changes: which answers that this facility was given have changed since.
 *
 * Request   ?after=N&limit=M: the notices behind number N, at most M of them (1 to 500, default
 *           100)
 * Reply     changes[]: change_number, confirmation and request_id of the answer, asked_on, kind
 *           (coverage, person, wrong_link), noticed_at; next_after: give it as after, at once when
 *           has_more, else at the next time
 * Faults    FAULT_QUERY_STRING
 * Source    a notice names the answer and nothing of the person: who wants to know more asks again.
 */
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"

#include "base/text.h"
#include "base/uuid.h"
#include "model/confirmation.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { CHANGE_BYTES = 320, PAGE_BYTES = 128 };

static const char *const kind_words[] = { "coverage", "person", "wrong_link", NULL };

struct change_view {
    char        number_place[NUMBER_TEXT_SIZE];
    struct span change_number;
    char        confirmation_place[CONFIRMATION_SIZE];
    struct span confirmation;
    char        request_place[UUID_TEXT_LENGTH + 1];
    struct span request_id;
    day_t       asked_on;
    const char *kind;
    instant_t   noticed_at;
};

struct change_page {
    struct out_list changes;
    char            after_place[NUMBER_TEXT_SIZE];
    struct span     next_after;
    bool            has_more;
};

#define CHANGE(field) offsetof(struct change_view, field)
#define PAGE(field)   offsetof(struct change_page, field)

/* clang-format off */
static const struct out_row change_rows[] = {
    { "change_number", NULL, OUT_TEXT,    CHANGE(change_number), NULL },
    { "confirmation",  NULL, OUT_TEXT,    CHANGE(confirmation),  NULL },
    { "request_id",    NULL, OUT_TEXT,    CHANGE(request_id),    NULL },
    { "asked_on",      NULL, OUT_DAY,     CHANGE(asked_on),      NULL },
    { "kind",          NULL, OUT_STRING,  CHANGE(kind),          NULL },
    { "noticed_at",    NULL, OUT_INSTANT, CHANGE(noticed_at),    NULL },
    { 0 },
};

static const struct out_row page_rows[] = {
    { "changes",    NULL, OUT_LIST, PAGE(changes),    change_rows },
    { "next_after", NULL, OUT_TEXT, PAGE(next_after), NULL },
    { "has_more",   NULL, OUT_FLAG, PAGE(has_more),   NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode(struct request *r)
{
    struct enrolment_page *page = arena_take(&r->arena, sizeof *page);

    if (page == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = page;
    enrolment_take_page(r, page);
    return r->fault;
}

static void
ask(struct request *r)
{
    const struct enrolment_page *page = r->question;

    r->answer = NULL;
    ask_start(&r->ask, STMT_CHANGE_LIST);
    ask_number(&r->ask, r->actor.facility_id);
    ask_number(&r->ask, page->after);
    ask_number(&r->ask, page->limit + 1); /* one more tells whether there is another page */
}

/* Columns: 0 ord, 1 notice_no, 2 record_id, 3 day, 4 asked_day, 5 request_id, 6 kind, 7 made_at. */
static void
read_change(const struct rows *rows, int row, struct change_view *view)
{
    view->change_number = enrolment_number_text(rows_number(rows, row, 1), view->number_place);
    confirmation_format(rows_number(rows, row, 2), rows_day(rows, row, 3),
                        view->confirmation_place);
    view->confirmation = span_of(view->confirmation_place);
    view->asked_on = rows_day(rows, row, 4);
    uuid_format((const unsigned char *)rows_bytes(rows, row, 5).bytes, view->request_place);
    view->request_id = span_of(view->request_place);
    view->kind = enrolment_word(kind_words, rows_number(rows, row, 6));
    view->noticed_at = rows_instant(rows, row, 7);
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    const struct enrolment_page *wanted = r->question;
    int                          shown = count > wanted->limit ? (int)wanted->limit : count;
    struct change_page          *page = arena_take(&r->arena, sizeof *page);
    struct change_view          *views = arena_take(&r->arena, (size_t)(shown + 1) * sizeof *views);

    if (page == NULL || views == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < shown; i++)
        read_change(rows, first + i, &views[i]);
    page->changes = (struct out_list){
        .items = views, .count = (size_t)shown, .stride = sizeof *views, .has = true
    };
    page->has_more = shown < count;
    page->next_after = shown > 0 ? views[shown - 1].change_number
                                 : enrolment_number_text(wanted->after, page->after_place);
    r->answer = page;
    return FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    const struct change_page *page = r->answer;
    size_t                    room = PAGE_BYTES + page->changes.count * CHANGE_BYTES;
    char                     *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, page_rows, page);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

const struct endpoint endpoint_change_list = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
