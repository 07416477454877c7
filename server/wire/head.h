/*
 * head: values of headers that are structured fields, as far as uploads need them.
 *
 * Shape   a boolean is ?0 or ?1; a whole number is 1 to 15 digits; of a dictionary of digests,
 *         the member sha-256; a media type, and its parameter charset.
 * Errors  false when the text is not that; what was given out is then undefined.
 * Owner   plain values; spans borrow the text.
 * Source  RFC 9651 (structured fields), RFC 9530 (digest fields), RFC 9110, 8.3 (media types).
 */
#ifndef WIRE_HEAD_H
#define WIRE_HEAD_H

#include "base/attr.h"
#include "base/span.h"

#include <stdint.h>

enum { HEAD_SHA256_BYTES = 32 };

MUST_USE bool head_flag(struct span text, bool *ret_flag);
MUST_USE bool head_whole(struct span text, int64_t *ret_number);

/* False when there is no sha-256 in it, too. Other algorithms are passed over. */
MUST_USE bool head_sha256(struct span text, unsigned char *ret_digest);

/* *ret_charset is empty when there is none; a parameter of another name is passed over. */
MUST_USE bool head_media_type(struct span text, struct span *ret_type, struct span *ret_charset);

/* ASCII letters count alike in either case. */
bool head_is(struct span text, const char *word);

#endif
