/* What holds of the judge's verdict whatever is asked and whatever is held; cases by chance. */
#include "../cases.h"

#include "model/judge.h"

enum {
    TODAY = 20000,
    PERSONS_MAX = 5,
    COVERAGES_MAX = 4,
    NEARBY_MAX = 4,
    ROUNDS = 2000,
    TRANSITION_END = TODAY + 5
};

static const struct judge_policy policy = { .old_card_transition_end = TRANSITION_END };

static struct span
text(const char *literal)
{
    return span_of(literal);
}

static struct judge_question
question_of(void)
{
    return (struct judge_question){ .insurer_number = text("06139992"),
                                    .symbol_key = text("12"),
                                    .number_key = text("0345"),
                                    .card_key = text("06139992:12:345"),
                                    .birth_date = 1000,
                                    .asked_on = TODAY };
}

struct world {
    struct judge_question   question;
    struct dossier_coverage coverages[PERSONS_MAX][COVERAGES_MAX];
    struct dossier          persons[PERSONS_MAX];
    struct nearby           nearby[NEARBY_MAX];
    struct judge_case       matter;
};

static const char *
one_of(uint64_t *seed, const char *const *words, uint32_t count)
{
    return words[random_below(seed, count)];
}

/* Few words, so that cards collide. */
static void
random_card(uint64_t *seed, struct span *insurer, struct span *symbol, struct span *number,
            struct span *branch)
{
    static const char *const insurers[] = { "06139992", "06139992", "06139992", "01129998" };
    static const char *const symbols[] = { "12", "12", "012", "" };
    static const char *const numbers[] = { "345", "345", "0345", "346" };
    static const char *const branches[] = { "", "", "00", "01" };

    *insurer = text(one_of(seed, insurers, 4));
    *symbol = text(one_of(seed, symbols, 4));
    *number = text(one_of(seed, numbers, 4));
    *branch = text(one_of(seed, branches, 4));
}

static day_t
random_day(uint64_t *seed)
{
    return TODAY - 5 + (day_t)random_below(seed, 11);
}

static void
random_coverage(uint64_t *seed, struct dossier_coverage *coverage, int64_t id)
{
    static const int16_t states[] = { 1, 1, 1, 1, 2, 3, 0, 4 };

    *coverage = (struct dossier_coverage){ .coverage_id = id };
    random_card(seed, &coverage->insurer_number, &coverage->symbol_key, &coverage->number_key,
                &coverage->branch);
    coverage->state = states[random_below(seed, ARRAY_LEN(states))];
    coverage->acquired_on = random_day(seed);
    coverage->lost_on = random_below(seed, 2) == 0
                            ? DAY_FOREVER
                            : coverage->acquired_on + 1 + (day_t)random_below(seed, 8);
    coverage->card_expires_on = random_below(seed, 2) == 0 ? DAY_UNKNOWN : random_day(seed);
}

static void
random_nearby(uint64_t *seed, struct nearby *near)
{
    static const char *const keys[] = { "06139992:12:354", "06139992:77:345", "06139929:12:345",
                                        "39131156:12:345" };

    *near =
        (struct nearby){ .kind = (enum nearby_kind)(1 + random_below(seed, 4)),
                         .card_key = text(one_of(seed, keys, 4)),
                         .birth_date = 1000 + (day_t)random_below(seed, 3),
                         .event_on = random_below(seed, 4) == 0 ? DAY_UNKNOWN : random_day(seed),
                         .due_on = random_below(seed, 4) == 0 ? DAY_UNKNOWN : random_day(seed) };
}

