#include "../cases.h"

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/mac.h"
#include "crypto/random.h"

#include <string.h>

static const char *
hex(const unsigned char *bytes, size_t length, char *place, size_t size_bytes)
{
    struct text text = text_in(place, size_bytes);

    text_add_hex(&text, bytes, length);
    assert_false(text.is_full);
    return place;
}

/* FIPS 180-4, examples of SHA-256; the last is a million times "a". */
static const struct {
    const char *text;
    size_t      times;
    const char *digest;
} digests[] = {
    { "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static void
digests_are_those_of_the_standard(void **state)
{
    char place[2 * DIGEST_BYTES + 1];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(digests); i++) {
        unsigned char bytes[DIGEST_BYTES];
        struct digest digest;
        digest_start(&digest);
        for (size_t k = 0; k < digests[i].times; k++)
            digest_add(&digest, digests[i].text, strlen(digests[i].text));
        digest_end(&digest, bytes);
        CASE_TEXT(digests[i].text, hex(bytes, sizeof bytes, place, sizeof place),
                  digests[i].digest);
    }
}

static void
pieces_whole_and_short_agree(void **state)
{
    static const char text[] = "GET /v1/nothing\n{}";
    unsigned char     whole[DIGEST_BYTES];
    unsigned char     brief[DIGEST_SHORT_BYTES + 1];

    (void)state;
    digest_whole(text, strlen(text), whole);
    for (size_t at = 0; at <= strlen(text); at++) {
        struct digest digest;
        memset(brief, 0x5A, sizeof brief);
        digest_start(&digest);
        digest_add(&digest, text, at);
        digest_add(&digest, text + at, strlen(text) - at);
        digest_end_short(&digest, brief);
        assert_memory_equal(brief, whole, DIGEST_SHORT_BYTES);
        assert_int_equal(brief[DIGEST_SHORT_BYTES], 0x5A); /* not a byte more */
    }
    digest_short(text, strlen(text), brief);
    assert_memory_equal(brief, whole, DIGEST_SHORT_BYTES);
}

/* RFC 4231, cases 1 to 3, 6 and 7: a key is a text, or one byte many times. */
static const struct {
    const char *name;
    const char *key;
    size_t      key_times;
    const char *text;
    size_t      text_times;
    const char *mac;
} macs[] = {
    { "case 1", "\x0b", 20, "Hi There", 1,
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { "case 2", "Jefe", 1, "what do ya want for nothing?", 1,
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { "case 3", "\xaa", 20, "\xdd", 50,
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
    { "case 6", "\xaa", 131, "Test Using Larger Than Block-Size Key - Hash Key First", 1,
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    { "case 7", "\xaa", 131,
      "This is a test using a larger than block-size key and a larger than block-size data. "
      "The key needs to be hashed before being used by the HMAC algorithm.",
      1, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
};

static struct span
repeat(const char *text, size_t times, char *place, size_t size_bytes)
{
    struct text many = text_in(place, size_bytes);

    for (size_t i = 0; i < times; i++)
        text_add_string(&many, text);
    assert_false(many.is_full);
    return text_span(&many);
}

static void
macs_are_those_of_rfc_4231_and_stay_so_when_used_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(macs); i++) {
        char          key_place[256];
        char          text_place[256];
        char          place[2 * MAC_BYTES + 1];
        unsigned char bytes[MAC_BYTES];
        struct span   key = repeat(macs[i].key, macs[i].key_times, key_place, sizeof key_place);
        struct span text = repeat(macs[i].text, macs[i].text_times, text_place, sizeof text_place);
        struct mac *mac = mac_new(key.bytes, key.length);
        for (int round = 0; round < 3; round++) {
            mac_make(mac, text.bytes, text.length, bytes);
            CASE_TEXT(macs[i].name, hex(bytes, sizeof bytes, place, sizeof place), macs[i].mac);
            mac_make(mac, "another text between", 20, bytes);
        }
        mac_free(mac);
    }
    mac_free(NULL);
}

/* RFC 5869, A.1 and A.3. */
static void
derived_keys_are_those_of_rfc_5869(void **state)
{
    static const char first[] = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                                "34007208d5b887185865";
    static const char third[] = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                                "9d201395faa4b61a96c8";
    char              master[22];
    char              salt[13];
    char              label[10];
    unsigned char     key[42];
    char              place[2 * sizeof key + 1];

    (void)state;
    memset(master, 0x0b, sizeof master);
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (char)i;
    for (size_t i = 0; i < sizeof label; i++)
        label[i] = (char)(0xf0 + i);
    key_derive(span_make(master, sizeof master), span_make(salt, sizeof salt),
               span_make(label, sizeof label), key, sizeof key);
    assert_string_equal(hex(key, sizeof key, place, sizeof place), first);
    key_derive(span_make(master, sizeof master), span_of(""), span_of(""), key, sizeof key);
    assert_string_equal(hex(key, sizeof key, place, sizeof place), third);
}

static void
random_bytes_fill_all_and_differ(void **state)
{
    enum { ROUNDS = 64, BYTES = 16 };
    unsigned char bytes[ROUNDS][BYTES + 1];

    (void)state;
    for (size_t i = 0; i < ROUNDS; i++) {
        bytes[i][BYTES] = 0x5A;
        random_bytes(bytes[i], BYTES);
        assert_int_equal(bytes[i][BYTES], 0x5A);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(bytes[i], bytes[k], BYTES);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_standard),
        cmocka_unit_test(pieces_whole_and_short_agree),
        cmocka_unit_test(macs_are_those_of_rfc_4231_and_stay_so_when_used_again),
        cmocka_unit_test(derived_keys_are_those_of_rfc_5869),
        cmocka_unit_test(random_bytes_fill_all_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
