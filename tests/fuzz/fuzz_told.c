/*
 * fuzz_told: claims as the store tells them, however damaged. What is read holds nothing but what
 * was there, and can be merged and marked.
 */
#include "wire/claim_read.h"

#include <assert.h>
#include <stdint.h>

enum { ARENA_BYTES = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
lies_within(struct span part, struct span whole)
{
    return span_is_empty(part)
           || (part.bytes >= whole.bytes && part.bytes + part.length <= whole.bytes + whole.length);
}

static void
look_at(const struct claim *claim, struct span told)
{
    assert(claim->source >= 1 && claim->source <= 3 && claim->in_out >= 1 && claim->in_out <= 2);
    assert(claim->line_count > 0 && lies_within(claim->facility_code, told)
           && lies_within(claim->prescriber_name, told));
    for (size_t i = 0; i < claim->line_count; i++) {
        const struct claim_line *line = &claim->lines[i];
        assert(lies_within(line->code, told) && lies_within(line->kind, told));
        assert(line->overlap == NULL && line->times >= -9999999);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span   told = span_make((const char *)data, size);
    struct arena  arena;
    struct claim *claims = NULL;
    size_t        count = 0;

    if (!arena_open(&arena, ARENA_BYTES, ARENA_BYTES))
        return 0;
    enum fault fault = claim_read(told, &arena, &claims, &count);
    assert(fault == FAULT_NONE || fault == FAULT_STORE_REFUSED || fault == FAULT_REQUEST_TOO_LARGE);
    if (fault == FAULT_NONE) {
        assert(count > 0);
        for (size_t i = 0; i < count; i++)
            look_at(&claims[i], told);
        claims_merge(claims, count);
        (void)drugs_mark(claims, count, &arena);
    }
    arena_close(&arena);
    return 0;
}
