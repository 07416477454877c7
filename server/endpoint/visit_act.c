/*
 * visit_cancel, visit_review: the consents of a visit are taken back; a look without consent is
 * looked at again by somebody else.
 *
 * Request   the visit's number in the path; to end: reason; to review: outcome, and X-User-Id
 * Reply     visit_id, and ended_at with reason, or reviewed_at with outcome; of the first time
 * Faults    FAULT_NOT_FOUND (no such visit of this facility, or nothing to review),
 *           FAULT_BATCH_SAME_PERSON (who opened it may not review it), FAULT_FIELD_*,
 *           FAULT_HEADER_MISSING
 * Source    OQSCD031; ARCHITECTURE.md, "Visits".
 */
#include "endpoint/endpoints.h"
#include "endpoint/visit.h"

#include "base/uuid.h"
#include "query/stmt.h"
#include "wire/out.h"

#include <stddef.h>

enum { REPLY_BYTES_MAX = 256 };

enum review_outcome { REVIEW_NOTED = 1, REVIEW_WAS_NOTED = 2, REVIEW_SAME_PERSON = 3 };

static const char *const reason_words[] = { "facility", "patient", "other_use", NULL };
static const char *const outcome_words[] = { "justified", "not_justified", NULL };

struct act_question {
    int16_t       word;
    unsigned char visit_id[UUID_BYTES];
};

struct act_view {
    char        id_place[UUID_TEXT_LENGTH + 1];
    struct span visit_id;
    instant_t   at;
    const char *word;
};

#define QUESTION(field) offsetof(struct act_question, field)
#define VIEW(field)     offsetof(struct act_view, field)

/* clang-format off */
static const struct field cancel_fields[] = {
    { "reason", FIELD_WORD, QUESTION(word), 0, true, reason_words },
};

static const struct field review_fields[] = {
    { "outcome", FIELD_WORD, QUESTION(word), 0, true, outcome_words },
};

static const struct out_row cancel_rows[] = {
    { "visit_id", NULL, OUT_TEXT,    VIEW(visit_id), NULL },
    { "ended_at", NULL, OUT_INSTANT, VIEW(at),       NULL },
    { "reason",   NULL, OUT_STRING,  VIEW(word),     NULL },
    { 0 },
};

static const struct out_row review_rows[] = {
    { "visit_id",    NULL, OUT_TEXT,    VIEW(visit_id), NULL },
    { "reviewed_at", NULL, OUT_INSTANT, VIEW(at),       NULL },
    { "outcome",     NULL, OUT_STRING,  VIEW(word),     NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode_as(struct request *r, const struct field *fields)
{
    struct act_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    r->record.way = WAY_CARD;
    if (!uuid_parse(r->path_rest, question->visit_id))
        return FAULT_NOT_FOUND;
    bool is_sound = fields_decode(span_make(r->body, r->body_length), fields, 1, &r->arena,
                                  question, endpoint_blame, r);
    return is_sound ? FAULT_NONE : r->fault;
}

static enum fault
decode_cancel(struct request *r)
{
    return decode_as(r, cancel_fields);
}

static enum fault
decode_review(struct request *r)
{
    if (span_is_empty(r->heads.user_id))
        request_blame(r, FAULT_HEADER_MISSING, "X-User-Id", "somebody answers for a review");
    return decode_as(r, review_fields);
}

static void
ask_cancel(struct request *r)
{
    const struct act_question *question = r->question;

    r->answer = NULL;
    ask_start(&r->ask, STMT_VISIT_END);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, span_make((const char *)question->visit_id, UUID_BYTES));
    ask_number(&r->ask, question->word);
    ask_number(&r->ask, r->received_at);
}

static void
ask_review(struct request *r)
{
    const struct act_question *question = r->question;

    r->answer = NULL;
    ask_start(&r->ask, STMT_VISIT_REVIEW);
    ask_number(&r->ask, r->actor.facility_id);
    ask_bytes(&r->ask, span_make((const char *)question->visit_id, UUID_BYTES));
    ask_bytes(&r->ask, r->heads.user_id);
    ask_number(&r->ask, question->word);
    ask_number(&r->ask, r->received_at);
}

/* Columns: 0 outcome, 1 person_id, 2 when, 3 the word's number. */
static enum fault
read_act(struct request *r, const struct rows *rows, int first, int count, const char *const *words)
{
    const struct act_question *question = r->question;
    struct act_view           *view = arena_take(&r->arena, sizeof *view);

    if (view == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count == 0)
        return FAULT_NOT_FOUND;
    r->record.has_subject = !rows_is_null(rows, first, 1);
    if (r->record.has_subject)
        r->record.person_id = rows_number(rows, first, 1);
    if (rows_is_null(rows, first, 2))
        return FAULT_BATCH_SAME_PERSON;
    uuid_format(question->visit_id, view->id_place);
    view->visit_id = span_of(view->id_place);
    view->at = rows_instant(rows, first, 2);
    view->word = words[rows_number(rows, first, 3) - 1];
    r->answer = view;
    return FAULT_NONE;
}

static enum fault
read_cancel(struct request *r, const struct rows *rows, int first, int count)
{
    return read_act(r, rows, first, count, reason_words);
}

static enum fault
read_review(struct request *r, const struct rows *rows, int first, int count)
{
    return read_act(r, rows, first, count, outcome_words);
}

static enum fault
encode_as(struct request *r, const struct out_row *rows)
{
    char *place = arena_take_raw(&r->arena, REPLY_BYTES_MAX);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, REPLY_BYTES_MAX);
    out_object(&text, rows, r->answer);
    r->reply = text_span(&text);
    r->http_status = 200;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

static enum fault
encode_cancel(struct request *r)
{
    return encode_as(r, cancel_rows);
}

static enum fault
encode_review(struct request *r)
{
    return encode_as(r, review_rows);
}

/* A replay is asked anew: the first time is the answer. */
const struct endpoint endpoint_visit_cancel = {
    .decode = decode_cancel,
    .ask = ask_cancel,
    .read = read_cancel,
    .encode = encode_cancel,
};

const struct endpoint endpoint_visit_review = {
    .decode = decode_review,
    .ask = ask_review,
    .read = read_review,
    .encode = encode_review,
};
