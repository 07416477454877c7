/* The revocation list of certificate.h. */
#include "crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { US_PER_S = 1000000 };

static bool
set_time(X509_CRL *list, int (*set)(X509_CRL *, const ASN1_TIME *), instant_t instant)
{
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)(instant / US_PER_S));
    bool       is_set = time != NULL && set(list, time) == 1;

    ASN1_TIME_free(time);
    return is_set;
}

static bool
set_reason(X509_REVOKED *entry, int reason)
{
    if (reason == 0) /* RFC 5280, 5.3.1: leave it out rather than say "unspecified" */
        return true;
    ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();
    bool             is_set = code != NULL && ASN1_ENUMERATED_set(code, reason) == 1
                  && X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, 0) == 1;

    ASN1_ENUMERATED_free(code);
    return is_set;
}

static bool
add_revocation(X509_CRL *list, const struct revocation *revocation)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    BIGNUM       *number = NULL;
    ASN1_INTEGER *serial = NULL;
    ASN1_TIME    *time = ASN1_TIME_set(NULL, (time_t)(revocation->at / US_PER_S));

    if (BN_hex2bn(&number, revocation->serial) != 0)
        serial = BN_to_ASN1_INTEGER(number, NULL);
    bool is_added = entry != NULL && serial != NULL && time != NULL
                    && X509_REVOKED_set_serialNumber(entry, serial) == 1
                    && X509_REVOKED_set_revocationDate(entry, time) == 1
                    && set_reason(entry, revocation->reason)
                    && X509_CRL_add0_revoked(list, entry) == 1;
    if (!is_added)
        X509_REVOKED_free(entry);
    ASN1_TIME_free(time);
    ASN1_INTEGER_free(serial);
    BN_free(number);
    return is_added;
}

static bool
set_extensions(X509_CRL *list, X509 *issuer, int64_t number)
{
    X509V3_CTX      context;
    ASN1_INTEGER   *value = ASN1_INTEGER_new();
    X509_EXTENSION *authority;

    X509V3_set_ctx(&context, issuer, NULL, NULL, list, 0);
    authority = X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
    bool is_set = authority != NULL && X509_CRL_add_ext(list, authority, -1) == 1 && value != NULL
                  && ASN1_INTEGER_set_int64(value, number) == 1
                  && X509_CRL_add1_ext_i2d(list, NID_crl_number, value, 0, 0) == 1;
    X509_EXTENSION_free(authority);
    ASN1_INTEGER_free(value);
    return is_set;
}

static bool
write_pem(X509_CRL *list, char **ret_pem, size_t *ret_length)
{
    BIO  *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    long  length = 0;

    if (bio != NULL && PEM_write_bio_X509_CRL(bio, list) == 1)
        length = BIO_get_mem_data(bio, &bytes);
    char *copy = length > 0 ? malloc((size_t)length) : NULL;
    if (copy != NULL) {
        memcpy(copy, bytes, (size_t)length);
        *ret_pem = copy;
        *ret_length = (size_t)length;
    }
    BIO_free_all(bio);
    return copy != NULL;
}

bool
revocations_write(const struct certificate *issuer, const struct key *issuer_key,
                  const struct revocation *revocations, size_t count, instant_t now, instant_t next,
                  int64_t number, char **ret_pem, size_t *ret_length)
{
    X509     *x509 = (X509 *)(uintptr_t)issuer;
    EVP_PKEY *key = (EVP_PKEY *)(uintptr_t)issuer_key;
    X509_CRL *list = X509_CRL_new();
    bool      is_made = list != NULL && X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1
                   && X509_CRL_set_issuer_name(list, X509_get_subject_name(x509)) == 1
                   && set_time(list, X509_CRL_set1_lastUpdate, now)
                   && set_time(list, X509_CRL_set1_nextUpdate, next)
                   && set_extensions(list, x509, number);

    for (size_t i = 0; is_made && i < count; i++)
        is_made = add_revocation(list, &revocations[i]);
    is_made = is_made && X509_CRL_sort(list) == 1 && X509_CRL_sign(list, key, EVP_sha256()) > 0
              && write_pem(list, ret_pem, ret_length);
    X509_CRL_free(list);
    return is_made;
}
