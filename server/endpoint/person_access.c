/*
 * person_accesses: who was shown what of the person, latest first.
 *
 * Request   session_id; from and to (days; the last 90 unless said otherwise), before
 *           (next_before of the page before)
 * Reply     accesses[]: confirmation, shown_at, holder, facility_code, facility_name or
 *           insurer_name, way, purpose, items, reason (of an emergency or disaster); next_before
 *           where there are more
 * Faults    FAULT_SESSION_OVER, FAULT_FIELD_*
 * Source    SR-128; a record is there before what it tells of has left, so it is seen at once.
 */
#include "endpoint/access_view.h"
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"
#include "endpoint/person.h"

#include "crypto/pseudonym.h"
#include "model/confirmation.h"
#include "model/day.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum {
    PAGE = 50,
    DAYS_PRESET = 90,
    YEARS_MAX = 10, /* more than records are kept */
    CONFIRMATION_BYTES_MAX = 32,
    ACCESS_BYTES = 2048, /* with two names of some hundred characters */
    PAGE_BYTES = 256
};

struct access_question {
    struct span   session_text;
    unsigned char session_id[UUID_BYTES];
    day_t         from_on;
    day_t         to_on;
    struct span   before;
    day_t         before_day;
    int64_t       before_record;
};

struct access_view {
    char        confirmation_place[CONFIRMATION_SIZE];
    struct span confirmation;
    instant_t   shown_at;
    const char *holder;
    struct span facility_code;
    struct span facility_name;
    struct span insurer_name;
    const char *way;
    const char *purpose;
    struct span items;
    struct span reason;
};

struct accesses_view {
    struct out_list accesses;
    struct span     next_before;
};

#define QUESTION(field) offsetof(struct access_question, field)
#define ACCESS(field)   offsetof(struct access_view, field)
#define VIEW(field)     offsetof(struct accesses_view, field)

/* clang-format off */
static const struct field question_fields[] = {
    { "session_id", FIELD_TEXT, QUESTION(session_text), SESSION_ID_BYTES_MAX,   true,  NULL },
    { "from",       FIELD_DAY,  QUESTION(from_on),      0,                      false, NULL },
    { "to",         FIELD_DAY,  QUESTION(to_on),        0,                      false, NULL },
    { "before",     FIELD_TEXT, QUESTION(before),       CONFIRMATION_BYTES_MAX, false, NULL },
};

static const struct out_row access_rows[] = {
    { "confirmation",  NULL, OUT_TEXT,    ACCESS(confirmation),  NULL },
    { "shown_at",      NULL, OUT_INSTANT, ACCESS(shown_at),      NULL },
    { "holder",        NULL, OUT_STRING,  ACCESS(holder),        NULL },
    { "facility_code", NULL, OUT_TEXT,    ACCESS(facility_code), NULL },
    { "facility_name", NULL, OUT_TEXT,    ACCESS(facility_name), NULL },
    { "insurer_name",  NULL, OUT_TEXT,    ACCESS(insurer_name),  NULL },
    { "way",           NULL, OUT_STRING,  ACCESS(way),           NULL },
    { "purpose",       NULL, OUT_STRING,  ACCESS(purpose),       NULL },
    { "items",         NULL, OUT_RAW,     ACCESS(items),         NULL },
    { "reason",        NULL, OUT_TEXT,    ACCESS(reason),        NULL },
    { 0 },
};

