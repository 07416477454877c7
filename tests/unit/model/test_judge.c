#include "../cases.h"

#include "model/judge.h"

enum { TODAY = 20000, TRANSITION_END = TODAY + 5 };

static const struct judge_policy policy = { .old_card_transition_end = TRANSITION_END };

static struct span
text(const char *literal)
{
    return span_of(literal);
}

static struct dossier_coverage
coverage_of(int64_t id, day_t from_on, day_t until_on)
{
    return (struct dossier_coverage){ .coverage_id = id,
                                      .insurer_number = text("06139992"),
                                      .symbol_key = text("12"),
                                      .number_key = text("0345"),
                                      .branch = text("00"),
                                      .acquired_on = from_on,
                                      .lost_on = until_on,
                                      .card_expires_on = DAY_UNKNOWN,
                                      .state = COVERAGE_IN_ORDER };
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

struct change {
    const char *name;
    day_t       from_on;
    day_t       until_on;
    int16_t     state;
    int16_t     hold;
    day_t       card_expires_on;
    bool        has_newer;
    day_t       newer_from_on;
    int16_t     newer_state;
    const char *branch;
    size_t      person_count; /* 2: a second one with the same card */
    bool        is_by_person;
    int32_t     flags;

    enum nearby_kind near_kind; /* 0: nothing is near */
    const char      *near_key;
    day_t            near_day; /* birth date, or day of the event */

    enum validity   validity;
    enum reason     reason;
    enum card_field reread;
    day_t           due_on;
    bool            is_sealed;
};

#define PAST    .from_on = TODAY - 100, .until_on = TODAY
#define OPEN    .from_on = TODAY - 100, .until_on = DAY_FOREVER
#define COMING  .from_on = TODAY + 1, .until_on = DAY_FOREVER
#define ONE     .state = COVERAGE_IN_ORDER, .person_count = 1, .card_expires_on = DAY_UNKNOWN
#define NOBODY  .card_expires_on = DAY_UNKNOWN, .person_count = 0
#define UNDATED .due_on = DAY_UNKNOWN

/* clang-format off */
static const struct change changes[] = {
    { "in force", OPEN, ONE, UNDATED, .validity = VALIDITY_VALID, .reason = REASON_IN_FORCE },
    { "its last day", .from_on = TODAY - 9, .until_on = TODAY + 1, ONE, UNDATED,
      .validity = VALIDITY_VALID, .reason = REASON_IN_FORCE },
    { "its first day", .from_on = TODAY, .until_on = DAY_FOREVER, ONE, UNDATED,
      .validity = VALIDITY_VALID, .reason = REASON_IN_FORCE },
    { "a clinical hold seals no coverage", OPEN, ONE, .hold = DOSSIER_HOLD_CLINICAL, UNDATED,
      .validity = VALIDITY_VALID, .reason = REASON_IN_FORCE },
    { "an expired card in transition", OPEN, .state = 1, .person_count = 1, .card_expires_on = TODAY - 1, UNDATED,
      .validity = VALIDITY_VALID, .reason = REASON_EXPIRED_CARD_WITHIN_TRANSITION },
    { "a card on its last day", OPEN, .state = 1, .person_count = 1, .card_expires_on = TODAY, UNDATED,
      .validity = VALIDITY_VALID, .reason = REASON_IN_FORCE },
    { "the first day after", PAST, ONE, UNDATED, .validity = VALIDITY_NOT_VALID, .reason = REASON_LOST },
    { "lost, with a newer one", PAST, ONE, .has_newer = true, .newer_from_on = TODAY, .newer_state = 1, UNDATED,
      .validity = VALIDITY_NEWER_COVERAGE, .reason = REASON_LOST },
    { "lost, the newer one starts later", PAST, ONE, .has_newer = true, .newer_from_on = TODAY + 1, .newer_state = 1,
      UNDATED, .validity = VALIDITY_NOT_VALID, .reason = REASON_LOST },
    { "lost, the newer one is sealed", PAST, ONE, .has_newer = true, .newer_from_on = TODAY, .newer_state = 2,
      UNDATED, .validity = VALIDITY_NOT_VALID, .reason = REASON_LOST },
    { "lost, but a notice is open", PAST, ONE, .near_kind = NEARBY_NOTICE, .near_day = TODAY - 3,
      .due_on = TODAY + 2, .validity = VALIDITY_NO_COVERAGE, .reason = REASON_NOTIFIED_NOT_REGISTERED },
    { "not yet started", COMING, ONE, UNDATED, .validity = VALIDITY_NOT_VALID, .reason = REASON_NOT_YET_STARTED },
    { "identity check", OPEN, .state = COVERAGE_IDENTITY_CHECK, .person_count = 1, .card_expires_on = DAY_UNKNOWN,
      UNDATED, .validity = VALIDITY_NO_COVERAGE, .reason = REASON_IDENTITY_CHECK_PENDING, .is_sealed = true },
    { "identity check of a lost one", PAST, .state = COVERAGE_IDENTITY_CHECK, .person_count = 1,
      .card_expires_on = DAY_UNKNOWN, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_IDENTITY_CHECK_PENDING, .is_sealed = true },
    { "suspended", OPEN, .state = COVERAGE_SUSPENDED, .person_count = 1, .card_expires_on = DAY_UNKNOWN, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_SUSPENDED, .is_sealed = true },
    { "a state of a later release", OPEN, .state = 9, .person_count = 1, .card_expires_on = DAY_UNKNOWN, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_SUSPENDED, .is_sealed = true },
    { "no state at all", OPEN, .state = 0, .person_count = 1, .card_expires_on = DAY_UNKNOWN, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_SUSPENDED, .is_sealed = true },
    { "a hold", OPEN, ONE, .hold = DOSSIER_HOLD_ELIGIBILITY, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_SUSPENDED, .is_sealed = true },
    { "a hold of a later release", OPEN, ONE, .hold = 9, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_SUSPENDED, .is_sealed = true },
    { "twins without a branch", OPEN, .state = 1, .person_count = 2, .card_expires_on = DAY_UNKNOWN, UNDATED,
      .validity = VALIDITY_SEVERAL, .reason = REASON_AMBIGUOUS },
    { "twins, both sealed, are two all the same", OPEN, .state = 3, .person_count = 2,
      .card_expires_on = DAY_UNKNOWN, UNDATED, .validity = VALIDITY_SEVERAL, .reason = REASON_AMBIGUOUS },
    { "the branch is another", OPEN, ONE, .branch = "07", UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_MISTYPED, .reread = CARD_FIELD_BRANCH },
    { "the branch fits", OPEN, ONE, .branch = "00", UNDATED,
      .validity = VALIDITY_VALID, .reason = REASON_IN_FORCE },
    { "by a My Number card", OPEN, ONE, .is_by_person = true, .branch = "07", UNDATED,
      .validity = VALIDITY_VALID, .reason = REASON_IN_FORCE },
    { "by a My Number card, the newer coverage", PAST, ONE, .is_by_person = true, .has_newer = true,
      .newer_from_on = TODAY, .newer_state = 1, UNDATED, .validity = VALIDITY_VALID, .reason = REASON_IN_FORCE },
    { "by a My Number card, a hold", OPEN, ONE, .is_by_person = true, .hold = DOSSIER_HOLD_ELIGIBILITY, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_SUSPENDED, .is_sealed = true },
    { "by a My Number card of nobody", NOBODY, .is_by_person = true, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_CARD_NOT_LINKED },
    { "by a My Number card, which its holder has shut", OPEN, ONE, .is_by_person = true,
      .flags = DOSSIER_REFUSES_SELF_INFORMATION, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_CARD_NOT_LINKED, .is_sealed = true },
    { "by number, the same person", OPEN, ONE, .flags = DOSSIER_REFUSES_SELF_INFORMATION, UNDATED,
      .validity = VALIDITY_VALID, .reason = REASON_IN_FORCE },
    { "nobody", NOBODY, UNDATED, .validity = VALIDITY_NO_COVERAGE, .reason = REASON_NOT_FOUND },
    { "nobody, but a notice", NOBODY, .near_kind = NEARBY_NOTICE, .near_day = TODAY, .due_on = TODAY + 2,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_NOTIFIED_NOT_REGISTERED },
    { "a notice of what happens later", NOBODY, .near_kind = NEARBY_NOTICE, .near_day = TODAY + 1, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_NOT_FOUND },
    { "another birth date, near", NOBODY, .near_kind = NEARBY_OTHER_BIRTH_DATE, .near_day = 1001, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_MISTYPED, .reread = CARD_FIELD_BIRTH_DATE },
    { "another birth date, far", NOBODY, .near_kind = NEARBY_OTHER_BIRTH_DATE, .near_day = 9876, UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_NOT_FOUND },
    { "another number, near", NOBODY, .near_kind = NEARBY_OTHER_NUMBER, .near_key = "06139992:12:354", UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_MISTYPED, .reread = CARD_FIELD_NUMBER },
    { "another number, far", NOBODY, .near_kind = NEARBY_OTHER_NUMBER, .near_key = "06139992:12:9876543", UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_NOT_FOUND },
    { "another symbol", NOBODY, .near_kind = NEARBY_OTHER_NUMBER, .near_key = "06139992:77:345", UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_MISTYPED, .reread = CARD_FIELD_SYMBOL },
    { "another insurer, near", NOBODY, .near_kind = NEARBY_OTHER_INSURER, .near_key = "06139929:12:345", UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_MISTYPED, .reread = CARD_FIELD_INSURER_NUMBER },
    { "another insurer, far", NOBODY, .near_kind = NEARBY_OTHER_INSURER, .near_key = "39131156:12:345", UNDATED,
      .validity = VALIDITY_NO_COVERAGE, .reason = REASON_NOT_FOUND },
};
/* clang-format on */

static struct verdict
verdict_of(const struct change *change, struct dossier persons[2])
{
    static struct dossier_coverage coverages[2];
    static struct nearby           near;
    static struct judge_question   question;

    question = question_of();
    question.branch = text(change->branch);
    question.is_by_person = change->is_by_person;
    coverages[0] = coverage_of(1, change->from_on, change->until_on);
    coverages[0].state = change->state;
    coverages[0].card_expires_on = change->card_expires_on;
    coverages[1] = coverage_of(2, change->newer_from_on, DAY_FOREVER);
    coverages[1].insurer_number = text("01129998");
    coverages[1].state = change->newer_state;
    for (int i = 0; i < 2; i++)
        persons[i] = (struct dossier){ .person_id = i + 1,
                                       .hold = change->hold,
                                       .flags = change->flags,
                                       .coverages = coverages,
                                       .coverage_count = change->has_newer ? 2 : 1 };
    near = (struct nearby){ .kind = change->near_kind,
                            .card_key = text(change->near_key),
                            .birth_date = change->near_day,
                            .event_on = change->near_day,
                            .due_on = TODAY + 2 };
    struct judge_case matter = { .question = &question,
                                 .persons = persons,
                                 .person_count = change->person_count,
                                 .nearby = &near,
                                 .nearby_count = change->near_kind != 0,
                                 .has_looked_around = true };
    return judge(&matter, &policy);
}

static void
every_matter_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const struct change *change = &changes[i];
        struct dossier       persons[2];
        struct verdict       verdict = verdict_of(change, persons);
        bool                 is_shown = reason_info(change->reason)->shows_person;
        CASE_INT(change->name, verdict.reason, change->reason);
        CASE_INT(change->name, verdict.validity, change->validity);
        CASE_INT(change->name, verdict.reread, change->reread);
        CASE_INT(change->name, verdict.due_on, change->due_on);
        CASE_TRUE(change->name, (verdict.person != NULL) == is_shown);
        CASE_TRUE(change->name, (verdict.coverage != NULL) == is_shown);
        CASE_TRUE(change->name, (verdict.sealed != NULL) == change->is_sealed);
    }
}

