/*
 * challenge: what a card is asked to sign, so that its signature is of now and of here.
 *
 * Shape   version (1 byte), seconds since 1970 (8, big end first), the number of the session to be
 *         (16 bytes of chance in the form of a UUID), and HMAC-SHA-256 over these and over whom it
 *         was given to. So nothing of it is kept: whoever has the key knows its own again. That it
 *         is used once only is for the number: a session exists once.
 * Units   seconds.
 * Errors  challenge_check(): false for one that is not ours, was given to another facility or
 *         certificate, is from the future, or older than life_s.
 * Owner   plain bytes; challenge_key_open() gives a mac to mac_free(), or NULL and a reason.
 */
#ifndef CRYPTO_CHALLENGE_H
#define CRYPTO_CHALLENGE_H

#include "base/attr.h"
#include "base/clock.h"
#include "crypto/mac.h"

enum {
    CHALLENGE_NUMBER_AT = 1 + 8,
    CHALLENGE_NUMBER_BYTES = 16,
    CHALLENGE_BYTES = CHALLENGE_NUMBER_AT + CHALLENGE_NUMBER_BYTES + MAC_BYTES
};

struct challenge_terms {
    int32_t   facility_id;
    int64_t   certificate_id;
    instant_t now;
    int32_t   life_s;
};

struct mac *challenge_key_open(const char *path, const char **ret_reason);

void          challenge_make(struct mac *key, const struct challenge_terms *terms,
                             unsigned char *ret_challenge);
MUST_USE bool challenge_check(struct mac *key, const struct challenge_terms *terms,
                              const unsigned char *challenge, unsigned char *ret_number);

#endif
