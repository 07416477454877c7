/* What a comparison calls for: every combination of verdicts, against the rules in words. */
#include "../cases.h"

#include "match/match.h"

#include <stdio.h>

static bool
fits(enum match_verdict verdict)
{
    return verdict == MATCH_SAME || verdict == MATCH_SAME_BY_RULE;
}

static bool
helps(enum match_verdict verdict)
{
    return fits(verdict) || verdict == MATCH_LOOSE;
}

static enum match_action
expected(const struct match_result *result, bool number_was_looked_up)
{
    enum match_verdict name = result->fields[MATCH_NAME].verdict;
    enum match_verdict kana = result->fields[MATCH_NAME_KANA].verdict;
    enum match_verdict birth = result->fields[MATCH_BIRTH_DATE].verdict;
    enum match_verdict sex = result->fields[MATCH_SEX].verdict;
    enum match_verdict address = result->fields[MATCH_ADDRESS].verdict;
    bool               a_name_differs = name == MATCH_DIFFERENT || kana == MATCH_DIFFERENT;

    if (birth == MATCH_DIFFERENT || sex == MATCH_DIFFERENT)
        return MATCH_SEAL_ALL;
    if (!helps(name) && !helps(kana))
        return MATCH_SEAL_CLINICAL;
    if (a_name_differs && address == MATCH_DIFFERENT)
        return MATCH_SEAL_CLINICAL;
    if (number_was_looked_up && (a_name_differs || address == MATCH_DIFFERENT))
        return MATCH_SEAL_CLINICAL;
    if (birth != MATCH_SAME || sex != MATCH_SAME || !fits(kana) || a_name_differs)
        return MATCH_REPORT;
    if (number_was_looked_up)
        return fits(name) && fits(address) ? MATCH_LINK : MATCH_REPORT;
    return fits(name) || fits(address) ? MATCH_LINK : MATCH_REPORT;
}

static struct match_result
combination(int number)
{
    struct match_result result = { .rule_version = 1 };

    for (size_t f = 0; f < MATCH_FIELD_COUNT; f++) {
        result.fields[f].verdict = (enum match_verdict)(number % MATCH_VERDICT_COUNT);
        number /= MATCH_VERDICT_COUNT;
    }
    return result;
}

enum { COMBINATIONS = 5 * 5 * 5 * 5 * 5 };

static void
every_combination_of_verdicts_calls_for_what_the_rules_say(void **state)
{
    (void)state;
    for (int i = 0; i < COMBINATIONS; i++) {
        struct match_result result = combination(i);
        char                place[128];
        struct text         text = text_in(place, sizeof place);
        match_describe(&text, &result);
        CASE_INT(place, match_decide(&result, false), expected(&result, false));
        CASE_INT(place, match_decide(&result, true), expected(&result, true));
    }
}

static void
a_looked_up_number_is_never_treated_more_mildly(void **state)
{
    (void)state;
    for (int i = 0; i < COMBINATIONS; i++) {
        struct match_result result = combination(i);
        assert_true(match_decide(&result, true) >= match_decide(&result, false));
    }
}

static void
no_link_is_made_where_a_birth_date_sex_or_name_differs_or_is_missing(void **state)
{
    (void)state;
    for (int i = 0; i < COMBINATIONS; i++) {
        struct match_result result = combination(i);
        if (match_decide(&result, false) != MATCH_LINK)
            continue;
        assert_int_equal(result.fields[MATCH_BIRTH_DATE].verdict, MATCH_SAME);
        assert_int_equal(result.fields[MATCH_SEX].verdict, MATCH_SAME);
        assert_true(fits(result.fields[MATCH_NAME_KANA].verdict));
        assert_int_not_equal(result.fields[MATCH_NAME].verdict, MATCH_DIFFERENT);
    }
}

static void
numbers_that_are_stored_stay_what_they_are(void **state)
{
    (void)state;
    assert_int_equal(MATCH_MISSING, 0);
    assert_int_equal(MATCH_SAME, 1);
    assert_int_equal(MATCH_SAME_BY_RULE, 2);
    assert_int_equal(MATCH_LOOSE, 3);
    assert_int_equal(MATCH_DIFFERENT, 4);
    assert_int_equal(MATCH_LINK, 1);
    assert_int_equal(MATCH_REPORT, 2);
    assert_int_equal(MATCH_SEAL_CLINICAL, 3);
    assert_int_equal(MATCH_SEAL_ALL, 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_of_verdicts_calls_for_what_the_rules_say),
        cmocka_unit_test(a_looked_up_number_is_never_treated_more_mildly),
        cmocka_unit_test(no_link_is_made_where_a_birth_date_sex_or_name_differs_or_is_missing),
        cmocka_unit_test(numbers_that_are_stored_stay_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
