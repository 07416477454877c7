/*
 * card_bench: certificates and lists that a test wishes for, good ones and bad ones, by OpenSSL.
 *
 * Shape   a wish that is zero is a good card; each member makes something else of it. open_bench()
 *         and close_bench() are fixtures of a group: authorities of EC keys, or of RSA keys.
 * Owner   the caller frees keys, certificates and lists.
 */
#ifndef TESTS_CARD_BENCH_H
#define TESTS_CARD_BENCH_H

#include "folder.h"

#include "crypto/card.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

/* 2026-06-01, some day of cards */
static const int64_t NOW_S = 1780272000;
enum { DAY_S = 86400 };

/* What is asked of a certificate to be made. Zero is what a good card has. */
struct wish {
    const char *name;
    bool        is_rsa;
    int         bits;      /* of RSA; 0: 2048 */
    const char *exponent;  /* of RSA, hexadecimal, of a key that nobody has; NULL: 65537 */
    bool        is_pss;    /* RSA, for PSS alone */
    bool        signs_pss; /* its issuer's signature, when that has an RSA key */
    const char *curve;     /* NULL: P-256 */
    const char *key_usage; /* NULL: digitalSignature; "": none */
    const char *extended;  /* NULL: clientAuth; "": none */
    const char *policy;    /* NULL: the development one; "": none */
    const char *basic;     /* NULL: none */
    const char *further;   /* an extension more: "1.2.3.4", unknown and critical */
    int         from_days; /* from now; 0: -100 */
    int         to_days;   /* 0: +1000 */
    const char *digest;    /* NULL: SHA-256 */
    int         version;   /* 0: version 3, as 2 */
    const char *serial;    /* hexadecimal; NULL: one of its own */
    bool        signs_itself;
    int by; /* which authority: 0 root, 1 intermediate, 2 stranger of the same name, 3 ended */
    const char *issuer_name; /* other than who signs */
};

struct party {
    EVP_PKEY *key;
    X509     *certificate;
};

static inline void
must(bool is_done)
{
    assert_true(is_done);
}

/* A public key as it is told: no such exponent comes out of a generator. */
static inline EVP_PKEY *
make_public(int bits, const char *exponent)
{
    BIGNUM         *modulus = BN_new();
    BIGNUM         *number = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX   *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY       *key = NULL;

    must(BN_rand(modulus, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) == 1);
    must(BN_hex2bn(&number, exponent) > 0);
    must(OSSL_PARAM_BLD_push_BN(builder, "n", modulus) == 1);
    must(OSSL_PARAM_BLD_push_BN(builder, "e", number) == 1);
    OSSL_PARAM *terms = OSSL_PARAM_BLD_to_param(builder);
    must(EVP_PKEY_fromdata_init(context) == 1);
    must(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, terms) == 1);
    OSSL_PARAM_free(terms);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(modulus);
    BN_free(number);
    return key;
}

static inline EVP_PKEY *
make_pss(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA_PSS, NULL);
    EVP_PKEY     *key = NULL;

    must(EVP_PKEY_keygen_init(context) == 1);
    must(EVP_PKEY_keygen(context, &key) == 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* RSA keys take long to make: four of 2048 bits go round, so neighbours never share one. */
static inline EVP_PKEY *
take_rsa(void)
{
    static EVP_PKEY *keys[4];
    static unsigned  turn;
    EVP_PKEY       **key = &keys[turn++ % ARRAY_LEN(keys)];

    if (*key == NULL)
        *key = EVP_RSA_gen(2048);
    must(EVP_PKEY_up_ref(*key) == 1);
    return *key;
}

static inline EVP_PKEY *
make_key(const struct wish *wish)
{
    if (wish->exponent != NULL)
        return make_public(wish->bits == 0 ? 2048 : wish->bits, wish->exponent);
    if (wish->is_pss)
        return make_pss();
    if (wish->is_rsa)
        return wish->bits == 0 ? take_rsa() : EVP_RSA_gen((unsigned)wish->bits);
    if (wish->curve != NULL && strcmp(wish->curve, "ED25519") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return EVP_EC_gen(wish->curve == NULL ? "P-256" : wish->curve);
}

static inline X509_NAME *
make_name(const char *common_name)
{
    X509_NAME *name = X509_NAME_new();

    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common_name,
                                    -1, -1, 0)
         == 1);
    return name;
}