static const struct out_row view_rows[] = {
    { "accesses",    NULL, OUT_LIST, VIEW(accesses),    access_rows },
    { "next_before", NULL, OUT_TEXT, VIEW(next_before), NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode(struct request *r)
{
    struct access_question *question = arena_take(&r->arena, sizeof *question);
    struct blame            blame = { 0 };

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->flies_alone = true;
    question->before_day = DAY_UNKNOWN;
    if (!fields_decode(span_make(r->body, r->body_length), question_fields,
                       ARRAY_LEN(question_fields), &r->arena, question, endpoint_blame, r))
        return r->fault;
    person_take_session(r, question->session_text, question->session_id);
    if (question->before.bytes != NULL
        && confirmation_parse(question->before, &question->before_record, &question->before_day,
                              &blame)
               != FAULT_NONE)
        request_blame(r, FAULT_FIELD_MALFORMED, "before", "not a confirmation number");
    if (question->to_on == DAY_UNKNOWN || question->to_on > r->today)
        question->to_on = r->today;
    if (question->from_on == DAY_UNKNOWN)
        question->from_on = question->to_on - DAYS_PRESET;
    if (question->from_on < r->today - YEARS_MAX * 366)
        request_blame(r, FAULT_FIELD_MALFORMED, "from", "longer ago than records are kept");
    return r->fault;
}

static void
ask(struct request *r)
{
    const struct access_question *question = r->question;

    person_ask(r, question->session_id);
}

static void
ask_number_or_null(struct ask *ask, int64_t number, bool is_known)
{
    if (is_known)
        ask_number(ask, number);
    else
        ask_null(ask);
}

/* One pseudonym for each year in which the person may stand in records. */
static enum fault
ask_accesses(struct request *r)
{
    const struct access_question *question = r->question;
    int32_t                       last = day_to_civil(question->to_on).year;
    int32_t                       first = day_to_civil(question->from_on).year;
    size_t                        count = 0;
    unsigned char                *subjects = arena_take_raw(&r->arena, YEARS_MAX * PSEUDONYM_BYTES);

    if (subjects == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int32_t year = last; year >= first && count < YEARS_MAX; year--)
        pseudonym_make(r->pseudonyms, day_from_civil((struct civil){ year, 1, 1 }),
                       r->record.person_id, subjects + count++ * PSEUDONYM_BYTES);
    person_ask_session(r, STMT_PERSON_ACCESSES, question->session_id);
    ask_number(&r->ask, r->received_at);
    ask_bytes(&r->ask, span_make((const char *)subjects, count * PSEUDONYM_BYTES));
    ask_number(&r->ask, question->from_on);
    ask_number(&r->ask, question->to_on);
    ask_number_or_null(&r->ask, question->before_day, question->before_day != DAY_UNKNOWN);
    ask_number_or_null(&r->ask, question->before_record, question->before_day != DAY_UNKNOWN);
    ask_number(&r->ask, PAGE + 1); /* one more tells whether there is another page */
    r->asks_again = true;
    return FAULT_NONE;
}

/* Columns: 0 record_id, 1 day, 2 recorded_at, 3 actor_kind, 4 facility_code, 5 facility_name,
 * 6 insurer_name, 7 way, 8 purpose, 9 items, 10 detail. */
static void
read_access(struct request *r, const struct rows *rows, int row, struct access_view *access)
{
    int64_t purpose = rows_is_null(rows, row, 8) ? 0 : rows_number(rows, row, 8);

    confirmation_format(rows_number(rows, row, 0), rows_day(rows, row, 1),
                        access->confirmation_place);
    access->confirmation = span_of(access->confirmation_place);
    access->shown_at = rows_instant(rows, row, 2);
    access->holder = enrolment_word(access_holder_words, rows_number(rows, row, 3));
    access->facility_code = enrolment_text(r, rows, row, 4);
    access->facility_name = enrolment_text(r, rows, row, 5);
    access->insurer_name = enrolment_text(r, rows, row, 6);
    access->way = enrolment_word(access_way_words, rows_number(rows, row, 7));
    access->purpose = purpose == 0 ? NULL : enrolment_word(visit_purpose_words, purpose);
    access->items = access_items(r, rows_number(rows, row, 9));
    access->reason = enrolment_text(r, rows, row, 10);
}

static enum fault
read_accesses(struct request *r, const struct rows *rows, int first, int count)
{
    int                   shown = count > PAGE ? PAGE : count;
    struct accesses_view *view = arena_take(&r->arena, sizeof *view);
    struct access_view   *accesses = arena_take(&r->arena, (size_t)(shown + 1) * sizeof *accesses);

    if (view == NULL || accesses == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    for (int i = 0; i < shown; i++)
        read_access(r, rows, first + i, &accesses[i]);
    view->accesses = (struct out_list){
        .items = accesses, .count = (size_t)shown, .stride = sizeof *accesses, .has = true
    };
    if (shown < count)
        view->next_before = accesses[shown - 1].confirmation;
    r->record.items = ITEM_ACCESSES;
    r->answer = view;
    return FAULT_NONE;
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_PERSON_ACCESSES)
        return read_accesses(r, rows, first, count);
    enum fault fault = person_note(r, rows, first, count);
    return fault == FAULT_NONE ? ask_accesses(r) : fault;
}

static enum fault
encode(struct request *r)
{
    const struct accesses_view *view = r->answer;
    size_t                      room = PAGE_BYTES + view->accesses.count * ACCESS_BYTES;
    char                       *place = arena_take_raw(&r->arena, room);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, view_rows, view);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_REQUEST_TOO_LARGE : FAULT_NONE;
}

/* A replay is asked anew. */
const struct endpoint endpoint_person_accesses = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
