/*
 * card_proof: what every endpoint that takes a card's word asks of it, before anything is read.
 *
 * Shape   challenge (base64url), certificate and signature (base64), as they came → the number that
 *         the challenge stands for, and the facts of the certificate. Where a responder is asked
 *         about cards too, r->inquiry says about which one; line/inquiring.h does it.
 * Errors  FAULT_CARD_CHECK_AWAY, FAULT_CHALLENGE_UNKNOWN, FAULT_FIELD_MALFORMED, FAULT_CARD_*.
 * Owner   borrows; bytes live in the request's arena.
 */
#ifndef ENDPOINT_CARD_PROOF_H
#define ENDPOINT_CARD_PROOF_H

#include "auth/card_desk.h"
#include "request/request.h"

enum {
    CHALLENGE_LIFE_S = 300,
    CHALLENGE_TEXT_MAX = 128,
    CERTIFICATE_TEXT_MAX = (CARD_CERTIFICATE_BYTES_MAX + 2) / 3 * 4,
    SIGNATURE_TEXT_MAX = (CARD_SIGNATURE_BYTES_MAX + 2) / 3 * 4
};

struct card_words {
    struct span challenge;
    struct span certificate;
    struct span signature;
};

MUST_USE enum fault card_prove(struct request *r, const struct card_words *words,
                               unsigned char *ret_number, struct card_facts *ret_facts);

#endif
