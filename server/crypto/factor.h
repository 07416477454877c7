/*
 * factor: an operator's second factor, the six digits of an authenticator (TOTP).
 *
 * Shape   the secret of an operator is derived from the office's key, the operator's number and
 *         the generation, so none is stored; another generation is another secret.
 * Units   steps of 30 seconds since 1970; a code fits its own step and one step to either side,
 *         for clocks that differ.
 * Errors  factor_key_open(): NULL and a reason. factor_step(): 0 for a code that does not fit.
 * Owner   factor_key_free(); accepts NULL. One thread at a time.
 * Source  RFC 6238, by liboath; SHA-1 and six digits, which every authenticator knows.
 */
#ifndef CRYPTO_FACTOR_H
#define CRYPTO_FACTOR_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/span.h"

#include <stdint.h>

enum { FACTOR_CODE_DIGITS = 6, FACTOR_URI_BYTES = 160 };

struct factor_key;

struct factor_key *factor_key_open(const char *path, const char **ret_reason);
void               factor_key_free(struct factor_key *key);

/* The step that the code belongs to; 0 for none. */
MUST_USE int64_t factor_step(struct factor_key *key, int32_t operator_id, int16_t generation,
                             struct span code, instant_t now);

/* What an authenticator reads: otpauth://totp/… False when it does not fit. */
MUST_USE bool factor_uri(struct factor_key *key, int32_t operator_id, int16_t generation,
                         char ret_uri[FACTOR_URI_BYTES]);

#endif
