/*
 * base64: bytes as text, and strictly back.
 *
 * Shape   BASE64_PLAIN has "+", "/" and padding; BASE64_URL has "-", "_" and none.
 * Units   bytes.
 * Errors  base64_decode(): false for any other sign, a wrong length or padding, bits to spare that
 *         are not 0 (so that there is one text for some bytes), or more than size_bytes.
 * Owner   writes into the caller's places.
 * Source  RFC 4648, 4 and 5.
 */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include "base/text.h"

enum base64_kind { BASE64_PLAIN, BASE64_URL };

/* How many signs so many bytes become, without padding. */
#define BASE64_LENGTH(bytes) (((bytes)*8 + 5) / 6)

MUST_USE bool base64_decode(struct span text, enum base64_kind kind, void *ret_bytes,
                            size_t size_bytes, size_t *ret_length);
void          base64_add(struct text *text, enum base64_kind kind, const unsigned char *bytes,
                         size_t length);
void          base64_add_url(struct text *text, const unsigned char *bytes, size_t length);

#endif
