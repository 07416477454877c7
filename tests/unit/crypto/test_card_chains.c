/* Bad chains and bad signatures, of EC keys and of RSA keys: see the counts at the end. */
#include "card_bench.h"

enum { BAD_LEAST = 100 }; /* in each group of authorities, so twice as many together */

static int bad_count; /* of what was refused as it has to be, in this group */

/* clang-format off */
static const struct {
    struct wish     wish;
    enum card_fault fault;
} cards[] = {
    { { .name = "P-256" },                                                    CARD_SOUND },
    { { .name = "P-384", .curve = "P-384" },                                  CARD_SOUND },
    { { .name = "RSA", .is_rsa = true },                                      CARD_SOUND },
    { { .name = "RSA of 3072", .is_rsa = true, .bits = 3072 },                CARD_SOUND },
    { { .name = "by an intermediate", .by = 1 },                              CARD_SOUND },
    { { .name = "more purposes", .extended = "clientAuth,emailProtection" },  CARD_SOUND },
    { { .name = "ended lately", .to_days = -89 },                             CARD_SOUND },
    { { .name = "ends today", .to_days = 1 },                                 CARD_SOUND },
    { { .name = "ended long ago", .from_days = -500, .to_days = -91 },        CARD_EXPIRED },
    { { .name = "starts tomorrow", .from_days = 1 },                          CARD_NOT_YET_VALID },
    { { .name = "by a stranger of the same name", .by = 2 },                  CARD_UNTRUSTED },
    { { .name = "by an authority that has ended", .by = 3 },                  CARD_UNTRUSTED },
    { { .name = "by itself", .signs_itself = true },                          CARD_UNTRUSTED },
    { { .name = "cards", .signs_itself = true },                              CARD_UNTRUSTED },
    { { .name = "another issuer's name", .issuer_name = "somebody" },         CARD_UNTRUSTED },
    { { .name = "the intermediate's name", .issuer_name = "cards below" },    CARD_UNTRUSTED },
    { { .name = "an unknown critical extension", .further = "1.2.3.4" },      CARD_UNTRUSTED },
    { { .name = "PSS, or ECDSA", .signs_pss = true },                         CARD_SOUND },
    { { .name = "SHA-512", .digest = "SHA512" },                              CARD_SOUND },
    { { .name = "SHA-1", .digest = "SHA1" },                                   CARD_UNTRUSTED },
    { { .name = "an authority", AUTHORITY, .basic = "CA:TRUE" },              CARD_PURPOSE_WRONG },
    { { .name = "an authority with all purposes", .basic = "CA:TRUE", .key_usage = "digitalSignature,keyCertSign" },
                                                                              CARD_PURPOSE_WRONG },
    { { .name = "no key usage", .key_usage = "" },                            CARD_PURPOSE_WRONG },
    { { .name = "for signing documents", .key_usage = "digitalSignature,nonRepudiation" }, CARD_PURPOSE_WRONG },
    { { .name = "non-repudiation", .key_usage = "nonRepudiation" },           CARD_PURPOSE_WRONG },
    { { .name = "key encipherment", .key_usage = "digitalSignature,keyEncipherment" }, CARD_PURPOSE_WRONG },
    { { .name = "data encipherment", .key_usage = "digitalSignature,dataEncipherment" }, CARD_PURPOSE_WRONG },
    { { .name = "key agreement", .key_usage = "digitalSignature,keyAgreement" }, CARD_PURPOSE_WRONG },
    { { .name = "certificate signing", .key_usage = "digitalSignature,keyCertSign" }, CARD_PURPOSE_WRONG },
    { { .name = "list signing", .key_usage = "digitalSignature,cRLSign" },    CARD_PURPOSE_WRONG },
    { { .name = "no extended key usage", .extended = "" },                    CARD_PURPOSE_WRONG },
    { { .name = "a server's", .extended = "serverAuth" },                     CARD_PURPOSE_WRONG },
    { { .name = "code signing", .extended = "codeSigning" },                  CARD_PURPOSE_WRONG },
    { { .name = "mail", .extended = "emailProtection" },                      CARD_PURPOSE_WRONG },
    { { .name = "time stamping", .extended = "critical,timeStamping" },       CARD_PURPOSE_WRONG },
    { { .name = "no policy", .policy = "" },                                  CARD_PURPOSE_WRONG },
    { { .name = "another policy", .policy = "2.999.20211020.2" },             CARD_PURPOSE_WRONG },
    { { .name = "any policy", .policy = "2.5.29.32.0" },                      CARD_PURPOSE_WRONG },
    { { .name = "a policy above", .policy = "2.999.20211020" },               CARD_PURPOSE_WRONG },
    { { .name = "a policy below", .policy = "2.999.20211020.1.1" },           CARD_PURPOSE_WRONG },
    { { .name = "every purpose", .extended = "anyExtendedKeyUsage" },         CARD_PURPOSE_WRONG },
    { { .name = "revocation answers", .extended = "OCSPSigning" },            CARD_PURPOSE_WRONG },
    { { .name = "log-on by chip", .extended = "msSmartcardLogin" },           CARD_PURPOSE_WRONG },
    { { .name = "all key usages",
        .key_usage = "digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment,keyAgreement" },
                                                                              CARD_PURPOSE_WRONG },
    { { .name = "version 4", .version = 4 },                                  CARD_MALFORMED },
    { { .name = "version 1", .version = 1 },                                  CARD_MALFORMED },
    { { .name = "version 2", .version = 2 },                                  CARD_MALFORMED },
    { { .name = "serial zero", .serial = "0" },                               CARD_MALFORMED },
    { { .name = "serial below zero", .serial = "-5" },                        CARD_MALFORMED },
    { { .name = "serial of 21 bytes", .serial = "010203040506070809101112131415161718192021" }, CARD_MALFORMED },
    { { .name = "RSA of 1024", .is_rsa = true, .bits = 1024 },                CARD_KEY_REFUSED },
    { { .name = "RSA of 2040", .is_rsa = true, .bits = 2040 },                CARD_KEY_REFUSED },
    { { .name = "RSA of 512", .bits = 512, .exponent = "10001" },             CARD_KEY_REFUSED },
    { { .name = "RSA of 2047", .bits = 2047, .exponent = "10001" },           CARD_KEY_REFUSED },
    { { .name = "RSA of 4097", .bits = 4097, .exponent = "10001" },           CARD_KEY_REFUSED },
    { { .name = "RSA of 8192", .bits = 8192, .exponent = "10001" },           CARD_KEY_REFUSED },
    { { .name = "RSA, exponent 1", .exponent = "1" },                         CARD_KEY_REFUSED },
    { { .name = "RSA, exponent 3", .exponent = "3" },                         CARD_KEY_REFUSED },
    { { .name = "RSA, exponent even", .exponent = "10000" },                  CARD_KEY_REFUSED },
    { { .name = "RSA, exponent of 65 bits", .exponent = "10000000000000001" }, CARD_KEY_REFUSED },
    { { .name = "RSA for PSS alone", .is_pss = true },                        CARD_KEY_REFUSED },
    { { .name = "P-192", .curve = "P-192" },                                  CARD_KEY_REFUSED },
    { { .name = "brainpool", .curve = "brainpoolP256r1" },                    CARD_KEY_REFUSED },
    { { .name = "P-224", .curve = "P-224" },                                  CARD_KEY_REFUSED },
    { { .name = "P-521", .curve = "P-521" },                                  CARD_KEY_REFUSED },
    { { .name = "secp256k1", .curve = "secp256k1" },                          CARD_KEY_REFUSED },
    { { .name = "Ed25519", .curve = "ED25519" },                              CARD_KEY_REFUSED },
};
/* clang-format on */

