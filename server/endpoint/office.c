/*
 * office: whatever operators ask and do, by a table of acts.
 *
 * Request   Authorization: Bearer, the session; If-Match, the ETag of what is changed; the body or
 *           the query string as the act's row says (office_acts.c)
 * Reply     200 what was asked for or changed, 201 what was made, 202 proposal_number and until:
 *           it waits for a second operator. ETag where it is one thing
 * Faults    FAULT_SESSION_OVER, FAULT_NOT_PERMITTED (the role), FAULT_NOT_FOUND,
 *           FAULT_ETAG_MISSING, FAULT_ETAG_DIFFERS, FAULT_STATE_WRONG, FAULT_THERE_ALREADY,
 *           FAULT_BATCH_SAME_PERSON, FAULT_FIELD_*, FAULT_QUERY_STRING
 * Source    schema/47_office.sql; schema/functions.md, "Office".
 */
#include "endpoint/office.h"

#include "base/text.h"
#include "crypto/digest.h"
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"
#include "model/day.h"
#include "query/stmt.h"
#include "wire/base64.h"
#include "wire/out.h"
#include "wire/slice.h"

#include <stdio.h>
#include <string.h>

enum { ETAG_TEXT_MAX = 40, ARGS_BYTES_MAX = 1024, WHOLE_DIGITS_MAX = 10, ITEM_PLACE = 16 };

static const char bearer[] = "Bearer ";

/* The members of a body, read to see that they are sound; they go on as they came. */
struct office_members {
    struct span slots[OFFICE_FIELDS_MAX];
};

struct office_question {
    const struct office_act *act;
    unsigned char            token_digest[DIGEST_BYTES];
    struct span              args;
};

struct office_answer {
    int         outcome;
    struct span etag;
    struct span body;
};

static void
take_token(struct request *r, unsigned char ret_digest[DIGEST_BYTES])
{
    unsigned char token[OFFICE_TOKEN_BYTES];
    struct span   head = r->heads.authorization;
    size_t        length = 0, before = sizeof bearer - 1;

    if (span_is_empty(head)) {
        request_blame(r, FAULT_HEADER_MISSING, "Authorization", "the session's token, as Bearer");
        return;
    }
    if (head.length != before + OFFICE_TOKEN_TEXT || memcmp(head.bytes, bearer, before) != 0
        || !base64_decode(span_make(head.bytes + before, OFFICE_TOKEN_TEXT), BASE64_URL, token,
                          sizeof token, &length)
        || length != sizeof token) {
        request_blame(r, FAULT_HEADER_MALFORMED, "Authorization", "not a token of a session");
        return;
    }
    digest_whole(token, sizeof token, ret_digest);
}

static bool
check_members(struct request *r, const struct office_act *act, struct span body)
{
    struct office_members *members = arena_take(&r->arena, sizeof *members);

    if (members == NULL) {
        request_blame(r, FAULT_REQUEST_TOO_LARGE, NULL, NULL);
        return false;
    }
    return fields_decode(body, act->fields, act->field_count, &r->arena, members, endpoint_blame,
                         r);
}

/* One member, which holds a list of things: each is looked at as one would be by itself. */
static void
check_list(struct request *r, const struct office_act *act, struct span body)
{
    struct slice outer, inner;
    struct span  name, value;
    int          count = 0;

    slice_start(&outer, body);
    bool is_sound =
        slice_enter(&outer, '{') && slice_next(&outer, &name, &value) && span_is(name, act->list);
    if (!is_sound) {
        request_blame(r, FAULT_FIELD_MISSING, act->list, NULL);
        return;
    }
    slice_start(&inner, value);
    is_sound = slice_enter(&inner, '[');
    while (is_sound && slice_next(&inner, NULL, &value) && ++count <= OFFICE_LIST_MAX)
        is_sound = check_members(r, act, value);
    if (count > OFFICE_LIST_MAX)
        request_blame(r, FAULT_ITEMS_TOO_MANY, act->list, NULL);
    else if (count == 0 && r->fault == FAULT_NONE)
        request_blame(r, FAULT_FIELD_MALFORMED, act->list, "not a list, or an empty one");
    else if (r->fault == FAULT_NONE
             && (inner.is_broken || slice_next(&outer, &name, &value) || !slice_end(&outer)))
        request_blame(r, FAULT_JSON_MALFORMED, NULL, NULL);
}

static bool
is_word(struct span value, const char *const *words)
{
    for (; *words != NULL; words++)
        if (span_is(value, *words))
            return true;
    return false;
}

static const char *
argument_trouble(const struct office_argument *row, struct span value)
{
    struct blame blame = { 0 };
    day_t        day;

    switch (row->kind) {
    case FIELD_DAY:
        return day_parse(value, &day, &blame) == FAULT_NONE ? NULL : "not a calendar day";
    case FIELD_WORD:
        return is_word(value, row->words) ? NULL : "not one of the words that stand here";
    case FIELD_WHOLE: {
        size_t number = 0;
        if (value.length == 0 || value.length > WHOLE_DIGITS_MAX || !span_is_digits(value))
            return "not a whole number";
        for (size_t i = 0; i < value.length; i++)
            number = number * 10 + (size_t)(value.bytes[i] - '0');
        return number <= row->limit ? NULL : "too great";
    }
    case FIELD_TEXT:
    case FIELD_FLAG:
    case FIELD_WORDS:
    case FIELD_RAW:
    default:
        return value.length > 0 && value.length <= row->limit ? NULL : "empty, or too long";
    }
}

static const struct office_argument *
argument_row(const struct office_act *act, struct span name)
{
    for (size_t i = 0; i < act->argument_count; i++)
        if (span_is(name, act->arguments[i].name))
            return &act->arguments[i];
    return NULL;
}

