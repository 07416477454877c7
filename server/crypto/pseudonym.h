/*
 * pseudonym: the name under which a person stands in access records.
 *
 * Shape   the first 16 bytes of HMAC-SHA-256(key of the year, person id as 8 bytes big endian). The
 *         key of a year comes by HKDF from one master key, so that the records of two years cannot
 *         be joined without it.
 * Units   the year is that of the civil day in Japan.
 * Errors  pseudonym_keys_open(): a reason to print, or NULL; the file must be 32 bytes, mode 0600.
 * Owner   one per worker, never shared between threads; pseudonym_keys_close() wipes, and accepts
 *         one that failed to open.
 * Source  RFC 2104, RFC 5869 with SHA-256, no salt, label "shikaku access record pseudonym YYYY".
 */
#ifndef CRYPTO_PSEUDONYM_H
#define CRYPTO_PSEUDONYM_H

#include "base/attr.h"
#include "base/clock.h"

enum { PSEUDONYM_BYTES = 16, MASTER_KEY_BYTES = 32 };

struct pseudonym_year;

struct pseudonym_keys {
    unsigned char         *master; /* in a page for secrets */
    struct pseudonym_year *years;
};

MUST_USE const char *pseudonym_keys_open(struct pseudonym_keys *keys, const char *path);
void                 pseudonym_keys_close(struct pseudonym_keys *keys);

void pseudonym_make(struct pseudonym_keys *keys, day_t day, int64_t person_id,
                    unsigned char *ret_pseudonym);

#endif