static bool
has_own_key(const struct wish *wish)
{
    return wish->is_rsa || wish->is_pss || wish->exponent != NULL || wish->curve != NULL;
}

static void
expect(const struct wish *wish, enum card_fault fault)
{
    struct made       card = make_card(wish);
    struct card_facts facts = { 0 };

    CASE_INT(wish->name, verify(bench.trust, &card, &facts), fault);
    CASE_INT(wish->name, facts.serial[0] != '\0', fault == CARD_SOUND);
    CASE_INT(wish->name, facts.is_expired, strcmp(wish->name, "ended lately") == 0);
    bad_count += fault != CARD_SOUND;
    drop(&card);
}

/* Whoever is asked for no key in particular comes with each kind. */
static void
each_card_is_what_its_certificate_makes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cards); i++) {
        struct wish wish = cards[i].wish;
        expect(&wish, cards[i].fault);
        if (has_own_key(&wish))
            continue;
        wish.is_rsa = true;
        expect(&wish, cards[i].fault);
    }
}

static void
expect_signature(const char *name, const struct made *card, enum card_fault fault)
{
    struct card_facts facts;

    CASE_INT(name, verify(bench.trust, card, &facts), fault);
    bad_count += fault != CARD_SOUND;
}

static void
a_signature_is_of_this_challenge_by_this_key_in_this_way(void **state)
{
    static const char *const digests[] = { "SHA1", "SHA224", "SHA384", "SHA512", "SHA3-256" };
    (void)state;
    for (int is_rsa = 0; is_rsa < 2; is_rsa++) {
        struct wish wish = { .name = "card", .is_rsa = is_rsa };
        struct wish alien_wish = { .name = "other", .is_rsa = !is_rsa };
        struct made card = make_card(&wish);
        struct made other = make_card(&wish);
        struct made alien = make_card(&alien_wish);
        sign(&card, card.key, EVP_sha256(), false, "another challenge");
        expect_signature("another challenge", &card, CARD_SIGNATURE_WRONG);
        sign(&card, card.key, EVP_sha256(), false, "");
        expect_signature("nothing", &card, CARD_SIGNATURE_WRONG);
        for (size_t i = 0; i < ARRAY_LEN(digests); i++) {
            sign(&card, card.key, EVP_get_digestbyname(digests[i]), false, challenge);
            expect_signature(digests[i], &card, CARD_SIGNATURE_WRONG);
        }
        sign(&card, other.key, EVP_sha256(), false, challenge);
        expect_signature("of another card", &card, CARD_SIGNATURE_WRONG);
        sign(&card, alien.key, EVP_sha256(), false, challenge);
        expect_signature("by the other kind of key", &card, CARD_SIGNATURE_WRONG);
        sign(&card, bench.authorities[0].key, EVP_sha256(), false, challenge);
        expect_signature("by the authority", &card, CARD_SIGNATURE_WRONG);
        sign(&card, card.key, EVP_sha256(), false, challenge);
        expect_signature("as it has to be", &card, CARD_SOUND);
        drop(&card);
        drop(&other);
        drop(&alien);
    }
}