/* The query string as an object, each argument a string. */
static struct span
take_arguments(struct request *r, const struct office_act *act)
{
    char       *place = arena_take_raw(&r->arena, ARGS_BYTES_MAX);
    struct text text = text_in(place, place == NULL ? 0 : ARGS_BYTES_MAX);
    unsigned    seen = 0;

    text_add_byte(&text, '{');
    for (size_t i = 0; i < r->argument_count && i < QUERY_ARGUMENTS_MAX; i++) {
        const struct office_argument *row = argument_row(act, r->arguments[i].name);
        const char                   *trouble = "no argument of this path, or there twice";
        unsigned                      bit = row == NULL ? 0 : 1U << (row - act->arguments);
        if (row != NULL && (seen & bit) == 0)
            trouble = argument_trouble(row, r->arguments[i].value);
        if (trouble != NULL) {
            request_blame(r, FAULT_QUERY_STRING, row == NULL ? NULL : row->name, trouble);
            continue;
        }
        if (seen != 0)
            text_add_byte(&text, ',');
        seen |= bit;
        out_quoted(&text, r->arguments[i].name);
        text_add_byte(&text, ':');
        out_quoted(&text, r->arguments[i].value);
    }
    text_add_byte(&text, '}');
    if (text.is_full)
        request_blame(r, FAULT_REQUEST_TOO_LARGE, NULL, NULL);
    return text_span(&text);
}

static enum fault
decode(struct request *r)
{
    struct office_question *question = arena_take(&r->arena, sizeof *question);
    bool                    is_sound = true;

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    question->act = office_act_of(r->list->act);
    take_token(r, question->token_digest);
    if (r->heads.if_match.length > ETAG_TEXT_MAX)
        request_blame(r, FAULT_HEADER_MALFORMED, "If-Match", "one ETag, as it was given");
    if (question->act->fields == NULL) {
        question->args = take_arguments(r, question->act);
    } else {
        question->args = span_make(r->body, r->body_length);
        if (question->act->list != NULL)
            check_list(r, question->act, question->args);
        else
            is_sound = check_members(r, question->act, question->args);
    }
    return is_sound ? FAULT_NONE : r->fault;
}

static void
ask(struct request *r)
{
    const struct office_question *question = r->question;

    r->answer = NULL;
    ask_start(&r->ask, STMT_OFFICE);
    ask_bytes(&r->ask, span_of(question->act->name));
    ask_number(&r->ask, r->actor.operator_id);
    ask_number(&r->ask, r->actor.certificate_id);
    ask_bytes(&r->ask, span_make((const char *)question->token_digest, DIGEST_BYTES));
    ask_bytes(&r->ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_bytes(&r->ask, r->path_rest.bytes == NULL ? span_of("") : r->path_rest);
    ask_bytes(&r->ask, question->args);
    ask_text_or_null(&r->ask, r->heads.if_match);
    ask_number(&r->ask, r->received_at);
    ask_number(&r->ask, r->today);
}

/* By office_reply.outcome. */
static const struct {
    enum fault fault;
    uint16_t   http_status;
} outcomes[] = {
    { FAULT_INTERNAL, 0 },
    { FAULT_NONE, 200 },
    { FAULT_NONE, 201 },
    { FAULT_NONE, 202 },
    { FAULT_SESSION_OVER, 0 },
    { FAULT_NOT_PERMITTED, 0 },
    { FAULT_NOT_FOUND, 0 },
    { FAULT_ETAG_MISSING, 0 },
    { FAULT_ETAG_DIFFERS, 0 },
    { FAULT_STATE_WRONG, 0 },
    { FAULT_BATCH_SAME_PERSON, 0 },
    { FAULT_FIELD_MALFORMED, 0 },
    { FAULT_THERE_ALREADY, 0 },
};

/* Columns: 0 outcome, 1 etag, 2 detail, 3 body, 4 person_id. */
static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    struct office_answer *answer = arena_take(&r->arena, sizeof *answer);

    if (answer == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    if (count != 1)
        return FAULT_INTERNAL;
    int outcome = (int)rows_number(rows, first, 0);
    if (outcome < 0 || outcome >= (int)ARRAY_LEN(outcomes))
        return FAULT_INTERNAL;
    *answer = (struct office_answer){ .outcome = outcome,
                                      .etag = enrolment_text(r, rows, first, 1),
                                      .body = enrolment_text(r, rows, first, 3) };
    r->answer = answer;
    if (!rows_is_null(rows, first, 4)) {
        r->record.way = WAY_OFFICE;
        r->record.has_subject = true;
        r->record.person_id = rows_number(rows, first, 4);
        r->record.items = ITEM_COVERAGE | ITEM_PERSON;
    }
    enum fault fault = outcomes[outcome].fault;
    if (fault == FAULT_FIELD_MALFORMED) {
        struct span detail = enrolment_text(r, rows, first, 2);
        char       *name = arena_take(&r->arena, detail.length + 1);
        if (name != NULL && detail.length > 0)
            memcpy(name, detail.bytes, detail.length);
        request_blame(r, fault, detail.length > 0 ? name : NULL, "the registry does not allow it");
    }
    return fault;
}

static enum fault
encode(struct request *r)
{
    const struct office_answer *answer = r->answer;

    r->reply = span_is_empty(answer->body) ? span_of("{}") : answer->body;
    r->http_status = outcomes[answer->outcome].http_status;
    if (answer->etag.length > 0 && answer->etag.length < ETAG_BYTES)
        memcpy(r->etag, answer->etag.bytes, answer->etag.length);
    return FAULT_NONE;
}

/* A replay is asked anew: the database knows what was done for the request. */
const struct endpoint endpoint_office = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
