/*
 * fuzz_confirmation: what somebody reads out as a confirmation number. What is accepted is written
 * again as one that says the same, and no single other character would have been accepted.
 */
#include "model/confirmation.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_neighbours(char text[CONFIRMATION_SIZE])
{
    for (int i = 0; text[i] != '\0'; i++) {
        char         kept = text[i];
        int64_t      record_id;
        day_t        day;
        struct blame blame = { 0 };
        if (kept == '-')
            continue;
        text[i] = kept == '7' ? '8' : '7';
        enum fault fault =
            confirmation_parse(span_make(text, CONFIRMATION_SIZE - 1), &record_id, &day, &blame);
        assert(fault == FAULT_CHECK_DIGIT && blame.reason != NULL);
        text[i] = kept;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char         text[CONFIRMATION_SIZE];
    int64_t      record_id = -1, again_id = -1;
    day_t        day = -1, again_day = -1;
    struct blame blame = { 0 };

    if (confirmation_parse(span_make((const char *)data, size), &record_id, &day, &blame)
        != FAULT_NONE) {
        assert(record_id == -1 && day == -1 && blame.reason != NULL);
        return 0;
    }
    confirmation_format(record_id, day, text);
    enum fault fault =
        confirmation_parse(span_make(text, CONFIRMATION_SIZE - 1), &again_id, &again_day, &blame);
    assert(fault == FAULT_NONE && again_id == record_id && again_day == day);
    check_neighbours(text);
    return 0;
}
