/* Tests of crypto/signer: whose signature it is, of which bytes, and who may read the key. */
#include "folder.h"

#include "crypto/signer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

enum { PEM_SIZE = 512 };

/* RFC 8032, part 7.1, test 1. */
static const char rfc_private[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
static const char rfc_public[] = "-----BEGIN PUBLIC KEY-----\n"
                                 "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                                 "-----END PUBLIC KEY-----\n";
static const char rfc_signature[] =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
    "6bd25bf5f0595bbe24655141438e7a100b";

static char folder[FOLDER_PATH_SIZE];

static int
set_up(void **state)
{
    (void)state;
    folder_make(folder);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static void
put(const char *name, const char *text, mode_t mode)
{
    char path[FILE_PATH_SIZE];

    file_put(path_in(folder, name, path), text, strlen(text), mode);
}

static struct signer *
signer_at(const char *name, const char **reason)
{
    char path[FILE_PATH_SIZE];

    return signer_open(path_in(folder, name, path), reason);
}

static struct verifier *
verifier_at(const char *name, const char **reason)
{
    char path[FILE_PATH_SIZE];

    return verifier_open(path_in(folder, name, path), reason);
}

/* A fresh pair NAME.key, NAME.pub. */
static void
make_pair(const char *key_name, const char *public_name)
{
    char key[PEM_SIZE];
    char public[PEM_SIZE];
    struct text key_pem = text_in(key, sizeof key);
    struct text public_pem = text_in(public, sizeof public);

    signer_make(&key_pem, &public_pem);
    assert_false(key_pem.is_full || public_pem.is_full);
    put(key_name, key, 0600);
    put(public_name, public, 0644);
}

static void
a_signature_is_the_one_that_the_standard_gives(void **state)
{
    const char   *reason;
    unsigned char signature[SIGNATURE_BYTES];
    char          hex[2 * SIGNATURE_BYTES + 1];
    struct text   text = text_in(hex, sizeof hex);

    (void)state;
    put("rfc.key", rfc_private, 0600);
    struct signer *signer = signer_at("rfc.key", &reason);
    assert_non_null(signer);
    signer_sign(signer, span_make("", 0), signature);
    text_add_hex(&text, signature, sizeof signature);
    assert_string_equal(hex, rfc_signature);
    signer_free(signer);
}

static void
the_id_is_the_start_of_the_digest_of_the_public_key_and_the_same_on_both_sides(void **state)
{
    static const unsigned char expected[] = { 0x06, 0xe3, 0xfd, 0x8f, 0xda,
                                              0x29, 0xbb, 0x60, 0xab, 0x59 };
    const char                *reason;

    (void)state;
    put("rfc.key", rfc_private, 0600);
    put("rfc.pub", rfc_public, 0644);
    struct signer   *signer = signer_at("rfc.key", &reason);
    struct verifier *verifier = verifier_at("rfc.pub", &reason);
    assert_true(signer != NULL && verifier != NULL);
    assert_memory_equal(signer_id(signer), expected, SIGNER_ID_BYTES);
    assert_memory_equal(verifier_id(verifier), expected, SIGNER_ID_BYTES);
    signer_free(signer);
    verifier_free(verifier);
}

static void
a_changed_bit_of_what_was_signed_or_of_the_signature_is_refused(void **state)
{
    const char   *reason;
    char          words[] = "what was signed";
    struct span   bytes = span_make(words, sizeof words - 1);
    unsigned char signature[SIGNATURE_BYTES];

    (void)state;
    make_pair("a.key", "a.pub");
    struct signer   *signer = signer_at("a.key", &reason);
    struct verifier *verifier = verifier_at("a.pub", &reason);
    assert_true(signer != NULL && verifier != NULL);
    signer_sign(signer, bytes, signature);
    assert_true(verifier_accepts(verifier, bytes, signature));
    assert_false(verifier_accepts(verifier, span_make(words, bytes.length - 1), signature));
    for (size_t bit = 0; bit < bytes.length * 8; bit++) {
        words[bit / 8] = (char)(words[bit / 8] ^ 1 << bit % 8);
        assert_false(verifier_accepts(verifier, bytes, signature));
        words[bit / 8] = (char)(words[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t bit = 0; bit < SIGNATURE_BYTES * 8; bit++) {
        signature[bit / 8] = (unsigned char)(signature[bit / 8] ^ 1 << bit % 8);
        assert_false(verifier_accepts(verifier, bytes, signature));
        signature[bit / 8] = (unsigned char)(signature[bit / 8] ^ 1 << bit % 8);
    }
    assert_true(verifier_accepts(verifier, bytes, signature));
    signer_free(signer);
    verifier_free(verifier);
}

static void
what_one_key_signed_another_one_refuses(void **state)
{
    const char   *reason;
    struct span   bytes = span_of("what was signed");
    unsigned char signature[SIGNATURE_BYTES];

    (void)state;
    make_pair("a.key", "a.pub");
    make_pair("b.key", "b.pub");
    struct signer   *signer = signer_at("a.key", &reason);
    struct verifier *other = verifier_at("b.pub", &reason);
    assert_true(signer != NULL && other != NULL);
    signer_sign(signer, bytes, signature);
    assert_false(verifier_accepts(other, bytes, signature));
    assert_memory_not_equal(signer_id(signer), verifier_id(other), SIGNER_ID_BYTES);
    signer_free(signer);
    verifier_free(other);
}

static void
a_private_key_that_others_may_read_or_that_is_a_link_is_refused(void **state)
{
    char        from[FILE_PATH_SIZE];
    char        to[FILE_PATH_SIZE];
    const char *reason = NULL;

    (void)state;
    put("open.key", rfc_private, 0640);
    assert_null(signer_at("open.key", &reason));
    assert_non_null(strstr(reason, "0600"));
    put("rfc.key", rfc_private, 0600);
    assert_int_equal(symlink(path_in(folder, "rfc.key", from), path_in(folder, "link.key", to)), 0);
    assert_null(signer_at("link.key", &reason));
    assert_string_equal(reason, "is a symbolic link");
    assert_null(signer_at("absent.key", &reason));
    assert_string_equal(reason, "cannot be opened");
}

/* A key of another kind, in PEM. */
static void
put_other_kind(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    char      path[FILE_PATH_SIZE];
    FILE     *file = fopen(path_in(folder, "ec.key", path), "w");

    assert_true(key != NULL && file != NULL);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    file = fopen(path_in(folder, "ec.pub", path), "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PUBKEY(file, key), 1);
    fclose(file);
    EVP_PKEY_free(key);
}

static void
what_is_no_ed25519_key_is_refused(void **state)
{
    static const char *const keys[] = { "ec.key", "text.key", "empty.key", "rfc.pub", "long.key" };
    static const char *const publics[] = { "ec.pub", "text.key", "empty.key", "rfc.key" };
    char                     long_text[4096];
    const char              *reason;

    (void)state;
    memset(long_text, 'A', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    put_other_kind();
    put("text.key", "no key\n", 0600);
    put("empty.key", "", 0600);
    put("long.key", long_text, 0600);
    put("rfc.key", rfc_private, 0600);
    put("rfc.pub", rfc_public, 0600);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        reason = NULL;
        CASE_TRUE(keys[i], signer_at(keys[i], &reason) == NULL && reason != NULL);
    }
    for (size_t i = 0; i < ARRAY_LEN(publics); i++) {
        reason = NULL;
        CASE_TRUE(publics[i], verifier_at(publics[i], &reason) == NULL && reason != NULL);
    }
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(a_signature_is_the_one_that_the_standard_gives),
        ROW(the_id_is_the_start_of_the_digest_of_the_public_key_and_the_same_on_both_sides),
        ROW(a_changed_bit_of_what_was_signed_or_of_the_signature_is_refused),
        ROW(what_one_key_signed_another_one_refuses),
        ROW(a_private_key_that_others_may_read_or_that_is_a_link_is_refused),
        ROW(what_is_no_ed25519_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
