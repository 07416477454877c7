#include "card_bench.h"

enum { GRACE_S = DAY_S };

struct bench {
    struct party       authorities[4];
    struct card_trust *trust;
    char               folder[FOLDER_PATH_SIZE];
    X509_CRL          *list;
};

static struct bench bench;
static const char   challenge[] = "a challenge of this facility, of this minute";

static void
write_file(const char *name, BIO *bio)
{
    char  path[FILE_PATH_SIZE];
    char *bytes;
    long  length = BIO_get_mem_data(bio, &bytes);

    file_put(path_in(bench.folder, name, path), bytes, (size_t)length, 0600);
    BIO_free(bio);
}

/* The authorities that count, and these lists; NULL when that is refused. */
static struct card_trust *
load(X509_CRL *const *lists, size_t count, char *reason)
{
    char              authorities[FILE_PATH_SIZE];
    char              revocations[FILE_PATH_SIZE];
    BIO              *certificates = BIO_new(BIO_s_mem());
    BIO              *crls = BIO_new(BIO_s_mem());
    struct card_files files = { .policy = CARD_POLICY_DEVELOPMENT, .grace_s = GRACE_S };

    for (int i = 0; i < 4; i++)
        if (i != 2)
            must(PEM_write_bio_X509(certificates, bench.authorities[i].certificate) == 1);
    for (size_t i = 0; i < count; i++)
        must(PEM_write_bio_X509_CRL(crls, lists[i]) == 1);
    unlink(path_in(bench.folder, "ca", authorities));
    unlink(path_in(bench.folder, "crl", revocations));
    write_file("ca", certificates);
    write_file("crl", crls);
    files.authorities = authorities;
    files.revocations = revocations;
    return card_trust_load(&files, reason);
}

static struct card_trust *
load_all(int from_hours, int to_hours, const char *revoked)
{
    X509_CRL *lists[3];
    char      reason[CARD_REASON_SIZE] = "";
    int       by[] = { 0, 1, 3 };

    for (int i = 0; i < 3; i++)
        lists[i] = make_list(&bench.authorities[by[i]], revoked, from_hours, to_hours, 0);
    struct card_trust *trust = load(lists, 3, reason);
    for (int i = 0; i < 3; i++)
        X509_CRL_free(lists[i]);
    assert_string_equal(reason, "");
    return trust;
}

static int
open_bench(void **state)
{
    static const struct wish wishes[] = {
        { .name = "cards", AUTHORITY, .basic = "CA:TRUE", .from_days = -2000, .to_days = 5000 },
        { .name = "cards below",
          AUTHORITY,
          .basic = "CA:TRUE,pathlen:0",
          .from_days = -2000,
          .to_days = 5000 },
        { .name = "cards", AUTHORITY, .basic = "CA:TRUE", .from_days = -2000, .to_days = 5000 },
        { .name = "cards of old",
          AUTHORITY,
          .basic = "CA:TRUE",
          .from_days = -2000,
          .to_days = -1 },
    };

    (void)state;
    folder_make(bench.folder);
    for (int i = 0; i < 4; i++) {
        bench.authorities[i].key = make_key(&wishes[i]);
        bench.authorities[i].certificate = make_certificate(&wishes[i], bench.authorities[i].key,
                                                            i == 1 ? &bench.authorities[0] : NULL);
    }
    bench.trust = load_all(-1, 100, NULL);
    return bench.trust == NULL;
}

static int
close_bench(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        EVP_PKEY_free(bench.authorities[i].key);
        X509_free(bench.authorities[i].certificate);
    }
    card_trust_drop(bench.trust);
    folder_remove(bench.folder);
    return 0;
}

struct made {
    EVP_PKEY      *key;
    unsigned char *der;
    size_t         der_length;
    unsigned char  signature[1024];
    size_t         signature_length;
};

static void
sign(struct made *made, EVP_PKEY *key, const EVP_MD *digest, bool is_pss, const char *message)
{
    EVP_MD_CTX   *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *terms = NULL;

    made->signature_length = sizeof made->signature;
    must(EVP_DigestSignInit(context, &terms, digest, NULL, key) == 1);
    if (is_pss)
        must(EVP_PKEY_CTX_set_rsa_padding(terms, RSA_PKCS1_PSS_PADDING) == 1);
    must(EVP_DigestSign(context, made->signature, &made->signature_length,
                        (const unsigned char *)message, strlen(message))
         == 1);
    EVP_MD_CTX_free(context);
}

static struct made
make_card(const struct wish *wish)
{
    struct made made = { .key = make_key(wish) };

    X509 *certificate =
        make_certificate(wish, made.key, wish->signs_itself ? NULL : &bench.authorities[wish->by]);
    made.der_length = (size_t)i2d_X509(certificate, &made.der);
    X509_free(certificate);
    bool has_own_digest = EVP_PKEY_get_base_id(made.key) == EVP_PKEY_ED25519;
    sign(&made, made.key, has_own_digest ? NULL : EVP_sha256(), false, challenge);
    return made;
}

