#include "folder.h"

#include "crypto/challenge.h"

static const instant_t NOW = INT64_C(1790000000) * 1000000;

static const struct challenge_terms terms = {
    .facility_id = 7, .certificate_id = 70, .now = NOW, .life_s = 300
};

static struct mac *
key_of(unsigned char first)
{
    unsigned char key[32] = { first };
    return mac_new(key, sizeof key);
}

static bool
is_taken(struct mac *key, struct challenge_terms when, const unsigned char *challenge)
{
    unsigned char number[CHALLENGE_NUMBER_BYTES];
    return challenge_check(key, &when, challenge, number);
}

static void
a_challenge_is_known_again_by_whom_it_was_given_to_while_it_lasts(void **state)
{
    unsigned char          challenge[CHALLENGE_BYTES];
    struct mac            *key = key_of(1);
    struct mac            *other_key = key_of(2);
    struct challenge_terms when = terms;

    (void)state;
    challenge_make(key, &terms, challenge);
    assert_true(is_taken(key, terms, challenge));
    assert_false(is_taken(other_key, terms, challenge));
    when.facility_id = 8;
    assert_false(is_taken(key, when, challenge));
    when = terms;
    when.certificate_id = 71;
    assert_false(is_taken(key, when, challenge));
    when = terms;
    when.now += INT64_C(300) * 1000000;
    assert_true(is_taken(key, when, challenge));
    when.now += 1000000;
    assert_false(is_taken(key, when, challenge));
    when.now = NOW - 1000000;
    assert_false(is_taken(key, when, challenge));
    mac_free(key);
    mac_free(other_key);
}

static void
every_changed_bit_is_seen(void **state)
{
    unsigned char challenge[CHALLENGE_BYTES];
    struct mac   *key = key_of(1);

    (void)state;
    challenge_make(key, &terms, challenge);
    for (size_t i = 0; i < sizeof challenge * 8; i++) {
        challenge[i / 8] ^= (unsigned char)(1 << i % 8);
        assert_false(is_taken(key, terms, challenge));
        challenge[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    mac_free(key);
}

static void
no_two_challenges_have_one_number(void **state)
{
    unsigned char one[CHALLENGE_BYTES];
    unsigned char two[CHALLENGE_BYTES];
    struct mac   *key = key_of(1);

    (void)state;
    challenge_make(key, &terms, one);
    challenge_make(key, &terms, two);
    assert_memory_not_equal(one + CHALLENGE_NUMBER_AT, two + CHALLENGE_NUMBER_AT,
                            CHALLENGE_NUMBER_BYTES);
    mac_free(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_challenge_is_known_again_by_whom_it_was_given_to_while_it_lasts),
        cmocka_unit_test(every_changed_bit_is_seen),
        cmocka_unit_test(no_two_challenges_have_one_number),
    };
    return cmocka_run_group_tests_name("crypto/challenge", tests, NULL, NULL);
}
