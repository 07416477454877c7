/*
 * cases: what table-driven unit tests share: checks that name their case, a seeded source of
 * numbers.
 *
 * Shape   CASE_INT(name, actual, expected) and its sisters; a failed one prints both values and
 *         ends the test. random_next() gives the same numbers for the same seed, everywhere.
 */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/span.h"

#define CASE_INT(name, actual, expected) \
    case_int((name), #actual, (int64_t)(actual), (int64_t)(expected), __FILE__, __LINE__)
#define CASE_TRUE(name, condition) CASE_INT(name, (condition) ? 1 : 0, 1)
#define CASE_SPAN(name, actual, expected) \
    case_span((name), #actual, (actual), (expected), __FILE__, __LINE__)
#define CASE_TEXT(name, actual, expected) CASE_SPAN(name, span_of(actual), span_of(expected))

static inline void
case_int(const char *name, const char *what, int64_t actual, int64_t expected, const char *file,
         int line)
{
    if (actual == expected)
        return;
    print_error("%s:%d: \"%s\": %s is %lld, not %lld\n", file, line, name, what, (long long)actual,
                (long long)expected);
    _fail(file, line);
}

static inline void
case_span(const char *name, const char *what, struct span actual, struct span expected,
          const char *file, int line)
{
    if (span_equal(actual, expected))
        return;
    print_error("%s:%d: \"%s\": %s is \"%.*s\", not \"%.*s\"\n", file, line, name, what,
                (int)actual.length, actual.length == 0 ? "" : actual.bytes, (int)expected.length,
                expected.length == 0 ? "" : expected.bytes);
    _fail(file, line);
}

/* xorshift64*; the state is never 0. */
static inline uint64_t
random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static inline uint32_t
random_below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)(random_next(state) >> 33) % limit;
}

static inline void
random_digits(uint64_t *state, char *place, size_t count)
{
    for (size_t i = 0; i < count; i++)
        place[i] = (char)('0' + random_below(state, 10));
}

#endif
