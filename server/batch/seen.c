#include "batch/seen.h"

#include <stdlib.h>

enum { PROBES = 3 };

bool
seen_open(struct seen *seen)
{
    seen->words = calloc(SEEN_BYTES / sizeof *seen->words, sizeof *seen->words);
    return seen->words != NULL;
}

void
seen_close(struct seen *seen)
{
    free(seen->words);
    seen->words = NULL;
}

bool
seen_note(struct seen *seen, uint64_t value)
{
    /* An odd step reaches every bit; both halves of the value have their say. */
    uint64_t step = (value >> 32) | 1;
    bool     was_there = true;

    for (int probe = 0; probe < PROBES; probe++) {
        uint64_t bit = (value + (uint64_t)probe * step) & ((UINT64_C(1) << SEEN_BITS_LOG2) - 1);
        uint64_t mask = UINT64_C(1) << (bit % 64);
        was_there = was_there && (seen->words[bit / 64] & mask) != 0;
        seen->words[bit / 64] |= mask;
    }
    return was_there;
}