static void
random_world(uint64_t *seed, struct world *world)
{
    static const int16_t holds[] = { 0, 0, 0, 0, 1, 2, 3 };

    world->question = question_of();
    random_card(seed, &world->question.insurer_number, &world->question.symbol_key,
                &world->question.number_key, &world->question.branch);
    world->matter = (struct judge_case){ .question = &world->question,
                                         .persons = world->persons,
                                         .person_count = random_below(seed, PERSONS_MAX),
                                         .nearby = world->nearby,
                                         .nearby_count = random_below(seed, NEARBY_MAX + 1),
                                         .has_looked_around = random_below(seed, 2) == 0 };
    for (size_t i = 0; i < PERSONS_MAX; i++) {
        size_t count = random_below(seed, COVERAGES_MAX + 1);
        for (size_t j = 0; j < count; j++)
            random_coverage(seed, &world->coverages[i][j], (int64_t)(i * COVERAGES_MAX + j + 1));
        world->persons[i] = (struct dossier){ .person_id = (int64_t)i + 1,
                                              .hold = holds[random_below(seed, ARRAY_LEN(holds))],
                                              .coverages = world->coverages[i],
                                              .coverage_count = count };
    }
    for (size_t i = 0; i < world->matter.nearby_count; i++)
        random_nearby(seed, &world->nearby[i]);
}

static void
shuffle(uint64_t *seed, void *items, size_t count, size_t size)
{
    char held[sizeof(struct dossier_coverage)];

    assert_true(size <= sizeof held);
    for (size_t i = count; i > 1; i--) {
        char *last = (char *)items + (i - 1) * size;
        char *other = (char *)items + random_below(seed, (uint32_t)i) * size;
        memcpy(held, last, size);
        memcpy(last, other, size);
        memcpy(other, held, size);
    }
}

static int64_t
person_id_of(const struct dossier *person)
{
    return person == NULL ? 0 : person->person_id;
}

static void
check_shape(const struct world *world, const struct verdict *verdict)
{
    bool is_shown = reason_info(verdict->reason)->shows_person;

    assert_true(verdict->reason > REASON_UNSET && verdict->reason < REASON_COUNT);
    assert_true(verdict->validity >= VALIDITY_VALID && verdict->validity <= VALIDITY_SEVERAL);
    assert_true((verdict->person != NULL) == is_shown);
    assert_true((verdict->coverage != NULL) == is_shown);
    assert_true((verdict->reread != CARD_FIELD_NONE) == (verdict->reason == REASON_MISTYPED));
    assert_true((verdict->reason == REASON_AMBIGUOUS) == (verdict->validity == VALIDITY_SEVERAL));
    assert_true(verdict->person == NULL || verdict->sealed == NULL);
    if (!is_shown)
        return;
    assert_int_equal(verdict->coverage->state, COVERAGE_IN_ORDER);
    assert_true(verdict->person->hold == DOSSIER_HOLD_NONE
                || verdict->person->hold == DOSSIER_HOLD_CLINICAL);
    assert_true(span_equal(verdict->coverage->insurer_number, world->question.insurer_number));
    assert_true((verdict->validity == VALIDITY_VALID)
                == period_holds(verdict->coverage->acquired_on, verdict->coverage->lost_on, TODAY));
}

static void
whatever_is_held_a_verdict_has_a_reason_and_shows_only_what_is_in_order(void **state)
{
    uint64_t     seed = 20261123;
    struct world world;
    int          shown = 0, sealed = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_world(&seed, &world);
        struct verdict verdict = judge(&world.matter, &policy);
        check_shape(&world, &verdict);
        shown += verdict.person != NULL;
        sealed += verdict.sealed != NULL;
    }
    assert_true(shown > ROUNDS / 20 && sealed > ROUNDS / 40); /* else this showed nothing */
}

static void
the_order_in_which_things_come_does_not_matter(void **state)
{
    uint64_t     seed = 17;
    struct world world;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_world(&seed, &world);
        struct verdict first = judge(&world.matter, &policy);
        int64_t        person = person_id_of(first.person), sealed = person_id_of(first.sealed);
        int64_t        coverage = first.coverage == NULL ? 0 : first.coverage->coverage_id;
        for (size_t i = 0; i < world.matter.person_count; i++)
            shuffle(&seed, world.persons[i].coverages, world.persons[i].coverage_count,
                    sizeof world.coverages[0][0]);
        shuffle(&seed, world.persons, world.matter.person_count, sizeof world.persons[0]);
        shuffle(&seed, world.nearby, world.matter.nearby_count, sizeof world.nearby[0]);
        struct verdict again = judge(&world.matter, &policy);
        assert_int_equal(again.reason, first.reason);
        assert_int_equal(again.validity, first.validity);
        assert_int_equal(again.reread, first.reread);
        assert_int_equal(again.due_on, first.due_on);
        assert_int_equal(person_id_of(again.person), person);
        assert_int_equal(person_id_of(again.sealed), sealed);
        assert_int_equal(again.coverage == NULL ? 0 : again.coverage->coverage_id, coverage);
    }
}

