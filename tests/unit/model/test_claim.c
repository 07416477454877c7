#include "../cases.h"

#include "base/arena.h"
#include "model/claim.h"

#include <stdlib.h>

enum { DAY_0 = 20000, CLAIMS = 6, LINES = 4, ROUNDS = 400 };

static struct claim
claim_of(enum claim_source source, const char *prescriber, day_t prescribed_on)
{
    return (struct claim){ .month = DAY_0,
                           .source = (int16_t)source,
                           .in_out = 2,
                           .facility_code = span_of("facility"),
                           .prescriber_code = span_of(prescriber),
                           .prescribed_on = prescribed_on };
}

static size_t
left(const struct claim *claims, size_t count, enum claim_source source)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += !claims[i].is_superseded && claims[i].source == (int16_t)source;
    return found;
}

static void
of_one_event_the_smaller_source_counts(void **state)
{
    struct claim claims[] = {
        claim_of(CLAIM_PRESCRIPTION, "a", DAY_0), claim_of(CLAIM_RECEIPT, "a", DAY_0),
        claim_of(CLAIM_DISPENSING, "a", DAY_0),   claim_of(CLAIM_DISPENSING, "b", DAY_0),
        claim_of(CLAIM_PRESCRIPTION, "b", DAY_0), claim_of(CLAIM_PRESCRIPTION, "a", DAY_0 + 1),
    };

    (void)state;
    claims_merge(claims, ARRAY_LEN(claims));
    assert_int_equal(left(claims, ARRAY_LEN(claims), CLAIM_RECEIPT), 1);
    assert_int_equal(left(claims, ARRAY_LEN(claims), CLAIM_DISPENSING), 1);
    assert_int_equal(left(claims, ARRAY_LEN(claims), CLAIM_PRESCRIPTION), 1);
}

static void
claims_of_one_source_all_count_and_so_do_those_without_a_prescription(void **state)
{
    struct claim claims[] = {
        claim_of(CLAIM_RECEIPT, "a", DAY_0),
        claim_of(CLAIM_RECEIPT, "a", DAY_0),
        claim_of(CLAIM_DISPENSING, "a", DAY_UNKNOWN),
        claim_of(CLAIM_PRESCRIPTION, "a", DAY_UNKNOWN),
    };

    (void)state;
    claims_merge(claims, ARRAY_LEN(claims));
    for (size_t i = 0; i < ARRAY_LEN(claims); i++)
        assert_false(claims[i].is_superseded);
}

static void
whoever_prescribes_and_dispenses_is_one_event_by_its_own_code(void **state)
{
    struct claim claims[] = { claim_of(CLAIM_RECEIPT, "", DAY_0),
                              claim_of(CLAIM_PRESCRIPTION, "facility", DAY_0) };

    (void)state;
    claims_merge(claims, ARRAY_LEN(claims));
    assert_int_equal(left(claims, 2, CLAIM_PRESCRIPTION), 0);
}

/* Against the plain reading of the rule, over everything chance brings. */
static const char *
overlap_of(const struct claim *claims, size_t at, size_t line_at)
{
    const struct claim_line *line = &claims[at].lines[line_at];
    const char              *found = NULL;

    for (size_t i = 0; i < CLAIMS; i++)
        for (size_t k = 0; k < claims[i].line_count && !claims[i].is_superseded; k++) {
            const struct claim_line *other = &claims[i].lines[k];
            if (other == line || other->times <= 0 || line->times <= 0
                || !span_equal(other->ingredient, line->ingredient)
                || other->done_on >= line->done_on + line->times
                || line->done_on >= other->done_on + other->times)
                continue;
            if (!span_equal(claims[i].prescriber_code, claims[at].prescriber_code))
                found = claim_overlap_other;
            else if (found == NULL)
                found = claim_overlap_same;
        }
    return found;
}

static void
medicines_of_one_ingredient_whose_days_overlap_are_marked(void **state)
{
    static const char *const ingredients[] = { "x", "y", "z" };
    static const char *const prescribers[] = { "a", "b" };
    struct arena             arena;

    (void)state;
    assert_true(arena_open(&arena, 4096, 1 << 20));
    srand(4);
    for (int round = 0; round < ROUNDS; round++) {
        struct claim_line lines[CLAIMS][LINES] = { 0 };
        struct claim      claims[CLAIMS];
        for (size_t i = 0; i < CLAIMS; i++) {
            claims[i] = claim_of(CLAIM_RECEIPT, prescribers[rand() % 2], DAY_UNKNOWN);
            claims[i].is_superseded = rand() % 5 == 0;
            claims[i].lines = lines[i];
            claims[i].line_count = LINES;
            for (size_t k = 0; k < LINES; k++)
                lines[i][k] = (struct claim_line){ .ingredient = span_of(ingredients[rand() % 3]),
                                                   .done_on = DAY_0 + rand() % 60,
                                                   .times = rand() % 20 - 1 };
        }
        assert_true(drugs_mark(claims, CLAIMS, &arena));
        for (size_t i = 0; i < CLAIMS; i++)
            for (size_t k = 0; k < LINES && !claims[i].is_superseded; k++)
                assert_ptr_equal(lines[i][k].overlap, overlap_of(claims, i, k));
        arena_reset(&arena);
    }
    arena_close(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_event_the_smaller_source_counts),
        cmocka_unit_test(claims_of_one_source_all_count_and_so_do_those_without_a_prescription),
        cmocka_unit_test(whoever_prescribes_and_dispenses_is_one_event_by_its_own_code),
        cmocka_unit_test(medicines_of_one_ingredient_whose_days_overlap_are_marked),
    };
    return cmocka_run_group_tests_name("model/claim", tests, NULL, NULL);
}