enum { RSA_BYTES = 256, DIGEST_BYTES = 32 };

/* What RSA is to work on, written by hand: 00 01 FF… 00 and what is told, up to the end. */
struct block {
    const char *name;
    const char *head;    /* before the filling, hexadecimal */
    int         filling; /* its bytes */
    int         length;  /* of these; -1: up to the end */
    const char *info;    /* behind it, hexadecimal; then the digest */
    const char *tail;    /* behind the digest, hexadecimal; zeros follow */
};

#define INFO "003031300D060960864801650304020105000420"
static const struct block blocks[] = {
    { "as it has to be", "0001", 0xff, -1, INFO, "" },
    { "no algorithm", "0001", 0xff, -1, "00", "" },
    { "no parameters", "0001", 0xff, -1,
      "00302F300B0609608648016503040201"
      "0420",
      "" },
    { "the name of SHA-1", "0001", 0xff, -1, "003021300906052B0E03021A05000414", "" },
    { "the name of SHA-512", "0001", 0xff, -1, "003051300D060960864801650304020305000440", "" },
    { "block type 0", "0000", 0x00, -1, INFO, "" },
    { "block type 2", "0002", 0xff, -1, INFO, "" },
    { "a filling of zeros", "0001", 0x00, -1, INFO, "" },
    { "a filling of others", "0001", 0xfe, -1, INFO, "" },
    { "a filling of eight, and zeros behind the digest", "0001", 0xff, 8, INFO, "" },
    { "a filling of eight, and something behind the digest", "0001", 0xff, 8, INFO, "DEADBEEF" },
    { "a filling of none", "0001", 0xff, 0, INFO, "" },
    { "no end of the filling", "0001", 0xff, -1, "FF3031300D060960864801650304020105000420", "" },
    { "a long form of a length", "0001", 0xff, -1, "00308131300D060960864801650304020105000420",
      "" },
    { "something within the parameters", "0001", 0xff, -1,
      "003033300F060960864801650304020105020001"
      "0420",
      "" },
};
#undef INFO

