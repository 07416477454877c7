#include "vectors.h"

#include "rule/rules.h"

enum { APRIL_30_TO_DUE = 20580 /* 2026-05-07 */, ORDINARY_CLOCK_DAYS = 5 };

static struct rule_context
context_of(const struct vector *vector)
{
    struct rule_context context = rows_context(vector->insurer);

    if (vector->surroundings == REAL_NUMBERS)
        context.numbers_are_synthetic = false;
    if (vector->surroundings == INSURER_OF_2026) {
        context.insurer_from = 20544;  /* 2026-04-01 */
        context.insurer_until = 20909; /* 2027-04-01 */
    }
    if (vector->surroundings == GOLDEN_WEEK)
        context.today = APRIL_30_TO_DUE;
    return context;
}

static void
judge(const struct vector *vector, const char *changes, struct findings *findings)
{
    struct rule_context context = context_of(vector);
    struct rule_file file = { .same_days = vector->surroundings == THIRD_ROW ? SAME_DAYS_MAX : 0 };
    struct enrolment_row row;
    struct row_clock     clock;
    struct rows          rows;
    char                 text[ROWS_TEXT_MAX];

    snprintf(text, sizeof(text), "%s%s", vector->base, changes);
    rows_fill(&rows, text, &row, findings);
    judge_row(&context, &file, &row, &clock, findings);
}

static void
name_of(size_t number, char name[64])
{
    char rule[RULE_ID_SIZE];
    rule_id_text(vectors[number].rule, rule);
    snprintf(name, 64, "%s, vector %zu", rule, number);
}

static void
sound_rows_have_no_finding(void **state)
{
    static const struct {
        const char *insurer;
        const char *text;
    } cases[] = {
        { ROWS_SOCIETY, ROWS_ACQUIRE },
        { ROWS_OLD_AGE, ROWS_OLD_ACQUIRE },
        { ROWS_ASSISTANCE,
          ROWS_ACQUIRE "|branch_number=|relation=|burden_ratio=000|card_class=A1" },
        { ROWS_NATIONAL, ROWS_ACQUIRE "|symbol=|insurer_number=139014" },
        { ROWS_SOCIETY, ROWS_CHANGE },
        { ROWS_SOCIETY, ROWS_LOSE },
        { ROWS_SOCIETY, ROWS_CANCEL },
        { ROWS_SOCIETY, ROWS_CEILING },
        { ROWS_SOCIETY, ROWS_ELDERLY },
        { ROWS_SOCIETY, ROWS_DISEASE },
        { ROWS_SOCIETY, ROWS_BENEFIT },
        { ROWS_SOCIETY, ROWS_CERTIFICATE },
        { ROWS_SOCIETY, ROWS_CHECKUP },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct vector   vector = { .insurer = cases[i].insurer, .base = cases[i].text };
        struct findings findings;
        char            first[RULE_ID_SIZE] = "";
        judge(&vector, "", &findings);
        if (findings.count > 0)
            rule_id_text(findings.items[0].rule, first);
        CASE_TEXT(cases[i].text, first, "");
    }
}

static void
every_rule_hears_what_breaks_it_and_lets_pass_what_just_does_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct findings findings;
        char            name[64];
        name_of(i, name);
        judge(&vectors[i], vectors[i].breaks, &findings);
        CASE_TRUE(name, rows_found(&findings, vectors[i].rule, vectors[i].field));
        CASE_TRUE(name, findings.worst >= (unsigned)rule_info(vectors[i].rule)->severity);
        struct vector sound = vectors[i];
        if (sound.passes == NULL)
            sound.insurer = ROWS_SOCIETY;
        judge(&sound, sound.passes == NULL ? "" : sound.passes, &findings);
        CASE_INT(name, rows_found(&findings, vectors[i].rule, vectors[i].field), false);
    }
}

/* What the reader finds is broken in the tests of the reader. */
static bool
is_of_the_reader(enum rule_id id)
{
    return id == RULE_ROW_BROKEN || id == RULE_MEMBER_UNKNOWN || id == RULE_MEMBER_TWICE;
}

static void
every_rule_that_rows_are_judged_by_is_broken_by_some_vector_and_no_other_ever_is(void **state)
{
    (void)state;
    for (enum rule_id id = RULE_NONE + 1; id < RULE_COUNT; id++) {
        enum decided decided = rule_info(id)->decided;
        bool         is_broken = false;
        char         name[RULE_ID_SIZE];
        rule_id_text(id, name);
        for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
            struct findings findings;
            judge(&vectors[i], vectors[i].breaks, &findings);
            is_broken |= rows_found(&findings, id, ROWS_ANY_FIELD);
        }
        CASE_INT(name, is_broken,
                 (decided == DECIDED_ROW || decided == DECIDED_FILE) && !is_of_the_reader(id));
    }
}