static inline void
add_extension(X509 *certificate, int kind, const char *value, bool is_critical)
{
    char text[256];

    if (value == NULL || value[0] == '\0')
        return;
    snprintf(text, sizeof text, "%s%s", is_critical ? "critical," : "", value);
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, NULL, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, text);
    must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static inline void
add_unknown(X509 *certificate, const char *identifier)
{
    ASN1_OBJECT       *object = OBJ_txt2obj(identifier, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

static inline void
add_policy(X509 *certificate, const char *identifier)
{
    if (identifier[0] == '\0')
        return;
    CERTIFICATEPOLICIES *policies = sk_POLICYINFO_new_null();
    POLICYINFO          *policy = POLICYINFO_new();

    policy->policyid = OBJ_txt2obj(identifier, 1);
    sk_POLICYINFO_push(policies, policy);
    must(X509_add1_ext_i2d(certificate, NID_certificate_policies, policies, 1, 0) == 1);
    CERTIFICATEPOLICIES_free(policies);
}

static inline const char *
or_else(const char *value, const char *otherwise)
{
    return value == NULL ? otherwise : value;
}

static inline void
sign_certificate(X509 *made, EVP_PKEY *signer, const struct wish *wish)
{
    bool          has_own_digest = EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519;
    EVP_MD_CTX   *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *terms = NULL;
    const EVP_MD *digest =
        has_own_digest ? NULL : EVP_get_digestbyname(or_else(wish->digest, "SHA256"));

    must(EVP_DigestSignInit(context, &terms, digest, NULL, signer) == 1);
    if (wish->signs_pss && EVP_PKEY_get_base_id(signer) == EVP_PKEY_RSA)
        must(EVP_PKEY_CTX_set_rsa_padding(terms, RSA_PKCS1_PSS_PADDING) == 1);
    must(X509_sign_ctx(made, context) > 0);
    EVP_MD_CTX_free(context);
}

static inline X509 *
make_certificate(const struct wish *wish, EVP_PKEY *key, const struct party *issuer)
{
    static int serial = 1000;
    X509      *made = X509_new();
    BIGNUM    *number = NULL;
    X509_NAME *subject = make_name(wish->name);
    char       hex[16];

    snprintf(hex, sizeof hex, "%X", serial++);
    must(X509_set_version(made, wish->version == 0 ? X509_VERSION_3 : wish->version - 1) == 1);
    BN_hex2bn(&number, or_else(wish->serial, hex));
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made));
    ASN1_TIME_set(X509_getm_notBefore(made),
                  NOW_S + (wish->from_days == 0 ? -100 : wish->from_days) * DAY_S);
    ASN1_TIME_set(X509_getm_notAfter(made),
                  NOW_S + (wish->to_days == 0 ? 1000 : wish->to_days) * (int64_t)DAY_S);
    X509_set_subject_name(made, subject);
    X509_NAME *other = wish->issuer_name == NULL ? NULL : make_name(wish->issuer_name);
    X509_set_issuer_name(made, other != NULL    ? other
                               : issuer == NULL ? subject
                                                : X509_get_subject_name(issuer->certificate));
    X509_set_pubkey(made, key);
    if (wish->version == 0) {
        add_extension(made, NID_basic_constraints, wish->basic, true);
        add_extension(made, NID_key_usage, or_else(wish->key_usage, "digitalSignature"), true);
        add_extension(made, NID_ext_key_usage, or_else(wish->extended, "clientAuth"), false);
        add_policy(made, or_else(wish->policy, CARD_POLICY_DEVELOPMENT));
        if (wish->further != NULL)
            add_unknown(made, wish->further);
    }
    sign_certificate(made, issuer == NULL ? key : issuer->key, wish);
    X509_NAME_free(subject);
    X509_NAME_free(other);
    BN_free(number);
    return made;
}

#define AUTHORITY .key_usage = "keyCertSign,cRLSign", .extended = "", .policy = ""

