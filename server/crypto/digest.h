/*
 * digest: SHA-256, whole, in pieces, and its first half.
 *
 * Shape   digest_start(), digest_add() any number of times, one digest_end*().
 * Units   DIGEST_BYTES, or DIGEST_SHORT_BYTES where 128 bits do.
 * Errors  none: running out of memory for a digest ends the process, since nothing can go on
 *         record then.
 * Owner   the context is released by digest_end*(), which must be called.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stddef.h>

enum { DIGEST_BYTES = 32, DIGEST_SHORT_BYTES = 16 };

struct digest {
    void *context;
};

void digest_start(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t length);
void digest_end(struct digest *digest, unsigned char *ret_digest);       /* DIGEST_BYTES */
void digest_end_short(struct digest *digest, unsigned char *ret_digest); /* DIGEST_SHORT_BYTES */

void digest_whole(const void *bytes, size_t length, unsigned char *ret_digest);
void digest_short(const void *bytes, size_t length, unsigned char *ret_digest);

#endif
