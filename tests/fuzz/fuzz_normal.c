/*
 * fuzz_normal: any bytes in every form; a form is bounded, and its own form.
 */
#include "model/normal.h"

#include <assert.h>

enum { INPUT_BYTES_MAX = 1024, PLACE_BYTES = INPUT_BYTES_MAX * NORMAL_GROWTH_MAX + 1 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char once_place[PLACE_BYTES], twice_place[PLACE_BYTES * NORMAL_GROWTH_MAX];

    if (size > INPUT_BYTES_MAX)
        return 0;
    for (enum normal_form form = NORMAL_KEY; form <= NORMAL_NAME; form++) {
        struct text  once = text_in(once_place, size * NORMAL_GROWTH_MAX + 1);
        struct text  twice = text_in(twice_place, sizeof twice_place);
        struct blame blame = { 0 };
        enum fault   fault = normal_add(&once, span_make((const char *)data, size), form, &blame);
        assert(fault == FAULT_NONE || (fault == FAULT_FIELD_MALFORMED && blame.reason != NULL));
        if (fault != FAULT_NONE)
            continue;
        assert(normal_add(&twice, text_span(&once), form, &blame) == FAULT_NONE);
        assert(span_equal(text_span(&once), text_span(&twice)));
    }
    return 0;
}