static size_t
put_hex(unsigned char *place, const char *digits)
{
    size_t length = 0;

    must(OPENSSL_hexstr2buf_ex(place, RSA_BYTES, &length, digits, '\0') == 1);
    return length;
}

static void
write_block(const struct block *block, unsigned char *ret_bytes)
{
    unsigned char info[RSA_BYTES], tail[RSA_BYTES], digest[DIGEST_BYTES];
    size_t        info_length = put_hex(info, block->info);
    size_t        tail_length = block->tail[0] == '\0' ? 0 : put_hex(tail, block->tail);
    size_t        at = put_hex(ret_bytes, block->head);
    size_t        rest = RSA_BYTES - at - info_length - DIGEST_BYTES;
    size_t        filling = block->length < 0 ? rest : (size_t)block->length;

    must(EVP_Digest(challenge, strlen(challenge), digest, NULL, EVP_sha256(), NULL) == 1);
    memset(ret_bytes + at, 0, RSA_BYTES - at);
    memset(ret_bytes + at, block->filling, filling);
    at += filling;
    memcpy(ret_bytes + at, info, info_length);
    at += info_length;
    memcpy(ret_bytes + at, digest, DIGEST_BYTES);
    memcpy(ret_bytes + at + DIGEST_BYTES, tail, tail_length);
}

/* By the holder's own key, and still not what it has to be: whoever reads a signature leniently
 * takes one that nobody made. */
static void
only_one_way_to_fill_an_rsa_block_is_taken(void **state)
{
    struct wish wish = { .name = "RSA", .is_rsa = true };
    struct made card = make_card(&wish);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        unsigned char bytes[RSA_BYTES];
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(card.key, NULL);
        write_block(&blocks[i], bytes);
        must(EVP_PKEY_sign_init(context) == 1);
        must(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1);
        must(EVP_PKEY_sign(context, card.signature, &card.signature_length, bytes, RSA_BYTES) == 1);
        expect_signature(blocks[i].name, &card, i == 0 ? CARD_SOUND : CARD_SIGNATURE_WRONG);
        EVP_PKEY_CTX_free(context);
    }
    sign(&card, card.key, EVP_sha256(), true, challenge);
    expect_signature("PSS", &card, CARD_SIGNATURE_WRONG);
    drop(&card);
}

/* The signature as a number, and one modulus more, is the same to whoever only reckons. */
static void
an_rsa_signature_is_one_number_of_one_length(void **state)
{
    struct wish wish = { .name = "RSA", .is_rsa = true };
    struct made card = make_card(&wish);
    BIGNUM     *modulus = NULL;
    BIGNUM     *number = BN_bin2bn(card.signature, (int)card.signature_length, NULL);

    (void)state;
    must(EVP_PKEY_get_bn_param(card.key, "n", &modulus) == 1);
    must(BN_add(number, number, modulus) == 1);
    card.signature_length = (size_t)BN_bn2bin(number, card.signature);
    expect_signature("a modulus more", &card, CARD_SIGNATURE_WRONG);
    sign(&card, card.key, EVP_sha256(), false, challenge);
    memmove(card.signature + 1, card.signature, card.signature_length++);
    card.signature[0] = 0;
    expect_signature("a zero before it", &card, CARD_SIGNATURE_WRONG);
    memset(card.signature, 0, RSA_BYTES);
    card.signature_length = RSA_BYTES;
    expect_signature("zero", &card, CARD_SIGNATURE_WRONG);
    card.signature[RSA_BYTES - 1] = 1;
    expect_signature("one", &card, CARD_SIGNATURE_WRONG);
    memset(card.signature, 0xff, RSA_BYTES);
    expect_signature("more than the modulus", &card, CARD_SIGNATURE_WRONG);
    card.signature_length = 2 * RSA_BYTES + 1;
    expect_signature("longer than any", &card, CARD_SIGNATURE_WRONG);
    BN_free(modulus);
    BN_free(number);
    drop(&card);
}