/* Whoever is found, shown or sealed: with a second one of the same card nobody is. */
static void
two_who_fit_equally_well_are_never_narrowed_to_one(void **state)
{
    uint64_t     seed = 4711;
    struct world world;
    int          found = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_world(&seed, &world);
        struct verdict        verdict = judge(&world.matter, &policy);
        const struct dossier *person = verdict.person != NULL ? verdict.person : verdict.sealed;
        if (person == NULL)
            continue;
        found++;
        struct dossier *twin = &world.persons[world.matter.person_count++];
        *twin = *person;
        twin->person_id = 99;
        twin->hold = (int16_t)random_below(&seed, 3);
        verdict = judge(&world.matter, &policy);
        assert_int_equal(verdict.reason, REASON_AMBIGUOUS);
        assert_int_equal(verdict.validity, VALIDITY_SEVERAL);
        assert_null(verdict.person);
        assert_null(verdict.coverage);
        assert_null(verdict.sealed);
    }
    assert_true(found > ROUNDS / 10);
}

static void
a_hold_seals_whoever_was_shown(void **state)
{
    uint64_t     seed = 815;
    struct world world;
    int          shown = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_world(&seed, &world);
        struct verdict verdict = judge(&world.matter, &policy);
        if (verdict.person == NULL)
            continue;
        shown++;
        size_t at = (size_t)(verdict.person - world.persons);
        world.persons[at].hold = DOSSIER_HOLD_ELIGIBILITY;
        verdict = judge(&world.matter, &policy);
        assert_int_equal(verdict.reason, REASON_SUSPENDED);
        assert_int_equal(verdict.validity, VALIDITY_NO_COVERAGE);
        assert_null(verdict.person);
        assert_ptr_equal(verdict.sealed, &world.persons[at]);
    }
    assert_true(shown > ROUNDS / 20);
}

static void
judge_person_gives_either_a_person_or_a_reason_that_shows_none(void **state)
{
    uint64_t     seed = 7;
    struct world world;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_world(&seed, &world);
        struct verdict verdict = judge_person(&world.matter);
        assert_null(verdict.coverage);
        if (verdict.person != NULL)
            assert_int_equal(verdict.reason, REASON_UNSET);
        else
            assert_true(verdict.reason != REASON_UNSET
                        && !reason_info(verdict.reason)->shows_person);
    }
}

static void
nobody_looks_around_twice_or_for_who_is_covered_or_sealed(void **state)
{
    uint64_t     seed = 99;
    struct world world;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_world(&seed, &world);
        bool must = judge_must_look_around(&world.matter);
        assert_false(must && world.matter.has_looked_around);
        struct verdict verdict = judge(&world.matter, &policy);
        assert_false(must && (verdict.validity == VALIDITY_VALID || verdict.sealed != NULL));
        world.matter.has_looked_around = false;
        world.matter.nearby_count = 0;
        if (judge(&world.matter, &policy).reason == REASON_NOT_FOUND)
            assert_true(judge_must_look_around(&world.matter));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_held_a_verdict_has_a_reason_and_shows_only_what_is_in_order),
        cmocka_unit_test(the_order_in_which_things_come_does_not_matter),
        cmocka_unit_test(two_who_fit_equally_well_are_never_narrowed_to_one),
        cmocka_unit_test(a_hold_seals_whoever_was_shown),
        cmocka_unit_test(judge_person_gives_either_a_person_or_a_reason_that_shows_none),
        cmocka_unit_test(nobody_looks_around_twice_or_for_who_is_covered_or_sealed),
    };
    return cmocka_run_group_tests_name("model/judge_properties", tests, NULL, NULL);
}