static inline X509_CRL *
make_list(const struct party *issuer, const char *serial, int from_hours, int to_hours, int kind)
{
    X509_CRL  *list = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, NOW_S + from_hours * 3600);
    ASN1_TIME *to = ASN1_TIME_set(NULL, NOW_S + to_hours * 3600);

    X509_CRL_set_version(list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->certificate));
    X509_CRL_set1_lastUpdate(list, from);
    X509_CRL_set1_nextUpdate(list, to);
    if (serial != NULL) {
        X509_REVOKED *entry = X509_REVOKED_new();
        BIGNUM       *number = NULL;
        BN_hex2bn(&number, serial);
        ASN1_INTEGER *integer = BN_to_ASN1_INTEGER(number, NULL);
        X509_REVOKED_set_serialNumber(entry, integer);
        X509_REVOKED_set_revocationDate(entry, from);
        X509_CRL_add0_revoked(list, entry);
        ASN1_INTEGER_free(integer);
        BN_free(number);
    }
    if (kind == NID_delta_crl) {
        ASN1_INTEGER *base = ASN1_INTEGER_new();
        ASN1_INTEGER_set(base, 1);
        must(X509_CRL_add1_ext_i2d(list, kind, base, 1, 0) == 1);
        ASN1_INTEGER_free(base);
    } else if (kind != 0) {
        ISSUING_DIST_POINT *part = ISSUING_DIST_POINT_new();
        part->onlyuser = 0xff;
        must(X509_CRL_add1_ext_i2d(list, kind, part, 1, 0) == 1);
        ISSUING_DIST_POINT_free(part);
    }
    X509_CRL_sort(list);
    must(X509_CRL_sign(list, issuer->key, EVP_sha256()) > 0);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return list;
}

/* ---- authorities that count, and cards under them ---- */

enum { GRACE_S = DAY_S };

struct bench {
    struct party       authorities[4];
    struct card_trust *trust;
    char               folder[FOLDER_PATH_SIZE];
    X509_CRL          *list;
};

static struct bench bench;
static const char   challenge[] = "a challenge of this facility, of this minute";

static inline void
write_file(const char *name, BIO *bio)
{
    char  path[FILE_PATH_SIZE];
    char *bytes;
    long  length = BIO_get_mem_data(bio, &bytes);

    file_put(path_in(bench.folder, name, path), bytes, (size_t)length, 0600);
    BIO_free(bio);
}

/* The authorities that count, and these lists; NULL when that is refused. */
static inline struct card_trust *
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

static inline struct card_trust *
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

static inline int
open_bench_of(bool is_rsa)
{
    struct wish wishes[] = {
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

    folder_make(bench.folder);
    for (int i = 0; i < 4; i++) {
        wishes[i].is_rsa = is_rsa;
        bench.authorities[i].key = make_key(&wishes[i]);
        bench.authorities[i].certificate = make_certificate(&wishes[i], bench.authorities[i].key,
                                                            i == 1 ? &bench.authorities[0] : NULL);
    }
    bench.trust = load_all(-1, 100, NULL);
    return bench.trust == NULL;
}

static inline int
open_bench(void **state)
{
    (void)state;
    return open_bench_of(false);
}

static inline int
open_bench_rsa(void **state)
{
    (void)state;
    return open_bench_of(true);
}

static inline int
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

static inline void
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

static inline struct made
make_card(const struct wish *wish)
{
    struct made made = { .key = make_key(wish) };

    X509 *certificate =
        make_certificate(wish, made.key, wish->signs_itself ? NULL : &bench.authorities[wish->by]);
    made.der_length = (size_t)i2d_X509(certificate, &made.der);
    X509_free(certificate);
    bool has_own_digest = EVP_PKEY_get_base_id(made.key) == EVP_PKEY_ED25519;
    if (wish->exponent == NULL)
        sign(&made, made.key, has_own_digest ? NULL : EVP_sha256(), false, challenge);
    return made;
}

static inline void
drop(struct made *made)
{
    EVP_PKEY_free(made->key);
    OPENSSL_free(made->der);
}

static inline enum card_fault
verify(const struct card_trust *trust, const struct made *made, struct card_facts *ret_facts)
{
    struct card_proof proof = {
        .certificate = span_make((const char *)made->der, made->der_length),
        .message = span_of(challenge),
        .signature = span_make((const char *)made->signature, made->signature_length),
    };

    return card_verify(trust, &proof, NOW_S * 1000000, (NOW_S - 90 * DAY_S) * 1000000, ret_facts);
}

#endif
