/*
 * unlink, unlink_read: a personal number led to the wrong person; who was shown what through it.
 *
 * Request   batch_number and row_no of the insurer's row; or symbol, number, branch_number and
 *           birth_date of the card. To read again: the number in the path; ?after=CONFIRMATION&
 *           limit=M: the accesses behind that one, at most M (1 to 500, default 100)
 * Reply     201 with Location, or 200: unlink_number, link_ended (false: another insurer made the
 *           link, and it stands), hold_number, linked_at, unlinked_at, accesses[] (confirmation,
 *           shown_at, holder, facility_code, items), next_after
 * Faults    FAULT_NOT_FOUND, FAULT_SEVERAL_PERSONS, FAULT_FIELD_*, FAULT_PERSONAL_NUMBER,
 *           FAULT_HEADER_MISSING (X-User-Id), FAULT_QUERY_STRING, FAULT_REQUEST_ID_REUSED
 * Source    domain facts, part 13.1. The person is sealed at once; the doubt that does so is
 *           answered like any other. Records know people by pseudonyms, one for each year, which
 *           are made here and asked with.
 */
#include "endpoint/access_view.h"
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"

#include "base/text.h"
#include "crypto/pseudonym.h"
#include "model/confirmation.h"
#include "model/day.h"
#include "query/stmt.h"
#include "wire/field.h"
#include "wire/out.h"

#include <stddef.h>

enum {
    NUMBER_BYTES_MAX = 18,
    ROWS_MAX = 10000000,
    YEARS_MAX = 10, /* more than records are kept */
    HEAD_BYTES = 384,
    ACCESS_BYTES = 512,
    LOCATION_BYTES_MAX = 64
};

enum unlink_outcome { UNLINK_DONE = 1, UNLINK_NONE = 2, UNLINK_ID_USED = 4, UNLINK_SEVERAL = 5 };

struct unlink_question {
    struct span           batch_text;
    int64_t               batch_number;
    int64_t               row_no;
    struct enrolment_card card;
    struct span           card_key;
    struct span           branch;

    int64_t unlink_id;
    bool    is_new; /* made by this request */
    day_t   after_day;
    int64_t after_record;
    int64_t limit;
};

struct access_view {
    char        confirmation_place[CONFIRMATION_SIZE];
    struct span confirmation;
    instant_t   shown_at;
    const char *holder;
    struct span facility_code;
    struct span items;
};

struct unlink_view {
    char            number_place[NUMBER_TEXT_SIZE];
    struct span     unlink_number;
    struct span     link_ended;
    char            hold_place[NUMBER_TEXT_SIZE];
    struct span     hold_number;
    instant_t       linked_at;
    instant_t       unlinked_at;
    struct out_list accesses;
    struct span     next_after;
};

#define QUESTION(field) offsetof(struct unlink_question, field)
#define ACCESS(field)   offsetof(struct access_view, field)
#define VIEW(field)     offsetof(struct unlink_view, field)

/* clang-format off */
static const struct field unlink_fields[] = {
    { "batch_number",  FIELD_TEXT,  QUESTION(batch_text), NUMBER_BYTES_MAX, false, NULL },
    { "row_no",        FIELD_WHOLE, QUESTION(row_no),     ROWS_MAX,         false, NULL },
    { "symbol",        FIELD_TEXT,  QUESTION(card.symbol),     ENROLMENT_CARD_BYTES_MAX,   false, NULL },
    { "number",        FIELD_TEXT,  QUESTION(card.number),     ENROLMENT_CARD_BYTES_MAX,   false, NULL },
    { "branch_number", FIELD_TEXT,  QUESTION(card.branch_raw), ENROLMENT_BRANCH_BYTES_MAX, false, NULL },
    { "birth_date",    FIELD_DAY,   QUESTION(card.birth_date), 0,                false, NULL },
};

static const struct out_row access_rows[] = {
    { "confirmation",  NULL, OUT_TEXT,    ACCESS(confirmation),  NULL },
    { "shown_at",      NULL, OUT_INSTANT, ACCESS(shown_at),      NULL },
    { "holder",        NULL, OUT_STRING,  ACCESS(holder),        NULL },
    { "facility_code", NULL, OUT_TEXT,    ACCESS(facility_code), NULL },
    { "items",         NULL, OUT_RAW,     ACCESS(items),         NULL },
    { 0 },
};

static const struct out_row view_rows[] = {
    { "unlink_number", NULL, OUT_TEXT,    VIEW(unlink_number), NULL },
    { "link_ended",    NULL, OUT_RAW,     VIEW(link_ended),    NULL },
    { "hold_number",   NULL, OUT_TEXT,    VIEW(hold_number),   NULL },
    { "linked_at",     NULL, OUT_INSTANT, VIEW(linked_at),     NULL },
    { "unlinked_at",   NULL, OUT_INSTANT, VIEW(unlinked_at),   NULL },
    { "accesses",      NULL, OUT_LIST,    VIEW(accesses),      access_rows },
    { "next_after",    NULL, OUT_TEXT,    VIEW(next_after),    NULL },
    { 0 },
};
/* clang-format on */

