/*
 * certificate_issue, certificate_read: a 資格確認書 for one of the insurer's own people, and the same
 * again.
 *
 * Request   symbol, number, branch_number and birth_date of the card, reason (lost, renewing,
 *           not_held, assisted, proxy_pickup, not_registered, registration_cancelled,
 *           certificate_expired, ex_officio), valid_from (default today), valid_until (default: as
 *           long as may be). To read again: the number in the path
 * Reply     201 with Location, or 200: certificate_number, own_number (of one that came in a file),
 *           reason, issued_on, valid_from, valid_until, ended_on (since when it does not hold, of
 *           one that was replaced or whose coverage ends sooner), findings, document (payload, pdf)
 * Faults    FAULT_NOT_FOUND, FAULT_SEVERAL_PERSONS, FAULT_STATE_WRONG (sealed, or in doubt; or no
 *           document can say it), FAULT_FIELD_* (not covered, or longer than the law or the
 *           coverage allows), FAULT_DOCUMENTS_AWAY, FAULT_HEADER_MISSING (X-User-Id),
 *           FAULT_REQUEST_ID_REUSED
 * Source    domain facts, part 6, SR-057, SR-076, SR-083 to SR-091. The longest time is the dated
 *           parameter eligibility_certificate_max_years. One that is issued ends what was in force
 *           before it, so it is the way of reissuing, too. What is printed again is what was
 *           printed: the dossier of then.
 */
#include "endpoint/document.h"
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"

#include "base/text.h"
#include "document/press.h"
#include "model/codes.h"
#include "query/stmt.h"
#include "wire/dossier_read.h"
#include "wire/field.h"

#include <stddef.h>

enum { AHEAD_DAYS_MAX = 366, HEAD_BYTES = 512, LOCATION_BYTES_MAX = 64 };

/* What certificate_issue says; see schema/functions.md. */
enum issue_outcome {
    ISSUE_DONE = 1,
    ISSUE_NONE = 2,
    ISSUE_NOT_COVERED = 3,
    ISSUE_ID_USED = 4,
    ISSUE_SEVERAL = 5,
    ISSUE_SEALED = 6,
    ISSUE_TOO_LONG = 7,
    ISSUE_BEYOND_COVERAGE = 8,
    ISSUE_ENDS_FIRST = 9
};

/* As code_table certificate_reason, from 1. */
static const char *const reason_words[] = { "lost",
                                            "renewing",
                                            "not_held",
                                            "assisted",
                                            "proxy_pickup",
                                            "not_registered",
                                            "registration_cancelled",
                                            "certificate_expired",
                                            "ex_officio",
                                            NULL };

struct certificate_question {
    struct enrolment_card card;
    int16_t               reason;
    day_t                 valid_from;
    day_t                 valid_until;
    struct span           card_key;
    struct span           branch;
    int64_t               certificate_id;
    bool                  is_new; /* made by this request */
};

struct certificate_view {
    char                           number_place[NUMBER_TEXT_SIZE];
    struct span                    certificate_number;
    struct span                    own_number;
    const char                    *reason;
    day_t                          issued_on;
    day_t                          valid_from;
    day_t                          valid_until;
    day_t                          ended_on;
    struct span                    findings;
    const struct document_view    *document; /* NULL: the insurer has printed it */
    struct dossier                 person;
    const struct dossier_coverage *coverage; /* NULL: the same */
};

#define QUESTION(field) offsetof(struct certificate_question, field)
#define VIEW(field)     offsetof(struct certificate_view, field)

/* clang-format off */
static const struct field issue_fields[] = {
    { "symbol",        FIELD_TEXT, QUESTION(card.symbol),     ENROLMENT_CARD_BYTES_MAX,   false, NULL },
    { "number",        FIELD_TEXT, QUESTION(card.number),     ENROLMENT_CARD_BYTES_MAX,   true,  NULL },
    { "branch_number", FIELD_TEXT, QUESTION(card.branch_raw), ENROLMENT_BRANCH_BYTES_MAX, false, NULL },
    { "birth_date",    FIELD_DAY,  QUESTION(card.birth_date), 0,                          true,  NULL },
    { "reason",        FIELD_WORD, QUESTION(reason),          0,                          true,  reason_words },
    { "valid_from",    FIELD_DAY,  QUESTION(valid_from),      0,                          false, NULL },
    { "valid_until",   FIELD_DAY,  QUESTION(valid_until),     0,                          false, NULL },
};

