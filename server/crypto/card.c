#include "crypto/card.h"

#include "crypto/card_trust.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

enum {
    RSA_BITS_LEAST = 2048,
    RSA_BITS_MOST = 4096,
    EXPONENT_BITS_LEAST = 16, /* FIPS 186-5, 5.1: above 2 to this */
    EXPONENT_BITS_MOST = 64,
    SERIAL_BYTES_MAX = 20, /* RFC 5280, 4.1.2.2 */
    DEPTH_MAX = 2,         /* authorities between a card and its root */
    US_PER_S = 1000000
};

static const char *const fault_names[] = {
    [CARD_SOUND] = "sound",
    [CARD_MALFORMED] = "malformed",
    [CARD_KEY_REFUSED] = "key_refused",
    [CARD_UNTRUSTED] = "untrusted",
    [CARD_PURPOSE_WRONG] = "purpose_wrong",
    [CARD_NOT_YET_VALID] = "not_yet_valid",
    [CARD_EXPIRED] = "expired",
    [CARD_REVOKED] = "revoked",
    [CARD_REVOCATIONS_STALE] = "revocations_stale",
    [CARD_SIGNATURE_WRONG] = "signature_wrong",
};
static_assert(ARRAY_LEN(fault_names) == CARD_FAULT_COUNT, "every fault has a name");

const char *
card_fault_name(enum card_fault fault)
{
    return fault_names[fault];
}

static void
drop_x509(X509 **certificate)
{
    X509_free(*certificate);
}

static void
drop_context(X509_STORE_CTX **context)
{
    X509_STORE_CTX_free(*context);
}

static void
drop_digest_context(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

/* Under a small exponent a signature may be made up; a large one only costs time. */
static bool
is_strong_rsa(const EVP_PKEY *key)
{
    BIGNUM *exponent = NULL;
    int     bits = EVP_PKEY_get_bits(key);
    bool    is_strong = bits >= RSA_BITS_LEAST && bits <= RSA_BITS_MOST
                     && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1
                     && BN_is_odd(exponent) && BN_num_bits(exponent) > EXPONENT_BITS_LEAST
                     && BN_num_bits(exponent) <= EXPONENT_BITS_MOST;

    BN_free(exponent);
    return is_strong;
}

static bool
is_strong(EVP_PKEY *key)
{
    char   curve[16] = "";
    size_t length = 0;

    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        return is_strong_rsa(key);
    case EVP_PKEY_EC:
        return EVP_PKEY_get_group_name(key, curve, sizeof curve, &length) == 1
               && (strcmp(curve, "prime256v1") == 0 || strcmp(curve, "secp384r1") == 0);
    default:
        return false;
    }
}

/* BER would have many spellings for one certificate. */
static bool
is_spelt_as(const X509 *certificate, struct span der)
{
    unsigned char  place[CARD_CERTIFICATE_BYTES_MAX];
    unsigned char *at = place;

    return i2d_X509(certificate, NULL) == (int)der.length
           && i2d_X509(certificate, &at) == (int)der.length
           && memcmp(place, der.bytes, der.length) == 0;
}

/* All bytes, and only those: nothing may hang behind the certificate. */
static X509 *
parse(struct span der)
{
    const unsigned char *at = (const unsigned char *)der.bytes;

    if (der.length == 0 || der.length > CARD_CERTIFICATE_BYTES_MAX)
        return NULL;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.length);
    if (certificate != NULL && at == (const unsigned char *)der.bytes + der.length
        && X509_get_version(certificate) == X509_VERSION_3 && is_spelt_as(certificate, der))
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* Whether the card itself has run out is told apart later; everything else ends the chain here. */
static int
let_end_pass(int is_sound, X509_STORE_CTX *context)
{
    int error = X509_STORE_CTX_get_error(context);

    if (is_sound == 0 && X509_STORE_CTX_get_error_depth(context) == 0
        && (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID))
        return 1;
    return is_sound;
}

/* Gives the certificate of who issued it, on hold, or NULL. */
static X509 *
chain_up(const struct card_trust *trust, X509 *certificate, instant_t now)
{
    CLEANUP(drop_context) X509_STORE_CTX *context = X509_STORE_CTX_new();

    if (context == NULL || X509_STORE_CTX_init(context, trust->store, certificate, NULL) != 1)
        return NULL;
    X509_VERIFY_PARAM *terms = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(terms, (time_t)(now / US_PER_S));
    X509_VERIFY_PARAM_set_depth(terms, DEPTH_MAX);
    X509_STORE_CTX_set_verify_cb(context, let_end_pass);
    if (X509_verify_cert(context) != 1)
        return NULL;
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    X509 *issuer = sk_X509_num(chain) < 2 ? NULL : sk_X509_value(chain, 1); /* never itself */
    if (issuer != NULL)
        X509_up_ref(issuer);
    return issuer;
}

static bool
states_policy(X509 *certificate, const ASN1_OBJECT *policy)
{
    CERTIFICATEPOLICIES *policies =
        X509_get_ext_d2i(certificate, NID_certificate_policies, NULL, NULL);
    bool is_stated = false;

    for (int i = 0; i < sk_POLICYINFO_num(policies) && !is_stated; i++)
        is_stated = OBJ_cmp(sk_POLICYINFO_value(policies, i)->policyid, policy) == 0;
    CERTIFICATEPOLICIES_free(policies);
    return is_stated;
}

