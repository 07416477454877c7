#include "folder.h"

#include "crypto/factor.h"

/* Codes of the key 00 01 … 1f, made with another program (HMAC by Python). */
static const struct {
    int32_t     operator_id;
    int16_t     generation;
    int64_t     second;
    const char *codes[5]; /* of the steps from two before to two after */
} vectors[] = {
    { 1, 1, 1790000000, { "982176", "045179", "795437", "867226", "019260" } },
    { 1, 2, 1790000000, { "489596", "997142", "729547", "045895", "473451" } },
    { 7, 1, 1790000029, { "864048", "449499", "122669", "756204", "988923" } },
};

static char folder[FOLDER_PATH_SIZE];

static struct factor_key *
key_of_numbers(void)
{
    unsigned char bytes[32];
    char          path[FILE_PATH_SIZE];
    const char   *reason = NULL;

    for (int i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    file_put(path_in(folder, "office.key", path), bytes, sizeof bytes, 0600);
    struct factor_key *key = factor_key_open(path, &reason);
    assert_null(reason);
    assert_non_null(key);
    return key;
}

static void
a_code_fits_its_own_step_and_one_to_either_side(void **state)
{
    struct factor_key *key = key_of_numbers();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        for (int at = 0; at < 5; at++) {
            int64_t step =
                factor_step(key, vectors[i].operator_id, vectors[i].generation,
                            span_of(vectors[i].codes[at]), (instant_t)vectors[i].second * 1000000);
            bool is_near = at >= 1 && at <= 3;
            assert_int_equal(step, is_near ? vectors[i].second / 30 + at - 2 : 0);
        }
    factor_key_free(key);
}

static void
a_code_of_another_operator_or_generation_or_length_fits_nobody(void **state)
{
    struct factor_key *key = key_of_numbers();
    instant_t          now = INT64_C(1790000000) * 1000000;

    (void)state;
    assert_int_equal(factor_step(key, 2, 1, span_of("795437"), now), 0);
    assert_int_equal(factor_step(key, 1, 2, span_of("795437"), now), 0);
    assert_int_equal(factor_step(key, 1, 1, span_of("79543"), now), 0);
    assert_int_equal(factor_step(key, 1, 1, span_of("7954370"), now), 0);
    assert_int_equal(factor_step(key, 1, 1, span_of(""), now), 0);
    factor_key_free(key);
}

static void
an_authenticator_is_told_the_secret_in_its_own_words(void **state)
{
    struct factor_key *key = key_of_numbers();
    char               uri[FACTOR_URI_BYTES];

    (void)state;
    assert_true(factor_uri(key, 1, 1, uri));
    assert_string_equal(uri, "otpauth://totp/Shikaku:operator-1?secret="
                             "3CXLFXCZZ25HFXPX6CV2EMKP6QTA5IGD&issuer=Shikaku");
    factor_key_free(key);
}

static void
a_key_that_others_may_read_is_not_taken(void **state)
{
    unsigned char bytes[32] = { 0 };
    char          path[FILE_PATH_SIZE];
    const char   *reason = NULL;

    (void)state;
    file_put(path_in(folder, "open.key", path), bytes, sizeof bytes, 0644);
    assert_null(factor_key_open(path, &reason));
    assert_non_null(reason);
}

static int
make_folder(void **state)
{
    (void)state;
    folder_make(folder);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_fits_its_own_step_and_one_to_either_side),
        cmocka_unit_test(a_code_of_another_operator_or_generation_or_length_fits_nobody),
        cmocka_unit_test(an_authenticator_is_told_the_secret_in_its_own_words),
        cmocka_unit_test(a_key_that_others_may_read_is_not_taken),
    };
    return cmocka_run_group_tests_name("crypto/factor", tests, make_folder, remove_folder);
}
