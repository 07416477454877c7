/*
 * base32: bytes as characters that a QR code packs two in eleven bits.
 *
 * Shape   A to Z and 2 to 7, without padding; one text for the same bytes, and no other: what the
 *         last character has beyond the last byte must be zero.
 * Errors  base32_read(): false for anything else, or when the place is too small.
 * Source  RFC 4648, part 6.
 */
#ifndef DOCUMENT_BASE32_H
#define DOCUMENT_BASE32_H

#include "base/attr.h"
#include "base/span.h"
#include "base/text.h"

#define BASE32_LENGTH(bytes) (((bytes)*8 + 4) / 5)

void base32_add(struct text *text, const void *bytes, size_t length);

MUST_USE bool base32_read(struct span text, unsigned char *ret_bytes, size_t bytes_max,
                          size_t *ret_length);

#endif
