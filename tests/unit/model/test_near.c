#include "../cases.h"

#include "model/day.h"
#include "model/near.h"

static enum slip
mirrored(enum slip slip)
{
    if (slip == SLIP_ONE_MISSING)
        return SLIP_ONE_EXTRA;
    return slip == SLIP_ONE_EXTRA ? SLIP_ONE_MISSING : slip;
}

static void
near_text_names_the_slip_of_the_hand(void **state)
{
    static const struct {
        const char *typed;
        const char *held;
        enum slip   slip;
    } cases[] = {
        { "1987654", "1987654", SLIP_NONE },
        { "", "", SLIP_NONE },
        { "1987654", "1987655", SLIP_ONE_DIGIT },
        { "2987654", "1987654", SLIP_ONE_DIGIT },
        { "1", "2", SLIP_ONE_DIGIT },
        { "1978654", "1987654", SLIP_TRANSPOSED },
        { "1987645", "1987654", SLIP_TRANSPOSED },
        { "198754", "1987654", SLIP_ONE_MISSING },
        { "987654", "1987654", SLIP_ONE_MISSING },
        { "198765", "1987654", SLIP_ONE_MISSING },
        { "19987654", "1987654", SLIP_ONE_EXTRA },
        { "19876544", "1987654", SLIP_ONE_EXTRA },
        { "4987651", "1987654", SLIP_SAME_DIGITS },
        { "1234", "4321", SLIP_SAME_DIGITS },
        { "1987600", "1987654", SLIP_NONE },
        { "19876", "1987654", SLIP_NONE },
        { "1234", "12", SLIP_NONE },
        { "アイウ", "アイエ", SLIP_ONE_DIGIT }, /* one character, whatever its bytes */
        { "イアウ", "アイウ", SLIP_TRANSPOSED },
        { "アウ", "アイウ", SLIP_ONE_MISSING },
        { "", "7", SLIP_ONE_MISSING },
        { "\xff", "1", SLIP_NONE },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct span typed = span_of(cases[i].typed), held = span_of(cases[i].held);
        CASE_INT(cases[i].typed, near_text(typed, held), cases[i].slip);
        CASE_INT(cases[i].typed, near_text(held, typed), mirrored(cases[i].slip));
    }
}

static void
texts_of_more_than_64_characters_are_never_near(void **state)
{
    char a[NEAR_CHARS_MAX + 2], b[NEAR_CHARS_MAX + 2];

    (void)state;
    memset(a, '1', sizeof a);
    memset(b, '1', sizeof b);
    b[0] = '2';
    assert_int_equal(near_text(span_make(a, NEAR_CHARS_MAX), span_make(b, NEAR_CHARS_MAX)),
                     SLIP_ONE_DIGIT);
    assert_int_equal(near_text(span_make(a, NEAR_CHARS_MAX + 1), span_make(b, NEAR_CHARS_MAX + 1)),
                     SLIP_NONE);
}

static void
every_single_slip_of_a_number_is_near(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        char   held[8], typed[9];
        size_t at = random_below(&seed, 8);
        random_digits(&seed, held, sizeof held);
        memcpy(typed, held, sizeof held);
        typed[at] = (char)('0' + (held[at] - '0' + 1 + random_below(&seed, 9)) % 10);
        assert_int_equal(near_text(span_make(typed, 8), span_make(held, 8)), SLIP_ONE_DIGIT);
        memmove(typed + at, held + at + 1, 7 - at);
        assert_int_equal(near_text(span_make(typed, 7), span_make(held, 8)), SLIP_ONE_MISSING);
        memcpy(typed, held, at + 1);
        memcpy(typed + at + 1, held + at, 8 - at);
        assert_int_equal(near_text(span_make(typed, 9), span_make(held, 8)), SLIP_ONE_EXTRA);
    }
}

static void
near_day_names_the_slip_in_a_birth_date(void **state)
{
    static const struct {
        struct civil typed;
        struct civil held;
        enum slip    slip;
    } cases[] = {
        { { 1975, 3, 4 }, { 1975, 3, 4 }, SLIP_NONE },
        { { 1975, 4, 3 }, { 1975, 3, 4 }, SLIP_DAY_AND_MONTH },
        { { 1975, 3, 5 }, { 1975, 3, 4 }, SLIP_ONE_DIGIT },
        { { 1976, 3, 4 }, { 1975, 3, 4 }, SLIP_ONE_DIGIT },
        { { 1957, 3, 4 }, { 1975, 3, 4 }, SLIP_TRANSPOSED },
        { { 1975, 3, 12 }, { 1975, 3, 21 }, SLIP_TRANSPOSED },
        { { 2018, 3, 4 }, { 1955, 3, 4 }, SLIP_ERA }, /* Heisei 30 for Showa 30 */
        { { 1955, 3, 4 }, { 1941, 3, 4 }, SLIP_NONE },
        { { 1921, 3, 4 }, { 1935, 3, 4 }, SLIP_ERA }, /* Taisho 10 for Showa 10 */
        { { 2021, 3, 4 }, { 1991, 3, 4 }, SLIP_ERA }, /* Reiwa 3 for Heisei 3 */
        { { 1950, 3, 4 }, { 1975, 3, 4 }, SLIP_ERA }, /* Showa 50 typed as 1950 */
        { { 1975, 3, 4 }, { 1950, 3, 4 }, SLIP_ERA },
        { { 2018, 3, 5 }, { 1955, 3, 4 }, SLIP_NONE }, /* the day must agree */
        { { 1975, 3, 4 }, { 1986, 7, 21 }, SLIP_NONE },
        { { 1975, 3, 14 }, { 1975, 4, 13 }, SLIP_NONE },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char  name[DAY_ISO_SIZE];
        day_t typed = day_from_civil(cases[i].typed), held = day_from_civil(cases[i].held);
        day_format_iso(typed, name);
        CASE_INT(name, near_day(typed, held), cases[i].slip);
        CASE_INT(name, near_day(held, typed), cases[i].slip);
    }
}

static void
days_that_are_not_known_are_never_near(void **state)
{
    (void)state;
    assert_int_equal(near_day(DAY_UNKNOWN, 0), SLIP_NONE);
    assert_int_equal(near_day(0, DAY_FOREVER), SLIP_NONE);
    assert_int_equal(near_day(DAY_UNKNOWN, DAY_FOREVER), SLIP_NONE);
}

/* What is near must say something: most birth dates are not near a given one. */
static void
few_birth_dates_are_near_a_given_one(void **state)
{
    day_t given = day_from_civil((struct civil){ 1975, 3, 4 });
    int   near = 0;

    (void)state;
    for (day_t day = day_from_civil((struct civil){ 1920, 1, 1 });
         day < day_from_civil((struct civil){ 2026, 1, 1 }); day++)
        near += near_day(day, given) != SLIP_NONE;
    assert_in_range(near, 30, 60); /* of 38,717 */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_text_names_the_slip_of_the_hand),
        cmocka_unit_test(texts_of_more_than_64_characters_are_never_near),
        cmocka_unit_test(every_single_slip_of_a_number_is_near),
        cmocka_unit_test(near_day_names_the_slip_in_a_birth_date),
        cmocka_unit_test(days_that_are_not_known_are_never_near),
        cmocka_unit_test(few_birth_dates_are_near_a_given_one),
    };
    return cmocka_run_group_tests_name("model/near", tests, NULL, NULL);
}