static void
drop(struct made *made)
{
    EVP_PKEY_free(made->key);
    OPENSSL_free(made->der);
}

static enum card_fault
verify(const struct card_trust *trust, const struct made *made, struct card_facts *ret_facts)
{
    struct card_proof proof = {
        .certificate = span_make((const char *)made->der, made->der_length),
        .message = span_of(challenge),
        .signature = span_make((const char *)made->signature, made->signature_length),
    };

    return card_verify(trust, &proof, NOW_S * 1000000, (NOW_S - 90 * DAY_S) * 1000000, ret_facts);
}

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
    { { .name = "SHA-1", .is_sha1 = true },                                   CARD_UNTRUSTED },
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
    { { .name = "version 1", .version = 1 },                                  CARD_MALFORMED },
    { { .name = "version 2", .version = 2 },                                  CARD_MALFORMED },
    { { .name = "serial zero", .serial = "0" },                               CARD_MALFORMED },
    { { .name = "serial below zero", .serial = "-5" },                        CARD_MALFORMED },
    { { .name = "serial of 21 bytes", .serial = "010203040506070809101112131415161718192021" }, CARD_MALFORMED },
    { { .name = "RSA of 1024", .is_rsa = true, .bits = 1024 },                CARD_KEY_REFUSED },
    { { .name = "RSA of 2040", .is_rsa = true, .bits = 2040 },                CARD_KEY_REFUSED },
    { { .name = "P-224", .curve = "P-224" },                                  CARD_KEY_REFUSED },
    { { .name = "P-521", .curve = "P-521" },                                  CARD_KEY_REFUSED },
    { { .name = "secp256k1", .curve = "secp256k1" },                          CARD_KEY_REFUSED },
    { { .name = "Ed25519", .curve = "ED25519" },                              CARD_KEY_REFUSED },
};
/* clang-format on */

static void
each_card_is_what_its_certificate_makes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cards); i++) {
        struct made       card = make_card(&cards[i].wish);
        struct card_facts facts = { 0 };
        CASE_INT(cards[i].wish.name, verify(bench.trust, &card, &facts), cards[i].fault);
        CASE_INT(cards[i].wish.name, facts.serial[0] != '\0', cards[i].fault == CARD_SOUND);
        CASE_INT(cards[i].wish.name, facts.is_expired,
                 strcmp(cards[i].wish.name, "ended lately") == 0);
        drop(&card);
    }
}

static void
issuer_and_serial_number_come_in_one_form(void **state)
{
    static const char *const serials[] = { "1", "0A", "7F", "80", "0123456789ABCDEF0123456789" };
    static const char *const written[] = { "1", "A", "7F", "80", "123456789ABCDEF0123456789" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(serials); i++) {
        struct wish       wish = { .name = "card", .serial = serials[i] };
        struct made       card = make_card(&wish);
        struct card_facts facts = { 0 };
        assert_int_equal(verify(bench.trust, &card, &facts), CARD_SOUND);
        assert_string_equal(facts.serial, written[i]);
        assert_string_equal(facts.issuer, "CN=cards");
        drop(&card);
    }
}

/* Whatever byte of a certificate or a signature is changed, cut off or added, nothing is proven. */
static void
a_byte_that_differs_proves_nothing(void **state)
{
    static const struct wish wishes[] = { { .name = "P-256" }, { .name = "RSA", .is_rsa = true } };
    size_t                   refused = 0;

    (void)state;
    for (size_t w = 0; w < ARRAY_LEN(wishes); w++) {
        struct made       card = make_card(&wishes[w]);
        struct card_facts facts;
        for (size_t i = 0; i < card.der_length; i++) {
            card.der[i] ^= (unsigned char)(1 << i % 8);
            refused += verify(bench.trust, &card, &facts) != CARD_SOUND;
            card.der[i] ^= (unsigned char)(1 << i % 8);
        }
        assert_int_equal(refused, card.der_length);
        for (size_t i = 0; i < card.signature_length; i++) {
            card.signature[i] ^= (unsigned char)(1 << i % 8);
            refused += verify(bench.trust, &card, &facts) == CARD_SIGNATURE_WRONG;
            card.signature[i] ^= (unsigned char)(1 << i % 8);
        }
        assert_int_equal(refused, card.der_length + card.signature_length);
        size_t whole = card.der_length;
        for (card.der_length = 0; card.der_length < whole; card.der_length++)
            assert_int_equal(verify(bench.trust, &card, &facts), CARD_MALFORMED);
        whole = card.signature_length;
        for (card.signature_length = 0; card.signature_length < whole; card.signature_length++)
            assert_int_equal(verify(bench.trust, &card, &facts), CARD_SIGNATURE_WRONG);
        assert_int_equal(verify(bench.trust, &card, &facts), CARD_SOUND);
        card.der = OPENSSL_realloc(card.der, card.der_length + 1);
        card.der[card.der_length++] = 0;
        assert_int_equal(verify(bench.trust, &card, &facts), CARD_MALFORMED);
        card.der_length--;
        card.signature[card.signature_length++] = 0;
        assert_int_equal(verify(bench.trust, &card, &facts), CARD_SIGNATURE_WRONG);
        drop(&card);
        refused = 0;
    }
}

