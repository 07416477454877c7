/*
 * fuzz_claim: any bytes as a claim of the feed. Either it is refused with a reason, or its head is
 * whole and its card has a key.
 */
#include "wire/claim_feed.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 256 * 1024, TODAY = 20784 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char               reason[CLAIM_REASON_SIZE] = "";
    struct claim_entry entry;
    struct arena       arena;

    if (!arena_open(&arena, 4096, ARENA_BYTES))
        abort();
    bool is_read =
        claim_feed_read(span_make((const char *)data, size), TODAY, &arena, &entry, reason);
    assert(is_read == (reason[0] == '\0'));
    assert(memchr(reason, '\0', sizeof reason) != NULL);
    if (is_read) {
        assert(!span_is_empty(entry.claim) && !span_is_empty(entry.key.text));
        assert(entry.source >= 1 && entry.source <= 3 && entry.in_out >= 1 && entry.in_out <= 2);
        assert(entry.birth_date <= TODAY && entry.facility_code.length == 10);
    }
    arena_close(&arena);
    return 0;
}
