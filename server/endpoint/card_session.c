/*
 * card_session: a challenge for a card to sign.
 *
 * Request   an empty object
 * Reply     session_id (the number of the visit to be), challenge (base64url), expires_at
 * Faults    FAULT_CARD_CHECK_AWAY
 * Source    domain facts, 9.1. The challenge is bound to this facility and certificate and serves
 *           once; nothing is kept of it here, see crypto/challenge.h.
 */
#include "endpoint/endpoints.h"
#include "endpoint/visit.h"

#include "base/text.h"
#include "base/uuid.h"
#include "wire/base64.h"
#include "wire/out.h"

#include <stddef.h>

enum { REPLY_BYTES_MAX = 512, CHALLENGE_LENGTH = BASE64_LENGTH(CHALLENGE_BYTES) };

struct session_view {
    char        id_place[UUID_TEXT_LENGTH + 1];
    char        challenge_place[CHALLENGE_LENGTH + 1];
    struct span session_id;
    struct span challenge;
    instant_t   expires_at;
};

struct nothing {
    char unused;
};

#define VIEW(field) offsetof(struct session_view, field)

/* clang-format off */
static const struct out_row view_rows[] = {
    { "session_id", NULL, OUT_TEXT,    VIEW(session_id), NULL },
    { "challenge",  NULL, OUT_TEXT,    VIEW(challenge),  NULL },
    { "expires_at", NULL, OUT_INSTANT, VIEW(expires_at), NULL },
    { 0 },
};
/* clang-format on */

static enum fault
decode(struct request *r)
{
    struct nothing nothing;

    if (!fields_decode(span_make(r->body, r->body_length), NULL, 0, &r->arena, &nothing,
                       endpoint_blame, r))
        return r->fault;
    return card_desk_is_ready(r->cards) ? FAULT_NONE : FAULT_CARD_CHECK_AWAY;
}

static enum fault
encode(struct request *r)
{
    struct challenge_terms terms = { .facility_id = r->actor.facility_id,
                                     .certificate_id = r->actor.certificate_id,
                                     .now = r->received_at,
                                     .life_s = CHALLENGE_LIFE_S };
    struct session_view    view = { .expires_at =
                                        r->received_at + (instant_t)CHALLENGE_LIFE_S * 1000000 };
    unsigned char          challenge[CHALLENGE_BYTES];
    char                  *place = arena_take_raw(&r->arena, REPLY_BYTES_MAX);

    if (place == NULL)
        return FAULT_REQUEST_TOO_LARGE;
    challenge_make(r->cards->challenges, &terms, challenge);
    struct text signs = text_in(view.challenge_place, sizeof view.challenge_place);
    base64_add_url(&signs, challenge, sizeof challenge);
    view.challenge = text_span(&signs);
    uuid_format(challenge + CHALLENGE_NUMBER_AT, view.id_place);
    view.session_id = span_of(view.id_place);
    struct text text = text_in(place, REPLY_BYTES_MAX);
    out_object(&text, view_rows, &view);
    r->reply = text_span(&text);
    r->http_status = 201;
    return text.is_full ? FAULT_INTERNAL : FAULT_NONE;
}

const struct endpoint endpoint_card_session_open = {
    .decode = decode,
    .encode = encode,
};