static void
a_signature_is_of_this_challenge_by_this_key_in_this_way(void **state)
{
    struct wish       wish = { .name = "RSA", .is_rsa = true };
    struct made       card = make_card(&wish);
    struct made       other = make_card(&wish);
    struct card_facts facts;

    (void)state;
    sign(&card, card.key, EVP_sha256(), false, "another challenge");
    assert_int_equal(verify(bench.trust, &card, &facts), CARD_SIGNATURE_WRONG);
    sign(&card, card.key, EVP_sha384(), false, challenge);
    assert_int_equal(verify(bench.trust, &card, &facts), CARD_SIGNATURE_WRONG);
    sign(&card, card.key, EVP_sha1(), false, challenge);
    assert_int_equal(verify(bench.trust, &card, &facts), CARD_SIGNATURE_WRONG);
    sign(&card, card.key, EVP_sha256(), true, challenge);
    assert_int_equal(verify(bench.trust, &card, &facts), CARD_SIGNATURE_WRONG);
    sign(&card, other.key, EVP_sha256(), false, challenge);
    assert_int_equal(verify(bench.trust, &card, &facts), CARD_SIGNATURE_WRONG);
    sign(&card, card.key, EVP_sha256(), false, challenge);
    assert_int_equal(verify(bench.trust, &card, &facts), CARD_SOUND);
    drop(&card);
    drop(&other);
}

static void
a_list_proves_while_it_is_fresh(void **state)
{
    static const struct {
        const char     *name;
        int             from_hours, to_hours;
        const char     *revoked;
        enum card_fault fault;
    } rows[] = {
        { "fresh", -1, 1, NULL, CARD_SOUND },
        { "it speaks of another", -1, 1, "999999", CARD_SOUND },
        { "it speaks of this one", -1, 1, "ABCD", CARD_REVOKED },
        { "within its grace", -100, -23, NULL, CARD_SOUND },
        { "past its grace", -100, -25, NULL, CARD_REVOCATIONS_STALE },
        { "past its grace, of this one", -100, -25, "ABCD", CARD_REVOKED },
        { "of tomorrow", 1, 100, NULL, CARD_REVOCATIONS_STALE },
        { "of tomorrow, of this one", 1, 100, "ABCD", CARD_REVOKED },
    };
    struct wish wish = { .name = "card", .serial = "ABCD" };
    struct made card = make_card(&wish);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct card_facts  facts;
        struct card_trust *trust = load_all(rows[i].from_hours, rows[i].to_hours, rows[i].revoked);
        CASE_INT(rows[i].name, verify(trust, &card, &facts), rows[i].fault);
        card_trust_drop(trust);
    }
    drop(&card);
}

static void
an_issuer_without_a_list_proves_nothing(void **state)
{
    struct wish        wish = { .name = "card" };
    struct made        card = make_card(&wish);
    X509_CRL          *list = make_list(&bench.authorities[1], NULL, -1, 1, 0);
    char               reason[CARD_REASON_SIZE] = "";
    struct card_facts  facts;
    struct card_trust *trust = load(&list, 1, reason);

    (void)state;
    assert_non_null(trust);
    assert_int_equal(verify(trust, &card, &facts), CARD_REVOCATIONS_STALE);
    card_trust_drop(trust);
    X509_CRL_free(list);
    drop(&card);
}

static void
lists_that_cannot_be_relied_on_are_refused_when_they_are_read(void **state)
{
    static const struct {
        const char *name;
        int         by;
        int         kind;
        const char *reason;
    } rows[] = {
        { "by a stranger of the same name", 2, 0, "none of the authorities has signed" },
        { "a delta", 0, NID_delta_crl, "a part of the certificates only" },
        { "of a part", 0, NID_issuing_distribution_point, "a part of the certificates only" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char      reason[CARD_REASON_SIZE] = "";
        X509_CRL *list = make_list(&bench.authorities[rows[i].by], NULL, -1, 1, rows[i].kind);
        CASE_TRUE(rows[i].name, load(&list, 1, reason) == NULL);
        CASE_TRUE(rows[i].name, strstr(reason, rows[i].reason) != NULL);
        X509_CRL_free(list);
    }
    char reason[CARD_REASON_SIZE] = "";
    assert_null(load(NULL, 0, reason));
    assert_non_null(strstr(reason, "holds no list"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_card_is_what_its_certificate_makes_it),
        cmocka_unit_test(issuer_and_serial_number_come_in_one_form),
        cmocka_unit_test(a_byte_that_differs_proves_nothing),
        cmocka_unit_test(a_signature_is_of_this_challenge_by_this_key_in_this_way),
        cmocka_unit_test(a_list_proves_while_it_is_fresh),
        cmocka_unit_test(an_issuer_without_a_list_proves_nothing),
        cmocka_unit_test(lists_that_cannot_be_relied_on_are_refused_when_they_are_read),
    };
    return cmocka_run_group_tests_name("crypto/card", tests, open_bench, close_bench);
}
