/*
 * dossier_bytes: PostgreSQL's binary record format written by hand, field by field, as
 *                schema/dossier.md lays it out; for tests of its reader.
 *
 * Shape   bytes_record(n), then n times one of bytes_number(), bytes_text(), bytes_day(),
 *         bytes_null() or a list. A list is bytes_list_open() and, for each element,
 *         bytes_element_open(), a record, bytes_close(); then bytes_close() of the list.
 * Owner   one buffer of fixed size; asserts that it suffices.
 */
#ifndef TESTS_DOSSIER_BYTES_H
#define TESTS_DOSSIER_BYTES_H

#include "base/clock.h"
#include "base/span.h"

#include <assert.h>
#include <stdint.h>

enum { BUILT_BYTES_MAX = 8192, BUILT_PG_EPOCH = 10957, BUILT_TYPE = 16999 };

struct built {
    unsigned char bytes[BUILT_BYTES_MAX];
    size_t        length;
};

static inline void
bytes_int(struct built *built, int64_t number, size_t size)
{
    assert(built->length + size <= BUILT_BYTES_MAX);
    for (size_t i = 0; i < size; i++)
        built->bytes[built->length++] = (unsigned char)((uint64_t)number >> (8 * (size - 1 - i)));
}

static inline void
bytes_record(struct built *built, int32_t field_count)
{
    bytes_int(built, field_count, 4);
}

static inline void
bytes_number(struct built *built, int64_t number, size_t size)
{
    bytes_int(built, BUILT_TYPE, 4);
    bytes_int(built, (int64_t)size, 4);
    bytes_int(built, number, size);
}

static inline void
bytes_day(struct built *built, day_t day)
{
    bytes_number(built, day == DAY_FOREVER ? INT32_MAX : day - BUILT_PG_EPOCH, 4);
}

static inline void
bytes_null(struct built *built)
{
    bytes_int(built, BUILT_TYPE, 4);
    bytes_int(built, -1, 4);
}

static inline void
bytes_text(struct built *built, const char *text)
{
    struct span span = span_of(text);

    bytes_int(built, BUILT_TYPE, 4);
    bytes_int(built, (int64_t)span.length, 4);
    assert(built->length + span.length <= BUILT_BYTES_MAX);
    memcpy(built->bytes + built->length, span.bytes, span.length);
    built->length += span.length;
}

/* Leaves room for a length, to be filled by bytes_close(). */
static inline size_t
bytes_element_open(struct built *built)
{
    size_t at = built->length;
    bytes_int(built, 0, 4);
    return at;
}

static inline size_t
bytes_list_open(struct built *built, int32_t count)
{
    bytes_int(built, BUILT_TYPE, 4);
    size_t at = bytes_element_open(built);
    bytes_int(built, count > 0, 4);
    bytes_int(built, 0, 4);
    bytes_int(built, BUILT_TYPE, 4);
    if (count > 0) {
        bytes_int(built, count, 4);
        bytes_int(built, 1, 4);
    }
    return at;
}

static inline void
bytes_close(struct built *built, size_t at)
{
    size_t end = built->length;
    built->length = at;
    bytes_int(built, (int64_t)(end - at - 4), 4);
    built->length = end;
}

static inline void
bytes_empty_list(struct built *built)
{
    bytes_close(built, bytes_list_open(built, 0));
}

static inline void
bytes_ratios(struct built *built)
{
    size_t list = bytes_list_open(built, 2);
    for (int i = 0; i < 2; i++) {
        size_t element = bytes_element_open(built);
        bytes_record(built, 3);
        bytes_day(built, 18000 + 1000 * i);
        if (i == 0)
            bytes_day(built, 19000);
        else
            bytes_null(built); /* open */
        bytes_number(built, i == 0 ? 30 : 20, 2);
        bytes_close(built, element);
    }
    bytes_close(built, list);
}

static inline void
bytes_ceilings(struct built *built)
{
    size_t list = bytes_list_open(built, 1);
    size_t element = bytes_element_open(built);
    bytes_record(built, 6);
    bytes_text(built, "01");
    bytes_text(built, "A03");
    bytes_null(built);
    bytes_day(built, 19000);
    bytes_day(built, 20000);
    bytes_null(built);
    bytes_close(built, element);
    bytes_close(built, list);
}

static inline void
bytes_coverage(struct built *built)
{
    static const char *const texts[] = { "06139992", "01", "１２", "0345", "00", "12", "0345" };

    bytes_record(built, 23);
    bytes_number(built, INT64_C(1) << 40, 8);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        bytes_text(built, texts[i]);
    bytes_null(built); /* relation */
    bytes_null(built); /* insured_name */
    bytes_day(built, 18000);
    bytes_day(built, 20500);
    bytes_text(built, "03");
    for (int i = 0; i < 3; i++)
        bytes_null(built); /* issued_on, card_valid_from, card_expires_on */
    bytes_number(built, 1, 2);
    bytes_number(built, 1, 2);
    bytes_null(built); /* preschool_until */
    bytes_ratios(built);
    bytes_empty_list(built); /* elderly */
    bytes_ceilings(built);
    bytes_empty_list(built); /* diseases */
}

/* One invented person with one coverage that has two ratios and a ceiling. */
static inline void
bytes_dossier(struct built *built)
{
    built->length = 0;
    bytes_record(built, 15);
    bytes_number(built, 1, 2); /* format */
    bytes_number(built, 4711, 8);
    bytes_text(built, "架空　太郎");
    bytes_text(built, "カクウ　タロウ");
    bytes_null(built);
    bytes_null(built);
    bytes_number(built, 1, 2);
    bytes_null(built); /* sex2 */
    bytes_day(built, 3653);
    bytes_text(built, "架空県架空市1");
    bytes_null(built);
    bytes_number(built, 2, 2); /* flags */
    bytes_number(built, 1, 2); /* hold */
    size_t list = bytes_list_open(built, 1);
    size_t element = bytes_element_open(built);
    bytes_coverage(built);
    bytes_close(built, element);
    bytes_close(built, list);
    bytes_empty_list(built); /* benefits */
}

#endif
