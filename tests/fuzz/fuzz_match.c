/*
 * fuzz_match: two identities out of any bytes, split by line ends: claimed and registered name,
 * kana and address. The verdict is the same both ways round, and whoever is compared with itself
 * is the same.
 */
#include "match/match.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

enum { SIZE_MAX_BYTES = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span
take_line(const char **at, const char *end)
{
    const char *from = *at;
    const char *to = from < end ? memchr(from, '\n', (size_t)(end - from)) : NULL;

    if (to == NULL)
        to = end;
    *at = to < end ? to + 1 : end;
    return span_make(from, (size_t)(to - from));
}

static struct identity
take_identity(const char **at, const char *end)
{
    struct identity identity = { .birth_date = 1, .sex = 1 };

    identity.name = take_line(at, end);
    identity.name_kana = take_line(at, end);
    identity.address = take_line(at, end);
    identity.name_other = take_line(at, end);
    identity.name_other_kana = take_line(at, end);
    return identity;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char         *at = (const char *)data, *end = at + size;
    struct match_result there, back, self;
    struct blame        blame = { 0 };

    if (size > SIZE_MAX_BYTES)
        return 0;
    struct identity one = take_identity(&at, end), two = take_identity(&at, end);
    enum fault      fault = match_compare(&one, &two, MATCH_RULE_VERSION, &there, &blame);
    assert((fault == FAULT_NONE) == (blame.field == NULL));
    enum fault fault_back = match_compare(&two, &one, MATCH_RULE_VERSION, &back, &blame);
    assert((fault == FAULT_NONE) == (fault_back == FAULT_NONE));
    assert(match_compare(&one, &one, MATCH_RULE_VERSION, &self, &blame) == FAULT_NONE);
    for (size_t i = 0; i < MATCH_FIELD_COUNT; i++) {
        if (fault == FAULT_NONE) {
            assert(there.fields[i].verdict == back.fields[i].verdict);
            assert(there.fields[i].rule == back.fields[i].rule);
        }
        assert(self.fields[i].verdict <= MATCH_SAME);
    }
    return 0;
}
