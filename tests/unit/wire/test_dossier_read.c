#include "../cases.h"

#include "dossier_bytes.h"

#include "wire/dossier_read.h"

#include <stdlib.h>

enum { ARENA_BYTES = 64 * 1024, FLIPS = 20000 };

/* Reads a copy of exactly that length, so that a sanitizer sees one byte too many. */
static enum fault
read_copy(const unsigned char *bytes, size_t length, struct arena *arena, struct dossier *dossier)
{
    char *copy = malloc(length == 0 ? 1 : length);

    assert_non_null(copy);
    memcpy(copy, bytes, length);
    arena_reset(arena);
    enum fault fault = dossier_read(span_make(copy, length), arena, dossier);
    free(copy);
    return fault;
}

static void
a_dossier_made_by_hand_is_read(void **state)
{
    struct built   built;
    struct arena   arena;
    struct dossier dossier = { 0 };

    (void)state;
    bytes_dossier(&built);
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    struct span body = span_make((const char *)built.bytes, built.length);
    assert_int_equal(dossier_read(body, &arena, &dossier), FAULT_NONE);
    CASE_INT("body", dossier.person_id, 4711);
    CASE_SPAN("body", dossier.name, span_of("架空　太郎"));
    CASE_TRUE("body", span_is_empty(dossier.name_other));
    CASE_INT("body", dossier.sex2, 0);
    CASE_INT("body", dossier.birth_date, 3653);
    CASE_INT("body", dossier.flags, DOSSIER_REFUSES_SELF_INFORMATION);
    CASE_INT("body", dossier.hold, DOSSIER_HOLD_CLINICAL);
    CASE_INT("body", dossier.coverage_count, 1);
    CASE_INT("body", dossier.benefit_count, 0);
    const struct dossier_coverage *coverage = &dossier.coverages[0];
    CASE_INT("coverage", coverage->coverage_id, INT64_C(1) << 40);
    CASE_SPAN("coverage", coverage->symbol, span_of("１２"));
    CASE_SPAN("coverage", coverage->symbol_key, span_of("12"));
    CASE_INT("coverage", coverage->relation, 0);
    CASE_INT("coverage", coverage->acquired_on, 18000);
    CASE_INT("coverage", coverage->lost_on, 20500);
    CASE_INT("coverage", coverage->card_expires_on, DAY_UNKNOWN);
    CASE_INT("coverage", coverage->state, COVERAGE_IN_ORDER);
    CASE_INT("coverage", coverage->ratio_count, 2);
    CASE_INT("ratio", coverage->ratios[0].until_on, 19000);
    CASE_INT("ratio", coverage->ratios[1].until_on, DAY_FOREVER);
    CASE_INT("ratio", coverage->ratios[1].ratio_percent, 20);
    CASE_INT("coverage", coverage->elderly_count + coverage->disease_count, 0);
    CASE_SPAN("ceiling", coverage->ceilings[0].class, span_of("A03"));
    CASE_INT("ceiling", coverage->ceilings[0].issued_on, DAY_UNKNOWN);
    CASE_INT("ceiling", coverage->ceilings[0].until_on, 20000);
    arena_close(&arena);
}

static void
every_truncation_and_every_extra_byte_is_refused(void **state)
{
    struct built   built;
    struct arena   arena;
    struct dossier dossier = { .person_id = -1 };

    (void)state;
    bytes_dossier(&built);
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (size_t length = 0; length < built.length; length++)
        assert_int_equal(read_copy(built.bytes, length, &arena, &dossier), FAULT_STORE_REFUSED);
    assert_int_equal(read_copy(built.bytes, built.length + 1, &arena, &dossier),
                     FAULT_STORE_REFUSED);
    assert_int_equal(dossier.person_id, -1); /* untouched on failure */
    assert_int_equal(read_copy(built.bytes, built.length, &arena, &dossier), FAULT_NONE);
    arena_close(&arena);
}

static void
damage_anywhere_is_survived(void **state)
{
    struct built   built;
    struct arena   arena;
    struct dossier dossier;
    uint64_t       seed = 20261123;
    int            refused = 0;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    for (int round = 0; round < FLIPS; round++) {
        bytes_dossier(&built);
        for (uint32_t i = 0; i <= random_below(&seed, 4); i++)
            built.bytes[random_below(&seed, (uint32_t)built.length)] ^=
                (unsigned char)(1u << random_below(&seed, 8));
        enum fault fault = read_copy(built.bytes, built.length, &arena, &dossier);
        assert_true(fault == FAULT_NONE || fault == FAULT_STORE_REFUSED
                    || fault == FAULT_REQUEST_TOO_LARGE);
        refused += fault != FAULT_NONE;
    }
    assert_in_range(refused, FLIPS / 10, FLIPS);
    arena_close(&arena);
}

static void
another_format_or_another_count_of_fields_is_refused(void **state)
{
    struct built   built;
    struct arena   arena;
    struct dossier dossier;

    (void)state;
    assert_true(arena_open(&arena, ARENA_BYTES, ARENA_BYTES));
    bytes_dossier(&built);
    built.bytes[13] = 2; /* the format's low byte */
    assert_int_equal(read_copy(built.bytes, built.length, &arena, &dossier), FAULT_STORE_REFUSED);
    bytes_dossier(&built);
    built.bytes[3] = 14;
    assert_int_equal(read_copy(built.bytes, built.length, &arena, &dossier), FAULT_STORE_REFUSED);
    arena_close(&arena);
}

static void
a_full_arena_is_said_and_nothing_is_half_read(void **state)
{
    struct built   built;
    struct dossier dossier = { .person_id = -1 };
    int            full = 0;

    (void)state;
    bytes_dossier(&built);
    for (size_t room = 16; room <= 2048; room += 16) {
        struct arena arena;
        assert_true(arena_open(&arena, room, room));
        enum fault fault = read_copy(built.bytes, built.length, &arena, &dossier);
        assert_true(fault == FAULT_NONE || fault == FAULT_REQUEST_TOO_LARGE);
        full += fault != FAULT_NONE;
        assert_int_equal(dossier.person_id, fault == FAULT_NONE ? 4711 : -1);
        dossier.person_id = -1;
        arena_close(&arena);
    }
    assert_in_range(full, 1, 127);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dossier_made_by_hand_is_read),
        cmocka_unit_test(every_truncation_and_every_extra_byte_is_refused),
        cmocka_unit_test(damage_anywhere_is_survived),
        cmocka_unit_test(another_format_or_another_count_of_fields_is_refused),
        cmocka_unit_test(a_full_arena_is_said_and_nothing_is_half_read),
    };
    return cmocka_run_group_tests_name("wire/dossier_read", tests, NULL, NULL);
}
