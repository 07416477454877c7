#include "endpoint/card_proof.h"

#include "auth/directory.h"
#include "model/day.h"
#include "wire/base64.h"

#include <assert.h>

static const instant_t DAY_US = (instant_t)86400 * 1000000;

/* clang-format off */
static const struct {
    enum fault  fault;
    const char *reason;
} card_faults[] = {
    [CARD_SOUND]             = { FAULT_NONE, NULL },
    [CARD_MALFORMED]         = { FAULT_CARD_NOT_PROVEN, "not a certificate" },
    [CARD_KEY_REFUSED]       = { FAULT_CARD_NOT_PROVEN, "its key is of a kind or length that is not taken" },
    [CARD_UNTRUSTED]         = { FAULT_CARD_NOT_PROVEN, "not issued by an authority for cards" },
    [CARD_PURPOSE_WRONG]     = { FAULT_CARD_NOT_PROVEN, "not a certificate for user authentication" },
    [CARD_NOT_YET_VALID]     = { FAULT_CARD_NOT_PROVEN, "not valid yet" },
    [CARD_EXPIRED]           = { FAULT_CARD_EXPIRED, NULL },
    [CARD_REVOKED]           = { FAULT_CARD_REVOKED, NULL },
    [CARD_REVOCATIONS_STALE] = { FAULT_CARD_CHECK_AWAY, NULL },
    [CARD_SIGNATURE_WRONG]   = { FAULT_CARD_NOT_PROVEN, "it has not signed this challenge" },
};
/* clang-format on */
static_assert(ARRAY_LEN(card_faults) == CARD_FAULT_COUNT, "every card fault has a row");

static bool
open_challenge(struct request *r, struct span text, unsigned char *ret_challenge,
               unsigned char *ret_number)
{
    struct challenge_terms terms = { .facility_id = r->actor.facility_id,
                                     .certificate_id = r->actor.certificate_id,
                                     .now = r->received_at,
                                     .life_s = CHALLENGE_LIFE_S };
    size_t                 length;

    if (base64_decode(text, BASE64_URL, ret_challenge, CHALLENGE_BYTES, &length)
        && length == CHALLENGE_BYTES
        && challenge_check(r->cards->challenges, &terms, ret_challenge, ret_number))
        return true;
    request_blame(r, FAULT_CHALLENGE_UNKNOWN, "challenge", NULL);
    return false;
}

static bool
open_text(struct request *r, const char *field, struct span text, size_t bytes_max,
          struct span *ret_bytes)
{
    unsigned char *place = arena_take_raw(&r->arena, bytes_max);
    size_t         length = 0;

    if (place == NULL || !base64_decode(text, BASE64_PLAIN, place, bytes_max, &length)) {
        request_blame(r, FAULT_FIELD_MALFORMED, field, "not base64, or too long");
        return false;
    }
    *ret_bytes = span_make((const char *)place, length);
    return true;
}

/* How long after its end a certificate still shows the coverage; law, so a dated parameter. */
static instant_t
expired_since(const struct request *r)
{
    int32_t months = directory_number_on(r->surroundings, "card_expired_grace_months", r->today, 0);
    int32_t days = r->today - day_add_months(r->today, -months);

    return r->received_at - (instant_t)days * DAY_US;
}

/* Whoever signed with a card that is on no list: its authority's responder may know more. */
static bool
want_status(struct request *r, struct span certificate, const struct card_facts *facts)
{
    struct digest digest;

    if (r->cards->statuses == NULL)
        return true;
    r->inquiry = arena_take(&r->arena, sizeof *r->inquiry);
    if (r->inquiry == NULL)
        return false;
    r->inquiry->certificate = certificate;
    /* By what a responder is asked: one certificate has many spellings. */
    digest_start(&digest);
    digest_add(&digest, facts->issuer, strlen(facts->issuer) + 1);
    digest_add(&digest, facts->serial, strlen(facts->serial));
    digest_end(&digest, r->inquiry->key);
    return true;
}

enum fault
card_prove(struct request *r, const struct card_words *words, unsigned char *ret_number,
           struct card_facts *ret_facts)
{
    unsigned char     challenge[CHALLENGE_BYTES];
    struct card_proof proof = { .message = span_make((const char *)challenge, sizeof challenge) };

    if (!card_desk_is_ready(r->cards))
        return FAULT_CARD_CHECK_AWAY;
    bool is_open = open_challenge(r, words->challenge, challenge, ret_number);
    is_open = open_text(r, "certificate", words->certificate, CARD_CERTIFICATE_BYTES_MAX,
                        &proof.certificate)
              && is_open;
    is_open =
        open_text(r, "signature", words->signature, CARD_SIGNATURE_BYTES_MAX, &proof.signature)
        && is_open;
    if (!is_open)
        return r->fault;
    enum card_fault fault =
        card_verify(r->cards->trust, &proof, r->received_at, expired_since(r), ret_facts);
    if (fault != CARD_SOUND)
        request_blame(r, card_faults[fault].fault, "certificate", card_faults[fault].reason);
    else if (!want_status(r, proof.certificate, ret_facts))
        return FAULT_REQUEST_TOO_LARGE;
    return r->fault;
}
