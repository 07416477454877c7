/*
 * office_session: an operator shows the second factor, and gets a session.
 *
 * Request   code: the six digits of the authenticator
 * Reply     201: token, until, role, name. The token is worth something over the same certificate
 *           only; it is said once and not kept
 * Faults    FAULT_SECOND_FACTOR (wrong, used before, or locked after too many wrong ones)
 * Source    RFC 6238; schema/functions.md, "Office".
 */
#include "endpoint/endpoints.h"
#include "endpoint/enrolment.h"
#include "endpoint/office.h"

#include "crypto/digest.h"
#include "crypto/factor.h"
#include "crypto/random.h"
#include "query/stmt.h"
#include "wire/base64.h"
#include "wire/out.h"

#include <stddef.h>

enum { REPLY_BYTES_MAX = 2048 };

struct session_question {
    struct span code;
};

struct session_view {
    char        token_place[OFFICE_TOKEN_TEXT + 1];
    struct span token;
    instant_t   until;
    struct span role;
    struct span name;
};

#define QUESTION(field) offsetof(struct session_question, field)
#define VIEW(field)     offsetof(struct session_view, field)

/* clang-format off */
static const struct field fields[] = {
    { "code", FIELD_TEXT, QUESTION(code), FACTOR_CODE_DIGITS, true, NULL },
};

static const struct out_row view_rows[] = {
    { "token", NULL, OUT_TEXT,    VIEW(token), NULL },
    { "until", NULL, OUT_INSTANT, VIEW(until), NULL },
    { "role",  NULL, OUT_TEXT,    VIEW(role),  NULL },
    { "name",  NULL, OUT_TEXT,    VIEW(name),  NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode(struct request *r)
{
    struct session_question *question = arena_take(&r->arena, sizeof *question);

    if (question == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    r->question = question;
    bool is_sound = fields_decode(span_make(r->body, r->body_length), fields, 1, &r->arena,
                                  question, endpoint_blame, r);
    return is_sound ? FAULT_NONE : r->fault;
}

static void
ask(struct request *r)
{
    r->answer = NULL;
    ask_start(&r->ask, STMT_OFFICE_FACTOR);
    ask_number(&r->ask, r->actor.operator_id);
    ask_number(&r->ask, r->today);
    ask_number(&r->ask, r->received_at);
}

/* Columns: 0 generation, 1 used_step, 2 is_locked. A wrong code goes on, too: it is counted. */
static enum fault
read_factor(struct request *r, const struct rows *rows, int first)
{
    const struct session_question *question = r->question;
    struct session_view           *view = arena_take(&r->arena, sizeof *view);
    unsigned char                  token[OFFICE_TOKEN_BYTES];
    char                          *digest = arena_take(&r->arena, DIGEST_BYTES);

    if (view == NULL || digest == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    int64_t step = 0;
    if (!rows_bool(rows, first, 2))
        step = factor_step(r->factors, r->actor.operator_id, (int16_t)rows_number(rows, first, 0),
                           question->code, r->received_at);
    random_bytes(token, sizeof token);
    digest_whole(token, sizeof token, (unsigned char *)digest);
    struct text text = text_in(view->token_place, sizeof view->token_place);
    base64_add_url(&text, token, sizeof token);
    view->token = text_span(&text);
    r->answer = view;
    ask_start(&r->ask, STMT_OFFICE_SESSION_OPEN);
    ask_number(&r->ask, r->actor.operator_id);
    ask_number(&r->ask, r->actor.certificate_id);
    ask_bytes(&r->ask, span_make(digest, DIGEST_BYTES));
    ask_number(&r->ask, step);
    ask_number(&r->ask, r->received_at);
    ask_number(&r->ask, r->today);
    r->asks_again = true;
    return FAULT_NONE;
}

/* Columns: 0 is_open, 1 until, 2 role, 3 name. */
static enum fault
read(struct request *r, const struct rows *rows, int first, int count)
{
    struct session_view *view = r->answer;

    if (count != 1)
        return FAULT_NOT_PERMITTED; /* an operator no more */
    if (rows->stmt == STMT_OFFICE_FACTOR)
        return read_factor(r, rows, first);
    if (!rows_bool(rows, first, 0))
        return FAULT_SECOND_FACTOR;
    view->until = rows_instant(rows, first, 1);
    view->role = enrolment_text(r, rows, first, 2);
    view->name = enrolment_text(r, rows, first, 3);
    return FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    char *place = arena_take_raw(&r->arena, REPLY_BYTES_MAX);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    struct text text = text_in(place, REPLY_BYTES_MAX);
    out_object(&text, view_rows, r->answer);
    r->reply = text_span(&text);
    r->http_status = 201;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

/* A replay shows its code a second time, and is refused. */
const struct endpoint endpoint_office_session = {
    .decode = decode,
    .ask = ask,
    .read = read,
    .encode = encode,
};
