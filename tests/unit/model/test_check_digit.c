#include "../cases.h"

#include "model/check_digit.h"

static const char *const sound_numbers[] = {
    "06130488", "01130012", "01040013", "33120015",   "54016027", "88138243", "81136244",
    "81137242", "88131248", "89131247", "81231003",   "85231009", "80231004", "89231005",
    "90232224", "92232222", "93232221", "0110113719", "139998",   "00139998",
};

static void
published_numbers_have_the_check_digit_they_carry(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sound_numbers); i++)
        CASE_TRUE(sound_numbers[i], check_digit_fits(span_of(sound_numbers[i])));
}

static void
numbers_with_a_wrong_last_digit_do_not_fit(void **state)
{
    static const char *const wrong[] = { "06130480", "01130013", "0110113718", "139990" };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CASE_TRUE(wrong[i], !check_digit_fits(span_of(wrong[i])));
}

static void
what_is_not_digits_never_fits(void **state)
{
    static const char *const wrong[] = { "",         "0",       "0613048a", "０６１３０４８８",
                                         "-6130488", "061304 8" };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CASE_TRUE(wrong[i], !check_digit_fits(span_of(wrong[i])));
}

static void
every_single_wrong_digit_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sound_numbers); i++) {
        char   place[16] = "";
        size_t length = strlen(sound_numbers[i]);
        memcpy(place, sound_numbers[i], length);
        for (size_t at = 0; at < length; at++) {
            for (char digit = '0'; digit <= '9'; digit++) {
                place[at] = digit;
                CASE_INT(place, check_digit_fits(span_make(place, length)),
                         digit == sound_numbers[i][at]);
            }
            place[at] = sound_numbers[i][at];
        }
    }
}

static void
of_neighbours_that_change_places_only_0_and_9_go_unnoticed(void **state)
{
    uint64_t seed = 20261123;

    (void)state;
    for (int round = 0; round < 5000; round++) {
        char number[8];
        random_digits(&seed, number, 7);
        number[7] = check_digit_of(span_make(number, 7));
        for (size_t at = 0; at + 1 < 7; at++) {
            char a = number[at], b = number[at + 1];
            bool is_blind = a == b || (a == '0' && b == '9') || (a == '9' && b == '0');
            number[at] = b;
            number[at + 1] = a;
            assert_int_equal(check_digit_fits(span_make(number, 8)), is_blind);
            number[at] = a;
            number[at + 1] = b;
        }
    }
}

static void
leading_zeros_leave_the_check_digit_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(check_digit_of(span_of("13001")), '3');
    assert_int_equal(check_digit_of(span_of("0013001")), '3');
}

static void
personal_numbers_fit_only_with_their_own_check_digit(void **state)
{
    static const struct {
        const char *number;
        bool        fits;
    } cases[] = {
        { "983205673214", true },   { "123456789018", true },   { "111111111118", true },
        { "983205673210", false },  { "123456789012", false },  { "98320567321", false },
        { "9832056732144", false }, { "98320567321４", false }, { "", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_INT(cases[i].number, personal_number_fits(span_of(cases[i].number)), cases[i].fits);
}

static void
a_remainder_of_0_or_1_gives_a_check_digit_of_0(void **state)
{
    (void)state;
    assert_int_equal(personal_number_check_digit(span_of("00000000000")), '0'); /* remainder 0 */
    assert_int_equal(personal_number_check_digit(span_of("20000000000")), '0'); /* remainder 1 */
    assert_int_equal(personal_number_check_digit(span_of("00000000001")), '9'); /* remainder 2 */
}

static void
a_synthetic_number_is_never_a_real_one(void **state)
{
    uint64_t seed = 42;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        char number[12];
        random_digits(&seed, number, 11);
        char real = personal_number_check_digit(span_make(number, 11));
        for (char digit = '0'; digit <= '9'; digit++) {
            number[11] = digit;
            struct span span = span_make(number, 12);
            assert_int_equal(personal_number_fits(span), digit == real);
            assert_int_equal(personal_number_is_synthetic(span),
                             digit == '0' + (real - '0' + 5) % 10);
        }
    }
}

static void
a_personal_number_is_recognised_however_it_is_typed(void **state)
{
    static const struct {
        const char *raw;
        bool        is_shaped;
    } cases[] = {
        { "123456789018", true },
        { "123456789013", true }, /* synthetic: 8 + 5 */
        { "1234 5678 9018", true },
        { "1234-5678-9018", true },
        { "１２３４５６７８９０１８", true },
        { "１２３４－５６７８－９０１３", true },
        { "　123456789018　", true },
        { "123456789012", false },
        { "12345678901", false },
        { "1234567890181", false },
        { "12345678901A", false },
        { "", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_INT(cases[i].raw, personal_number_is_shaped(span_of(cases[i].raw)),
                 cases[i].is_shaped);
}

static void
municipality_codes_fit_only_with_their_check_digit(void **state)
{
    static const struct {
        const char *code;
        bool        fits;
    } cases[] = {
        { "131016", true },  { "011002", true }, { "231002", true },   { "472018", true },
        { "131015", false }, { "13101", false }, { "1310166", false }, { "13101a", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_INT(cases[i].code, municipality_code_fits(span_of(cases[i].code)), cases[i].fits);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_numbers_have_the_check_digit_they_carry),
        cmocka_unit_test(numbers_with_a_wrong_last_digit_do_not_fit),
        cmocka_unit_test(what_is_not_digits_never_fits),
        cmocka_unit_test(every_single_wrong_digit_is_noticed),
        cmocka_unit_test(of_neighbours_that_change_places_only_0_and_9_go_unnoticed),
        cmocka_unit_test(leading_zeros_leave_the_check_digit_as_it_is),
        cmocka_unit_test(personal_numbers_fit_only_with_their_own_check_digit),
        cmocka_unit_test(a_remainder_of_0_or_1_gives_a_check_digit_of_0),
        cmocka_unit_test(a_synthetic_number_is_never_a_real_one),
        cmocka_unit_test(a_personal_number_is_recognised_however_it_is_typed),
        cmocka_unit_test(municipality_codes_fit_only_with_their_check_digit),
    };
    return cmocka_run_group_tests_name("model/check_digit", tests, NULL, NULL);
}