static struct unlink_question *
question_of(struct request *r)
{
    struct unlink_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return NULL;
    *question = (struct unlink_question){ .card.birth_date = DAY_UNKNOWN,
                                          .after_day = DAY_UNKNOWN,
                                          .limit = ENROLMENT_PAGE };
    r->question = question;
    r->record.way = WAY_ENROLMENT;
    return question;
}

static void
check_row(struct request *r, struct unlink_question *question)
{
    if (!enrolment_parse_number(question->batch_text, &question->batch_number))
        request_blame(r, FAULT_FIELD_MALFORMED, "batch_number", "not a whole number");
    if (question->row_no == 0)
        request_blame(r, FAULT_FIELD_MISSING, "row_no", "the row of that batch");
    if (question->card.symbol.bytes != NULL || question->card.number.bytes != NULL
        || question->card.branch_raw.bytes != NULL || question->card.birth_date != DAY_UNKNOWN)
        request_blame(r, FAULT_FIELD_MALFORMED, "batch_number", "a row or a card, not both");
}

static enum fault
decode_new(struct request *r)
{
    struct unlink_question *question = question_of(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->flies_alone = true;
    enrolment_need_user(r);
    if (!fields_decode(span_make(r->body, r->body_length), unlink_fields, ARRAY_LEN(unlink_fields),
                       &r->arena, question, endpoint_blame, r))
        return r->fault;
    question->is_new = true;
    if (question->batch_text.bytes != NULL)
        check_row(r, question);
    else
        enrolment_take_card(r, &question->card, &question->card_key, &question->branch);
    return r->fault;
}

static enum fault
decode_again(struct request *r)
{
    struct unlink_question *question = question_of(r);
    bool                    has_after = false, has_limit = false;
    struct blame            blame = { 0 };

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (size_t i = 0; i < r->argument_count && i < QUERY_ARGUMENTS_MAX; i++) {
        const struct query_argument *argument = &r->arguments[i];
        if (span_is(argument->name, "after") && !has_after) {
            has_after = true;
            if (confirmation_parse(argument->value, &question->after_record, &question->after_day,
                                   &blame)
                != FAULT_NONE)
                request_blame(r, FAULT_QUERY_STRING, "after", "not a confirmation number");
        } else if (span_is(argument->name, "limit") && !has_limit) {
            has_limit = true;
            if (!enrolment_parse_number(argument->value, &question->limit) || question->limit == 0
                || question->limit > ENROLMENT_PAGE_MAX)
                request_blame(r, FAULT_QUERY_STRING, "limit", "not a whole number from 1 to 500");
        } else {
            request_blame(r, FAULT_QUERY_STRING, NULL, "takes after and limit, each once");
        }
    }
    return r->fault != FAULT_NONE ? r->fault : enrolment_number_of_path(r, &question->unlink_id);
}

static void
ask_number_or_null(struct ask *ask, int64_t number, bool is_known)
{
    if (is_known)
        ask_number(ask, number);
    else
        ask_null(ask);
}

static void
ask_new(struct request *r)
{
    const struct unlink_question *question = r->question;
    bool                          is_row = question->batch_text.bytes != NULL;

    r->answer = NULL;
    enrolment_ask_change(r, STMT_UNLINK);
    ask_number(&r->ask, r->today);
    ask_number_or_null(&r->ask, question->batch_number, is_row);
    ask_number_or_null(&r->ask, question->row_no, is_row);
    ask_text_or_null(&r->ask, question->card_key);
    ask_text_or_null(&r->ask, question->branch);
    ask_number_or_null(&r->ask, question->card.birth_date, !is_row);
}

static void
ask_again(struct request *r)
{
    const struct unlink_question *question = r->question;

    r->answer = NULL;
    enrolment_ask_read(r, STMT_UNLINK_READ);
    ask_number(&r->ask, question->unlink_id);
}

/* Columns: 0 outcome, 1 unlink_id. */
static enum fault
read_outcome(struct request *r, const struct rows *rows, int row)
{
    struct unlink_question *question = r->question;

    switch ((enum unlink_outcome)rows_number(rows, row, 0)) {
    case UNLINK_DONE:
        question->unlink_id = rows_number(rows, row, 1);
        ask_again(r);
        r->asks_again = true;
        return FAULT_NONE;
    case UNLINK_NONE:
        return FAULT_NOT_FOUND;
    case UNLINK_SEVERAL:
        return FAULT_SEVERAL_PERSONS;
    case UNLINK_ID_USED:
        return FAULT_REQUEST_ID_REUSED;
    default:
        return FAULT_INTERNAL;
    }
}

/* One for each year in which the person may stand in records. */
static enum fault
ask_exposure(struct request *r, const struct unlink_view *view, int64_t person_id)
{
    const struct unlink_question *question = r->question;
    int32_t                       last = day_to_civil(clock_day(view->unlinked_at)).year;
    int32_t                       first = day_to_civil(clock_day(view->linked_at)).year;
    size_t                        count = 0;
    unsigned char                *subjects = arena_take_raw(&r->arena, YEARS_MAX * PSEUDONYM_BYTES);

    if (subjects == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int32_t year = last; year >= first && count < YEARS_MAX; year--) {
        day_t day = day_from_civil((struct civil){ year, 1, 1 });
        pseudonym_make(r->pseudonyms, day, person_id, subjects + count++ * PSEUDONYM_BYTES);
    }
    enrolment_ask_read(r, STMT_UNLINK_EXPOSURE);
    ask_number(&r->ask, question->unlink_id);
    ask_bytes(&r->ask, span_make((const char *)subjects, count * PSEUDONYM_BYTES));
    ask_number_or_null(&r->ask, question->after_day, question->after_day != DAY_UNKNOWN);
    ask_number_or_null(&r->ask, question->after_record, question->after_day != DAY_UNKNOWN);
    ask_number(&r->ask, question->limit + 1); /* one more tells whether there is another page */
    r->asks_again = true;
    return FAULT_NONE;
}

/* Columns: 0 person_id, 1 hold_id, 2 link_ended, 3 linked_at, 4 unlinked_at. */
static enum fault
read_view(struct request *r, const struct rows *rows, int first, int count)
{
    const struct unlink_question *question = r->question;
    struct unlink_view           *view = arena_take(&r->arena, sizeof *view);

    if (view == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    view->unlink_number = enrolment_number_text(question->unlink_id, view->number_place);
    view->hold_number = enrolment_number_text(rows_number(rows, first, 1), view->hold_place);
    view->link_ended = span_of(rows_bool(rows, first, 2) ? "true" : "false");
    view->linked_at = rows_instant(rows, first, 3);
    view->unlinked_at = rows_instant(rows, first, 4);
    r->answer = view;
    r->record.has_subject = true;
    r->record.person_id = rows_number(rows, first, 0);
    r->record.items = ITEM_ACCESSES;
    return ask_exposure(r, view, r->record.person_id);
}

/* Columns: 0 record_id, 1 day, 2 recorded_at, 3 actor_kind, 4 facility_code, 5 items. */
static enum fault
read_accesses(struct request *r, const struct rows *rows, int first, int count)
{
    const struct unlink_question *question = r->question;
    struct unlink_view           *view = r->answer;
    int                           shown = count > question->limit ? (int)question->limit : count;
    struct access_view *accesses = arena_take(&r->arena, (size_t)(shown + 1) * sizeof *accesses);

    if (accesses == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < shown; i++) {
        struct access_view *access = &accesses[i];
        confirmation_format(rows_number(rows, first + i, 0), rows_day(rows, first + i, 1),
                            access->confirmation_place);
        access->confirmation = span_of(access->confirmation_place);
        access->shown_at = rows_instant(rows, first + i, 2);
        access->holder = enrolment_word(access_holder_words, rows_number(rows, first + i, 3));
        access->facility_code = enrolment_text(r, rows, first + i, 4);
        access->items = access_items(r, rows_number(rows, first + i, 5));
    }
    view->accesses = (struct out_list){
        .items = accesses, .count = (size_t)shown, .stride = sizeof *accesses, .has = true
    };
    if (shown < count)
        view->next_after = accesses[shown - 1].confirmation;
    return FAULT_NONE;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    switch (rows->stmt) {
    case STMT_UNLINK:
        return count == 1 ? read_outcome(r, rows, first) : FAULT_INTERNAL;
    case STMT_UNLINK_READ:
        return read_view(r, rows, first, count);
    default:
        return read_accesses(r, rows, first, count);
    }
}

static enum fault
encode(struct request *r)
{
    const struct unlink_question *question = r->question;
    const struct unlink_view     *view = r->answer;
    size_t                        room = HEAD_BYTES + view->accesses.count * ACCESS_BYTES;
    char                         *place = arena_take_raw(&r->arena, room);
    char                         *location = arena_take(&r->arena, LOCATION_BYTES_MAX);

    if (place == NULL || location == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, view_rows, view);
    r->reply = text_span(&text);
    r->http_status = question->is_new ? 201 : 200;
    if (question->is_new) {
        struct text path = text_in(location, LOCATION_BYTES_MAX);
        text_add_string(&path, "/v1/enrolment/unlinks/");
        text_add(&path, view->unlink_number);
        r->location = location;
    }
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

/* A replay is asked anew: the database has kept what came of it. */
const struct endpoint endpoint_unlink = {
    .decode = decode_new,
    .ask = ask_new,
    .read = read,
    .encode = encode,
};

const struct endpoint endpoint_unlink_read = {
    .decode = decode_again,
    .ask = ask_again,
    .read = read,
    .encode = encode,
};
