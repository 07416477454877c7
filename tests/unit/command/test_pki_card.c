#include "pki_bench.h"

#include "crypto/card.h"

/* What the registry says, with the settings of this authority, of a card that has signed. */
static enum card_fault
shown(const struct bench *bench, const char *name, const char *policy)
{
    char                 authorities[FILE_PATH_SIZE];
    char                 revocations[FILE_PATH_SIZE];
    char                 path[FILE_PATH_SIZE];
    char                 file_name[64];
    char                 reason[CARD_REASON_SIZE] = "";
    unsigned char        signature[CARD_SIGNATURE_BYTES_MAX];
    size_t               length = sizeof signature;
    unsigned char       *der = NULL;
    struct card_facts    facts;
    struct card_files    files = { .authorities = path_in(bench->pki, "ca.pem", authorities),
                                   .revocations = path_in(bench->pki, "crl.pem", revocations),
                                   .policy = policy };
    static const uint8_t message[] = "a challenge";

    struct card_trust *trust = card_trust_load(&files, reason);
    assert_string_equal(reason, "");
    snprintf(file_name, sizeof file_name, "%s.key", name);
    FILE *file = fopen(path_in(bench->pki, file_name, path), "r");
    assert_non_null(file);
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &length, message, sizeof message), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    snprintf(file_name, sizeof file_name, "%s.pem", name);
    X509             *certificate = read_certificate(bench, file_name);
    int               der_length = i2d_X509(certificate, &der);
    struct card_proof proof = { span_make((const char *)der, (size_t)der_length),
                                span_make((const char *)message, sizeof message),
                                span_make((const char *)signature, length) };
    enum card_fault   fault = card_verify(trust, &proof, clock_now(), clock_now(), &facts);
    OPENSSL_free(der);
    X509_free(certificate);
    card_trust_drop(trust);
    return fault;
}

static void
cards_prove_who_shows_them_under_the_policy_that_they_state(void **state)
{
    static const struct {
        const char     *words;
        const char     *policy;
        enum card_fault fault;
    } cases[] = {
        { "--kind card", CARD_POLICY_DEVELOPMENT, CARD_SOUND },
        { "--kind card --key-type ec", CARD_POLICY_DEVELOPMENT, CARD_SOUND },
        { "--kind card --key-type rsa", CARD_POLICY_DEVELOPMENT, CARD_SOUND },
        { "--kind card --policy 2.999.7", "2.999.7", CARD_SOUND },
        { "--kind card --policy 2.999.7", CARD_POLICY_DEVELOPMENT, CARD_PURPOSE_WRONG },
        { "--kind card --purpose server", CARD_POLICY_DEVELOPMENT, CARD_PURPOSE_WRONG },
        { "--kind facility", CARD_POLICY_DEVELOPMENT, CARD_PURPOSE_WRONG },
        { "--kind server", CARD_POLICY_DEVELOPMENT, CARD_PURPOSE_WRONG },
        { "--kind card --expired", CARD_POLICY_DEVELOPMENT, CARD_EXPIRED },
        { "--kind card --not-yet", CARD_POLICY_DEVELOPMENT, CARD_NOT_YET_VALID },
    };
    struct bench *bench = *state;
    char          words[512];
    char          serial[FIELD_SIZE];
    char          path[FILE_PATH_SIZE];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(words, sizeof words, "issue --dir @ --subject c-1 --out card --force %s",
                 cases[i].words);
        CASE_INT(cases[i].words, run(bench, words), EX_OK);
        CASE_INT(cases[i].words, shown(bench, "card", cases[i].policy), cases[i].fault);
    }

    file_put(path_in(bench->pki, "subjects", path), "c-2\nc-3\n", 8, 0600);
    assert_int_equal(run(bench, "issue-many --dir @ --kind card --key-type rsa "
                                "--subjects-from @/subjects --out-dir @"),
                     EX_OK);
    field(bench, "serial", serial);
    assert_int_equal(shown(bench, "c-3", CARD_POLICY_DEVELOPMENT), CARD_SOUND);
    snprintf(words, sizeof words, "revoke --dir @ --serial %s", serial);
    assert_int_equal(run(bench, words), EX_OK);
    assert_int_equal(shown(bench, "c-3", CARD_POLICY_DEVELOPMENT), CARD_REVOKED);
    assert_int_equal(shown(bench, "c-2", CARD_POLICY_DEVELOPMENT), CARD_SOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cards_prove_who_shows_them_under_the_policy_that_they_state,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
