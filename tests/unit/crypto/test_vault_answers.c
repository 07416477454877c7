/* Known answers: AES-256-GCM as NIST has it, and what the vault seals as its page says it. */
#include "../cases.h"

#include "crypto/vault.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_FILL = 'a', NONCE = 12, TAG = 16, ID = 7 };

static size_t
from_hex(const char *hex, unsigned char *ret_bytes)
{
    size_t length = strlen(hex) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        ret_bytes[i] = (unsigned char)byte;
    }
    return length;
}

/* Plain EVP, without the vault: true when the tag fits. */
static bool
open_plainly(const unsigned char *key, const unsigned char *nonce, struct span associated,
             struct span sealed, const unsigned char *tag, unsigned char *ret_text)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char   copy[TAG];
    int             length;
    bool            is_open;

    memcpy(copy, tag, TAG);
    assert_int_equal(EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, NULL), 1);
    assert_int_equal(EVP_DecryptUpdate(context, NULL, &length,
                                       (const unsigned char *)associated.bytes,
                                       (int)associated.length),
                     1);
    assert_int_equal(EVP_DecryptUpdate(context, ret_text, &length,
                                       (const unsigned char *)sealed.bytes, (int)sealed.length),
                     1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, copy), 1);
    is_open = EVP_DecryptFinal_ex(context, ret_text + length, &length) == 1;
    EVP_CIPHER_CTX_free(context);
    return is_open;
}

static void
aes_256_gcm_has_the_answers_of_nist(void **state)
{
    /* SP 800-38D's test cases 14 and 16 */
    static const struct {
        const char *key;
        const char *nonce;
        const char *associated;
        const char *text;
        const char *sealed;
        const char *tag;
    } cases[] = {
        { "0000000000000000000000000000000000000000000000000000000000000000",
          "000000000000000000000000", "", "00000000000000000000000000000000",
          "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
        { "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
          "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
          "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
          "49a6b525b16aedf5aa0de657ba637b39",
          "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10"
          "56828838c5f61e6393ba7a0abcc9f662",
          "76fc6ece0f4e1768cddf8853bb2d551b" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        unsigned char key[32], nonce[NONCE], associated[64], text[64], sealed[64], tag[TAG];
        unsigned char opened[64];
        from_hex(cases[i].key, key);
        from_hex(cases[i].nonce, nonce);
        struct span about =
            span_make((const char *)associated, from_hex(cases[i].associated, associated));
        struct span cipher = span_make((const char *)sealed, from_hex(cases[i].sealed, sealed));
        from_hex(cases[i].text, text);
        from_hex(cases[i].tag, tag);
        assert_true(open_plainly(key, nonce, about, cipher, tag, opened));
        assert_memory_equal(opened, text, cipher.length);
        tag[0] ^= 1;
        assert_false(open_plainly(key, nonce, about, cipher, tag, opened));
    }
}

static char folder[] = "/tmp/shikaku-answers-XXXXXX";

static struct vault *
open_vault(void)
{
    char          path[64];
    unsigned char key[VAULT_KEY_BYTES];
    const char   *reason;
    struct vault *vault;

    memset(key, KEY_FILL, sizeof(key));
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/1.key", folder);
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_int_equal(write(file, key, sizeof(key)), sizeof(key));
    assert_int_equal(close(file), 0);
    vault = vault_open(folder, &reason);
    assert_non_null(vault);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    return vault;
}

/* Of the synthetic number below, under a key of 64 times 'a', in row 7. */
static const char sealed_hex[] =
    "000102030405060708090a0b8628d7d465b975ade6f91e04ef008fca2894df55199536bc9ce258be";
static const char index_hex[] = "682eba0f915f0be23dec6045c1ebe17b";

static void
what_the_vault_seals_is_what_its_page_says(void **state)
{
    static const char      digits[] = "123456789013";
    static const char      about[] = "shikaku personal number\0\0\0\0\0\0\0\7";
    struct vault          *vault = open_vault();
    struct personal_number number;
    struct personal_number opened;
    unsigned char          key[32];
    unsigned char          sealed[SEALED_BYTES];
    unsigned char          index[NUMBER_INDEX_BYTES];
    unsigned char          expected[SEALED_BYTES];
    unsigned char          text[PERSONAL_NUMBER_DIGITS];
    (void)state;
    assert_true(personal_number_take(span_of(digits), &number));
    assert_int_equal(from_hex(sealed_hex, expected), SEALED_BYTES);
    assert_true(vault_unseal(vault, 1, ID, expected, &opened));
    assert_memory_equal(&opened, &number, sizeof(number));

    memset(key, KEY_FILL, sizeof(key));
    vault_seal(vault, ID, &number, sealed);
    assert_true(open_plainly(key, sealed, span_make(about, sizeof(about) - 1),
                             span_make((const char *)sealed + NONCE, PERSONAL_NUMBER_DIGITS),
                             sealed + NONCE + PERSONAL_NUMBER_DIGITS, text));
    assert_memory_equal(text, digits, PERSONAL_NUMBER_DIGITS);

    vault_index(vault, &number, index);
    assert_int_equal(from_hex(index_hex, expected), NUMBER_INDEX_BYTES);
    assert_memory_equal(index, expected, NUMBER_INDEX_BYTES);
    vault_close(vault);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aes_256_gcm_has_the_answers_of_nist),
        cmocka_unit_test(what_the_vault_seals_is_what_its_page_says),
    };
    return cmocka_run_group_tests_name("vault answers", tests, NULL, NULL);
}
