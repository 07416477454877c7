/*
 * card_bench: certificates and lists that a test wishes for, good ones and bad ones, by OpenSSL.
 *
 * Shape   a wish that is zero is a good card; each member makes something else of it.
 * Owner   the caller frees keys, certificates and lists.
 */
#ifndef TESTS_CARD_BENCH_H
#define TESTS_CARD_BENCH_H

#include "folder.h"

#include "crypto/card.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
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
    const char *curve;     /* NULL: P-256 */
    const char *key_usage; /* NULL: digitalSignature; "": none */
    const char *extended;  /* NULL: clientAuth; "": none */
    const char *policy;    /* NULL: the development one; "": none */
    const char *basic;     /* NULL: none */
    const char *further;   /* an extension more: "1.2.3.4", unknown and critical */
    int         from_days; /* from now; 0: -100 */
    int         to_days;   /* 0: +1000 */
    bool        is_sha1;
    int         version; /* 0: version 3, as 2 */
    const char *serial;  /* hexadecimal; NULL: one of its own */
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

static inline EVP_PKEY *
make_key(const struct wish *wish)
{
    if (wish->is_rsa)
        return EVP_RSA_gen((unsigned)(wish->bits == 0 ? 2048 : wish->bits));
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
    EVP_PKEY     *signer = issuer == NULL ? key : issuer->key;
    bool          has_own_digest = EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519;
    const EVP_MD *digest = wish->is_sha1 ? EVP_sha1() : EVP_sha256();
    must(X509_sign(made, signer, has_own_digest ? NULL : digest) > 0);
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

#endif
