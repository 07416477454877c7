/*
 * fuzz_day: any bytes as a day; a day that is read is written back as it came.
 */
#include "model/day.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span  text = span_make((const char *)data, size);
    struct blame blame = { 0 };
    day_t        day;
    char         iso[DAY_ISO_SIZE], compact[DAY_COMPACT_SIZE];

    if (day_parse(text, &day, &blame) != FAULT_NONE) {
        assert(blame.reason != NULL);
        return 0;
    }
    day_format_iso(day, iso);
    day_format_compact(day, compact);
    assert(span_is(text, iso) || span_is(text, compact));
    return 0;
}