static bool
is_for_users(X509 *certificate, const ASN1_OBJECT *policy)
{
    uint32_t flags = X509_get_extension_flags(certificate);
    uint32_t usage = X509_get_key_usage(certificate);
    uint32_t extended = X509_get_extended_key_usage(certificate);

    if ((flags & (EXFLAG_CA | EXFLAG_INVALID | EXFLAG_SS)) != 0)
        return false;
    if ((flags & EXFLAG_KUSAGE) == 0 || usage != KU_DIGITAL_SIGNATURE)
        return false;
    if ((flags & EXFLAG_XKUSAGE) == 0 || (extended & XKU_SSL_CLIENT) == 0)
        return false;
    return states_policy(certificate, policy);
}

static enum card_fault
check_period(X509 *certificate, instant_t now, instant_t expired_since, struct card_facts *facts)
{
    instant_t not_before;

    if (!card_instant_of(X509_get0_notBefore(certificate), &not_before)
        || !card_instant_of(X509_get0_notAfter(certificate), &facts->not_after))
        return CARD_MALFORMED;
    if (now < not_before)
        return CARD_NOT_YET_VALID;
    facts->is_expired = now > facts->not_after;
    return facts->is_expired && facts->not_after < expired_since ? CARD_EXPIRED : CARD_SOUND;
}

static enum card_fault
check_revocation(const struct card_trust *trust, X509 *certificate, instant_t now)
{
    const X509_NAME    *issuer = X509_get_issuer_name(certificate);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    bool                has_fresh = false;

    for (size_t i = 0; i < trust->list_count; i++) {
        const struct card_list *list = &trust->lists[i];
        X509_REVOKED           *entry = NULL;
        if (X509_NAME_cmp(X509_CRL_get_issuer(list->crl), issuer) != 0)
            continue;
        has_fresh =
            has_fresh
            || (list->from <= now && now <= list->until + (instant_t)trust->grace_s * US_PER_S);
        if (X509_CRL_get0_by_serial(list->crl, &entry, serial) != 0)
            return CARD_REVOKED;
    }
    return has_fresh ? CARD_SOUND : CARD_REVOCATIONS_STALE;
}

static bool
has_signed(X509 *certificate, struct span message, struct span signature)
{
    CLEANUP(drop_digest_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY                                *key = X509_get0_pubkey(certificate);

    if (context == NULL || signature.length == 0 || signature.length > CARD_SIGNATURE_BYTES_MAX)
        return false;
    return EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1
           && EVP_DigestVerify(context, (const unsigned char *)signature.bytes, signature.length,
                               (const unsigned char *)message.bytes, message.length)
                  == 1;
}

static bool
write_serial(const ASN1_INTEGER *serial, char *ret_text)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    bool    is_good = number != NULL && !BN_is_negative(number) && !BN_is_zero(number)
                   && BN_num_bytes(number) <= SERIAL_BYTES_MAX;
    char *digits = is_good ? BN_bn2hex(number) : NULL;

    BN_free(number);
    if (digits == NULL)
        return false;
    const char *first = digits[0] == '0' ? digits + 1 : digits; /* it writes whole bytes */
    memcpy(ret_text, first, strlen(first) + 1);
    OPENSSL_free(digits);
    return true;
}

static enum card_fault
verify_parsed(const struct card_trust *trust, X509 *certificate, const struct card_proof *proof,
              instant_t now, instant_t expired_since, struct card_facts *facts)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);

    if (key == NULL || !write_serial(X509_get0_serialNumber(certificate), facts->serial))
        return CARD_MALFORMED;
    if (!is_strong(key))
        return CARD_KEY_REFUSED;
    CLEANUP(drop_x509) X509 *issuer = chain_up(trust, certificate, now);
    if (issuer == NULL || !card_name_write(X509_get_subject_name(issuer), facts->issuer))
        return CARD_UNTRUSTED;
    if (!is_for_users(certificate, trust->policy))
        return CARD_PURPOSE_WRONG;
    enum card_fault fault = check_period(certificate, now, expired_since, facts);
    if (fault == CARD_SOUND)
        fault = check_revocation(trust, certificate, now);
    if (fault == CARD_SOUND && !has_signed(certificate, proof->message, proof->signature))
        fault = CARD_SIGNATURE_WRONG;
    return fault;
}

enum card_fault
card_verify(const struct card_trust *trust, const struct card_proof *proof, instant_t now,
            instant_t expired_since, struct card_facts *ret_facts)
{
    CLEANUP(drop_x509) X509 *certificate = parse(proof->certificate);
    struct card_facts        facts = { 0 };

    enum card_fault fault =
        certificate == NULL ? CARD_MALFORMED
                            : verify_parsed(trust, certificate, proof, now, expired_since, &facts);
    ERR_clear_error(); /* of this thread; nobody else's calls may find them */
    if (fault == CARD_SOUND)
        *ret_facts = facts;
    return fault;
}