static void
days_that_are_due_are_those_of_the_civil_code(void **state)
{
    static const struct {
        const char *received_on;
        const char *due_on;
        const char *plain_due_on;
    } cases[] = {
        { "2026-04-01", "2026-04-06", "2026-04-06" }, { "2026-04-28", "2026-05-07", "2026-05-03" },
        { "2026-12-28", "2027-01-04", "2027-01-02" }, { "2023-05-31", "", "" },
        { "2023-06-01", "2023-06-06", "2023-06-06" }, { "", "", "" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rule_context  context = rows_context(ROWS_SOCIETY);
        struct rule_file     file = { 0 };
        struct rows          rows;
        struct enrolment_row row;
        struct findings      findings;
        struct row_clock     clock;
        char                 text[ROWS_TEXT_MAX];
        char                 day[DAY_ISO_SIZE];
        snprintf(text, sizeof(text), "%s|notice_received_on=%s", ROWS_ACQUIRE,
                 cases[i].received_on);
        rows_fill(&rows, text, &row, &findings);
        judge_row(&context, &file, &row, &clock, &findings);
        day_format_iso(clock.due_on, day);
        CASE_TEXT(cases[i].received_on, day, cases[i].due_on);
        day_format_iso(clock.plain_due_on, day);
        CASE_TEXT(cases[i].received_on, day, cases[i].plain_due_on);
    }
}

static void
the_first_two_rows_of_one_day_raise_no_doubt_and_the_third_does(void **state)
{
    struct rule_context  context = rows_context(ROWS_SOCIETY);
    struct rule_file     file = { 0 };
    struct rows          rows;
    struct enrolment_row row;
    struct findings      findings;
    struct row_clock     clock;
    (void)state;
    for (int i = 1; i <= 4; i++) {
        rows_fill(&rows, ROWS_ACQUIRE "|acquired_on=2026-11-25|card_issued_on=2026-11-25", &row,
                  &findings);
        judge_row(&context, &file, &row, &clock, &findings);
        CASE_INT("row", rows_found(&findings, RULE_SAME_DAYS, ROWS_ANY_FIELD), i > SAME_DAYS_MAX);
    }
}

static void
parameters_hold_from_their_day_on_and_those_that_no_rule_reads_are_passed_over(void **state)
{
    static struct policies policies;
    (void)state;
    rows_policies(&policies);
    assert_int_equal(policy_on(&policies, POLICY_REGISTRATION_DUE_DAYS, 19508), POLICY_UNKNOWN);
    assert_int_equal(policy_on(&policies, POLICY_REGISTRATION_DUE_DAYS, 19509), 5);
    assert_int_equal(policies_add(&policies, span_of("registration_due_days"), 19000, span_of("7")),
                     FAULT_NONE);
    assert_int_equal(policy_on(&policies, POLICY_REGISTRATION_DUE_DAYS, 19508), 7);
    assert_int_equal(policy_on(&policies, POLICY_REGISTRATION_DUE_DAYS, 19509), 5);
    assert_int_equal(policy_on(&policies, POLICY_OLD_CARD_ISSUED_UNTIL, ROWS_TODAY), 20058);
    assert_int_equal(
        policies_add(&policies, span_of("registration_due_days"), 21000, span_of("five")),
        FAULT_FIELD_MALFORMED);
    for (int i = 0; i < POLICY_ROWS_MAX - 2; i++)
        assert_int_equal(policies_add(&policies, span_of("registration_due_days"), i, span_of("5")),
                         FAULT_NONE);
    assert_int_equal(policies_add(&policies, span_of("registration_due_days"), 99, span_of("5")),
                     FAULT_FIELD_MALFORMED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_rows_have_no_finding),
        cmocka_unit_test(every_rule_hears_what_breaks_it_and_lets_pass_what_just_does_not),
        cmocka_unit_test(
            every_rule_that_rows_are_judged_by_is_broken_by_some_vector_and_no_other_ever_is),
        cmocka_unit_test(days_that_are_due_are_those_of_the_civil_code),
        cmocka_unit_test(the_first_two_rows_of_one_day_raise_no_doubt_and_the_third_does),
        cmocka_unit_test(
            parameters_hold_from_their_day_on_and_those_that_no_rule_reads_are_passed_over),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