static const struct out_row view_rows[] = {
    { "certificate_number", NULL, OUT_TEXT,   VIEW(certificate_number), NULL },
    { "own_number",         NULL, OUT_TEXT,   VIEW(own_number),         NULL },
    { "reason",             NULL, OUT_STRING, VIEW(reason),             NULL },
    { "issued_on",          NULL, OUT_DAY,    VIEW(issued_on),          NULL },
    { "valid_from",         NULL, OUT_DAY,    VIEW(valid_from),         NULL },
    { "valid_until",        NULL, OUT_DAY,    VIEW(valid_until),        NULL },
    { "ended_on",           NULL, OUT_DAY,    VIEW(ended_on),           NULL },
    { "findings",           NULL, OUT_RAW,    VIEW(findings),           NULL },
    { "document",           NULL, OUT_OBJECT, VIEW(document),           document_view_rows },
    { 0 },
};
/* clang-format on */

static struct certificate_question *
question_of(struct request *r)
{
    struct certificate_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return NULL;
    *question = (struct certificate_question){ .card.birth_date = DAY_UNKNOWN,
                                               .valid_from = DAY_UNKNOWN,
                                               .valid_until = DAY_UNKNOWN };
    r->question = question;
    r->record.way = WAY_ENROLMENT;
    return question;
}

