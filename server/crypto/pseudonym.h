/*
 * pseudonym: the name under which a person stands in access records.
 *
 * Shape   the first 16 bytes of HMAC-SHA-256(key of the year, person id); the key of a year is derived from one
 *         master key, so that records of one year cannot be walked into another without it.
 * Units   the year is that of the civil day in Japan.
 * Errors  pseudonym_keys_open(): a reason to print, or NULL; the key file must be 32 bytes, mode 0600.
 * Owner   one per worker; pseudonym_keys_close() wipes.
 */
#ifndef CRYPTO_PSEUDONYM_H
#define CRYPTO_PSEUDONYM_H

#include "base/clock.h"

enum { PSEUDONYM_BYTES = 16, MASTER_KEY_BYTES = 32, PSEUDONYM_YEARS = 4 };

struct pseudonym_keys {
    unsigned char master[MASTER_KEY_BYTES];
    struct {
        int   year;
        void *context; /* keyed and ready; copied for each use */
    } years[PSEUDONYM_YEARS];
};

const char *pseudonym_keys_open(struct pseudonym_keys *keys, const char *path);
void        pseudonym_keys_close(struct pseudonym_keys *keys);

void pseudonym_make(struct pseudonym_keys *keys, day_t day, int64_t person_id,
                    unsigned char *ret_pseudonym);

#endif
