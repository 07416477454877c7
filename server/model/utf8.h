/*
 * utf8: code points of a span, one at a time.
 *
 * Shape   strict: no overlong forms, no surrogates, nothing above U+10FFFF.
 * Errors  UTF8_BAD; the position is then one byte further.
 * Owner   borrows the span.
 * Source  RFC 3629.
 */
#ifndef MODEL_UTF8_H
#define MODEL_UTF8_H

#include "base/attr.h"
#include "base/span.h"
#include "base/text.h"

#include <stdint.h>

enum { UTF8_BYTES_MAX = 4 };

#define UTF8_BAD UINT32_MAX

/* Reads the code point at *at, which must be inside the span, and moves behind it. */
MUST_USE uint32_t utf8_next(struct span text, size_t *at);

void utf8_add(struct text *text, uint32_t code_point);

/* Number of code points, or SIZE_MAX when the span is not UTF-8. */
size_t utf8_count(struct span text);

#endif