static enum fault
decode_new(struct request *r)
{
    struct certificate_question *question = question_of(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (!press_is_ready(r->press))
        return FAULT_DOCUMENTS_AWAY;
    r->flies_alone = true;
    question->is_new = true;
    enrolment_need_user(r);
    if (!fields_decode(span_make(r->body, r->body_length), issue_fields, ARRAY_LEN(issue_fields),
                       &r->arena, question, endpoint_blame, r))
        return r->fault;
    enrolment_take_card(r, &question->card, &question->card_key, &question->branch);
    if (question->valid_from != DAY_UNKNOWN && question->valid_from < r->today)
        request_blame(r, FAULT_FIELD_MALFORMED, "valid_from", "in the past");
    if (question->valid_from != DAY_UNKNOWN && question->valid_from > r->today + AHEAD_DAYS_MAX)
        request_blame(r, FAULT_FIELD_MALFORMED, "valid_from", "too far in the future");
    return r->fault;
}

static enum fault
decode_again(struct request *r)
{
    struct certificate_question *question = question_of(r);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (!press_is_ready(r->press))
        return FAULT_DOCUMENTS_AWAY;
    return enrolment_number_of_path(r, &question->certificate_id);
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
ask_new(struct request *r)
{
    const struct certificate_question *question = r->question;

    r->answer = NULL;
    enrolment_ask_change(r, STMT_CERTIFICATE_ISSUE);
    ask_number(&r->ask, r->today);
    ask_bytes(&r->ask, question->card_key);
    ask_text_or_null(&r->ask, question->branch);
    ask_number(&r->ask, question->card.birth_date);
    ask_number(&r->ask, question->reason);
    ask_day_or_null(&r->ask, question->valid_from);
    ask_day_or_null(&r->ask, question->valid_until);
}

static void
ask_again(struct request *r)
{
    const struct certificate_question *question = r->question;

    r->answer = NULL;
    enrolment_ask_read(r, STMT_CERTIFICATE_READ);
    ask_number(&r->ask, question->certificate_id);
}

static enum fault
refuse(struct request *r, const char *field, const char *reason)
{
    request_blame(r, FAULT_FIELD_MALFORMED, field, reason);
    return FAULT_NONE;
}

/* Columns: 0 outcome, 1 certificate_id. */
static enum fault
read_outcome(struct request *r, const struct rows *rows, int row)
{
    struct certificate_question *question = r->question;

    switch ((enum issue_outcome)rows_number(rows, row, 0)) {
    case ISSUE_DONE:
        question->certificate_id = rows_number(rows, row, 1);
        ask_again(r);
        r->asks_again = true;
        return FAULT_NONE;
    case ISSUE_NONE:
        return FAULT_NOT_FOUND;
    case ISSUE_SEVERAL:
        return FAULT_SEVERAL_PERSONS;
    case ISSUE_SEALED:
        return FAULT_STATE_WRONG;
    case ISSUE_ID_USED:
        return FAULT_REQUEST_ID_REUSED;
    case ISSUE_NOT_COVERED:
        return refuse(r, "valid_from", "not covered on this day");
    case ISSUE_TOO_LONG:
        return refuse(r, "valid_until", "later than certificates may end that are issued today");
    case ISSUE_BEYOND_COVERAGE:
        return refuse(r, "valid_until", "behind the end of the coverage");
    case ISSUE_ENDS_FIRST:
        return refuse(r, "valid_until", "before it begins");
    default:
        return FAULT_INTERNAL;
    }
}

/* The dossier that it was printed from, and the coverage in it. */
static enum fault
read_printed(struct request *r, const struct rows *rows, int row, struct certificate_view *view)
{
    int64_t     coverage_id = rows_number(rows, row, 3);
    struct span body = arena_copy(&r->arena, rows_bytes(rows, row, 2));

    if (body.bytes == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    enum fault fault = dossier_read(body, &r->arena, &view->person);
    if (fault != FAULT_NONE)
        return fault;
    for (size_t i = 0; i < view->person.coverage_count; i++)
        if (view->person.coverages[i].coverage_id == coverage_id)
            view->coverage = &view->person.coverages[i];
    r->record.dossier_versions[0] = rows_number(rows, row, 1);
    r->record.dossier_count = 1;
    return view->coverage == NULL ? FAULT_INTERNAL : FAULT_NONE;
}

/* Columns: 0 person_id, 1 version, 2 body, 3 coverage_id, 4 own_number, 5 reason, 6 issued_on,
 * 7 valid_from, 8 valid_until, 9 ended_on, 10 is_needless. */
static enum fault
read_view(struct request *r, const struct rows *rows, int first, int count)
{
    const struct certificate_question *question = r->question;
    struct certificate_view           *view = arena_take(&r->arena, sizeof *view);

    if (view == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    view->certificate_number = enrolment_number_text(question->certificate_id, view->number_place);
    view->own_number = enrolment_text(r, rows, first, 4);
    view->reason = code_name(CODE_CERTIFICATE_REASON, (int)rows_number(rows, first, 5));
    view->issued_on = rows_day(rows, first, 6);
    view->valid_from = rows_day(rows, first, 7);
    view->valid_until = enrolment_day(rows, first, 8);
    view->ended_on = enrolment_day(rows, first, 9);
    if (rows_bool(rows, first, 10))
        view->findings = span_of("[\"VR-27\"]");
    r->answer = view;
    r->record.has_subject = true;
    r->record.person_id = rows_number(rows, first, 0);
    r->record.items = ITEM_COVERAGE | ITEM_PERSON;
    return rows_is_null(rows, first, 2) ? FAULT_NONE : read_printed(r, rows, first, view);
}

static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    if (rows->stmt == STMT_CERTIFICATE_ISSUE)
        return count == 1 ? read_outcome(r, rows, first) : FAULT_INTERNAL;
    return read_view(r, rows, first, count);
}

static enum fault
print(struct request *r, struct certificate_view *view)
{
    struct document_view *document = arena_take(&r->arena, sizeof *document);
    struct document_wish  wish = { .kind = DOCUMENT_CERTIFICATE,
                                   .person = &view->person,
                                   .coverage = view->coverage,
                                   .on = view->valid_from,
                                   .issued_on = view->issued_on,
                                   .valid_until = view->valid_until };

    if (document == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    view->document = document;
    return document_make(r, &wish, document);
}

static enum fault
encode(struct request *r)
{
    const struct certificate_question *question = r->question;
    struct certificate_view           *view = r->answer;
    enum fault                         fault = view->coverage == NULL ? FAULT_NONE : print(r, view);

    if (fault != FAULT_NONE)
        return fault;
    size_t room = HEAD_BYTES + 2 * view->own_number.length
                  + (view->document == NULL ? 0 : document_room(view->document));
    char *place = arena_take_raw(&r->arena, room);
    char *location = arena_take(&r->arena, LOCATION_BYTES_MAX);
    if (place == NULL || location == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, room);
    out_object(&text, view_rows, view);
    r->reply = text_span(&text);
    r->http_status = question->is_new ? 201 : 200;
    if (question->is_new) {
        struct text path = text_in(location, LOCATION_BYTES_MAX);
        text_add_string(&path, "/v1/enrolment/certificates/");
        text_add(&path, view->certificate_number);
        r->location = location;
    }
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

/* A replay is asked anew: the database has kept what came of it. */
const struct endpoint endpoint_certificate_issue = {
    .decode = decode_new,
    .ask = ask_new,
    .read = read,
    .encode = encode,
};

const struct endpoint endpoint_certificate_read = {
    .decode = decode_again,
    .ask = ask_again,
    .read = read,
    .encode = encode,
};