static void
the_table_above_has_every_reason_and_every_validity_we_give(void **state)
{
    (void)state;
    for (int reason = REASON_UNSET + 1; reason < REASON_COUNT; reason++) {
        size_t seen = 0;
        for (size_t i = 0; i < ARRAY_LEN(changes); i++)
            seen += changes[i].reason == (enum reason)reason;
        CASE_TRUE(reason_info((enum reason)reason)->name, seen > 0);
    }
    for (int validity = VALIDITY_VALID; validity <= VALIDITY_SEVERAL; validity++) {
        size_t seen = 0;
        for (size_t i = 0; i < ARRAY_LEN(changes); i++)
            seen += changes[i].validity == (enum validity)validity;
        CASE_TRUE("a validity without a case", seen > 0);
    }
}

static void
an_expired_card_is_told_apart_until_the_transition_ends(void **state)
{
    struct dossier_coverage coverage = coverage_of(1, 0, DAY_FOREVER);
    struct dossier          person = { .coverages = &coverage, .coverage_count = 1 };
    struct judge_question   question = question_of();
    struct judge_case matter = { .question = &question, .persons = &person, .person_count = 1 };

    (void)state;
    coverage.card_expires_on = TODAY - 1;
    question.asked_on = TRANSITION_END;
    assert_int_equal(judge(&matter, &policy).reason, REASON_EXPIRED_CARD_WITHIN_TRANSITION);
    question.asked_on = TRANSITION_END + 1;
    assert_int_equal(judge(&matter, &policy).reason, REASON_IN_FORCE);
}

static void
names_of_reasons_and_fields_are_each_others_inverse_and_differ(void **state)
{
    (void)state;
    for (int i = CARD_FIELD_NONE + 1; i < CARD_FIELD_COUNT; i++)
        assert_int_equal(card_field_of(span_of(card_field_name((enum card_field)i))), i);
    assert_int_equal(card_field_of(span_of("")), CARD_FIELD_NONE);
    assert_int_equal(card_field_of(span_of("2026-11-23")), CARD_FIELD_NONE);
    for (int i = 0; i < REASON_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(reason_info((enum reason)i)->name,
                                    reason_info((enum reason)j)->name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_matter_has_its_verdict),
        cmocka_unit_test(the_table_above_has_every_reason_and_every_validity_we_give),
        cmocka_unit_test(an_expired_card_is_told_apart_until_the_transition_ends),
        cmocka_unit_test(names_of_reasons_and_fields_are_each_others_inverse_and_differ),
    };
    return cmocka_run_group_tests_name("model/judge", tests, NULL, NULL);
}