static void
put_pair(struct made *card, BIGNUM *r, BIGNUM *s)
{
    ECDSA_SIG     *pair = ECDSA_SIG_new();
    unsigned char *at = card->signature;

    must(ECDSA_SIG_set0(pair, BN_dup(r), BN_dup(s)) == 1);
    int length = i2d_ECDSA_SIG(pair, &at);
    assert_in_range(length, 1, 200);
    card->signature_length = (size_t)length;
    ECDSA_SIG_free(pair);
}

static void
an_ecdsa_signature_is_a_pair_within_the_order_in_der(void **state)
{
    struct wish          wish = { .name = "P-256" };
    struct made          card = make_card(&wish);
    const unsigned char *at = card.signature;
    ECDSA_SIG           *pair = d2i_ECDSA_SIG(NULL, &at, (long)card.signature_length);
    BIGNUM              *r = BN_dup(ECDSA_SIG_get0_r(pair));
    BIGNUM              *s = BN_dup(ECDSA_SIG_get0_s(pair));
    BIGNUM              *order = NULL;
    BIGNUM              *zero = BN_new();
    BIGNUM              *more = BN_new();

    (void)state;
    must(BN_hex2bn(&order, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551") > 0);
    put_pair(&card, r, s);
    expect_signature("as it has to be", &card, CARD_SOUND);
    put_pair(&card, s, r);
    expect_signature("changed round", &card, CARD_SIGNATURE_WRONG);
    put_pair(&card, zero, zero);
    expect_signature("zeros", &card, CARD_SIGNATURE_WRONG);
    put_pair(&card, r, zero);
    expect_signature("s of zero", &card, CARD_SIGNATURE_WRONG);
    put_pair(&card, zero, s);
    expect_signature("r of zero", &card, CARD_SIGNATURE_WRONG);
    put_pair(&card, order, order);
    expect_signature("the order", &card, CARD_SIGNATURE_WRONG);
    must(BN_add(more, r, order) == 1);
    put_pair(&card, more, s);
    expect_signature("r and the order", &card, CARD_SIGNATURE_WRONG);
    must(BN_add(more, s, order) == 1);
    put_pair(&card, r, more);
    expect_signature("s and the order", &card, CARD_SIGNATURE_WRONG);
    must(BN_bn2binpad(r, card.signature, 32) == 32
         && BN_bn2binpad(s, card.signature + 32, 32) == 32);
    card.signature_length = 64;
    expect_signature("two numbers without DER", &card, CARD_SIGNATURE_WRONG);
    put_pair(&card, r, s);
    memmove(card.signature + 2, card.signature + 1, card.signature_length - 1);
    card.signature[1] = 0x81;
    card.signature_length++;
    expect_signature("a long form of its length", &card, CARD_SIGNATURE_WRONG);
    ECDSA_SIG_free(pair);
    BN_free(r);
    BN_free(s);
    BN_free(order);
    BN_free(zero);
    BN_free(more);
    drop(&card);
}

static void
enough_of_them_were_bad(void **state)
{
    (void)state;
    print_message("bad chains and signatures: %d\n", bad_count);
    assert_in_range(bad_count, BAD_LEAST, 10000);
    bad_count = 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_card_is_what_its_certificate_makes_it),
        cmocka_unit_test(a_signature_is_of_this_challenge_by_this_key_in_this_way),
        cmocka_unit_test(only_one_way_to_fill_an_rsa_block_is_taken),
        cmocka_unit_test(an_rsa_signature_is_one_number_of_one_length),
        cmocka_unit_test(an_ecdsa_signature_is_a_pair_within_the_order_in_der),
        cmocka_unit_test(enough_of_them_were_bad),
    };

    return cmocka_run_group_tests_name("cards under EC", tests, open_bench, close_bench)
           + cmocka_run_group_tests_name("cards under RSA", tests, open_bench_rsa, close_bench);
}
