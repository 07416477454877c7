/*
 * seen: whether a 64-bit value may have been there before (a Bloom filter).
 *
 * Shape   of one size for every file: SEEN_BYTES, of which only touched pages count. With four
 *         values a row, one in a thousand is taken for seen at a million rows, one in five at ten
 *         million. What was seen is always told; what was not may be taken for seen, so whoever
 *         asks must look closer at what is.
 * Units   values are hashes already: all their bits count.
 * Errors  seen_open() is false when out of memory.
 * Owner   seen_close() frees; accepts one that was never opened.
 */
#ifndef BATCH_SEEN_H
#define BATCH_SEEN_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum { SEEN_BITS_LOG2 = 27, SEEN_BYTES = 1 << (SEEN_BITS_LOG2 - 3) };

struct seen {
    uint64_t *words;
};

MUST_USE bool seen_open(struct seen *seen);
void          seen_close(struct seen *seen);

/* Notes the value; whether it may have been noted before. */
bool seen_note(struct seen *seen, uint64_t value);

#endif
